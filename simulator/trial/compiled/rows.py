"""What a finished trial leaves, written by compiled code into rows of numbers: `record.py` and `caps.py`."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.trial.batches import Fate
from simulator.trial.compiled.early_selections import selection_at_cap
from simulator.trial.compiled.keys import add_count, close_from
from simulator.trial.compiled.rulebook import asked_later, selection
from simulator.trial.compiled.structs import load_int, store_float, store_int
from simulator.trial.consumption import (
    assessed,
    inpatient_days,
    is_late_toxicity,
    known_day_of,
    manufacturing_days,
)
from simulator.trial.ledger import NEVER, Exit, State, Stop

_STATES, _EXITS, _FATES = len(State), len(Exit), len(Fate)
_READY: Final = int(State.READY)
_ENROLLED: Final = int(State.ENROLLED)
_EVALUABLE: Final = int(State.EVALUABLE)
_SCREEN_FAILURE: Final = int(Exit.SCREEN_FAILURE)
_TRIAL_CLOSED: Final = int(Exit.TRIAL_CLOSED)
_NOT_FINISHED: Final = int(Exit.NOT_FINISHED)
_INFUSION_CAP: Final = int(Stop.INFUSION_CAP)
_STOP_NOT_FINISHED: Final = int(Stop.NOT_FINISHED)
_WAITING: Final = 5


@register_jitable
def _before_enrolment(paths: Any, row: int, step: int) -> float:
    if step == 0:
        return paths.referred_day[row]
    if step == 1:
        return paths.prescreened_day[row]
    if step == 2:
        return paths.consented_day[row]
    if step == 3:
        return paths.eligible_day[row]
    return paths.ready_day[row]


@register_jitable
def _since_enrolment(patient: Any, step: int) -> float:
    if step == 5:
        return patient.enrolled_day
    if step == 6:
        return patient.leukapheresed_day
    if step == 7:
        return patient.released_day
    if step == 8:
        return patient.lymphodepleted_day
    if step == 9:
        return patient.infused_day
    return patient.exit_day if patient.state == _EVALUABLE else NEVER


@register_jitable
def _add(ints: int, at: int, more: int) -> None:
    store_int(ints, at, load_int(ints, at) + more)


@register_jitable
def write_used(trial: Any, ints: int, floats: int, criteria: int, width: int) -> None:
    """Write the row of a trial as it was conducted: `used_row` in the order of `USED_INTS` and `USED_FLOATS`."""
    levels = trial.levels
    at_recommendation, at_end = 2, 2 + _STATES
    ended = at_end + _STATES
    failures = ended + _STATES * _EXITS
    verdicts = failures + criteria
    store_int(ints, 0, trial.selected)
    store_int(ints, 1, trial.ending)
    last_day = _write_ledger(trial, ints, at_recommendation, at_end, ended, failures, verdicts)
    store_float(floats, 0, trial.recommended_day)
    store_float(floats, 1, trial.closed_day)
    store_float(floats, 2, last_day)
    by_level = verdicts + 2  # after `verdicts` and `rescreened`
    _write_levels(trial, ints, by_level, levels)
    at = by_level + 6 * levels
    counts = (
        trial.expansion_n,
        trial.expansion_dlt,
        int(trial.expansion_stopped),
        trial.reviews,
        trial.other_donors,
        trial.leukaphereses,
        trial.backups.total,
        assessed(trial),
    )
    for k in range(len(counts)):
        store_int(ints, at + k, counts[k])
    at += len(counts)
    for batch in trial.batches:
        place = at + batch.fate()
        store_int(ints, place, load_int(ints, place) + 1)
    for k in range(_WAITING):
        store_float(floats, 3 + k, trial.waiting_times.days[k])
    store_float(floats, 8, trial.slot_use.idle)
    store_float(floats, 9, trial.slot_use.held)
    store_float(floats, 10, manufacturing_days(trial.batches, trial.recommended_day))
    store_float(floats, 11, inpatient_days(trial))
    _write_waits(trial, floats, width)


@register_jitable
def _write_waits(trial: Any, floats: int, width: int) -> None:
    candidates, number = trial.candidates, 0
    for patient in trial.infused:
        consented = candidates.paths.consented_day[candidates.path[patient.i]]
        store_float(floats, 12 + number, patient.infused_day - consented)
        store_float(floats, 12 + width + number, patient.infused_day - patient.collected_day)
        number += 1
    for k in range(number, width):
        store_float(floats, 12 + k, NEVER)
        store_float(floats, 12 + width + k, NEVER)


@register_jitable
def _write_levels(trial: Any, ints: int, at: int, levels: int) -> None:
    for k in range(levels):
        store_int(ints, at + k, trial.escalation.n[k])
        store_int(ints, at + levels + k, trial.escalation.dlt[k])
    for patient in trial.infused:
        if not patient.expansion:
            place = at + 2 * levels + patient.level - 1
            store_int(ints, place, load_int(ints, place) + 1)
            # What would have come after the calendar limit is drawn, but nobody saw it.
            _add(ints, place + levels, int(patient.reason != _NOT_FINISHED and patient.follow_up.response))
            _add(ints, place + 2 * levels, int(patient.backfill))
            _add(ints, place + 3 * levels, int(is_late_toxicity(trial, patient)))


@register_jitable
def _write_ledger(
    trial: Any, ints: int, at_recommendation: int, at_end: int, ended: int, failures: int, verdicts: int
) -> float:
    """Count everybody referred before enrolment closed by state, exit and criterion; return the last exit's day."""
    paths, closed, up_to = trial.candidates.paths, trial.closed_day, trial.recommended_day
    left_open = _TRIAL_CLOSED if closed < trial.limit_day else _NOT_FINISHED
    met, last_day = len(trial.patients), 0.0
    referred = paths.referred_day
    for row in range(len(referred)):
        if referred[row] > closed:
            break
        if paths.verdict_day[row] <= closed:
            _add(ints, verdicts, 1)
            _add(ints, verdicts + 1, int(paths.rescreened[row]))
        candidate = paths.candidate[row]
        # What expansion does at the instant of the recommendation comes after it.
        expansion = 0 <= candidate < met and trial.patients[candidate].expansion
        state = -1
        for step in range(_ENROLLED):
            day = _before_enrolment(paths, row, step)
            if day > closed or day == NEVER:
                break  # the milestones ascend
            state += 1
            if day <= up_to and not (expansion and day == up_to):
                _add(ints, at_recommendation + step, 1)
        if 0 <= candidate < met:
            patient = trial.patients[candidate]
            state, reason, exit_day = patient.state, patient.reason, patient.exit_day
            if patient.order:
                for step in range(_ENROLLED, _STATES):
                    day = _since_enrolment(patient, step)
                    if day <= up_to and day < NEVER and not (expansion and day == up_to):
                        _add(ints, at_recommendation + step, 1)
        elif paths.exit_day[row] > closed:
            reason, exit_day = left_open, closed
        else:
            reason, exit_day = paths.reason[row], paths.exit_day[row]
        if reason == _SCREEN_FAILURE:
            _add(ints, failures + paths.criterion[row], 1)
        _add(ints, ended + _EXITS * state + reason, 1)
        last_day = max(last_day, exit_day)
    further = 0
    for state in range(_STATES - 1, -1, -1):
        for reason in range(_EXITS):
            further += load_int(ints, ended + _EXITS * state + reason)
        store_int(ints, at_end + state, further)
    return last_day


