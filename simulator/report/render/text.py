"""Plain text tables of one line a row, and wrapped sentences."""

import textwrap
from collections.abc import Sequence
from typing import Final

TEXT_WIDTH: Final = 110


def columns(headings: Sequence[str], rows: Sequence[Sequence[str]], left: Sequence[int] = ()) -> list[str]:
    """Return heading, rule and rows as lines; columns are right-aligned but those in `left`."""
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


def wrapped(text: str, indent: str = "") -> list[str]:
    """Return the sentence on lines of at most `TEXT_WIDTH` letters; further lines are indented."""
    return textwrap.wrap(text, TEXT_WIDTH, subsequent_indent=indent, break_on_hyphens=False)
