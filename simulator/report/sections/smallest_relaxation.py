"""The smallest set of relaxations: what the search found, what it covered, and the sets judged."""

import math
from typing import Final

from simulator.analysis.relaxation_tables import JudgedSet, RelaxationTables
from simulator.report.blocks import Table, rows
from simulator.scenario.wording import counted

SHOWN_OF_A_SIZE: Final = 3


def answer(found: RelaxationTables) -> str:
    """Return what the search found, and never more than the intervals allow."""
    what = _what(found)
    if found.answer is None:
        told = "No permitted set does" if _told_all(found) else "No permitted set is told to do so"
        best = found.best
        sets = f"{len(found.judged)} set{'s' if len(found.judged) > 1 else ''}"
        shown = f"{told}: the best of the {sets} run is {_named(best)}, {what} {_value(best)}."
        return shown + _untold(found)
    if not found.answer.changes:
        return f"None is needed: as it is, {what} {_value(found.answer)}."
    size = len(found.answer.changes)
    how = f"{size} relaxation{'s' if size > 1 else ''}"
    first = (
        f"The smallest set found to do so has {how}: {_named(found.answer)}; {what} {_value(found.answer)}."
    )
    return first + _untold(found)


def searched(found: RelaxationTables) -> str:
    """Return what was searched, and what not."""
    sets = found.sets
    how_many = (
        f"{len(sets.singles)} permitted relaxations of {sets.largest_size} settings give {sets.count} sets"
    )
    run = f"{len(found.judged)} were run, the scenario as it is among them"
    same = f"; {found.same} more admit the same patients as one of these" if found.same else ""
    if found.searched_all:
        return f"Searched: all. {how_many}; {run}{same}."
    wanted = sets.largest_size if found.answer is None else len(found.answer.changes) - 1
    whole = "the scenario as it is" if found.complete_to == 0 else f"all sets of at most {found.complete_to}"
    if found.complete_to >= wanted:
        return f"Searched: {whole}, and of each size those that admit most patients. {how_many}; {run}{same}."
    return (
        f"Searched: {whole}; of {found.complete_to + 1} to {wanted} relaxations only those that admit most patients, "
        f"who need not gain most months, so that another set of so many is not ruled out. {how_many}; {run}{same}."
    )


def question(found: RelaxationTables) -> str:
    what = "on average" if found.share is None else f"in {100 * found.share:g} % of trials"
    over = ", ".join(found.truths)
    return (
        f"Which permitted relaxations bring the recommendation within {found.months:g} months {what}? "
        f"{found.design}; {over}; {counted(found.replicates, 'replicate')}, seed {found.seed}"
    )


def _what(found: RelaxationTables) -> str:
    return "mean months" if found.share is None else f"{100 * found.share:g}th percentile of months"


def _told_all(found: RelaxationTables) -> bool:
    return found.searched_all and not found.untold


def _untold(found: RelaxationTables) -> str:
    if not found.untold:
        return ""
    fewer = " smaller" if found.answer is not None else ""
    several = len(found.untold) > 1
    sets = f"{len(found.untold)}{fewer} set{'s that were' if several else ' that was'} run"
    return f" Of {sets} it cannot be told with {counted(found.replicates, 'replicate')}."


def _named(one: JudgedSet) -> str:
    if not one.changes:
        return "the scenario as it is"
    return ", ".join(text.removeprefix("eligibility.") for text in one.texts)


def _value(one: JudgedSet) -> str:
    return f"{one.months.value:.1f} {_interval(one)}"


def _interval(one: JudgedSet) -> str:
    low, high = ("?" if math.isnan(end) else f"{end:.1f}" for end in (one.low, one.high))
    return f"[{low}, {high}]"


def sets_table(found: RelaxationTables) -> Table:
    """Return the scenario as it is, then of every size the sets with the fewest months."""
    ordered = sorted(found.judged, key=lambda one: (len(one.changes), one.months.value))
    sizes = [len(one.changes) for one in ordered]
    shown = [one for k, one in enumerate(ordered) if k - sizes.index(sizes[k]) < SHOWN_OF_A_SIZE]
    headings = ("set", "gained", "months", "simultaneous 95 %", "trials", "")
    return Table("", headings, rows(*(_row(one, found.sets.referred) for one in shown)))


def _row(one: JudgedSet, referred: int) -> tuple[str, ...]:
    months, mcse = one.months.value, one.months.mcse
    return (
        _named(one),
        f"{100 * one.gained / max(referred, 1):.1f}",
        f"{months:.1f}" + ("" if math.isnan(mcse) else f"±{mcse:.1f}"),
        _interval(one),
        str(one.replicates),
        one.said.value,
    )


def explained(found: RelaxationTables) -> str:
    calendar = f"{found.scenario.trial.calendar_limit_months:g}"
    return (
        "Gained: patients who are admitted then and not now, per 100 referred. Months to the "
        f"recommendation; {'mean ± standard error' if found.share is None else 'that quantile ± standard error'}; a "
        f"trial without one counts with the calendar limit of {calendar}. Intervals hold together for all sets that "
        "might be run (Bonferroni); a set is inside, or outside, if its interval leaves out the limit. Trials: "
        "replicates per truth it was judged on."
    )