@register_jitable
def write_accrual(trial: Any, ints: int, floats: int, width: int) -> None:
    """Write how the trial ended, the days booked, and each patient's days of enrolment, infusion and outcome."""
    store_int(ints, 0, trial.ending)
    store_float(floats, 0, trial.recommended_day)
    for k in range(_WAITING):
        store_float(floats, 1 + k, trial.waiting_times.days[k])
    at = 1 + _WAITING
    for k in range(3 * width):
        store_float(floats, at + k, NEVER)
    number = 0
    for patient in trial.patients:
        if patient.order:
            store_float(floats, at + number, patient.enrolled_day)
            store_float(floats, at + width + number, patient.infused_day)
            evaluable = patient.exit_day if patient.state == _EVALUABLE else NEVER
            store_float(floats, at + 2 * width + number, evaluable)
            number += 1


@register_jitable
def _consented_by(paths: Any, day: float, so_far: int) -> int:
    """Return how many have consented by a day, given those who had by an earlier one."""
    consents = paths.consents
    while so_far < len(consents) and consents[so_far] <= day:
        so_far += 1
    return so_far


@register_jitable
def _counted_of_cohort(trial: Any, cohort: int, first: int) -> tuple[int, int]:
    """Return how many of the first so many infused are of the cohort and in the data, and their DLTs."""
    n, dlt = 0, 0
    if cohort > 0:
        for k in range(first):
            one = trial.infused[k]
            if one.cohort == cohort and one.follow_up.counted:
                n += 1
                dlt += one.follow_up.dlt
    return n, dlt


