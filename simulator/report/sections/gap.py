"""Why the calendar's correct selection is not the exact one: what each cause adds, measured."""

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from simulator.analysis.by_key import ByKey, by_key
from simulator.analysis.formatted_estimate import FormattedEstimate, plain
from simulator.analysis.gap import ALL_CAUSES, CALENDAR, EXACT
from simulator.report.blocks import NONE, Block, Group, Section, Table, Text
from simulator.report.values import ReportData, with_ends
from simulator.report.words import short_truth_words
from simulator.runs.results import BALANCED
from simulator.scenario.calendar_causes import WORDS

if TYPE_CHECKING:
    import pandas as pd

EXPLAINED: Final = (
    "Each cause is turned off on the same simulated patients; what it adds is correct selection with it minus "
    "without it, in percentage points with 95 % interval. Alone: all others stay on. In turn: those above it are off "
    "already, so that the column adds up. With all of them off the calendar gives the exact number, within its error."
)
NOTE: Final = (
    "Not evaluable: replaced, and when turned off counted as without a DLT, or the other way round. A calendar limit "
    "that ends no trial adds 0."
)
ENDS: Final = "Lowest, highest: in turn, under the truths where the cause adds least and most. "


def gap_section(data: ReportData) -> tuple[Section, ...]:
    """Return the section, where the causes were measured."""
    frame = data.comparison.gap
    if frame is None:
        return ()
    return (Section("gap", "Calendar and exact: what each cause adds", gap_blocks(frame)),)


def gap_blocks(frame: "pd.DataFrame") -> tuple[Block, ...]:
    """Return what the table says, and the table."""
    return Text(EXPLAINED), gap_table(frame)


def gap_table(frame: "pd.DataFrame") -> Table:
    """Return the causes over the headline truth, a group for each design."""
    found = by_key(frame, "design", "truth", "cause", "measure")
    designs = list(dict.fromkeys(frame["design"]))
    truths = list(dict.fromkeys(frame["truth"]))
    headings = ("", "correct, %", "adds alone", "adds in turn", "lowest", "highest")
    groups = tuple(Group(design, tuple(_rows(found, design, truths))) for design in designs)
    return Table(
        f"What the calendar adds to correct selection, percentage points, {short_truth_words(truths[0])}",
        headings if len(truths) > 1 else headings[:4],
        groups,
        note=ENDS + NOTE if len(truths) > 1 else NOTE,
    )


def _rows(found: ByKey, design: str, truths: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield the calendar's number, each cause, all of them together, and what is left."""
    first, each = truths[0], [truth for truth in truths if truth != BALANCED]
    blank = (NONE, NONE) if len(truths) > 1 else ()

    def share(cause: str) -> FormattedEstimate:
        return FormattedEstimate.of(found.get((design, first, cause, "pcs"), {}))

    def adds(cause: str, measure: str) -> str:
        return _points(with_ends(found[design, first, cause, measure]))

    def ends(cause: str) -> tuple[str, ...]:
        if len(truths) == 1:
            return ()
        values = {truth: found[design, truth, cause, "in_turn"]["mean"][0] for truth in each}
        if not any(values.values()):
            return blank
        least, most = (pick(values, key=values.__getitem__) for pick in (min, max))
        return tuple(f"{truth} {100 * values[truth] + 0.0:+.1f}" for truth in (least, most))

    yield ("as simulated", share(CALENDAR).percent, NONE, NONE, *blank)
    for cause in WORDS:
        if (design, first, cause, "alone") in found:
            yield (WORDS[cause], NONE, adds(cause, "alone"), adds(cause, "in_turn"), *ends(cause))
    yield ("all of them", NONE, NONE, adds(ALL_CAUSES, "in_turn"), *ends(ALL_CAUSES))
    off, exact = share(ALL_CAUSES), share(EXACT)
    yield ("simulated without them", off.percent, NONE, NONE, *blank)
    if not math.isnan(exact.value):
        yield ("exact", plain(100 * exact.value), NONE, NONE, *blank)


def _points(one: FormattedEstimate) -> str:
    """Return a difference of shares in percentage points, with its interval."""
    low, value, high = (round(100 * number, 1) + 0.0 for number in (one.low, one.value, one.high))
    return f"{value:+.1f} [{low:.1f}, {high:.1f}]"
