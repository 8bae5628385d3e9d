"""The options of `fields`."""

from typing import Annotated

import typer


def fields(
    names: Annotated[
        list[str] | None, typer.Argument(metavar="FIELD", help="Some fields. Default: all.")
    ] = None,
) -> None:
    """List the patient fields: unit, range, how lists name them, and the criteria that read them."""
    from simulator.commands.fields import fields_and_print

    fields_and_print(names or [])
