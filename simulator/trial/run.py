"""One trial put together and run: the only place where a `Trial` is made."""

from simulator.trial.candidates import Candidates
from simulator.trial.clock import Priority
from simulator.trial.closing import close_enrolment, cut_off
from simulator.trial.cohort_rules import NO_LIMIT
from simulator.trial.decisions import decide, recommend
from simulator.trial.early_decisions import early_looks_of
from simulator.trial.enrolment import arrive
from simulator.trial.escalation import Escalation, Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.journey import journey
from simulator.trial.ledger import Stop
from simulator.trial.patient import Patient
from simulator.trial.product import ManufacturingSlots
from simulator.trial.setting import Pass, Setting
from simulator.trial.trial_state import Log, Trial
from simulator.trial.waiting_times import Phase


def run_trial(
    setting: Setting,
    limits: Pass,
    intake: Intake,
    rulebook: Rulebook,
    risks: DoseRisks,
    log: Log | None = None,
) -> Trial:
    """Run one trial from its opening to its end."""
    trial = new_trial(setting, limits, intake, rulebook, risks, log)
    run_from_opening(trial)
    return trial


def new_trial(
    setting: Setting,
    limits: Pass,
    intake: Intake,
    rulebook: Rulebook,
    risks: DoseRisks,
    log: Log | None = None,
) -> Trial:
    """Return a trial before its opening."""
    escalation = new_escalation(rulebook, limits)
    return trial_at(setting, limits, intake.candidates, escalation, risks, log, intake)


def new_escalation(rulebook: Rulebook, limits: Pass) -> Escalation:
    """Return the escalation of a trial before its first patient; its own size limit only where the pass has it."""
    return Escalation(rulebook, rulebook.design.max_n if limits.own_size else None)


def trial_at(
    setting: Setting,
    limits: Pass,
    candidates: Candidates,
    escalation: Escalation,
    risks: DoseRisks,
    log: Log | None = None,
    intake: Intake | None = None,
) -> Trial:
    """Return a trial with this escalation, which may have begun: then the caller restores the rest."""
    return Trial(
        setting=setting,
        limits=limits,
        candidates=candidates,
        intake=intake,
        escalation=escalation,
        risks=risks,
        start=start_journey,
        log=log,
        enrolment_cap=NO_LIMIT if limits.enrolment_cap is None else limits.enrolment_cap,
        limit_day=setting.calendar_limit_days if limits.calendar_limit else candidates.horizon_days,
        manufacturing=ManufacturingSlots(setting.product.manufacturing_slots),
        infused_at=[0] * escalation.rulebook.design.n_doses,
        books_time=limits.own_size,
        early=early_looks_of(escalation.rulebook.design, setting, logged=log is not None),
    )


def start_journey(trial: Trial, patient: Patient) -> None:
    """Start the journey of a patient who is enrolled now."""
    trial.clock.follow(journey(trial, patient))


def run_from_opening(trial: Trial) -> None:
    """Run to the trial's end, or to the calendar limit."""
    decide(trial)  # before the first patient: the design's start level
    run_on(trial, 0)


def run_on(trial: Trial, first: int) -> None:
    """Run from now to the trial's end, or to the calendar limit; meet the candidates from the first on."""
    ready = trial.candidates.ready_day
    if first < len(ready) and ready[first] < trial.limit_day:
        trial.clock.call(ready[first], Priority.PATIENT, arrive, trial, first)
    trial.clock.run_until(trial.limit_day)
    finish(trial)


def finish(trial: Trial) -> None:
    """Bring a trial whose clock has ended to its recommendation and everybody to their exit."""
    # A pass that ended at its infusion cap is closed and has no recommendation.
    if trial.phase in (Phase.ESCALATION, Phase.REVIEW):
        recommend(trial, Stop.NOT_FINISHED)
    close_enrolment(trial)
    for patient in trial.patients:
        if not patient.exited:
            cut_off(trial, patient)
