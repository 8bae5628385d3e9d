"""The command `report`: a page, and the statistical section for a protocol, from a run folder."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from simulator.errors import StoreError
from simulator.report.render.html import GENERATOR, page, rendered, write
from simulator.report.render.protocol_section import ProtocolSection
from simulator.report.render.text import wrapped
from simulator.report.sections.saved import saved_tables
from simulator.studies.saved_run import SavedRun, open_saved_run

NAME: Final = "report.html"
PROTOCOL: Final = "protocol"
HTML: Final = ".html"
WORD: Final = ".docx"
MARKDOWN: Final = ".md"
LINE: Final = 100
NO_WORD: Final = "No Word file: pip install 'phase1-simulator[word]' for it."


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be written on a run.

    Attributes
    ----------
    out
        The page, or with `protocol` the section, by its ending as HTML, Word or Markdown; None for report.html in the
        folder.
    protocol
        The statistical section of a protocol in place of the page: in the files named, or where none is, as
        protocol.html, .md and .docx in the folder.
    word, markdown
        The statistical section as a file of that format.
    every_n
        Decision tables for every number of patients; by default for whole cohorts.
    force
        Whether files may be replaced that are not what this tool would write.
    """

    out: Path | None = None
    protocol: bool = False
    word: Path | None = None
    markdown: Path | None = None
    every_n: bool = False
    force: bool = False

    @property
    def in_folder(self) -> bool:
        """Whether the section is to be written under its own names, since no file is named."""
        return self.protocol and self.out is None and self.word is None and self.markdown is None


def report_and_print(run: Path, asked: Asked) -> None:
    """Write the page or the statistical section, and print what is wrong with the folder.

    Raises
    ------
    StoreError
        Nothing of the run can be shown, a file cannot be written, or one that this tool did not write is in
        the way and `force` was not given.
    """
    saved = open_saved_run(run)
    files: dict[Path, str | bytes] = {}
    if not asked.protocol:
        target = asked.out or run / NAME
        if target.suffix in (WORD, MARKDOWN):
            raise StoreError(
                f"--out {target}: the page is HTML; Word and Markdown are of the statistical section: --protocol"
            )
        if not asked.force and target.exists() and not _is_ours(target):
            raise StoreError(f"{target}: not a page of this tool; --force replaces it")
        files[target] = b""
    section = _section(saved, asked)
    if not asked.protocol:
        files[target] = _page(saved)
    if section is not None:
        files |= dict(_section_files(section, run, asked))
    for file, content in files.items():
        write(file, content)
    for note in (*saved.notes, *((NO_WORD,) if asked.in_folder and not _has_word() else ())):
        print(f"note: {note}", file=sys.stderr)
    print(f"Written to {', '.join(map(str, files))}.")
    if section is not None and section.draft:
        print(*wrapped(section.notes[0], width=LINE), sep="\n")


def _page(saved: SavedRun) -> str:
    if saved.comparison is not None:
        return page(saved.comparison, saved.about, saved.notes)
    title, given = _title(saved.about), saved.about.get("version", "unknown")
    subtitle = f"Written by phase1-simulator {given}."
    return rendered(title, "Saved run", subtitle, saved.notes, saved_tables(saved.about, saved.tables))


def _title(about: Any) -> str:
    title = about.get("title")
    return title if isinstance(title, str) and title else "Run without title"


def _section(saved: SavedRun, asked: Asked) -> ProtocolSection | None:
    """Return the statistical section, None where nobody asked for it."""
    if not asked.protocol and asked.word is None and asked.markdown is None:
        return None
    if saved.comparison is None:
        raise StoreError(
            "\n".join(
                (f"{saved.path}: the statistical section needs the whole run, not its tables", *saved.notes)
            )
        )
    return ProtocolSection.of(saved.comparison, saved.about, saved.notes, every_n=asked.every_n)


def _section_files(section: ProtocolSection, run: Path, asked: Asked) -> Iterator[tuple[Path, str | bytes]]:
    """Yield every file of the statistical section with what it holds: those asked for, and no others."""
    if asked.protocol:
        files: dict[Path, str | bytes] = {}
        if asked.in_folder:
            suffixes = (HTML, MARKDOWN, *((WORD,) if _has_word() else ()))
            files = {run / f"{PROTOCOL}{suffix}": _as(section, suffix, "--protocol") for suffix in suffixes}
        elif asked.out is not None:
            files[asked.out] = _as(section, asked.out.suffix, "--out")
        edited = [str(file) for file, content in files.items() if _differs(file, content)]
        if edited and not asked.force:
            raise StoreError(
                f"{', '.join(edited)}: not what this run gives, perhaps edited since; --force replaces it"
            )
        yield from files.items()
    if asked.word is not None:
        yield asked.word, section.word()
    if asked.markdown is not None:
        yield asked.markdown, section.markdown()


def _as(section: ProtocolSection, suffix: str, option: str) -> str | bytes:
    """Return the section in the format of a file's ending; HTML where the ending says no other."""
    if suffix == WORD:
        return section.word(option)
    return section.markdown() if suffix == MARKDOWN else section.html()


def _has_word() -> bool:
    return find_spec("docx") is not None


def _differs(file: Path, content: str | bytes) -> bool:
    """Return whether a file is there that holds something else."""
    written = content.encode() if isinstance(content, str) else content
    return file.exists() and (not file.is_file() or file.read_bytes() != written)


def _is_ours(path: Path) -> bool:
    """Return whether a file is a page that this tool wrote."""
    mark = f'<meta name="generator" content="{GENERATOR}">'
    return path.is_file() and mark.encode() in path.read_bytes()[:2000]
