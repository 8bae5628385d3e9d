"""The options of `screen`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import Force


def screen(
    patients: Annotated[
        Path,
        typer.Argument(
            metavar="PATIENTS", help="Excel, CSV or parquet, one row a patient; or FHIR (JSON, folder)."
        ),
    ],
    scenario: Annotated[
        Path | None,
        typer.Option(help="Scenario, or a file with its `eligibility` alone. Default: the defaults."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option("--map", help="Mapping file (YAML): column to field, unit, codes.")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="Folder for verdicts, reasons and faults as CSV.")] = None,
    write_mapping: Annotated[
        Path | None,
        typer.Option(
            metavar="MAP.yaml", help="Only write a mapping file for the list: guesses and questions."
        ),
    ] = None,
    force: Force = False,
) -> None:
    """Apply the protocol to a real list of patients; faults of the list go to standard error."""
    from simulator.commands.screen import screen_and_print, write_mapping_file

    if write_mapping is not None:
        write_mapping_file(patients, mapping, write_mapping, force)
        return
    screen_and_print(patients, scenario, mapping, out, force)
