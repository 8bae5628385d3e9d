"""Sections as Markdown; every text stands as it is, whatever letters it has."""

import re
from collections.abc import Iterator
from typing import Final, assert_never

from simulator.report.blocks import Block, Drawing, Items, Pairs, Section, Table, Text, Verbatim, typeset

MARKDOWN: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_[]<>#|~&$"})
"""Letters that Markdown reads as markup inside a line, with a backslash before them (CommonMark 2.4)."""
LIST: Final = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")
"""Where a line begins that Markdown would read as a list or a rule; the backslash goes behind the number."""


def markdown_of(title: str, notes: tuple[str, ...], parts: tuple[Section, ...]) -> str:
    """Return the sections under a title, with what is wrong at the top."""
    lines = [f"# {_md(title)}", ""]
    for note in notes:
        lines += [f"> {_md(note)}", ""]
    for part in parts:
        lines += _md_section(part, 2)
    return "\n".join(lines).rstrip("\n") + "\n"


def _md(text: str) -> str:
    """Return the text as a line that Markdown shows as it is."""
    return LIST.sub(lambda match: f"{match[1] or ''}\\", _cell(text))


def _cell(text: str) -> str:
    return " ".join(text.split()).translate(MARKDOWN)


def _md_section(part: Section, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {_md(part.title)}", "")
    for block in part.blocks:
        yield from _md_block(block)
        yield ""
    for below in part.parts:
        yield from _md_section(below, level + 1)


def _md_block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield _md(block.text)
        case Items():
            yield from (f"- {_md(item)}" for item in block.items)
        case Pairs():
            yield from (f"- **{_md(term)}**: {_md(text)}" for term, text in block.pairs)
        case Table():
            yield from _md_table(block)
        case Verbatim():
            yield f"{_md(block.summary)}: in the run folder."
        case Drawing():
            yield f"*Figure, in the files for Word and the browser: {_md(block.caption)}*"
        case _:
            assert_never(block)


def _md_table(table: Table) -> Iterator[str]:
    yield from (f"**{_md(table.caption)}**", "")
    yield _md_row(table.headings)
    left = table.row_headings if not table.prose else len(table.headings)
    yield _md_row([":--" if place < left else "--:" for place in range(len(table.headings))], plain=True)
    for group in table.groups:
        if group.title:
            yield _md_row((group.title, *[""] * (len(table.headings) - 1)))
        yield from (_md_row(row) for row in group.rows)
    if table.note:
        yield from ("", _md(table.note))


def _md_row(cells: tuple[str, ...] | list[str], plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else _cell(typeset(cell)) for cell in cells) + " |"
