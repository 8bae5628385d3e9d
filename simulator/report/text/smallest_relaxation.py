"""The smallest set of relaxations as text. No number is computed here."""

import textwrap
from typing import Final

from simulator.analysis.relaxation_tables import RelaxationTables
from simulator.report.render.text import TEXT_WIDTH, spaced, wrapped
from simulator.report.sections.smallest_relaxation import answer, explained, question, searched, sets_table

SET_LETTERS: Final = 56
WIDTHS: Final = (-58, 8, 12, 20, 8)


def render(found: RelaxationTables) -> str:
    """Return the answer, what was searched, and the sets judged, as plain text."""
    table = sets_table(found)
    shown = table.groups[0].rows
    lines = [question(found), "", *_wrapped(answer(found)), "", *_wrapped(searched(found)), ""]
    lines += [line for row in (table.headings, *shown) for line in _row(row)]
    if len(found.judged) > len(shown):
        lines.append(
            f"... and {len(found.judged) - len(shown)} more, with more months; --out writes them all"
        )
    lines += ["", *_wrapped(explained(found))]
    lines += [line for note in found.warnings for line in _wrapped(f"Note: {note}.")]
    return "\n".join(lines) + "\n"


def _wrapped(text: str) -> list[str]:
    return wrapped(text, width=TEXT_WIDTH)


def _row(cells: tuple[str, ...]) -> list[str]:
    """Return a row; the names of a large set go on below."""
    *first, verdict = cells
    names = textwrap.wrap(first[0], SET_LETTERS, break_on_hyphens=False)
    return [spaced([names[0], *first[1:], f"  {verdict}"], WIDTHS), *(f"  {line}" for line in names[1:])]
