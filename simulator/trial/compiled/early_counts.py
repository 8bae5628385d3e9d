"""What keys of a design that looks early say of the patients: counted, completed, and followed up so far."""

from typing import Any

from numba.extending import register_jitable

from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.keys import add_count, close_from, count_at, is_closing, level_and_closing


@register_jitable
def count_patient(key: Any, by_responses: bool, level: int, dlt: int, response: int, backfill: int) -> None:
    """Count a patient in a key, by level and what is known; response and way in where these are read."""
    kind = 3 * (level - 1) + dlt + 1
    if by_responses:
        kind = (3 * kind + response + 1) * 2 + backfill
    add_count(key, kind, 1)


@register_jitable
def settle(trial: Any, early: Any) -> None:
    """Count those of whom nothing is awaited any more among the settled, up to the first of whom something is."""
    of, records, settled, day = trial.escalation.rulebook.early, early.records, early.settled, trial.clock.now
    while settled.count < records.count:
        k = settled.count
        level, dlt, response = records.level[k], records.dlt[k], records.response[k]
        if level > 0:
            if dlt == PENDING or (of.by_responses and records.response_known_day[k] > day):
                return
            if of.adds_up:
                tally_known(of.backfill_rule, settled.words, level, dlt, response, records.backfill[k])
            elif of.fits.present:
                settled.words[2 * (level - 1) + dlt] += 1
            elif of.pending.present:
                settled.words[4 * (level - 1) + 2 * dlt + response] += 1
            else:
                count_patient(settled.words, of.by_responses, level, dlt, response, records.backfill[k])
        settled.count += 1


ENROLLED, DLT, BACKFILLED, RESPONSES = range(4)
"""What is tallied of a level, in words next to each other."""


@register_jitable
def tally_known(by: Any, words: Any, level: int, dlt: int, response: int, backfill: int) -> None:
    """Tally a patient of whom all is known that is read."""
    first = 4 * (level - 1)
    words[first + ENROLLED] += 1
    words[first + DLT] += dlt
    words[first + BACKFILLED] += backfill
    words[first + RESPONSES] += response == 1 and not (by.as_package and backfill > 0)


@register_jitable
def count_known(key: Any, by_responses: bool, level: int, dlt: int, response: int) -> None:
    """Count a patient of whom all is known in a key, by level and DLT, and by response where it is read."""
    kind = 2 * (level - 1) + dlt
    add_count(key, 2 * kind + response if by_responses else kind, 1)


@register_jitable
def count_all_known(records: Any, key: Any, by_responses: bool, day: float) -> bool:
    """Count all patients in a key as `count_known` does; return whether all is known of everybody."""
    for k in range(records.count):
        if records.level[k] > 0:
            if records.dlt[k] == PENDING or (by_responses and records.response_known_day[k] > day):
                return False
            count_known(key, by_responses, records.level[k], records.dlt[k], records.response[k])
    return True


@register_jitable
def leave_closings(of: Any, key: Any, levels: int) -> None:
    """Leave in a key, of all levels but the current one, the lowest one closed alone: by then, or by its counts."""
    current, closed_from = level_and_closing(key)
    if current == 0:
        return
    for level in range(levels, 0, -1):
        first = 3 * (level - 1)  # pending, without a DLT, with one
        dlt = count_at(key, first + 2)
        n = count_at(key, first) + count_at(key, first + 1) + dlt
        if n >= of.closing_width:
            return
        if is_closing(of, level, n, dlt):
            closed_from = min(closed_from, level)
    close_from(key, closed_from)
    for level in range(1, levels + 1):
        if level != current:
            for kind in range(3 * (level - 1), 3 * level):
                add_count(key, kind, -count_at(key, kind))


@register_jitable
def share_of_window(records: Any, k: int, day: float) -> float:
    """Return the follow-up of a pending patient as a share of the window."""
    return min((day - records.day[k]) / records.window_days, 1.0) if records.window_days > 0 else 0.0


@register_jitable
def response_share_of_window(records: Any, k: int, day: float) -> float:
    """Return the same of a pending response, of its own window."""
    return min((day - records.day[k]) / records.response_days, 1.0) if records.response_days > 0 else 1.0


@register_jitable
def outcomes_of(
    records: Any, k: int, day: float, completion: tuple[int, int, int, int], unknown: int
) -> tuple[int, int]:
    """Return DLT and response of a patient, completed as by `infused_records.completed`; 1, 0 or `PENDING` each.

    `unknown` are those before whose DLT is pending at the level whose cohort is completed: DLTs come first.
    """
    level, _, more, response = completion
    dlt = records.dlt[k]
    answer = records.response[k] if records.response_known_day[k] <= day else PENDING
    if records.level[k] == level:
        if dlt == PENDING:
            dlt = 1 if unknown < more else 0
        if answer == PENDING:
            answer = response
    return dlt, answer


@register_jitable
def count_patients(
    trial: Any, early: Any, table: Any, completion: tuple[int, int, int, int]
) -> tuple[bool, bool, float, float]:
    """Count the patients into the table's key, a cohort completed as `infused_records.completed` does it.

    Return whether a DLT is pending; whether anything is that is read; and sum and shortest pending follow-up at the
    level that the decision starts from, as shares of the window, -1 for nobody.
    """
    level, lacking, more, response = completion
    records, day, by_responses = early.records, trial.clock.now, trial.escalation.rulebook.early.by_responses
    dlt_pending, pending, total, shortest, unknown = False, False, 0.0, -1.0, 0
    key, settled = table.key, early.settled
    for k in range(1, table.width):
        key[k] = settled.words[k]
    for k in range(settled.count, records.count):
        at = records.level[k]
        if at == 0:
            continue
        dlt, answer = outcomes_of(records, k, day, completion, unknown)
        unknown += at == level and records.dlt[k] == PENDING
        dlt_pending |= dlt == PENDING
        pending |= dlt == PENDING or (by_responses and answer == PENDING)
        if dlt == PENDING and at == early.from_level:
            share = share_of_window(records, k, day)
            total += share
            shortest = share if shortest < 0 else min(shortest, share)
        count_patient(key, by_responses, at, dlt, answer, records.backfill[k])
    for _ in range(lacking):
        unknown += 1
        count_patient(key, by_responses, level, 1 if unknown <= more else 0, response, 0)
    return dlt_pending, pending, total, shortest


@register_jitable
def awaits_outcomes(early: Any, day: float, completes: int) -> bool:
    """Return whether an outcome is pending of anybody, but of those at the level whose cohort is completed."""
    records = early.records
    for k in range(records.count - 1, early.settled.count - 1, -1):  # the last ones are pending most often
        at = records.level[k]
        if at not in (0, completes) and (records.dlt[k] == PENDING or records.response_known_day[k] > day):
            return True
    return False


@register_jitable
def measure_each(trial: Any, early: Any, completed: int) -> bool:
    """Measure every pending follow-up, level by level, the longest first; return whether they are few enough.

    Nobody is pending at the level whose cohort is completed.
    """
    of, records = trial.escalation.rulebook.early, early.records
    for k in range(len(of.measures)):
        of.measures[k] = 0.0
    number = 0
    for level in range(1, trial.escalation.rulebook.levels + 1):
        for k in range(early.settled.count, records.count):  # in order of infusion
            if records.level[k] == level and records.dlt[k] == PENDING and level != completed:
                if number == len(of.measures):
                    return False
                of.measures[number] = share_of_window(records, k, trial.clock.now)
                number += 1
    return True
