"""Blocks as plain text: tables of one line a row, and sentences on lines of one width."""

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
TABLE_WIDTH: Final = 100_000
"""Wider than any table, so that no cell is ever cut short; lines end where the table does."""


def text_of(*blocks: Block) -> str:
    """Return the blocks one below the other as plain text; the empty text is an empty line."""
    return "\n".join(line for block in blocks for line in block_lines(block)) + "\n"


def block_lines(block: Block) -> list[str]:
    """Return a block as lines; behind the note of a table stands an empty one."""
    match block:
        case Text():
            return filled(block.text)
        case Items():
            return [line for item in block.items for line in filled(item)]
        case Pairs():
            return [line for term, text in block.pairs for line in wrapped(f"{term}: {text}", "  ")]
        case Table():
            return [*_table_lines(block), *([*filled(block.note), ""] if block.note else ())]
        case Verbatim():
            return [block.summary, *block.text.splitlines()]
        case Drawing():
            return filled(block.caption)
        case _:
            assert_never(block)


def filled(text: str, indent: str = "") -> list[str]:
    """Return a sentence on lines of at most `TEXT_WIDTH` letters; further lines are indented."""
    return textwrap.wrap(text, TEXT_WIDTH, subsequent_indent=indent) or [""]


def wrapped(text: str, indent: str = "", width: int = NARROW_WIDTH) -> list[str]:
    """Return a sentence on narrower lines that do not end within a word; further lines are indented."""
    return textwrap.wrap(text, width, subsequent_indent=indent, break_on_hyphens=False)


def _table_lines(table: Table) -> list[str]:
    """Return title, headings, rule and rows; the letters are those of the cells, whatever they are."""
    grid = RichTable(
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        padding=(0, 1),
    )
    for place, heading in enumerate(table.headings):
        grid.add_column(heading, justify="left" if place < table.row_headings else "right", no_wrap=True)
    for cells in _named_once(table):
        grid.add_row(*cells)
    text = StringIO()
    out = Console(file=text, width=TABLE_WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    out.print(grid)
    above = [table.caption] if table.caption else []
    return [*above, *(line.rstrip() for line in text.getvalue().splitlines())]


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


def spaced(cells: Sequence[str], widths: Sequence[int], indent: str = "") -> str:
    """Return cells on places of these widths; to the left where a width is negative, past it as they are."""
    shown = (
        f"{cell:<{-width}}" if width < 0 else f"{cell:>{width}}"
        for cell, width in zip(cells, widths, strict=False)
    )
    return (indent + "".join(shown) + "".join(cells[len(widths) :])).rstrip()
