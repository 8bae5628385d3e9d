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
from simulator.trial.compiled.early_counts import response_share_of_window, share_of_window
from simulator.trial.compiled.keys import add_count, count_at, level_and_closing, write_state
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.structs import floats_at

_STATES: Final = 9  # of a patient: DLT pending, no, yes; of each the same of the response


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
        first = 4 * k
        neither, best = count_at(key, first), count_at(key, first + 1)
        worst, both = count_at(key, first + 2), count_at(key, first + 3)
        n, dlt, response = neither + best + worst + both, worst + both, best + both
        if n > MOST_PATIENTS:
            return UNSELECTED
        of.n[k], of.dlt[k], of.dlt_known[k], of.treated[k] = n, dlt, n, n > 0
        of.too_toxic[k] = is_too_toxic(n, n, of.too_toxic_up_to[dlt])
        of.futile[k] = is_futile(n, n, of.futile_from[response])
        of.values[k] = posterior_mean_utility(summed_utilities(best, neither, both, worst, of.utilities), n)
    return best_level(of, closed_from, of.phi_t)


@register_jitable
def levels_are_read(trial: Any, early: Any, completed: int) -> bool:
    """Write what is read of the patients that the key of decisions counts into that of readings; whether it is said.

    Nobody is pending at the level whose cohort is completed. Once begun, with a level open.
    """
    of, levels = trial.escalation.rulebook.early, trial.escalation.rulebook.levels
    pending, key, day = of.pending, of.by_reading.key, trial.clock.now
    if not _count_levels(pending, of.decisions.key):
        return False
    level, _ = level_and_closing(of.decisions.key)
    write_state(of.by_reading, of.decisions.key[0])
    _add_follow_up(pending, early, completed, day)
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
    _judge(pending, early, completed, day, lowest, after)
    order = read_order(pending, lowest, after)
    add_count(key, levels + 1, order)
    return order != UNSAID


@register_jitable
def _count_levels(pending: Any, key: Any) -> bool:
    """Write the counts of each level, and the utilities of those of whom all is known; whether none has too many."""
    few = True
    for k in range(pending.levels):
        pending.n[k] = pending.dlt[k] = pending.response[k] = 0
        pending.dlt_pending[k] = pending.response_pending[k] = 0
        pending.quasi_events[k] = 0.0
        for state in range(_STATES):
            first = (_STATES * k + state) * 2
            count = count_at(key, first) + count_at(key, first + 1)  # of either way in
            if count > 0:
                dlt, response = state // 3 - 1, state % 3 - 1
                pending.n[k] += count
                pending.dlt[k] += count * (dlt == 1)
                pending.response[k] += count * (response == 1)
                pending.dlt_pending[k] += count * (dlt == PENDING)
                pending.response_pending[k] += count * (response == PENDING)
                if dlt >= 0 and response >= 0:
                    pending.quasi_events[k] += count * patient_utility(dlt, response, pending.utilities)
        pending.dlt_known[k] = pending.n[k] - pending.dlt_pending[k]
        pending.response_known[k] = pending.n[k] - pending.response_pending[k]
        few &= pending.n[k] <= MOST_PATIENTS
    return few


@register_jitable
def _add_follow_up(pending: Any, early: Any, completed: int, day: float) -> None:
    records = early.records
    for k in range(early.settled.count, records.count):
        level = records.level[k]
        if level not in (0, completed):
            if records.dlt[k] == PENDING:
                pending.dlt_known[level - 1] += share_of_window(records, k, day)
            if records.response_known_day[k] > day:
                pending.response_known[level - 1] += response_share_of_window(records, k, day)


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
