"""The options of `fit`."""

from pathlib import Path
from typing import Annotated

import typer


def fit(
    log: Annotated[
        Path | None,
        typer.Argument(metavar="LOG", help="Screening log: Excel, CSV or parquet, a row a patient."),
    ] = None,
    scenario: Annotated[
        Path | None, typer.Option(metavar="SCENARIO", help="Scenario file whose settings are learnt.")
    ] = None,
    cut_date: Annotated[
        str | None,
        typer.Option(metavar="DATE", help="Date up to which the log is complete. Default: its last date."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Mapping file (YAML): encoding, sheet, day or month first.")
    ] = None,
    write_scenario: Annotated[
        Path | None, typer.Option(metavar="FITTED.yaml", help="Write the scenario with the fitted settings.")
    ] = None,
    page: Annotated[
        Path | None, typer.Option(metavar="PAGE.html", help="Write a page: fitted against assumed.")
    ] = None,
    columns: Annotated[bool, typer.Option("--columns", help="Only list the columns of a log.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write over files that exist.")] = False,
) -> None:
    """Learn the scenario's settings from a site's own screening log."""
    from simulator.commands.fit import fit_and_print, print_columns

    if columns:
        print_columns()
        return
    if log is None or scenario is None:
        raise typer.BadParameter("give LOG and --scenario SCENARIO, or --columns")
    fit_and_print(log, scenario, cut_date, mapping, write_scenario, page, force)
