"""What a report is made of: sections of text, tables and figures, before it becomes HTML, Word or Markdown.

Everything here is plain text; each renderer escapes it for the format it writes.
"""

from dataclasses import dataclass
from typing import ClassVar, Final, TypeAlias

from simulator.analysis import formatted_estimate

NONE: Final = formatted_estimate.NONE
"""A cell without a number; formats that are typeset write it as an en dash."""


def typeset(cell: str) -> str:
    """Return a cell as HTML, Markdown and Word show it."""
    return "–" if cell == NONE else cell


@dataclass(frozen=True, slots=True)
class Text:
    """One paragraph."""

    kind: ClassVar[str] = "text"
    text: str


@dataclass(frozen=True, slots=True)
class Items:
    """A list of sentences."""

    kind: ClassVar[str] = "items"
    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Terms, each with its explanation."""

    kind: ClassVar[str] = "pairs"
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of a table under one heading, or under none."""

    title: str
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A table.

    Attributes
    ----------
    caption
        What it shows, and in what unit.
    headings
        One for each column.
    groups
        The rows; every row has a cell for each column.
    row_headings
        How many columns, from the left, name the row; they are set to the left, the others to the right.
    prose
        Whether the cells behind the headings are sentences rather than numbers.
    note
        How to read it.
    named_once
        Whether a first cell like the one above is left blank in plain text.
    """

    kind: ClassVar[str] = "table"
    caption: str
    headings: tuple[str, ...]
    groups: tuple[Group, ...]
    row_headings: int = 1
    prose: bool = False
    note: str = ""
    named_once: bool = False

    @property
    def row_count(self) -> int:
        """How many rows there are, the headings of groups among them."""
        return sum(len(group.rows) + bool(group.title) for group in self.groups)


@dataclass(frozen=True, slots=True)
class Drawing:
    """A figure as SVG, what it shows in words, and its caption; as PNG for formats that hold no SVG."""

    kind: ClassVar[str] = "drawing"
    svg: str
    label: str
    caption: str
    png: bytes = b""


@dataclass(frozen=True, slots=True)
class Verbatim:
    """A text shown letter by letter when it is asked for."""

    kind: ClassVar[str] = "verbatim"
    summary: str
    text: str


Block: TypeAlias = Text | Items | Pairs | Table | Drawing | Verbatim


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with what follows it; `parts` are the sections one level below."""

    id: str
    title: str
    blocks: tuple[Block, ...] = ()
    parts: tuple["Section", ...] = ()


def rows(*given: tuple[str, ...]) -> tuple[Group, ...]:
    """Return the rows as the one group of a table."""
    return (Group("", tuple(given)),)
