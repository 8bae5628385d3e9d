"""What one finished trial leaves: its ledger, its row of counts, and the data behind each cap."""

from dataclasses import dataclass

import numpy as np

from simulator.trial.consumption import (
    assessed,
    consent_to_infusion,
    fates,
    inpatient_days,
    known_day_of,
    late_toxicities,
    manufacturing_days,
    vein_to_vein,
    waits,
)
from simulator.trial.ledger import Exit, State, Stop
from simulator.trial.ledger_entries import ledger, ledger_entries
from simulator.trial.trial_state import Trial, everybody

__all__ = ["NeededRow", "UsedRow", "ledger", "needed_row", "used_row"]


@dataclass(frozen=True, slots=True)
class UsedRow:
    """One trial as it was conducted; days after the first site opens.

    Attributes
    ----------
    selected, stop
        Recommended level, 0 for none; index into STOPS.
    recommended_day, closed_day, last_day
        Recommendation; end of enrolment; last exit or outcome.
    at_recommendation, at_end : (11,)
        Patients who reached each `State`, by the recommendation and by the end.
    ended : (11 * 21,)
        Patients per final `State` and `Exit`: entry 21 * state + exit.
    criteria : (criteria,)
        Screen failures by primary criterion; `verdicts` is how many reached a screening verdict.
    waited : (5,)
        Days up to the recommendation by `Waiting`.
    n, dlt : (J,)
        Data of the design at the recommendation.
    treated, responses, backfilled : (J,)
        Patients infused in escalation, their responses, and those of them who were backfilled, by level assigned.
    late_toxicities : (J,)
        Those of them with a toxicity after the whole window that within it had been a DLT: reported, not a DLT.
    expansion_n, expansion_dlt
        The same data at the selected level after expansion; `expansion_stopped` by the bound of D38.
    slot_days : (2,)
        Enrolment slots up to the recommendation, times days: open, and held (from enrolment to outcome or exit).
    reviews, rescreened, other_donors, assessed
        Review meetings held; second screenings with a verdict; other donors sought after the first one's cells
        did not expand; infused patients who lived to their response assessment.
    leukaphereses, backups
        Collections of donor cells; those of them that are frozen backups.
    batches : (8,)
        Batches begun, by `Fate`.
    manufacturing_days
        Manufacturing slots held up to the recommendation, times days.
    inpatient_days
        Days in hospital, all patients.
    consent_to_infusion_days, vein_to_vein_days : (enrolment_max,)
        Of every infused patient, in order of infusion; then infinity.
    """

    selected: int
    stop: int
    recommended_day: float
    closed_day: float
    last_day: float
    at_recommendation: list[int]
    at_end: list[int]
    ended: list[int]
    criteria: list[int]
    verdicts: int
    waited: list[float]
    n: list[int]
    dlt: list[int]
    treated: list[int]
    responses: list[int]
    backfilled: list[int]
    late_toxicities: list[int]
    expansion_n: int
    expansion_dlt: int
    expansion_stopped: bool
    slot_days: list[float]
    reviews: int
    rescreened: int
    other_donors: int
    leukaphereses: int
    backups: int
    batches: list[int]
    manufacturing_days: float
    inpatient_days: float
    assessed: int
    consent_to_infusion_days: list[float]
    vein_to_vein_days: list[float]


