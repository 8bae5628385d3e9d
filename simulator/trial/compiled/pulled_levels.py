"""Keys of a design that moves by pulls: the level, the lowest closed one, and which of its neighbours pull."""

from math import ceil, floor
from typing import Any, Final

from numba.extending import register_jitable

from simulator.designs.imputed_dlts import assumed_rate, imputed_dlt
from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.early_counts import share_of_window
from simulator.trial.compiled.early_rules import add_up
from simulator.trial.compiled.keys import add_count, state_word, write_state
from simulator.trial.compiled.rulebook import enter_if_new
from simulator.trial.compiled.structs import load_float, load_int

READ, BETWEEN_STEPS, MISSED, NOT_READ = range(4)
"""What has become of a key: pulls are known; DLTs are too close to a threshold; pairs have to be asked about; or none
of it."""
STEPS: Final = 8
"""To a DLT, in what is remembered of pairs."""
MOST: Final = 255
"""Patients at a level up to whom pairs are remembered."""
_N_BITS, _DLT_BITS = 8, 11


@register_jitable
def leave_pulls(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Write the key of decisions, the cohort completed as in `count_patients`; return what has become of it."""
    of, levels = trial.escalation.rulebook.early, trial.escalation.rulebook.levels
    by, to = of.pull_rule, of.tallies
    add_up(trial, early, completion)
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
    for k in range(records.count):
        at = records.level[k]
        if at not in (0, completed) and records.dlt[k] == PENDING:
            rate = assumed_rate(to.dlt[at - 1], to.enrolled[at - 1] - to.pending[at - 1], target)
            to.imputed[at - 1] += imputed_dlt(rate, share_of_window(records, k, trial.clock.now))
    for k in range(trial.escalation.rulebook.levels):
        to.imputed[k] = to.dlt[k] + to.imputed[k]


@register_jitable
def _pull(by: Any, to: Any, lower: int, down: bool) -> int:
    """Return whether a pair of levels pulls, by what is remembered of DLTs around; 2 for undecided, -1 for missed.

    DLTs between whole ones, and then eighths, that lead the same way do so too.
    """
    for steps in (1, STEPS):
        most = _at_steps(by, to, lower, down, steps, True)
        least = _at_steps(by, to, lower, down, steps, False)
        if most < 0 or least < 0:
            return -1
        if most == least:
            return most
    return 2


@register_jitable
def _at_steps(by: Any, to: Any, lower: int, down: bool, steps: int, above: bool) -> int:
    """Return whether the pair pulls with DLTs taken to the next step above or below; -1 for missed."""
    word = int(down)
    for k in range(lower, lower + 2):
        dlt = to.imputed[k] * steps
        step = (ceil(dlt) if above else floor(dlt)) * (STEPS // steps)
        word = (((word << _N_BITS) | to.enrolled[k]) << _DLT_BITS) | step
    write_state(by.pairs, word)
    place = enter_if_new(by.pairs)
    return load_int(by.pairs.values, place) if place >= 0 else -1


def pairs_of(keys: Any) -> tuple[Any, Any, Any]:
    """Return patients and DLTs of the lower and the upper level, (2, pairs) each, and whether down, of keys."""
    word, n, dlt = keys[:, 0], [], []
    for _ in range(2):
        dlt.append((word & ((1 << _DLT_BITS) - 1)) / STEPS)
        word = word >> _DLT_BITS
        n.append(word & ((1 << _N_BITS) - 1))
        word = word >> _N_BITS
    return n[::-1], dlt[::-1], word == 1
