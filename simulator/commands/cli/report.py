"""The options of `report`."""

from pathlib import Path
from typing import Annotated

import typer


def report(
    run: Annotated[Path, typer.Argument(metavar="RUN", help="Folder that `compare --out` wrote.")],
    out: Annotated[Path | None, typer.Option(help="The page. Default: report.html in the folder.")] = None,
    word: Annotated[
        Path | None, typer.Option(help="Also the statistical section for a protocol, as Word (.docx).")
    ] = None,
    markdown: Annotated[Path | None, typer.Option(help="Also the statistical section, as Markdown.")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="Replace a page that this tool did not write.")
    ] = False,
) -> None:
    """Write one self-contained HTML page on a run, and the statistical section of a protocol."""
    from simulator.commands.report import report_and_print

    report_and_print(run, out, word, markdown, force)
