"""The options of `report`."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `compare --out` wrote.")],
    out: Annotated[
        Path | None,
        typer.Option(
            help="The page; with --protocol the section, as .html, .docx or .md. Default: report.html in the folder."
        ),
    ] = None,
    protocol: Annotated[
        bool,
        typer.Option(
            "--protocol",
            help="In place of the page the statistical section of a protocol, where --out, --word or --markdown say; "
            "else protocol.html, .md and .docx in the folder.",
        ),
    ] = False,
    every_n: Annotated[
        bool,
        typer.Option(
            "--every-n", help="In the section: decision tables for every number of patients, not cohorts."
        ),
    ] = False,
    word: Annotated[
        Path | None, typer.Option(help="Also the statistical section for a protocol, as Word (.docx).")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also the statistical section, as Markdown.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace files that differ from this run's.")
    ] = False,
) -> None:
    """Write one self-contained HTML page on a run, or the statistical section of a protocol."""
    from simulator.commands.report import Asked, report_and_print

    report_and_print(run, Asked(out, protocol, word, markdown, every_n, force))
