"""A table of decisions or scores as a file: text, CSV, one HTML page, or Word."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from simulator.report.blocks import Items, Pairs, Section, Table
from simulator.report.render.html import rendered
from simulator.report.render.text import block_lines, dense, wrapped
from simulator.report.render.word import word_of
from simulator.runs.csv_text import csv_text

FORMATS: Final = ("text", "csv", "html", "docx")


@dataclass(frozen=True, slots=True)
class TableFile:
    """What the file says, whatever its format.

    Attributes
    ----------
    about, caption
        One line on the trial, and that with what holds for the whole table.
    what
        What the tables are, as a heading.
    tables
        The table, and those that belong to it.
    reading, conventions
        How the table is read, and the design's conventions.
    headings, rows
        The cells for CSV.
    reading_as_text
        How the text is read, where its signs differ; by default `reading`.
    """

    title: str
    about: str
    caption: str
    what: str
    tables: tuple[Table, ...]
    reading: Items
    conventions: Pairs
    headings: Iterable[str]
    rows: Iterable[Iterable[str]]
    reading_as_text: Items | None = None

    def content(self, form: str) -> bytes:
        """Return the file in one of the `FORMATS`, text in UTF-8.

        Raises
        ------
        StoreError
            For Word, python-docx is not installed.
        """
        match form:
            case "csv":
                return csv_text(self.headings, self.rows).encode()
            case "html":
                page = rendered(self.title, self.about, self.caption, (), self._sections(), contents=False)
                return page.encode()
            case "docx":
                return word_of(self.title, (), self._sections(), option="--format docx")
            case _:
                return "".join(f"{line}\n" for line in self._lines()).encode()

    def _sections(self) -> tuple[Section, ...]:
        return (
            Section("table", self.what, self.tables),
            Section("reading", "How to read the table", (self.reading,)),
            Section("conventions", "Conventions of the design", (self.conventions,)),
        )

    def _lines(self) -> list[str]:
        first, *others = self.tables
        lines = [self.title, *wrapped(self.caption), "", *dense(first), ""]
        for sentence in (first.note, *(self.reading_as_text or self.reading).items):
            lines += wrapped(sentence) if sentence else []
        for table in others:
            lines += ["", table.caption, *dense(table), "", *wrapped(table.note)]
        return [*lines, "", "Conventions", *block_lines(self.conventions)]
