"""A trial under way, taken up at the cut date and run on by the calendar to its end."""

from dataclasses import dataclass

from simulator.mid_trial.escalation_state import EscalationState
from simulator.trial.candidates import Candidates
from simulator.trial.clock import Priority
from simulator.trial.closing import close
from simulator.trial.decisions import end_review, go_on
from simulator.trial.follow_up import DoseRisks
from simulator.trial.infusion import infuse, start_lymphodepletion
from simulator.trial.journey import Steps, deplete, make_product, wait_for_lymphodepletion
from simulator.trial.ledger import NEVER, STOPS, State
from simulator.trial.outcomes import observe
from simulator.trial.patient import Patient
from simulator.trial.places import pass_recheck
from simulator.trial.product import ManufacturingState
from simulator.trial.run import run_on, trial_at
from simulator.trial.setting import Setting, used_pass
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase, SlotUse, WaitingTimes


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One patient who is still in the trial at the cut, past "eligible, donor cleared".

    Attributes
    ----------
    number
        Position in the history, and key in the `EscalationState`.
    making
        Where the product stands, for a patient enrolled and without one.
    fit_day
        When the patient was, or will be, found fit, if the re-check is behind them; infinity: not re-checked.
    """

    number: int
    patient: Patient
    making: ManufacturingState | None = None
    fit_day: float = NEVER


def resume(
    setting: Setting,
    candidates: Candidates,
    risks: DoseRisks,
    state: EscalationState,
    day: float,
    under_way: list[UnderWay],
    enrolled: int,
) -> Trial:
    """Take a trial up at the cut and run it to its end.

    Parameters
    ----------
    candidates
        The first are the patients under way, in the order given; the others arrive after the cut.
    day
        The cut, days after the first site opened.
    enrolled
        Patients enrolled so far, whatever became of them.

    Returns
    -------
    Trial
        Finished. Its patients are those under way and those who came after; days waited count from the cut.
    """
    trial = _trial_at_cut(setting, candidates, risks, state)
    # A replay may have come to this instant.
    if day > trial.clock.now:
        trial.clock.env.run(until=day)
    # A replay has booked the days before.
    trial.waiting_times, trial.slot_use = WaitingTimes(), SlotUse()
    trial.waiting_times.since = day
    _restore(trial, state, enrolled)
    for one in under_way:
        trial.patients.append(one.patient)
        _restore_patient(trial, state, one)
    # Order matters where several ask for a place at this instant.
    for one in sorted(under_way, key=_in_order):
        if one.patient.state is not State.READY:
            trial.clock.follow(_rest_of_journey(trial, one))
    if state.phase is Phase.REVIEW and state.trial is None:
        trial.clock.call(max(state.decision_day, day), Priority.DECISION, end_review, trial)
    # After the patients under way have taken their places: slots, the end of a full trial, a review now due.
    trial.clock.call(day, Priority.PATIENT, _take_up, trial)
    run_on(trial, len(under_way))
    return trial


def _trial_at_cut(
    setting: Setting, candidates: Candidates, risks: DoseRisks, state: EscalationState
) -> Trial:
    """Return a new trial, or, under a design that looks early, the one that the replay has led to the cut."""
    if state.trial is None:
        return trial_at(setting, used_pass(setting.rules), candidates, state.escalation, risks)
    state.trial.candidates = candidates
    return state.trial


def _take_up(trial: Trial) -> None:
    trial.unplaced.sort(key=lambda patient: (patient.released_day, patient.i))
    if trial.phase is Phase.CLOSED:
        close(trial)
    go_on(trial)


def _restore(trial: Trial, state: EscalationState, enrolled: int) -> None:
    """Carry over what is the trial's own."""
    trial.phase = state.phase
    trial.infused_outside_cohort, trial.depleting = state.infused_outside_cohort, state.depleting
    trial.places_held = state.places_held
    trial.infused_at = list(state.infused_at)
    trial.stagger_gate_day = state.stagger_gate_day
    trial.enrolled = enrolled
    for cohort in sorted(state.backups):
        for _ in range(state.backups[cohort]):
            trial.backups.take(cohort)
    trial.expansion_n, trial.expansion_dlt = state.expansion_n, state.expansion_dlt
    if state.phase in (Phase.EXPANSION, Phase.CLOSED):
        trial.selected, trial.ending = state.selected, STOPS.index(state.stop)
        trial.recommended_day = state.recommended_day
        trial.books_time = False
    full = enrolled >= trial.setting.rules.enrolment_max
    filled = state.phase is Phase.EXPANSION and enrolled >= trial.setting.rules.enrolment_min
    if full or filled or state.phase is Phase.CLOSED:
        trial.closed_day = trial.clock.now


def _restore_patient(trial: Trial, state: EscalationState, one: UnderWay) -> None:
    """Count one patient in the state at the cut."""
    patient, number = one.patient, one.number
    patient.expansion = number in state.expansion
    if patient.state is State.READY:
        trial.queue.append(patient)
        return
    if patient.state < State.LYMPHODEPLETED:
        trial.preparing += 1
        patient.expansion = trial.phase is Phase.EXPANSION
        # A batch under way occupies a slot; one that has ended does not.
        if trial.clock.now < patient.slot_until < NEVER:
            trial.manufacturing.hold(patient.slot_from, patient.slot_until)
        return
    patient.started = patient.has_place = True
    patient.backfill = number in state.treated and state.treated[number].backfill
    patient.level, patient.cohort = state.level[number], state.cohort[number]
    if state.started_last == number:
        trial.started_last, patient.stagger_gate_before = patient, state.stagger_gate_before
    if patient.state is State.INFUSED:
        patient.follow_up = state.pending[number]
        _enter_infused(trial, state, number, patient)


def _enter_infused(trial: Trial, state: EscalationState, number: int, patient: Patient) -> None:
    """Enter a patient whose window is open; under a design that looks early in place of the one replayed."""
    if state.trial is None:
        trial.infused.append(patient)
        return
    replayed = state.treated[number]
    patient.column, patient.backfill = replayed.column, replayed.backfill
    trial.infused[trial.infused.index(replayed)] = patient


def _in_order(one: UnderWay) -> tuple[bool, float, int]:
    """Sort those found fit, who queue for their turn in that order, before those not re-checked."""
    not_yet = one.fit_day == NEVER
    return not_yet, one.patient.released_day if not_yet else one.fit_day, one.patient.i


def _rest_of_journey(trial: Trial, one: UnderWay) -> Steps:
    """Go on from where the patient stands, through the steps of `journey`."""
    patient = one.patient
    if patient.state < State.RELEASED and not (yield from make_product(trial, patient, one.making)):
        return
    if patient.state < State.LYMPHODEPLETED:
        if one.fit_day < NEVER:
            patient.rechecked, patient.passed_recheck = True, one.fit_day <= trial.clock.now
            if not patient.passed_recheck:
                trial.clock.call(one.fit_day, Priority.PATIENT, pass_recheck, trial, patient)
        if not (yield wait_for_lymphodepletion(trial, patient)):
            return
        start_lymphodepletion(trial, patient)
    if patient.state < State.INFUSED:
        if not (yield from deplete(trial, patient)):
            return
        if not infuse(trial, patient):
            return
    yield trial.clock.at(patient.infused_day + patient.follow_up.day, Priority.OUTCOME)
    observe(trial, patient)
