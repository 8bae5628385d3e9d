"""The smallest set of relaxations as text. No number is computed here."""

import textwrap
from typing import Final

from simulator.analysis.relaxation_tables import Inside, RelaxationTables
from simulator.report.render.text import spaced, wrapped
from simulator.report.sections.smallest_relaxation import answer, explained, question, searched, sets_table

WIDTH: Final = 78
SET_LETTERS: Final = 27
WIDTHS: Final = (-28, 7, 10, 15, 7)
NOT_TOLD: Final = "not told"
HEADINGS: Final = ("set", "gained", "months", "95 %", "trials", "")


def render(found: RelaxationTables) -> str:
    """Return the answer, what was searched, and the sets judged, as plain text."""
    table = sets_table(found)
    shown = table.groups[0].rows
    lines = [*_wrapped(question(found)), "", *_wrapped(answer(found)), "", *_wrapped(searched(found)), ""]
    lines += [line for row in (HEADINGS, *shown) for line in _row(row)]
    if len(found.judged) > len(shown):
        left_out = len(found.judged) - len(shown)
        lines.append(f"... and {left_out} more, with more months; --out writes them all")
    lines += ["", *_wrapped(explained(found))]
    lines += [line for note in found.warnings for line in _wrapped(f"Note: {note}.")]
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrapped(text, width=WIDTH)


def _row(cells: tuple[str, ...]) -> list[str]:
    """Return a row; the names of a set that has no room for them stand below."""
    *numbers, verdict = cells[1:]
    names = cells[0]
    is_long = len(names) > SET_LETTERS
    first = f"{names.count(', ') + 1} relaxations" if is_long else names
    below = textwrap.wrap(names, WIDTH, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    told = NOT_TOLD if verdict == Inside.NOT_TOLD.value else verdict
    return [spaced([first, *numbers, f"  {told}"], WIDTHS), *(below if is_long else [])]
