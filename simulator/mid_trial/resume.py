"""A trial under way, taken up at the cut date and run on by the calendar to its end."""

from dataclasses import dataclass

from simulator.mid_trial.escalation_so_far import Standing
from simulator.trial.clock import Priority
from simulator.trial.closing import close
from simulator.trial.decisions import end_review, go_on
from simulator.trial.follow_up import DoseRisks
from simulator.trial.infusion import infuse, start_lymphodepletion
from simulator.trial.intake import Intake
from simulator.trial.journey import Steps, deplete, make_product, wait_for_lymphodepletion
from simulator.trial.ledger import NEVER, State
from simulator.trial.outcomes import observe
from simulator.trial.patient import Patient
from simulator.trial.places import pass_recheck
from simulator.trial.product import ManufacturingState
from simulator.trial.run import run_on, trial_at
from simulator.trial.setting import Setting, used_pass
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase


@dataclass(frozen=True, slots=True)
class UnderWay:
    """One patient who is still in the trial at the cut, past "eligible, donor cleared".

    Attributes
    ----------
    number
        Who he is in the history, and in the `Standing`.
    making
        Where his product stands, for a patient enrolled and without one.
    fit_day
        When he was, or will be, found fit, for a patient whose re-check is behind him; infinity: not re-checked.
    """

    number: int
    patient: Patient
    making: ManufacturingState | None = None
    fit_day: float = NEVER


def resume(
    setting: Setting,
    intake: Intake,
    risks: DoseRisks,
    standing: Standing,
    day: float,
    under_way: list[UnderWay],
    enrolled: int,
) -> Trial:
    """Take a trial up at the cut and run it to its end.

    Parameters
    ----------
    intake
        Its first candidates are the patients under way, in the order given; the others arrive after the cut.
    day
        The cut, days after the first site opened.
    enrolled
        Patients enrolled so far, whatever became of them.

    Returns
    -------
    Trial
        Finished. Its patients are those under way and those who came after; days waited count from the cut.
    """
    trial = trial_at(setting, used_pass(setting.rules), intake, standing.escalation, risks)
    if day > 0:
        trial.clock.env.run(until=day)
    trial.waiting_times.since = day
    _restore(trial, standing, enrolled)
    for one in under_way:
        trial.patients.append(one.patient)
        _restore_patient(trial, standing, one)
    for one in sorted(under_way, key=_in_order):
        if one.patient.state is not State.READY:
            trial.clock.follow(_rest_of_journey(trial, one))
    if standing.phase is Phase.REVIEW:
        trial.clock.call(max(standing.decision_day, day), Priority.DECISION, end_review, trial)
    # After the patients under way have taken their places: slots, the end of a full trial, a review now due.
    trial.clock.call(day, Priority.PATIENT, _take_up, trial)
    run_on(trial, len(under_way))
    return trial


def _take_up(trial: Trial) -> None:
    trial.unplaced.sort(key=lambda patient: (patient.released_day, patient.i))
    if trial.phase is Phase.CLOSED:
        close(trial)
    go_on(trial)


def _restore(trial: Trial, standing: Standing, enrolled: int) -> None:
    """Carry over what is the trial's own."""
    trial.phase = standing.phase
    trial.infused_outside_cohort, trial.depleting = standing.outside, standing.depleting
    trial.places_held = standing.holders
    trial.infused_at = list(standing.infused_at)
    trial.stagger_gate_day = standing.gate_day
    trial.enrolled = enrolled
    trial.backups.update(standing.backups)
    trial.expansion_n, trial.expansion_dlt = standing.expansion_n, standing.expansion_dlt
    if standing.phase in (Phase.EXPANSION, Phase.CLOSED):
        trial.selected, trial.stop = standing.selected, standing.stop
        trial.recommended_day = standing.recommended_day
        trial.books_time = False
    full = enrolled >= trial.setting.rules.enrolment_max
    filled = standing.phase is Phase.EXPANSION and enrolled >= trial.setting.rules.enrolment_min
    if full or filled or standing.phase is Phase.CLOSED:
        trial.closed_day = trial.clock.now


def _restore_patient(trial: Trial, standing: Standing, one: UnderWay) -> None:
    """Count one patient where he stands."""
    patient, number = one.patient, one.number
    patient.expansion = number in standing.expansion
    if patient.state is State.READY:
        trial.queue.append(patient)
        return
    if patient.state < State.LYMPHODEPLETED:
        trial.preparing += 1
        patient.expansion = trial.phase is Phase.EXPANSION
        if trial.clock.now < patient.slot_until < NEVER:
            trial.manufacturing.hold(patient.slot_from, patient.slot_until)
        return
    patient.started = patient.has_place = True
    patient.level, patient.cohort = standing.level[number], standing.cohort[number]
    if standing.started_last == number:
        trial.started_last, patient.stagger_gate_before = patient, standing.gate_before
    if patient.state is State.INFUSED:
        patient.follow_up = standing.pending[number]
        trial.infused.append(patient)


def _in_order(one: UnderWay) -> tuple[bool, float, int]:
    """Those found fit queue for their turn in the order in which they were, before those not re-checked."""
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
