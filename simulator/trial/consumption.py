"""What one finished trial took: batches and their fates, slot-days, hospital days, and patients' waiting times."""

from simulator.trial.batches import Attempt, Fate
from simulator.trial.follow_up import has_late_toxicity
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial, everybody


def fates(batches: list[Attempt]) -> list[int]:
    """Count the batches begun by `Fate`. Length 8."""
    counts = [0] * len(Fate)
    for batch in batches:
        counts[batch.fate()] += 1
    return counts


def manufacturing_days(batches: list[Attempt], up_to: float) -> float:
    """Return the days that manufacturing slots were held up to a day, all slots together."""
    days = 0.0
    for batch in batches:
        days += batch.slot_days(up_to)
    return days


def inpatient_days(trial: Trial) -> float:
    """Return the days in hospital of all patients together.

    From the start of lymphodepletion to the stated number of days after infusion or to death, whichever is
    first; who is not infused goes home, or dies, on the day of the exit. A trial that is not finished at the
    calendar limit counts up to it.
    """
    days = 0.0
    limit, stay = trial.limit_day, trial.setting.inpatient_days
    for patient in trial.patients:
        if patient.lymphodepleted_day < NEVER:
            until = patient.exit_day
            if patient.infused_day < NEVER:
                # Up to death of any cause, a fatal DLT included; the exit is the day of the outcome.
                until = patient.infused_day + min(stay, patient.follow_up.death_day)
            days += min(until, limit) - patient.lymphodepleted_day
    return days


def assessed(trial: Trial) -> int:
    """Return how many infused patients lived to their response assessment, before the calendar limit."""
    response_day = trial.setting.observation.response_day
    number = 0
    for patient in trial.infused:
        seen = patient.infused_day + response_day <= trial.limit_day
        number += seen and patient.follow_up.death_day >= response_day
    return number


def known_day_of(trial: Trial, patient: Patient) -> float:
    """Return the day on which all is known of an infused patient that the selection reads."""
    day = patient.follow_up.day
    if trial.early is not None and trial.early.selects_when_assessed and patient.follow_up.counted:
        assessed_day = min(trial.setting.observation.response_day, patient.follow_up.death_day)
        day = max(day, assessed_day)
    return patient.infused_day + day


def late_toxicities(trial: Trial) -> list[int]:
    """Return by level how many patients of escalation have a late toxicity, of those without a DLT in the window."""
    counts = [0] * len(trial.infused_at)
    for patient in trial.infused:
        counts[patient.level - 1] += is_late_toxicity(trial, patient)
    return counts


def is_late_toxicity(trial: Trial, patient: Patient) -> bool:
    """Return whether an infused patient is one of `late_toxicities`."""
    share, draws = trial.setting.late_toxicity_share, trial.candidates.outcomes
    whole = patient.follow_up.day == trial.setting.observation.window_days
    if share == 0 or not whole or patient.expansion or patient.reason != Exit.NO_DLT:
        return False
    risks = trial.risks.at(patient.level, patient.dose, draws.dlt_odds[patient.i])
    return has_late_toxicity(share, draws.toxicity[patient.i], risks.dlt)


def waits(days: list[float], width: int) -> list[float]:
    """Return one time per infused patient, filled up with infinity to a fixed width.

    A trial infuses no more patients than it may enrol, so that none is cut off.
    """
    return days + [NEVER] * (width - len(days))


def consent_to_infusion(trial: Trial) -> list[float]:
    """Return the days from consent to infusion of every infused patient, in order of infusion."""
    intake = everybody(trial)
    at = intake.position[[patient.i for patient in trial.infused]]
    consented = intake.paths.consented_day[at].tolist()
    return [patient.infused_day - day for patient, day in zip(trial.infused, consented, strict=True)]


def vein_to_vein(infused: list[Patient]) -> list[float]:
    """Return the days from the collection of the cells that were infused to their infusion, in that order."""
    return [patient.infused_day - patient.collected_day for patient in infused]
