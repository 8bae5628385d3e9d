"""The arguments of `explain`."""

from typing import Annotated

import typer


def explain(
    column: Annotated[
        list[str] | None,
        typer.Argument(metavar="COLUMN", help="Columns, names or words. Default: the columns of compare."),
    ] = None,
) -> None:
    """Say what a column of a table, or another name of the output, means."""
    from simulator.commands.explain import explain_and_print

    explain_and_print(column)
