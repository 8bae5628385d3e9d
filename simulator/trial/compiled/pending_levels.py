"""Keys of a design that judges levels one by one, outcomes of theirs being pending (`designs/pending_levels.py`)."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.designs.benefit_risk_data import summed_utilities
from simulator.designs.obd_selection import best_level, is_futile, is_too_toxic
from simulator.designs.patient_records import PENDING
from simulator.designs.pending_levels import (
    MOST_PATIENTS,
    NOTHING_KNOWN,
    UNSAID,
    WAITS,
    PendingLevels,
    desirability_at,
    imputed,
    patient_utility,
    read_anywhere,
    read_here,
    read_order,
)
from simulator.designs.utility import posterior_mean_utility
from simulator.trial.compiled.early_counts import outcomes_of, response_share_of_window, share_of_window
from simulator.trial.compiled.keys import add_count, count_at, write_state
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.structs import floats_at


def write_levels(record: Any, of: PendingLevels, levels: int, *, selects: bool) -> None:
    """Write into the struct `PENDING_LEVELS` by what levels are read; the caller keeps it alive.

    `selects`: whether what it says of the selection is believed.
    """
    record["present"], record["levels"] = True, levels
    for name in of._fields:
        record[name] = address(of.polynomials) if name == "polynomials" else getattr(of, name)
    record["selects"] = selects and of.selects
    record["most_terms"] = of.polynomials.shape[1]


UNSELECTED: Final = -1


@register_jitable
def selection_of_complete(of: Any, key: Any, closed_from: int) -> int:
    """Return the selection by a key that counts known outcomes alone; `UNSELECTED` with too many patients at a level.

    The key counts the patients of a level without a DLT, then those with one, of each without and with a response.
    """
    for k in range(of.levels):
        at = 4 * k
        _count(
            of, k, (count_at(key, at), count_at(key, at + 1), count_at(key, at + 2), count_at(key, at + 3))
        )
        n = of.n[k]
        if n > MOST_PATIENTS:
            return UNSELECTED
        of.dlt_known[k], of.treated[k] = n, n > 0
        of.too_toxic[k] = is_too_toxic(n, n, of.too_toxic_up_to[of.dlt[k]])
        of.futile[k] = is_futile(n, n, of.futile_from[of.response[k]])
        of.values[k] = posterior_mean_utility(of.quasi_events[k], n)
    return best_level(of, closed_from, of.phi_t)


@register_jitable
def _count(of: Any, k: int, counts: tuple[int, int, int, int]) -> None:
    """Count the patients of a level of whom all is known: with neither event, a response, a DLT, both."""
    neither, best, worst, both = counts
    of.n[k], of.dlt[k], of.response[k] = neither + best + worst + both, worst + both, best + both
    of.quasi_events[k] = summed_utilities(best, neither, both, worst, of.shares)


@register_jitable
def levels_are_read(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> bool:
    """Write what is read of the patients into the key of readings, a cohort completed; whether it is said.

    As in `early_counts.count_patients`. Once begun, with a level open.
    """
    of, levels = trial.escalation.rulebook.early, trial.escalation.rulebook.levels
    pending, key, day = of.pending, of.by_reading.key, trial.clock.now
    if not _count_levels(pending, early, completion, day):
        return False
    level = early.from_level
    write_state(of.by_reading, of.decisions.key[0])
    here = read_here(pending, level - 1)
    add_count(key, levels, here)
    if here in (WAITS, NOTHING_KNOWN):
        return True
    said = here != UNSAID
    for k in range(levels):
        anywhere = read_anywhere(pending, k)
        said &= anywhere != UNSAID
        add_count(key, k, anywhere)
    if not said:
        return False
    lowest, after = max(level - 1, 1) - 1, min(level + 1, levels)
    _judge(pending, early, completion[0], day, lowest, after)
    order = read_order(pending, lowest, after)
    add_count(key, levels + 1, order)
    return order != UNSAID


@register_jitable
def _count_levels(of: Any, early: Any, completion: tuple[int, int, int, int], day: float) -> bool:
    """Write the counts of each level, and the utilities of those of whom all is known; whether none has too many."""
    level, lacking, more, response = completion
    words, records, unknown, few = early.settled.words, early.records, 0, True
    for k in range(of.levels):
        _count(of, k, (words[4 * k], words[4 * k + 1], words[4 * k + 2], words[4 * k + 3]))
        of.dlt_pending[k] = of.response_pending[k] = 0
        of.dlt_known[k] = of.response_known[k] = of.n[k]
    for k in range(early.settled.count, records.count):
        at = records.level[k]
        if at > 0:
            dlt, answer = outcomes_of(records, k, day, completion, unknown)
            unknown += at == level and records.dlt[k] == PENDING
            _add_patient(of, at - 1, dlt, answer)
            if dlt == PENDING:
                of.dlt_known[at - 1] += share_of_window(records, k, day)
            if answer == PENDING:
                of.response_known[at - 1] += response_share_of_window(records, k, day)
    for _ in range(lacking):
        unknown += 1
        _add_patient(of, level - 1, 1 if unknown <= more else 0, response)
    for k in range(of.levels):
        few &= of.n[k] <= MOST_PATIENTS
    return few


@register_jitable
def _add_patient(of: Any, k: int, dlt: int, response: int) -> None:
    """Count a patient at a level, outcomes pending or known."""
    of.n[k] += 1
    if dlt == PENDING:
        of.dlt_pending[k] += 1
    else:
        of.dlt[k] += dlt
        of.dlt_known[k] += 1
    if response == PENDING:
        of.response_pending[k] += 1
    else:
        of.response[k] += response
        of.response_known[k] += 1
    if PENDING not in (dlt, response):
        of.quasi_events[k] += patient_utility(dlt, response, of.utilities)


@register_jitable
def _judge(pending: Any, early: Any, completed: int, day: float, first: int, after: int) -> None:
    """Add the utilities of pending patients, in the mean, and write how desirable some of the levels are."""
    records = early.records
    for k in range(early.settled.count, records.count):
        level = records.level[k] - 1
        unknown, unanswered = records.dlt[k] == PENDING, records.response_known_day[k] > day
        if level not in (-1, completed - 1) and (unknown or unanswered):
            dlt, response = records.dlt[k], PENDING if unanswered else records.response[k]
            followed, answered = share_of_window(records, k, day), response_share_of_window(records, k, day)
            toxic = imputed(pending.dlt[level], pending.dlt_known[level], dlt, followed)
            responds = imputed(pending.response[level], pending.response_known[level], response, answered)
            pending.quasi_events[level] += patient_utility(toxic, responds, pending.utilities)
    table = floats_at(pending.polynomials, MOST_PATIENTS + 1, pending.most_terms)
    for k in range(first, after):
        n = pending.n[k]
        pending.values[k] = desirability_at(table[n], pending.terms[n], n, pending.quasi_events[k])
