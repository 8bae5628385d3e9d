"""One trial put together and run: the only place where a `Trial` is made."""

from simulator.trial.conduct import Log, Trial
from simulator.trial.escalation import Escalation, Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.journey import journey
from simulator.trial.patient import Patient
from simulator.trial.setting import Pass, Setting


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
    trial.run()
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
    return Trial(setting, limits, intake, escalation, risks, start_journey, log)


def new_escalation(rulebook: Rulebook, limits: Pass) -> Escalation:
    """Return the escalation of a trial before its first patient; its own size limit only where the pass has it."""
    return Escalation(rulebook, rulebook.design.max_n if limits.own_size else None)


def trial_under_way(
    setting: Setting, limits: Pass, intake: Intake, escalation: Escalation, risks: DoseRisks
) -> Trial:
    """Return a trial whose escalation has begun, for the caller to restore and run on."""
    return Trial(setting, limits, intake, escalation, risks, start_journey)


def start_journey(trial: Trial, patient: Patient) -> None:
    """Start the journey of a patient who is enrolled now."""
    trial.clock.follow(journey(trial, patient))
