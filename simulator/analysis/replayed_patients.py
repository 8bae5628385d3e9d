"""The patients of one simulated trial: in order, by cohort and outcome, and their days after enrolment."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.trial_replay import Decision, TrialReplay
from simulator.trial.ledger import Exit, Ledger, State


def enrolled_in_order(book: Ledger) -> NDArray[np.intp]:
    """Return the rows of the enrolled patients, in order of enrolment."""
    rows = np.flatnonzero(book.level_at_slot > 0)
    return rows[np.lexsort((rows, book.enrolled_day[rows]))]


def infused_in_order(book: Ledger) -> NDArray[np.intp]:
    """Return the rows of the infused patients, in order of infusion."""
    rows = np.flatnonzero(np.isfinite(book.infused_day))
    return rows[np.lexsort((rows, book.infused_day[rows]))]


def cohorts_of(replay: TrialReplay, patients: NDArray[np.intp]) -> NDArray[np.int64]:
    """Return the number of the decision that assigned each patient's level, from 1; 0 in expansion.

    The level is fixed at the start of lymphodepletion; at one instant decisions come first.
    """
    book = replay.ledger
    days = np.array([one.day for one in replay.decisions[:-1]])
    numbers = np.searchsorted(days, book.lymphodepleted_day[patients], side="right")
    return np.where(book.expansion[patients], 0, numbers)


def outcomes_of(book: Ledger, patients: NDArray[np.intp]) -> dict[str, NDArray[np.bool_]]:
    """Sort the patients by what their data say: each is in exactly one entry."""
    evaluable = book.state[patients] >= State.EVALUABLE
    dlt = book.dlt[patients]
    return {"DLT": evaluable & dlt, "no DLT": evaluable & ~dlt, "not DLT-evaluable": ~evaluable}


@dataclass(frozen=True, slots=True)
class Course:
    """What befell an enrolled patient, in days after enrolment; None for what did not happen.

    Attributes
    ----------
    level
        Assigned; of a patient who is not infused, the last one.
    not_evaluable
        Why the outcome is neither a DLT nor none, in words; empty where it is one of them.
    """

    name: str
    level: int
    infused: float | None
    end: float
    dlt: bool
    response: float | None
    in_expansion: bool
    not_evaluable: str

    @property
    def last(self) -> float:
        """Day of the last thing that happened."""
        return self.end if self.response is None else max(self.end, self.response)


def courses(replay: TrialReplay) -> list[Course]:
    """Return the course of every enrolled patient, in order of enrolment."""
    book = replay.ledger
    found = []
    for k in enrolled_in_order(book).tolist():
        start = book.enrolled_day[k]
        infused = bool(np.isfinite(book.infused_day[k]))
        reason = Exit(int(book.reason[k]))
        responded = book.infused_day[k] + replay.response_day - start if book.response[k] else None
        course = Course(
            name=f"{book.site[k] + 1}-{book.index[k] + 1}",
            level=int(book.level_assigned[k]),
            infused=book.infused_day[k] - start if infused else None,
            end=book.exit_day[k] - start,
            dlt=bool(book.dlt[k]),
            response=responded,
            in_expansion=bool(book.expansion[k]),
            not_evaluable="" if reason in (Exit.DLT, Exit.NO_DLT) else reason.text,
        )
        found.append(course)
    return found


def placed_decisions(replay: TrialReplay) -> list[tuple[int, Decision]]:
    """Return how many were enrolled before each decision with a level, and the decision; the recommendation last."""
    enrolled = replay.ledger.enrolled_day[enrolled_in_order(replay.ledger)]
    *decisions, recommendation = replay.decisions
    shown = [*(one for one in decisions if one.level), recommendation]
    return [(int((enrolled < one.day).sum()), one) for one in shown]
