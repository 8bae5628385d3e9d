"""What one finished trial leaves: its ledger, its row of counts, and the data behind each cap."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.conduct import Trial
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
    paths, closed = trial.intake.paths, trial.closed_day
    rows = int(np.searchsorted(paths.referred_day, closed, side="right"))
    left_open = Exit.TRIAL_CLOSED if closed < trial.limit_day else Exit.NOT_FINISHED

    open_path = paths.exit_day[:rows] > closed
    days = {
        name: np.where(getattr(paths, name)[:rows] <= closed, getattr(paths, name)[:rows], NEVER)
        for name in ("referred_day", "prescreened_day", "consented_day", "eligible_day", "ready_day")
    }
    reached = np.stack(list(days.values())) < NEVER
    state = reached.sum(axis=0) - 1
    reason = np.where(open_path, left_open, paths.reason[:rows])
    exit_day = np.where(open_path, closed, paths.exit_day[:rows])
    criterion = np.where(open_path, -1, paths.criterion[:rows])
    for name in ("enrolled", "leukapheresed", "released", "lymphodepleted", "infused", "evaluable"):
        days[f"{name}_day"] = np.full(rows, NEVER)
    columns = {
        "level_at_slot": np.zeros(rows, dtype=np.int64),
        "level_assigned": np.zeros(rows, dtype=np.int64),
        "dose_given": np.zeros(rows),
        "dlt": np.zeros(rows, dtype=bool),
        "response": np.zeros(rows, dtype=bool),
        "expansion": np.zeros(rows, dtype=bool),
    }
    at = trial.intake.candidates[: len(trial.patients)]
    for position, patient in zip(at.tolist(), trial.patients, strict=True):
        state[position], reason[position], exit_day[position] = (
            patient.state,
            patient.reason,
            patient.exit_day,
        )
        if patient.order:
            _enter(days, columns, position, patient)
    return Ledger(
        site=trial.intake.site[:rows],
        index=trial.intake.index[:rows],
        state=state,
        reason=reason,
        criterion=criterion,
        exit_day=exit_day,
        **days,
        **columns,
    )


def _enter(
    days: dict[str, Floats], columns: dict[str, NDArray[np.generic]], position: int, patient: Patient
) -> None:
    """Enter one enrolled patient's milestones."""
    days["enrolled_day"][position] = patient.enrolled_day
    days["leukapheresed_day"][position] = patient.leukapheresed_day
    days["released_day"][position] = patient.released_day
    days["lymphodepleted_day"][position] = patient.lymphodepleted_day
    days["infused_day"][position] = patient.infused_day
    columns["level_at_slot"][position] = patient.level_at_slot
    columns["level_assigned"][position] = patient.level
    columns["expansion"][position] = patient.expansion
    if patient.state >= State.INFUSED:
        columns["dose_given"][position] = patient.dose
    if patient.state is State.EVALUABLE:
        days["evaluable_day"][position] = patient.exit_day
    if patient.gone and patient.state >= State.INFUSED and patient.reason is not Exit.NOT_FINISHED:
        columns["dlt"][position] = patient.follow_up.dlt
        columns["response"][position] = patient.follow_up.response


def stages_reached(of: Ledger, up_to: float) -> list[int]:
    """Return how many patients reached each state, REFERRED to EVALUABLE, by the day.

    What expansion does at that very instant, as it starts with the recommendation, comes after it.
    """
    return [
        int(((days <= min(up_to, LAST_DAY)) & ~(of.expansion & (days == up_to))).sum())
        for days in (getattr(of, f"{state.name.lower()}_day") for state in State)
    ]


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


def used_row(trial: Trial, criteria: int) -> UsedRow:
    """Summarise a finished trial; `criteria` is the number of eligibility criteria."""
    book = ledger(trial)
    doses = trial.escalation.rulebook.design.n_doses
    in_escalation = np.isfinite(book.infused_day) & ~book.expansion
    level = book.level_assigned[in_escalation]
    failures = book.criterion[book.reason == Exit.SCREEN_FAILURE]
    verdict_day = trial.intake.paths.verdict_day[: len(book.state)]
    return UsedRow(
        selected=trial.selected,
        stop=STOPS.index(trial.stop),
        recommended_day=trial.recommended_day,
        closed_day=trial.closed_day,
        last_day=float(book.exit_day.max(initial=0.0)),
        at_recommendation=stages_reached(book, trial.recommended_day),
        at_end=stages_reached(book, LAST_DAY),
        ended=np.bincount(len(Exit) * book.state + book.reason, minlength=len(State) * len(Exit)).tolist(),
        criteria=np.bincount(failures, minlength=criteria).tolist(),
        verdicts=int((verdict_day <= trial.closed_day).sum()),
        waited=trial.waiting_times.days,
        n=trial.escalation.n,
        dlt=trial.escalation.dlt,
        treated=np.bincount(level, minlength=doses + 1)[1:].tolist(),
        responses=np.bincount(level[book.response[in_escalation]], minlength=doses + 1)[1:].tolist(),
        expansion_n=trial.expansion_n,
        expansion_dlt=trial.expansion_dlt,
        expansion_stopped=trial.expansion_stopped,
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
