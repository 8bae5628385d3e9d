"""How wide the columns of a table are on an A4 page, for formats whose readers do not measure text well enough."""

from collections.abc import Sequence
from typing import Final

from simulator.report.blocks import Table

CM_PER_LETTER: Final = 0.16
"""Of the type of tables, on average."""
BOLD_WIDER: Final = 1.15
WIDEST_LETTERS: Final = 50
"""Letters of a cell beyond which its column is no wider: the text goes on lines."""
PROSE_LETTERS: Final = 120
"""The same where columns share too narrow a page, so that sentences get most of it."""
WORD_LETTERS: Final = 18
"""Letters of a word beyond which it is broken."""

NARROW: Final = frozenset(" .,:;'|()[]-/ijl")
NARROWER: Final = 0.4
MOST_CELLS: Final = 0.7

Line = Sequence[str]


def column_widths_cm(lines: Sequence[Line], text_cm: float, padding: float) -> list[float]:
    """Return the width of each column: by its longest word at least, and by its longest cell up to a limit.

    The first line is the headings, whose words are bold and so wider. Where a page is too narrow for all of it,
    headings are broken before cells are. Together they are as wide as the table wants to be, or as the text is.

    Parameters
    ----------
    lines
        Headings, then rows; a row with nothing behind its first cell is the heading of a group.
    text_cm
        Width of the text on the page.
    padding
        Letters by which a column is wider than its text: its margins, and that headings are bold.
    """
    columns = list(zip(*(line for line in lines if any(line[1:])), strict=True))
    room = text_cm / CM_PER_LETTER - padding * len(columns)
    letters = [max(_least(column), _longest(column)) for column in columns]
    if sum(letters) > room:
        letters = [max(_least(column), _longest(column[1:])) for column in columns]
    if sum(letters) > room:
        letters = _shrunk(columns, room)
    return [CM_PER_LETTER * (padding + count) for count in letters]


def _shrunk(columns: Sequence[Line], room: float) -> list[float]:
    """Return letters that fill the room: longest words first, then most cells, then the longest cells."""
    steps = [
        [_least(column) for column in columns],
        [_longest(_most_cells(column), PROSE_LETTERS) for column in columns],
        [_longest(column[1:], PROSE_LETTERS) for column in columns],
    ]
    given = [0.0] * len(columns)
    for step in steps:
        more = [max(0.0, wanted - has) for wanted, has in zip(step, given, strict=True)]
        share = min(1.0, (room - sum(given)) / sum(more)) if sum(more) else 0.0
        given = [has + share * extra for has, extra in zip(given, more, strict=True)]
    return given


def _most_cells(column: Line) -> Line:
    """Return the cells but for the longest."""
    cells = sorted(column[1:], key=len)
    return cells[: 1 + int(MOST_CELLS * (len(cells) - 1))]


def _least(column: Line) -> float:
    """Return the letters of the longest word, the heading's bold ones among them."""
    heading, *cells = column
    return max(
        BOLD_WIDER * _longest(heading.split()),
        _longest(" ".join(cells).replace("/", " ").split(), WORD_LETTERS),
    )


def _longest(texts: Line, most: int = WIDEST_LETTERS) -> float:
    """Return the letters of the longest text, narrow ones counted in part, at most so many."""
    return min(max(map(_letters, texts), default=0.0), most)


def _letters(text: str) -> float:
    return len(text) - NARROWER * sum(letter in NARROW for letter in text)


def table_lines(table: Table) -> list[tuple[str, ...]]:
    """Return headings, titles of groups and rows, each with a cell for every column."""
    lines = [table.headings]
    for group in table.groups:
        lines += [(group.title, *[""] * (len(table.headings) - 1))] if group.title else []
        lines += group.rows
    return lines
