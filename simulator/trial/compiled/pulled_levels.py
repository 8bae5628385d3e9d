"""Keys of a design that moves by pulls: the level, the lowest closed one, and which of its neighbours pull."""

from math import ceil, floor
from typing import Any, Final

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from simulator.designs.imputed_dlts import assumed_rate, imputed_dlt
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import share_of_window
from simulator.trial.compiled.early_rules import add_up
from simulator.trial.compiled.keys import add_count, state_word, write_state
from simulator.trial.compiled.rulebook import enter_if_new, find
from simulator.trial.compiled.structs import load_float, load_int, store_float, store_int
from simulator.trial.compiled.written_questions import enter

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
READ, BETWEEN_STEPS, MISSED, NOT_READ = range(4)
"""What has become of a key: pulls are known; DLTs are too close to a threshold; pairs have to be asked about; or none
of it."""
STEPS: Final = 8
"""To a DLT, in what is remembered of pairs."""
MOST: Final = 63
"""Patients at a level up to whom pairs are remembered; with more the design is asked."""
WHOLE: Final = (1 << 11) - 1
"""In place of eighths, in a key that asks about all whole numbers of DLTs."""
MOST_CLOSE: Final = 16
"""Numbers of DLTs remembered of a pair between eighths: those of either level, and what was said, as three words."""
ASKED: Final = -1
_N_BITS, _DLT_BITS = 8, 11


