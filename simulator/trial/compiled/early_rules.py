"""A design whose rule is compiled decides at once: nothing is asked, and nothing remembered."""

from math import inf
from typing import Any

from numba.extending import overload, register_jitable

from simulator.designs import elementwise
from simulator.designs.backfill_rule import decided
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import (
    BACKFILLED,
    DLT,
    ENROLLED,
    RESPONSES,
    outcomes_of,
    share_of_window,
)
from simulator.trial.compiled.rulebook import packed_codes
from simulator.trial.early_state import draw_of


@overload(elementwise.either, strict=False)
def _either(condition: Any, one: Any, other: Any) -> Any:
    return lambda condition, one, other: one if condition else other


@overload(elementwise.at, strict=False)
def _at(values: Any, level: Any) -> Any:
    return lambda values, level: values[level - 1]


@overload(elementwise.anywhere, strict=False)
def _anywhere(condition: Any) -> Any:
    return lambda condition: condition


@overload(elementwise.smaller, strict=False)
def _smaller(one: Any, other: Any) -> Any:
    return lambda one, other: one if one < other else other


@overload(elementwise.larger, strict=False)
def _larger(one: Any, other: Any) -> Any:
    return lambda one, other: one if one > other else other


@overload(elementwise.ratio, strict=False)
def _ratio(value: Any, of: Any) -> Any:
    return lambda value, of: value / of if of > 0 else inf


@register_jitable
def decided_at_once(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the answer of the design's rule, the cohort of a level completed as in `count_patients`."""
    of = trial.escalation.rulebook.early
    add_up(trial, early, completion)
    codes = decided(of.backfill_rule, of.tallies)
    return packed_codes(*codes)


@register_jitable
def add_up(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> None:
    """Add up what is known of each level, the cohort completed as in `count_patients`."""
    _begin_tallies(trial, early)
    _tally(trial, early, completion)


@register_jitable
def _begin_tallies(trial: Any, early: Any) -> None:
    """Begin the tallies: nobody is infused but those who are settled."""
    by, to = trial.escalation.rulebook.early.backfill_rule, trial.escalation.rulebook.early.tallies
    to.level, to.closed_from = early.from_level, trial.escalation.closed_from
    to.draw = draw_of(trial, early) if early.draws else by.draw
    to.shortest, to.cohort_pending = 1.0, 0
    words = early.settled.words
    for k in range(trial.escalation.rulebook.levels):
        to.enrolled[k], to.dlt[k] = words[4 * k + ENROLLED], words[4 * k + DLT]
        to.backfilled[k], to.responses[k] = words[4 * k + BACKFILLED], words[4 * k + RESPONSES]
        to.pending[k], to.follow_up[k] = 0, 0.0


@register_jitable
def _tally(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> None:
    """Add up what is known of everybody, as `LevelTallies` does."""
    level, lacking, more, response = completion
    by, to = trial.escalation.rulebook.early.backfill_rule, trial.escalation.rulebook.early.tallies
    records, day, unknown = early.records, trial.clock.now, 0
    current = to.level if to.level > 0 else by.start
    for k in range(early.settled.count, records.count):
        at = records.level[k]
        if at == 0:
            continue
        dlt, answer = outcomes_of(records, k, day, completion, unknown)
        unknown += at == level and records.dlt[k] == PENDING
        to.enrolled[at - 1] += 1
        to.backfilled[at - 1] += records.backfill[k]
        if answer == 1 and not (by.as_package and records.backfill[k]):
            to.responses[at - 1] += 1
        if dlt != PENDING:
            to.dlt[at - 1] += dlt
            continue
        share = share_of_window(records, k, day)
        to.pending[at - 1] += 1
        to.follow_up[at - 1] += share
        to.cohort_pending += 1 - records.backfill[k]
        if at == current:
            to.shortest = min(to.shortest, share)
    if lacking > 0:
        to.enrolled[level - 1] += lacking
        to.dlt[level - 1] += max(min(more - unknown, lacking), 0)
        to.responses[level - 1] += lacking * response
