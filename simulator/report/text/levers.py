"""The levers ranked, as text within 80 columns. No number is computed here."""

from typing import Final

from simulator.analysis.changes import MONTHS, ChangeEvidence
from simulator.analysis.formatted_change import amount, amount_alone
from simulator.analysis.lever_tables import LeverSet, LeverTables, PulledLever
from simulator.analysis.relaxation_tables import Inside
from simulator.report.blocks import NONE, Table, Text, rows
from simulator.report.render.text import text_of
from simulator.report.sections.within_limit import UNLIMITED
from simulator.scenario.parts import Part
from simulator.scenario.window_notes import window_moved

WIDTH: Final = 78
SHOWN: Final = 15
NOTE: Final = (
    "On the same patients, the most months first. Gained: patients admitted more, per 100 referred. A lever of the "
    "trial is at the better end of its range, half or twice where none is stated."
)
TOGETHER: Final = (
    "Intervals of what was tried hold together for all sets that might be tried (95 %, Bonferroni)"
)
OTHER_SEARCH: Final = (
    "; those of the search for the smallest relaxation hold together for the sets that it might run, so that they "
    "have other widths and one set may have another verdict there."
)


def render(found: LeverTables) -> str:
    """Return the answer, the levers ranked, and the sets that were run."""
    what = "on average" if found.share is None else f"in {100 * found.share:g} % of trials"
    told = [one for one in found.pulled if one.months.told is not ChangeEvidence.SAME]
    more = len(found.pulled) - min(len(told), SHOWN)
    cut = next(filter(None, (one.months.within for one in told)), "")
    listed = [_row(one, cut=bool(cut)) for one in told[:SHOWN]]
    rest = f" {more} more change less, or nothing; --out writes all." if more else ""
    return text_of(
        Text(f"What brings the recommendation within {found.limit:g} months {what}? Everything permitted."),
        Text(answer(found)),
        Text(""),
        Table(
            f"Months gained by each lever alone ({found.design}; {', '.join(found.truths)})",
            ("lever", *((f"months≤{cut}", "unlimited") if cut else ("months [95 % interval]",)), "gained"),
            rows(*listed),
            note=NOTE + (UNLIMITED if cut else "") + rest,
        ),
        *(Text(f"Tried: {_named(one)}: {_months(one)}, {one.said.value}.") for one in found.tried),
        Text(TOGETHER + (OTHER_SEARCH if found.scenario.parts.has(Part.BUILT_IN_CRITERIA) else ".")),
        *(Text(f"Note: {note}.") for note in window_moved({one.lever.setting for one in found.pulled})),
        *(Text(f"Not pulled: {name}: {why}.") for name, why in found.left_out.items()),
        width=WIDTH,
    )


def _row(one: PulledLever, *, cut: bool) -> tuple[str, ...]:
    """Return a lever, the change of months, where the calendar limit cuts any without it too, and who is gained.

    Without the limit there is no room for the interval, which the tables that are written have.
    """
    gained = f"{one.gained:.1f}" if one.lever.is_relaxation else NONE
    without = (amount_alone(one.months.without_limit or one.months, MONTHS),) if cut else ()
    return (one.lever.name, amount(one.months, MONTHS), *without, gained)


def _months(one: LeverSet) -> str:
    return f"{one.months.value:.1f} [{one.low:.1f}, {one.high:.1f}]"


def answer(found: LeverTables) -> str:
    """Return the sentence that answers, and never more than was run."""
    if found.answer is None:
        best = min(found.tried, key=lambda one: one.months.value)
        told = "cannot be told" if best.said is Inside.NOT_TOLD else "is outside"
        return (
            f"None was found: the best together, {_named(best)}, give {_months(best)} months, which {told}."
        )
    if not found.answer.levers:
        return f"Nothing is needed: as it is, {found.answer.months.value:.1f} months."
    return (
        f"{len(found.answer.levers)} lever{'s' if len(found.answer.levers) > 1 else ''} found to do so: "
        f"{_named(found.answer)}; {_months(found.answer)} months. Other sets may do with as few."
    )


def _named(one: LeverSet) -> str:
    return ", ".join(lever.name for lever in one.levers) or "the scenario as it is"