@register_jitable
def leave_pulls(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Write the key of decisions, the cohort completed as in `count_patients`; return what has become of it."""
    of, levels = trial.escalation.rulebook.early, trial.escalation.rulebook.levels
    by, to = of.pull_rule, of.tallies
    add_up(trial, early, completion)
    for k in range(levels):
        if to.enrolled[k] > MOST:
            return NOT_READ
    if to.level == 0:
        write_state(of.decisions, state_word(0, to.closed_from, 0, 0, 0))
        return READ if early.records.count == 0 else NOT_READ
    _impute(trial, early, completion[0])
    closed, here = to.closed_from, to.level - 1
    for k in range(levels):
        if k + 1 < closed and to.imputed[k] >= load_float(by.too_toxic_from, to.enrolled[k]):
            closed = k + 1
    down = _pull(by, to, here - 1, True) if here > 0 else 0
    up = _pull(by, to, here, False) if here + 1 < levels else 0
    if down < 0 or up < 0:
        return MISSED
    write_state(of.decisions, state_word(to.level, closed, 0, 0, 0))
    if down > 1 or up > 1:
        _leave_steps(of, max(here - 1, 0), min(here + 2, levels))
        return BETWEEN_STEPS
    n = to.enrolled[here]
    add_count(of.decisions.key, 0, down + 2 * up + 4 * int(n == 0) + 8 * int(n >= by.stop_n))
    return READ


@register_jitable
def _leave_steps(of: Any, first: int, last: int) -> None:
    """Leave in the key the patients of levels and their eighths of DLTs, and measure these DLTs."""
    to, measures = of.tallies, of.measures
    for k in range(last - first):
        measures[k] = to.imputed[first + k]
        add_count(of.decisions.key, 2 * k, to.enrolled[first + k])
        add_count(of.decisions.key, 2 * k + 1, floor(measures[k] * STEPS))
    for k in range(last - first, len(measures)):
        measures[k] = 0.0


@register_jitable
def _impute(trial: Any, early: Any, completed: int) -> None:
    """Add the DLTs imputed to the pending patients; nobody is pending at the level whose cohort is completed."""
    of, records = trial.escalation.rulebook.early, early.records
    to, target = of.tallies, of.pull_rule.target
    for k in range(trial.escalation.rulebook.levels):
        to.imputed[k] = 0.0
    for k in range(early.settled.count, records.count):
        at = records.level[k]
        if at not in (0, completed) and records.dlt[k] == PENDING:
            rate = assumed_rate(to.dlt[at - 1], to.enrolled[at - 1] - to.pending[at - 1], target)
            to.imputed[at - 1] += imputed_dlt(rate, share_of_window(records, k, trial.clock.now))
    for k in range(trial.escalation.rulebook.levels):
        to.imputed[k] = to.dlt[k] + to.imputed[k]


@register_jitable
def _pull(by: Any, to: Any, lower: int, down: bool) -> int:
    """Return whether a pair of levels pulls, by what is known of DLTs around; 2 for undecided, -1 for missed.

    DLTs between whole ones, and then eighths, that lead the same way do so too; else those that were met decide.
    """
    most, least = _at_whole(by, to, lower, down, True), _at_whole(by, to, lower, down, False)
    if most == least and most >= 0:
        return most
    more, less = _at_eighths(by, to, lower, down, True), _at_eighths(by, to, lower, down, False)
    if more == less and more >= 0:
        return more
    # Asked about at once where the others are missed: a round of questions takes longer than a pair more.
    met = _by_those_met(by, to, lower, down)
    return -1 if min(most, least, more, less) < 0 else met


@register_jitable
def _at_whole(by: Any, to: Any, lower: int, down: bool, above: bool) -> int:
    """Return whether the pair pulls with the next whole numbers of DLTs above or below; -1 for missed."""
    one, other = to.imputed[lower], to.imputed[lower + 1]
    dlt, of_other = (ceil(one), ceil(other)) if above else (floor(one), floor(other))
    row = (int(down) * (MOST + 1) + to.enrolled[lower]) * (MOST + 1) + to.enrolled[lower + 1]
    known = load_int(by.whole, row * (MOST + 1) + dlt)
    if known == 0:
        write_state(by.pairs, _pair(to, lower, down, WHOLE, WHOLE))
        enter_if_new(by.pairs)
        return -1
    return int((of_other >= known - 1) == down)


@register_jitable
def _at_eighths(by: Any, to: Any, lower: int, down: bool, above: bool) -> int:
    """Return whether the pair pulls with the next eighths of DLTs above or below; -1 for missed."""
    one, other = to.imputed[lower] * STEPS, to.imputed[lower + 1] * STEPS
    steps, of_other = (ceil(one), ceil(other)) if above else (floor(one), floor(other))
    write_state(by.pairs, _pair(to, lower, down, steps, of_other))
    place = enter_if_new(by.pairs)
    return load_int(by.pairs.values, place) if place >= 0 else -1


@register_jitable
def _by_those_met(by: Any, to: Any, lower: int, down: bool) -> int:
    """Return whether the pair pulls, as more DLTs lead down; 2 where there is no room to ask, -1 for missed."""
    one, other, table = to.imputed[lower], to.imputed[lower + 1], by.close
    write_state(table, _pair(to, lower, down, floor(one * STEPS), floor(other * STEPS)))
    place = find(table)
    if place < 0:
        place = enter(table, -1 - place, 0)
        if place < 0:
            return 2
    first = place * table.words
    number = load_int(table.values, first)
    for k in range(number):
        at = first + 1 + 3 * k
        said = load_int(table.values, at + 2)
        sign = 1.0 if (said == 1) == down else -1.0  # so it stays with more DLTs, or with fewer
        one_holds = sign * load_float(table.values, at) <= sign * one
        if said != ASKED and one_holds and sign * load_float(table.values, at + 1) <= sign * other:
            return said
    if number == MOST_CLOSE or table.missed >= table.room:
        return 2
    at = first + 1 + 3 * number
    store_float(table.values, at, one)
    store_float(table.values, at + 1, other)
    store_int(table.values, at + 2, ASKED)
    store_int(table.values, first, number + 1)
    store_int(table.misses, table.missed, place)
    table.missed += 1
    return -1


@register_jitable
def _pair(to: Any, lower: int, down: bool, steps: int, of_upper: int) -> int:
    """Return the key of a pair: its direction, and patients and eighths of DLTs of either level."""
    word = (((int(down) << _N_BITS) | to.enrolled[lower]) << _DLT_BITS) | steps
    return (((word << _N_BITS) | to.enrolled[lower + 1]) << _DLT_BITS) | of_upper


def pairs_of(keys: Ints) -> tuple[Ints, Ints, Bools]:
    """Return patients and eighths of DLTs of lower and upper levels, (2, keys) each, and whether down, of keys."""
    word, parts = keys[:, 0], []
    for bits in (_DLT_BITS, _N_BITS) * 2:
        parts.append(word & ((1 << bits) - 1))
        word = word >> bits
    return np.stack(parts[3::-2]), np.stack(parts[2::-2]), word == 1
