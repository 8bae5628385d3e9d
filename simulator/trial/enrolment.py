"""From "eligible, donor cleared" to a slot: arrival, queue, enrolment."""

from simulator.trial.clock import Priority
from simulator.trial.closing import close_enrolment
from simulator.trial.early_hooks import ask_at_candidate, label_slot
from simulator.trial.ledger import Exit, State
from simulator.trial.patient import Patient, leave, queue_leaves_day, queue_leaves_for
from simulator.trial.slots import enrolment_is_over, level_in_force, open_places, open_slots, slots_for_cohort
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def arrive(trial: Trial, i: int) -> None:
    """Meet the next patient who is eligible with a cleared donor."""
    candidates, now = trial.candidates, trial.clock.now
    if trial.closed_day <= now:
        return
    # Scheduled before this patient's own steps, so that at one instant the next arrival comes before them.
    if i + 1 < len(candidates.ready_day):
        trial.clock.call(candidates.ready_day[i + 1], Priority.PATIENT, arrive, trial, i + 1)
    patient = candidates.patient(i)
    trial.patients.append(patient)
    ask_at_candidate(trial, slots_for_cohort(trial, open_places(trial)))
    if open_slots(trial) > 0:
        enrol(trial, patient)
    elif candidates.queues[i]:
        note(trial, patient, "waits for a slot")
        trial.queue.append(patient)
    else:
        note(trial, patient, "leaves: no slot open")
        leave(patient, Exit.NO_SLOT, now)


def fill_slots(trial: Trial) -> None:
    """Give open slots to the queue, first come first served; those who left meanwhile are passed over."""
    while trial.queue and open_slots(trial) > 0:
        patient = trial.queue.pop(0)
        # Exits from the queue are no events of the clock: they are noticed when a slot opens, with their own day.
        if queue_leaves_day(patient) <= trial.clock.now:
            leave(patient, queue_leaves_for(patient), queue_leaves_day(patient))
        else:
            enrol(trial, patient)


def enrol(trial: Trial, patient: Patient) -> None:
    """Give a slot with a provisional level, and start the journey."""
    pass_time(trial)
    slots = slots_for_cohort(trial, open_places(trial))
    trial.enrolled += 1
    trial.preparing += 1
    patient.expansion = trial.phase == Phase.EXPANSION
    patient.state, patient.enrolled_day = State.ENROLLED, trial.clock.now
    patient.level_at_slot, patient.order = level_in_force(trial, patient), trial.enrolled
    note(trial, patient, "enrolled, provisional level {}", patient.level_at_slot)
    label_slot(trial, patient, slots)
    # Enrolment closes before the journey starts: the rest of the queue leaves at this instant.
    if enrolment_is_over(trial):
        close_enrolment(trial)
    trial.start(trial, patient)
