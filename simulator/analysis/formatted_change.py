"""How a change is written: no more is claimed than its interval allows."""

import math
from collections.abc import Iterable, Mapping
from typing import Final

from simulator.analysis.changes import (
    OUTCOME_LABELS,
    OUTCOME_WORDS,
    SHARES,
    WITHOUT_LIMIT,
    Change,
    ChangeEvidence,
)
from simulator.analysis.estimate import certain_bound

MOST_DIGITS: Final = 4


def amount(one: Change, outcome: str) -> str:
    """Return a change with its interval: -4.1 [-6.0, -2.2], in points where it is a share.

    More digits where an interval that leaves out 0 would be printed with an end of 0.0.
    """
    return "".join(_amount(one, outcome))


def amount_alone(one: Change, outcome: str) -> str:
    """Return a change as `amount`, without its interval, where a table has no room for it."""
    return _amount(one, outcome)[0]


def _amount(one: Change, outcome: str) -> tuple[str, str]:
    """Return a change, and what follows it: its interval, or how many replicates differ where there is none."""
    scale, unit = (100.0, " points") if outcome in SHARES else (1.0, "")
    nearest = min(abs(scale * one.low), abs(scale * one.high))
    digits = 1
    while one.told is ChangeEvidence.DIFFERENT and round(nearest, digits) == 0 and digits < MOST_DIGITS:
        digits += 1
    while (
        math.isnan(one.low) and one.value and round(scale * one.value, digits) == 0 and digits < MOST_DIGITS
    ):
        digits += 1
    low, value, high = (round(scale * number, digits) + 0.0 for number in (one.low, one.value, one.high))
    shown = f"{value:+.{digits}f}{unit}"
    if math.isnan(one.low):
        few = f"{one.differing} replicate{'s differ' if one.differing > 1 else ' differs'}"
        return shown, "" if one.told is ChangeEvidence.SAME else f", {few}"
    return shown, f" [{low:.{digits}f}, {high:.{digits}f}]"


def amount_and_without_limit(one: Change, outcome: str) -> str:
    """Return a change as `amount`; of months that the calendar limit cuts, within it and without it."""
    if one.without_limit is None:
        return amount(one, outcome)
    without = amount(one.without_limit, outcome)
    return f"{amount(one, outcome)} within {one.within}; {without} with no limit"


def words_of(outcome: str, one: Change) -> str:
    """Return an outcome in a word or two; months that the calendar limit cuts are months within it."""
    return f"{OUTCOME_WORDS[outcome]}{f' within {one.within}' if one.within else ''}"


def outcome_label(outcome: str, changes: Iterable[Change]) -> str:
    """Return an outcome with its unit, for an axis; months that the calendar limit cuts are months within it."""
    within = next((one.within for one in changes if one.within), "")
    return f"{OUTCOME_LABELS[outcome]}{f', within {within}' if within else ''}"


def with_no_limit(found: Mapping[str, Change]) -> dict[str, Change]:
    """Return the changes, behind months within the calendar limit those without it: outcome -> change."""
    rows: dict[str, Change] = {}
    for name, one in found.items():
        rows[name] = one
        if one.without_limit is not None:
            rows[WITHOUT_LIMIT] = one.without_limit
    return rows


def sentence(found: Mapping[str, Change]) -> str:
    """Return what one variant changes for one design and truth, outcome -> change."""
    found = with_no_limit(found)
    replicates = next(iter(found.values())).replicates
    of = {told: [name for name, one in found.items() if one.told is told] for told in ChangeEvidence}
    parts = [
        f"{words_of(name, found[name])}: {amount(found[name], name)}" for name in of[ChangeEvidence.DIFFERENT]
    ]
    if of[ChangeEvidence.NOT_TOLD]:
        names = ", ".join(
            f"{words_of(name, found[name])} ({amount(found[name], name)})"
            for name in of[ChangeEvidence.NOT_TOLD]
        )
        parts.append(f"no difference can be told at this number of replicates ({replicates}): {names}")
    if of[ChangeEvidence.SAME]:
        names = ", ".join(words_of(name, found[name]) for name in of[ChangeEvidence.SAME])
        parts.append(f"the same in every one of the {replicates} replicates: {names}")
    return "; ".join(parts) + "."


def before_and_after(one: Change, outcome: str) -> tuple[str, str]:
    """Return the outcome under the base and under the variant: 55.0±6.4 %, < 4.9 %, 43.3±0.6."""
    scale, unit = (100.0, " %") if outcome in SHARES else (1.0, "")

    def shown(value: float, mcse: float) -> str:
        if math.isnan(value):
            return "-"
        bound = certain_bound(value, one.replicates) if outcome in SHARES and mcse == 0 else None
        if bound is not None:
            return f"{'<' if value < bound else '>'} {100 * bound:.1f} %"
        error = "" if math.isnan(mcse) else f"±{scale * mcse:.1f}"
        return f"{scale * value:.1f}{error}{unit}"

    return shown(*one.before), shown(*one.after)