def used_row(trial: Trial, criteria: int) -> UsedRow:
    """Summarise a finished trial; `criteria` is the number of eligibility criteria."""
    entries, paths = ledger_entries(trial), everybody(trial).paths
    columns = entries.columns
    rows = len(columns["state"])
    verdict = paths.verdict_day[:rows] <= trial.closed_day
    failures = columns["criterion"][columns["reason"] == Exit.SCREEN_FAILURE]
    ended = np.bincount(
        len(Exit) * columns["state"] + columns["reason"], minlength=len(State) * len(Exit)
    ).tolist()
    in_escalation = [patient for patient in trial.infused if not patient.expansion]
    treated = [0] * trial.escalation.rulebook.design.n_doses
    responses, backfilled = treated.copy(), treated.copy()
    for patient in in_escalation:
        treated[patient.level - 1] += 1
        backfilled[patient.level - 1] += patient.backfill
        # What would have come after the calendar limit is drawn, but nobody saw it.
        known = patient.reason is not Exit.NOT_FINISHED
        responses[patient.level - 1] += known and patient.follow_up.response
    width = trial.setting.rules.enrolment_max
    return UsedRow(
        selected=trial.selected,
        stop=int(trial.ending),
        recommended_day=trial.recommended_day,
        closed_day=trial.closed_day,
        last_day=float(columns["exit_day"].max(initial=0.0)),
        at_recommendation=entries.reached(trial.recommended_day),
        at_end=entries.reached_at_end(),
        ended=ended,
        criteria=np.bincount(failures, minlength=criteria).tolist(),
        verdicts=int(np.count_nonzero(verdict)),
        waited=trial.waiting_times.days,
        n=trial.escalation.n,
        dlt=trial.escalation.dlt,
        treated=treated,
        responses=responses,
        backfilled=backfilled,
        late_toxicities=late_toxicities(trial),
        expansion_n=trial.expansion_n,
        expansion_dlt=trial.expansion_dlt,
        expansion_stopped=trial.expansion_stopped,
        slot_days=[trial.slot_use.idle, trial.slot_use.held],
        reviews=trial.reviews,
        rescreened=int(np.count_nonzero(verdict & paths.rescreened[:rows])),
        other_donors=trial.other_donors,
        leukaphereses=trial.leukaphereses,
        backups=trial.backups.total,
        batches=fates(trial.batches),
        manufacturing_days=manufacturing_days(trial.batches, trial.recommended_day),
        inpatient_days=inpatient_days(trial),
        assessed=assessed(trial),
        consent_to_infusion_days=waits(consent_to_infusion(trial), width),
        vein_to_vein_days=waits(vein_to_vein(trial.infused), width),
    )


@dataclass(frozen=True, slots=True)
class NeededRow:
    """The infused patients of one pass, in order, and how it ended.

    Attributes
    ----------
    level, dlt, counted, response, backfill : (infused,)
        Level assigned; DLT; whether the outcome is in the data of the design; response; whether they were backfilled.
    cohort, cohort_level, closed_from, enrolled : (infused,)
        Cohort and its level at the infusion (cohort 0: outside), the levels closed and the patients enrolled.
    screened : (infused,)
        Patients consented by the infusion.
    known_day : (infused,)
        Day by which the outcome is known.
    stop, stopped_level, recommended_day
        How the pass ended, the selection where the design stopped it, -1 elsewhere, and when.
    enrolled_in_all, screened_in_all
        Patients enrolled in all, and consented by the end of enrolment.
    """

    level: list[int]
    dlt: list[bool]
    counted: list[bool]
    response: list[bool]
    backfill: list[bool]
    cohort: list[int]
    cohort_level: list[int]
    closed_from: list[int]
    enrolled: list[int]
    screened: list[int]
    known_day: list[float]
    stop: int
    stopped_level: int
    recommended_day: float
    enrolled_in_all: int
    screened_in_all: int


def needed_row(trial: Trial) -> NeededRow:
    """Read the data behind every cap off a finished pass."""
    infused = trial.infused
    days = np.array([patient.infused_day for patient in infused])
    # All consents by day: how many are screened by an infusion is found by a search.
    consented = np.sort(everybody(trial).paths.consented_day)
    stopped = trial.ending not in (Stop.INFUSION_CAP, Stop.NOT_FINISHED)
    return NeededRow(
        level=[patient.level for patient in infused],
        dlt=[patient.follow_up.dlt for patient in infused],
        counted=[patient.follow_up.counted for patient in infused],
        response=[patient.follow_up.response for patient in infused],
        backfill=[patient.backfill for patient in infused],
        cohort=[patient.cohort for patient in infused],
        cohort_level=[patient.cohort_level for patient in infused],
        closed_from=[patient.closed_from for patient in infused],
        enrolled=[patient.enrolled_so_far for patient in infused],
        screened=np.searchsorted(consented, days, side="right").tolist(),
        known_day=[known_day_of(trial, patient) for patient in infused],
        stop=int(trial.ending),
        stopped_level=trial.selected if stopped else -1,
        recommended_day=trial.recommended_day,
        enrolled_in_all=trial.enrolled,
        screened_in_all=int(np.searchsorted(consented, trial.closed_day, side="right")),
    )
