"""What one finished trial leaves: its ledger, its row of counts, and the data behind each cap."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.conduct import Trial
from simulator.trial.consumption import (
    assessed,
    consent_to_infusion,
    fates,
    inpatient_days,
    manufacturing_days,
    vein_to_vein,
    waits,
)
from simulator.trial.ledger import NEVER, Exit, Ledger, State
from simulator.trial.patient import Patient

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LAST_DAY: Final = 1e9
STOPS: Final = ("complete", "safety", "precision", "max_n", "enrolment_cap", "not_finished", "infusion_cap")


def ledger(trial: Trial) -> Ledger:
    """Return the ledger of every patient referred before enrolment closed.

    Those whose path before enrolment was still open when it closed exit on that day as "trial closed".
    """
    return _book(trial).ledger()


_MILESTONE_NAMES: Final = tuple(f"{state.name.lower()}_day" for state in State)
_BEFORE_ENROLMENT: Final = _MILESTONE_NAMES[: State.ENROLLED]


@dataclass(frozen=True, slots=True)
class _Book:
    """The ledger as one array of milestones, (11, referred), rows as `State`; the rest by name."""

    days: Floats
    columns: dict[str, NDArray[Any]]

    def ledger(self) -> Ledger:
        days = dict(zip(_MILESTONE_NAMES, self.days, strict=True))
        return Ledger(**days, **self.columns)

    def reached_at_end(self) -> list[int]:
        """Return how many patients reached each state, REFERRED to EVALUABLE."""
        ended = np.bincount(self.columns["state"], minlength=len(State))
        counts: list[int] = ended[::-1].cumsum()[::-1].tolist()
        return counts

    def reached(self, up_to: float) -> list[int]:
        """Return how many patients reached each state by the day.

        What expansion does at that very instant, as it starts with the recommendation, comes after it.
        """
        counts = np.count_nonzero(self.days <= up_to, axis=1)
        expansion = self.columns["expansion"]
        if expansion.any():
            counts = counts - np.count_nonzero(self.days[:, expansion] == up_to, axis=1)
        found: list[int] = counts.tolist()
        return found


def _book(trial: Trial) -> _Book:
    paths, closed = trial.intake.paths, trial.closed_day
    rows = int(np.searchsorted(paths.referred_day, closed, side="right"))
    left_open = Exit.TRIAL_CLOSED if closed < trial.limit_day else Exit.NOT_FINISHED

    days = np.full((len(State), rows), NEVER)
    before = days[: State.ENROLLED]
    for row, name in enumerate(_BEFORE_ENROLMENT):
        before[row] = getattr(paths, name)[:rows]
    before[before > closed] = NEVER
    open_path = paths.exit_day[:rows] > closed
    state = np.count_nonzero(before < NEVER, axis=0) - 1
    reason = np.where(open_path, left_open, paths.reason[:rows])
    exit_day = np.where(open_path, closed, paths.exit_day[:rows])
    criterion = np.where(open_path, -1, paths.criterion[:rows])
    columns: dict[str, NDArray[Any]] = {
        "site": trial.intake.site[:rows],
        "index": trial.intake.index[:rows],
        "state": state,
        "reason": reason,
        "criterion": criterion,
        "exit_day": exit_day,
        "collected_day": np.full(rows, NEVER),
        "level_at_slot": np.zeros(rows, dtype=np.int64),
        "level_assigned": np.zeros(rows, dtype=np.int64),
        "dose_given": np.zeros(rows),
        "dlt": np.zeros(rows, dtype=bool),
        "response": np.zeros(rows, dtype=bool),
        "expansion": np.zeros(rows, dtype=bool),
    }
    at = trial.intake.candidates[: len(trial.patients)]
    state[at] = [int(patient.state) for patient in trial.patients]
    reason[at] = [int(patient.reason) for patient in trial.patients]
    exit_day[at] = [patient.exit_day for patient in trial.patients]
    enrolled = [
        (position, patient)
        for position, patient in zip(at.tolist(), trial.patients, strict=True)
        if patient.order
    ]
    if enrolled:
        _enter(
            days,
            columns,
            np.array([position for position, _ in enrolled]),
            [patient for _, patient in enrolled],
        )
    return _Book(days, columns)


_ENTERED: Final = (
    "collected_day",
    "level_at_slot",
    "level_assigned",
    "dose_given",
    "dlt",
    "response",
    "expansion",
)


def _enter(days: Floats, columns: dict[str, NDArray[Any]], at: Ints, enrolled: list[Patient]) -> None:
    """Enter the milestones of all enrolled patients."""
    found = np.array([_entry(patient) for patient in enrolled], dtype=np.float64).T
    milestones = len(State) - State.ENROLLED
    days[State.ENROLLED :, at] = found[:milestones]
    for name, values in zip(_ENTERED, found[milestones:], strict=True):
        columns[name][at] = values


def _entry(patient: Patient) -> tuple[float, ...]:
    """Return one enrolled patient's milestones from ENROLLED on, then what `_ENTERED` names."""
    infused = patient.state >= State.INFUSED
    known = patient.gone and infused and patient.reason is not Exit.NOT_FINISHED
    return (
        patient.enrolled_day,
        patient.leukapheresed_day,
        patient.released_day,
        patient.lymphodepleted_day,
        patient.infused_day,
        patient.exit_day if patient.state is State.EVALUABLE else NEVER,
        patient.collected_day,
        patient.level_at_slot,
        patient.level,
        patient.dose if infused else 0.0,
        known and patient.follow_up.dlt,
        known and patient.follow_up.response,
        patient.expansion,
    )


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
    treated, responses : (J,)
        Patients infused in escalation, and their responses, by level assigned.
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
    book = _book(trial)
    columns = book.columns
    rows = len(columns["state"])
    verdict = trial.intake.paths.verdict_day[:rows] <= trial.closed_day
    failures = columns["criterion"][columns["reason"] == Exit.SCREEN_FAILURE]
    ended = np.bincount(
        len(Exit) * columns["state"] + columns["reason"], minlength=len(State) * len(Exit)
    ).tolist()
    in_escalation = [patient for patient in trial.infused if not patient.expansion]
    treated = [0] * trial.escalation.rulebook.design.n_doses
    responses = treated.copy()
    for patient in in_escalation:
        treated[patient.level - 1] += 1
        known = patient.reason is not Exit.NOT_FINISHED
        responses[patient.level - 1] += known and patient.follow_up.response
    width = trial.rules.enrolment_max
    return UsedRow(
        selected=trial.selected,
        stop=STOPS.index(trial.stop),
        recommended_day=trial.recommended_day,
        closed_day=trial.closed_day,
        last_day=float(columns["exit_day"].max(initial=0.0)),
        at_recommendation=book.reached(min(trial.recommended_day, LAST_DAY)),
        at_end=book.reached_at_end(),
        ended=ended,
        criteria=np.bincount(failures, minlength=criteria).tolist(),
        verdicts=int(np.count_nonzero(verdict)),
        waited=trial.waiting_times.days,
        n=trial.escalation.n,
        dlt=trial.escalation.dlt,
        treated=treated,
        responses=responses,
        expansion_n=trial.expansion_n,
        expansion_dlt=trial.expansion_dlt,
        expansion_stopped=trial.expansion_stopped,
        slot_days=[trial.slot_use.idle, trial.slot_use.held],
        reviews=trial.reviews,
        rescreened=int(np.count_nonzero(verdict & trial.intake.paths.rescreened[:rows])),
        other_donors=trial.other_donors,
        leukaphereses=trial.leukaphereses,
        backups=sum(trial.backups.values()),
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
    level, dlt, counted : (infused,)
        Level assigned; DLT; whether the outcome is in the data of the design.
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
    consented = np.sort(trial.intake.paths.consented_day)
    stopped = trial.stop not in ("infusion_cap", "not_finished")
    return NeededRow(
        level=[patient.level for patient in infused],
        dlt=[patient.follow_up.dlt for patient in infused],
        counted=[patient.follow_up.counted for patient in infused],
        cohort=[patient.cohort for patient in infused],
        cohort_level=[patient.cohort_level for patient in infused],
        closed_from=[patient.closed_from for patient in infused],
        enrolled=[patient.enrolled_so_far for patient in infused],
        screened=np.searchsorted(consented, days, side="right").tolist(),
        known_day=[patient.infused_day + patient.follow_up.day for patient in infused],
        stop=STOPS.index(trial.stop),
        stopped_level=trial.selected if stopped else -1,
        recommended_day=trial.recommended_day,
        enrolled_in_all=trial.enrolled,
        screened_in_all=int(np.searchsorted(consented, trial.closed_day, side="right")),
    )
