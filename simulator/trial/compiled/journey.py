"""The journey of a patient step by step: `trial/journey.py` between its events.

Both call the same handlers; what is written twice is which step follows which, and that an exit comes first.
"""

from typing import Any, Final

from numba.extending import overload_method, register_jitable

from simulator.trial.clock import Priority
from simulator.trial.compiled.clock import (
    BATCH_KNOWN,
    CELLS_DUE,
    DIES_DEPLETED,
    INFUSION,
    LEAVES_PREPARATION,
    OUTCOME,
    SLOT_FREE,
    schedule_in,
)
from simulator.trial.compiled.layout import ATTEMPT, BATCHES, CANDIDATES, STEPS, TRIAL
from simulator.trial.compiled.structs import address_of, at_address, copy_struct, store_int
from simulator.trial.infusion import infuse, leave_lymphodepletion, start_lymphodepletion
from simulator.trial.ledger import Exit
from simulator.trial.manufacture import (
    after_lost_batch,
    begin_batch,
    book_slot,
    end_batch,
    first_batch,
    leave_preparation,
    take_cells,
)
from simulator.trial.outcomes import observe
from simulator.trial.product import ManufacturingState
from simulator.trial.waiting_for_place import ask_for_place

_OUTCOME, _EXIT, _PATIENT = int(Priority.OUTCOME), int(Priority.EXIT), int(Priority.PATIENT)
_STEPS_SIZE, _ATTEMPT_SIZE = STEPS.size, ATTEMPT.size
_DIED: Final[Any] = int(Exit.DIED)
steps_at = at_address(STEPS)
attempt_at = at_address(ATTEMPT)


@overload_method(type(CANDIDATES), "patient", strict=False)
def _patient(candidates: Any, i: Any) -> Any:
    def patient(candidates: Any, i: Any) -> Any:
        steps = steps_at(candidates.patients + i * _STEPS_SIZE)
        copy_struct(steps, candidates.new_patient)
        one = steps.patient
        one.i = i
        one.death_day = candidates.death_day[i]
        one.leaves_day = candidates.leaves_day[i]
        one.leaves_for = candidates.leaves_for[i]
        one.expiry_day = candidates.expiry_day[i]
        return one

    return patient


@overload_method(type(BATCHES), "begin", strict=False)
def _begin(batches: Any, patient: Any) -> Any:
    def begin(batches: Any, patient: Any) -> Any:
        batch = attempt_at(batches.attempts + batches.last * _ATTEMPT_SIZE)
        batch.patient = patient
        batch.collected_day = patient.cells_day
        batch.slot_from = patient.slot_from
        batch.slot_until = patient.slot_until
        batch.end = -1
        store_int(batches.storage, batches.last, address_of(batch))
        batches.last += 1
        return batch

    return begin


@overload_method(type(TRIAL), "start", strict=False)
def _start(trial: Any, itself: Any, patient: Any) -> Any:
    def start(trial: Any, itself: Any, patient: Any) -> None:
        wait_for_cells(trial, patient, first_batch(trial, patient))

    return start


@register_jitable
def reach(trial: Any, patient: Any, day: float, then: int) -> None:
    """Go on with a step on a day, or leave before it."""
    if patient.leaves_day <= day:
        schedule_in(trial.clock, patient.leaves_day, _EXIT, LEAVES_PREPARATION, address_of(patient))
    else:
        schedule_in(trial.clock, day, _PATIENT, then, address_of(patient))


@register_jitable
def wait_for_cells(trial: Any, patient: Any, making: ManufacturingState) -> None:
    """Wait until the cells of a batch can be collected."""
    steps_at(address_of(patient)).making = making
    reach(trial, patient, trial.clock.now + making.wait_days, CELLS_DUE)


@register_jitable
def making_of(patient: Any) -> ManufacturingState:
    """Return where manufacture stands."""
    making = steps_at(address_of(patient)).making
    return ManufacturingState(
        making.attempt, making.failures, making.donors, making.from_backup, making.collected, making.wait_days
    )


@register_jitable
def cells_due(trial: Any, patient: Any) -> None:
    """Book a manufacturing slot, and begin as soon as it is free."""
    start = book_slot(trial, patient, making_of(patient))
    if start > trial.clock.now:
        reach(trial, patient, start, SLOT_FREE)
    else:
        slot_free(trial, patient)


@register_jitable
def slot_free(trial: Any, patient: Any) -> None:
    """Take the cells and begin the batch."""
    take_cells(trial, patient, making_of(patient))
    steps_at(address_of(patient)).under_way = address_of(begin_batch(trial, patient))
    reach(trial, patient, patient.batch_known_day, BATCH_KNOWN)


@register_jitable
def batch_known(trial: Any, patient: Any) -> None:
    """Learn how the batch ended: ask for a place, make another one, or leave."""
    if end_batch(trial, patient, attempt_at(steps_at(address_of(patient)).under_way)):
        ask_for_place(trial, patient)
        return
    following = after_lost_batch(trial, patient, making_of(patient))
    if following is not None:
        wait_for_cells(trial, patient, following)


@register_jitable
def starts(trial: Any, patient: Any) -> None:
    """Start lymphodepletion; only death comes before the infusion."""
    start_lymphodepletion(trial, patient)
    infusion_day = max(patient.lymphodepleted_day + trial.setting.lymphodepletion_days, trial.clock.now)
    if patient.death_day <= infusion_day:
        schedule_in(trial.clock, patient.death_day, _EXIT, DIES_DEPLETED, address_of(patient))
    else:
        schedule_in(trial.clock, infusion_day, _PATIENT, INFUSION, address_of(patient))


@register_jitable
def infusion(trial: Any, patient: Any) -> None:
    """Infuse, and wait for the outcome."""
    if infuse(trial, patient):
        outcome_day = patient.infused_day + patient.follow_up.day
        schedule_in(trial.clock, outcome_day, _OUTCOME, OUTCOME, address_of(patient))


@register_jitable
def leaves_preparation(trial: Any, patient: Any) -> None:
    """Leave on the day known in advance."""
    leave_preparation(trial, patient, patient.leaves_for)


@register_jitable
def dies_depleted(trial: Any, patient: Any) -> None:
    """Die in lymphodepletion."""
    leave_lymphodepletion(trial, patient, _DIED)


@register_jitable
def outcome(trial: Any, patient: Any) -> None:
    """Enter the outcome."""
    observe(trial, patient)
