"""Blocks as plain text: tables of one line a row, and sentences on lines of one width."""

import re
import textwrap
from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Final, assert_never

from rich import box
from rich.console import Console
from rich.table import Table as RichTable

from simulator.report.blocks import Block, Drawing, Items, Pairs, Table, Text, Verbatim

TEXT_WIDTH: Final = 118
NARROW_WIDTH: Final = 110
TABLE_WIDTH: Final = 120
"""Of tables among sentences of `TEXT_WIDTH`."""
KEPT: Final = "\N{NO-BREAK SPACE}%"
LEAST_NAME: Final = 8
"""Letters to which a column of names is folded at the least."""
PART: Final = re.compile(r"[_=/,-]+|\.(?=[a-z])")
"""A name longer than its column is folded behind these: behind parts of `arrivals.referrals_per_site_month=6`."""


def text_of(*blocks: Block, width: int = TEXT_WIDTH) -> str:
    """Return the blocks one below the other as plain text; the empty text is an empty line.

    Parameters
    ----------
    width
        Columns of a line; tables, which are split rather than cut, take two more at the default.
    """
    return "\n".join(line for block in blocks for line in block_lines(block, width)) + "\n"


def block_lines(block: Block, width: int = TEXT_WIDTH) -> list[str]:
    """Return a block as lines; behind the note of a table stands an empty one."""
    match block:
        case Text():
            return filled(block.text, width=width)
        case Items():
            return [line for item in block.items for line in filled(item, "  ", width)]
        case Pairs():
            return [line for term, text in block.pairs for line in wrapped(f"{term}: {text}", "  ")]
        case Table():
            most = TABLE_WIDTH if width == TEXT_WIDTH else width
            note = [*filled(block.note, width=width), ""] if block.note else ()
            return [*table_lines(block, most, airy=width == TEXT_WIDTH), *note]
        case Verbatim():
            return [block.summary, *block.text.splitlines()]
        case Drawing():
            return filled(block.caption, width=width)
        case _:
            assert_never(block)


def filled(text: str, indent: str = "", width: int = TEXT_WIDTH) -> list[str]:
    """Return a sentence on lines of at most so many letters; further lines are indented."""
    return _lines(text, indent, width) or [""]


def wrapped(text: str, indent: str = "", width: int = NARROW_WIDTH) -> list[str]:
    """Return a sentence on narrower lines that do not end within a word; further lines are indented."""
    return _lines(text, indent, width, break_on_hyphens=False)


def _lines(text: str, indent: str, width: int, *, break_on_hyphens: bool = True) -> list[str]:
    """Return the lines of a sentence; a number keeps its percent sign."""
    kept = textwrap.wrap(
        text.replace(" %", KEPT), width, subsequent_indent=indent, break_on_hyphens=break_on_hyphens
    )
    return [line.replace(KEPT, " %") for line in kept]


def table_lines(table: Table, width: int, *, airy: bool) -> list[str]:
    """Return title, headings, rule and rows within a width; the letters are those of the cells, whatever they are.

    `airy`: with an empty line above and below, and a column of space on either side.

    A table that is too wide has less room between its columns, then folded names on the left, and at last stands in
    parts, one below the other, each with the names of the rows. No cell of a number is ever cut: where one column
    is too wide with the names, it stands so.
    """
    above = filled(table.caption, width=width) if table.caption else []
    listed = [tuple(row) for row in _named_once(table)]
    within = width - 2 if airy else width
    return [*above, *(line for part in _parts(table, listed, within, airy=airy) for line in part)]


def _parts(table: Table, listed: list[tuple[str, ...]], width: int, *, airy: bool) -> list[list[str]]:
    """Return the table whole, or in parts of as many columns as fit."""
    names = range(table.row_headings)
    left = list(range(table.row_headings, len(table.headings)))
    parts: list[list[str]] = []
    while left or not parts:
        fitting = (k for k in range(len(left), 1, -1) if _fits(table, listed, left[:k], width))
        count = next(fitting, min(1, len(left)))
        parts.append(_grid(table, listed, [*names, *left[:count]], width, airy=airy))
        left = left[count:]
    return parts


def _widths(table: Table, listed: list[tuple[str, ...]], shown: Sequence[int]) -> list[int]:
    """Return the letters of the widest cell of each column; the heading of a group takes no room."""
    rows = [table.headings, *(row for row in listed if len(row) == len(table.headings))]
    return [max(len(row[k]) for row in rows) for k in shown]


