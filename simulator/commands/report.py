"""The command `report`: a page, and the statistical section for a protocol, from a run folder."""

import sys
from pathlib import Path
from typing import Any, Final

from simulator.errors import StoreError
from simulator.report.render.html import GENERATOR, page, rendered, write
from simulator.report.render.protocol_section import markdown_text, word_file
from simulator.report.sections.saved import saved_tables
from simulator.studies.saved_run import SavedRun, open_saved_run

NAME: Final = "report.html"


def report_and_print(
    run: Path, out: Path | None, word: Path | None, markdown: Path | None, force: bool
) -> None:
    """Write the page and, where a file is named for it, the statistical section; print what is wrong with the folder.

    Raises
    ------
    StoreError
        Nothing of the run can be shown, a file cannot be written, or one that this tool did not write is in
        the way of the page and `force` was not given.
    """
    saved = open_saved_run(run)
    target = out or run / NAME
    if not force and target.exists() and not _is_ours(target):
        raise StoreError(f"{target}: not a page of this tool; --force replaces it")
    files = _sections(saved, word, markdown)
    files = {target: _page(saved), **files}
    for file, content in files.items():
        write(file, content)
    for note in saved.notes:
        print(f"note: {note}", file=sys.stderr)
    print(f"Written to {', '.join(map(str, files))}.")


def _page(saved: SavedRun) -> str:
    if saved.comparison is not None:
        return page(saved.comparison, saved.about, saved.notes)
    title, given = _title(saved.about), saved.about.get("version", "unknown")
    subtitle = f"Written by phase1-simulator {given}."
    return rendered(title, "Saved run", subtitle, saved.notes, saved_tables(saved.about, saved.tables))


def _title(about: Any) -> str:
    title = about.get("title")
    return title if isinstance(title, str) and title else "Run without title"


def _sections(saved: SavedRun, word: Path | None, markdown: Path | None) -> dict[Path, str | bytes]:
    if word is None and markdown is None:
        return {}
    if saved.comparison is None:
        raise StoreError(
            "\n".join(
                (f"{saved.path}: the statistical section needs the whole run, not its tables", *saved.notes)
            )
        )
    files: dict[Path, str | bytes] = {}
    if word is not None:
        files[word] = word_file(saved.comparison, saved.about, saved.notes)
    if markdown is not None:
        files[markdown] = markdown_text(saved.comparison, saved.about, saved.notes)
    return files


def _is_ours(path: Path) -> bool:
    """Return whether a file is a page that this tool wrote."""
    mark = f'<meta name="generator" content="{GENERATOR}">'
    return path.is_file() and mark.encode() in path.read_bytes()[:2000]