@register_jitable
def _reads_last_cohort(trial: Any) -> bool:
    """Return whether what the design selects at a cap may depend on the last cohort."""
    rulebook = trial.escalation.rulebook
    if trial.early.present:
        return rulebook.reads_last and not rulebook.early.selects_by_counts
    return not rulebook.selects_by_counts


@register_jitable
def _selection(trial: Any, cap: int, level: int, last: tuple[int, int], closed_from: int) -> int:
    """Return the selection by the first so many infused, whose data stand in the escalation; caps come in turn."""
    escalation = trial.escalation
    rulebook = escalation.rulebook
    if trial.early.present:
        return selection_at_cap(trial, cap, level, last, closed_from)
    if not rulebook.selects_by_counts or cap <= 1:
        return selection(rulebook, level, escalation.n, escalation.dlt, last, closed_from)
    one = trial.infused[cap - 1]  # the others are in the key
    if one.follow_up.counted:
        add_count(rulebook.selections.key, one.level - 1, 1)
        add_count(rulebook.selections.key, trial.levels + one.level - 1, int(one.follow_up.dlt))
    close_from(rulebook.selections.key, closed_from)
    return asked_later(rulebook, rulebook.selections)


@register_jitable
def write_needed(trial: Any, ints: int, floats: int, caps: int) -> None:
    """Write every cap of a pass: `read_caps`, one forward pass over the infused patients.

    Whole numbers: selected, infused, evaluable, enrolled, screened, reached, each at caps 1 to `caps`; then the days.
    """
    escalation, paths, levels = trial.escalation, trial.candidates.paths, trial.levels
    length = len(trial.infused)
    stopped = trial.ending not in (_INFUSION_CAP, _STOP_NOT_FINISHED)
    screened_in_all = _consented_by(paths, trial.closed_day, 0)
    review_days = trial.setting.review_days
    # The trial is over: its data are counted again, in order of infusion.
    n, dlt = escalation.n, escalation.dlt
    stopped_level = trial.selected
    escalation.rulebook.fills_in = True
    for k in range(levels):
        n[k] = 0
        dlt[k] = 0
    selected = _selection(trial, 0, 0, (0, 0), levels + 1) if length == 0 else 0
    evaluable, enrolled, screened, known = 0, 0, 0, 0.0
    reads_last, cohort, last_n, last_dlt = _reads_last_cohort(trial), 0, 0, 0
    for cap in range(1, caps + 1):
        if cap <= length:
            patient = trial.infused[cap - 1]
            follow_up = patient.follow_up
            if reads_last and patient.cohort != cohort:
                cohort = patient.cohort
                last_n, last_dlt = _counted_of_cohort(trial, cohort, cap - 1)
            if follow_up.counted:
                n[patient.level - 1] += 1
                dlt[patient.level - 1] += follow_up.dlt
                last_n += cohort > 0
                last_dlt += cohort > 0 and follow_up.dlt
                evaluable += 1
            known = max(known, known_day_of(trial, patient))
            enrolled, screened = patient.enrolled_so_far, _consented_by(paths, patient.infused_day, screened)
            last = last_n, last_dlt
            selected = _selection(trial, cap, patient.cohort_level, last, patient.closed_from)
        # After a stop by the design larger caps read its own selection, and its own day.
        after_stop = stopped and cap > length
        at = cap - 1
        store_int(ints, at, stopped_level if after_stop else selected)
        store_int(ints, caps + at, min(cap, length))
        store_int(ints, 2 * caps + at, evaluable)
        store_int(ints, 3 * caps + at, trial.enrolled if after_stop else enrolled)
        store_int(ints, 4 * caps + at, screened_in_all if after_stop else screened)
        store_int(ints, 5 * caps + at, int(after_stop or cap <= length))
        store_float(floats, at, trial.recommended_day if after_stop else known + review_days)
