"""Every patient of one finished trial, entered into the ledger."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.ledger import NEVER, Exit, Ledger, State
from simulator.trial.patient import Patient
from simulator.trial.trial_state import Trial, everybody

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def ledger(trial: Trial) -> Ledger:
    """Return the ledger of every patient referred before enrolment closed.

    Those whose path before enrolment was still open when it closed exit on that day as "trial closed".
    """
    return ledger_entries(trial).ledger()


_MILESTONE_NAMES: Final = tuple(f"{state.name.lower()}_day" for state in State)
_BEFORE_ENROLMENT: Final = _MILESTONE_NAMES[: State.ENROLLED]


@dataclass(frozen=True, slots=True)
class LedgerEntries:
    """The ledger as one array of milestones, (11, referred), rows as `State`; the rest by name."""

    days: Floats
    columns: dict[str, NDArray[Any]]

    def ledger(self) -> Ledger:
        """Return it column by column."""
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
        # A pass cut at an infusion has no recommendation: what was never reached is not by then either.
        by_then = (self.days <= up_to) & (self.days < NEVER)
        counts = np.count_nonzero(by_then, axis=1)
        expansion = self.columns["expansion"]
        if expansion.any():
            counts = counts - np.count_nonzero(self.days[:, expansion] == up_to, axis=1)
        found: list[int] = counts.tolist()
        return found


def ledger_entries(trial: Trial) -> LedgerEntries:
    """Enter every patient referred before enrolment closed; see `ledger`."""
    intake, closed = everybody(trial), trial.closed_day
    paths = intake.paths
    rows = int(np.searchsorted(paths.referred_day, closed, side="right"))
    left_open = Exit.TRIAL_CLOSED if closed < trial.limit_day else Exit.NOT_FINISHED

    days = np.full((len(State), rows), NEVER)
    before = days[: State.ENROLLED]
    for row, name in enumerate(_BEFORE_ENROLMENT):
        before[row] = getattr(paths, name)[:rows]
    before[before > closed] = NEVER  # nobody takes a step of screening once enrolment has closed
    open_path = paths.exit_day[:rows] > closed
    state = np.count_nonzero(before < NEVER, axis=0) - 1
    reason = np.where(open_path, left_open, paths.reason[:rows])
    exit_day = np.where(open_path, closed, paths.exit_day[:rows])
    criterion = np.where(open_path, -1, paths.criterion[:rows])
    columns: dict[str, NDArray[Any]] = {
        "site": intake.site[:rows],
        "index": intake.index[:rows],
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
    # Those whom the trial met overwrite what their path before enrolment says.
    at = intake.position[: len(trial.patients)]
    state[at] = [int(patient.state) for patient in trial.patients]
    reason[at] = [int(patient.reason) for patient in trial.patients]
    exit_day[at] = [patient.exit_day for patient in trial.patients]
    enrolled = [
        (position, patient)
        for position, patient in zip(at.tolist(), trial.patients, strict=True)
        if patient.order
    ]
    if enrolled:
        _fill(
            days,
            columns,
            np.array([position for position, _ in enrolled]),
            [patient for _, patient in enrolled],
        )
    return LedgerEntries(days, columns)


_ENTERED: Final = (
    "collected_day",
    "level_at_slot",
    "level_assigned",
    "dose_given",
    "dlt",
    "response",
    "expansion",
)


def _fill(days: Floats, columns: dict[str, NDArray[Any]], at: Ints, enrolled: list[Patient]) -> None:
    """Enter the milestones of all enrolled patients."""
    found = np.array([_entry(patient) for patient in enrolled], dtype=np.float64).T
    milestones = len(State) - State.ENROLLED
    days[State.ENROLLED :, at] = found[:milestones]
    for name, values in zip(_ENTERED, found[milestones:], strict=True):
        columns[name][at] = values


def _entry(patient: Patient) -> tuple[float, ...]:
    """Return one enrolled patient's milestones from ENROLLED on, then what `_ENTERED` names."""
    infused = patient.state >= State.INFUSED
    known = patient.exited and infused and patient.reason is not Exit.NOT_FINISHED
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
