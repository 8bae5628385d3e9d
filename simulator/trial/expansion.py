"""Expansion at the recommended level: up to the floor of enrolled patients, watched by a bound on the risk."""

from simulator.trial.closing import close, close_enrolment, send_away
from simulator.trial.cohort_rules import expansion_stops
from simulator.trial.enrolment import fill_slots
from simulator.trial.ledger import State
from simulator.trial.patient import Patient, is_preparing
from simulator.trial.places import offer_places
from simulator.trial.slots import enrolment_is_over
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def start_expansion(trial: Trial) -> None:
    """Freeze the selection; fill up to the floor, and infuse released product, at that level (D20)."""
    if not trial.limits.expansion or trial.selected == 0:
        close(trial)
        return
    trial.phase = Phase.EXPANSION
    at = trial.selected - 1
    trial.expansion_n, trial.expansion_dlt = trial.escalation.n[at], trial.escalation.dlt[at]
    for patient in trial.patients:
        if is_preparing(patient):
            if patient.order <= trial.setting.rules.enrolment_min or patient.state == State.RELEASED:
                patient.expansion = True
            else:
                send_away(trial, patient)
    if enrolment_is_over(trial):
        close_enrolment(trial)
    # No cohort is reviewed any more: a patient dropped at the re-check only leaves a slot, which is filled next.
    offer_places(trial)
    fill_slots(trial)


def count_in_expansion(trial: Trial, patient: Patient) -> None:
    """Enter an expansion outcome; stop expansion where P(p > target) is too high (D38)."""
    if not patient.follow_up.counted:
        return
    trial.expansion_n += 1
    trial.expansion_dlt += patient.follow_up.dlt
    risk = trial.setting.risk_above_target(trial.expansion_n, trial.expansion_dlt)
    stops = expansion_stops(risk, trial.setting.rules.expansion_stop_probability)
    if stops and not trial.expansion_stopped:
        trial.expansion_stopped = True
        note(trial, None, "expansion stopped: P(p > target) = {:.3f}", risk)
        close(trial)