def _fits(table: Table, listed: list[tuple[str, ...]], columns: Sequence[int], width: int) -> bool:
    """Return whether columns fit behind names that are folded where only one column names the row."""
    names = _widths(table, listed, range(table.row_headings))
    if len(names) == 1:
        names = [min(names[0], LEAST_NAME)]
    cells = [*names, *_widths(table, listed, columns)]
    return sum(cells) + len(cells) - 1 <= width


def _grid(
    table: Table, listed: list[tuple[str, ...]], shown: Sequence[int], width: int, *, airy: bool
) -> list[str]:
    """Return some columns as lines: headings, a rule, rows."""
    widths = _widths(table, listed, shown)
    gaps = len(widths) - 1
    spare = (width - sum(widths)) // max(gaps, 1)
    # A column of space is always there; one more on the right, and one on the left, where there is room.
    padding = (0, int(spare >= 2), 0, int(spare >= 3))
    grid = RichTable(box=box.SIMPLE_HEAD, pad_edge=False, padding=padding, show_edge=airy)
    room = max(width - sum(widths[1:]) - gaps, LEAST_NAME)
    folds_names = table.row_headings == 1 and spare < 1
    for place, (k, cells) in enumerate(zip(shown, widths, strict=True)):
        is_name = k < table.row_headings
        folds = place == 0 and folds_names
        most = min(cells, room) if folds else None
        grid.add_column(
            table.headings[k],
            justify="left" if is_name else "right",
            no_wrap=not folds,
            overflow="fold",
            max_width=most,
            min_width=most,
        )
    for row in listed:
        name, *cells_of = (row[k] for k in shown) if len(row) == len(table.headings) else row
        grid.add_row(folded(name, room) if folds_names else name, *cells_of)
    text = StringIO()
    # Wider than any table, so that no cell is ever cut short; lines end where the table does.
    out = Console(
        file=text,
        width=100_000,
        color_system=None,
        markup=False,
        highlight=False,
        emoji=False,
        force_jupyter=False,  # else a notebook shows the table too, whatever its file
    )
    out.print(grid)
    return [line.rstrip() for line in text.getvalue().splitlines()]


def folded(name: str, width: int) -> str:
    """Return a name on lines of at most so many letters; a word is broken only where it is longer, behind a part."""
    lines = textwrap.wrap(name, width, break_long_words=False, break_on_hyphens=False) or [""]
    return "\n".join(part for line in lines for part in _broken(line, width))


def _broken(word: str, width: int) -> Iterable[str]:
    """Yield a word in pieces of at most so many letters, the longest that end behind a part of it."""
    while len(word) > width:
        ends = [found.end() for found in PART.finditer(word, 0, width)]
        end = ends[-1] if ends else width
        yield word[:end]
        word = word[end:]
    yield word


def _named_once(table: Table) -> Iterable[Sequence[str]]:
    """Return the rows, with the heading of a group in a row of its own, and a repeated name left blank."""
    before = None
    for group in table.groups:
        if group.title:
            yield (group.title,)
        for row in group.rows:
            first = "" if table.named_once and row[0] == before else row[0]
            yield first, *row[1:]
            before = row[0]


def dense(table: Table) -> list[str]:
    """Return a table on as few letters as it needs: headings, a dashed rule, rows."""
    return columns(
        table.headings, [row for group in table.groups for row in group.rows], range(table.row_headings)
    )


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = ()) -> list[str]:
    """Return headings, a dashed rule and rows as lines; columns are right-aligned but those in `left`."""
    table = [headings, *rows]
    widths = [max(len(row[k]) for row in table) for k in range(len(headings))]
    lines = [
        "  ".join(
            cell.ljust(width) if k in left else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    return [lines[0], "  ".join("-" * width for width in widths).rstrip(), *lines[1:]]


def columns_within(
    width: int, headings: Sequence[str], rows: Sequence[Sequence[str]], names: int = 1
) -> list[str]:
    """Return `columns` with names on the left, in parts one below the other where the table is wider than a line.

    `names`: columns that name the rows, repeated in each part; the first is left-aligned.
    """
    lines: list[str] = []
    first = names
    while first < len(headings):
        last = len(headings) + 1
        part: list[str] = []
        while not part or (max(map(len, part)) > width and last > first + 1):
            last -= 1
            shown = [*range(names), *range(first, last)]
            part = columns([headings[k] for k in shown], [[row[k] for k in shown] for row in rows], left=(0,))
        lines += [*([""] if lines else []), *part]
        first = last
    return lines


def spaced(cells: Sequence[str], widths: Sequence[int], indent: str = "") -> str:
    """Return cells on places of these widths; to the left where a width is negative, past it as they are."""
    shown = (
        f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
        for cell, width in zip(cells, widths, strict=False)
    )
    return (indent + "".join(shown) + "".join(cells[len(widths) :])).rstrip()
