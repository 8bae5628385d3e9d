"""The contract of a dose-escalation design: pure functions of what has been observed.

A design holds parameters and nothing else: no clock, no randomness, no truth, no cap. Exact engine, sampler,
calendar and bedside all call the same `decide` and `select`, over a leading axis of states.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.designs.patient_records import PatientRecords, count_per_level

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

TABLE_COLUMNS: Final = ("n", "escalate_if_at_most", "deescalate_if_at_least", "eliminate_if_at_least")
"""The columns of `Design.decision_table`."""
COMPLETE_COHORT_FIELDS: Final = frozenset({"level", "n", "dlt", "last_n", "last_dlt", "closed_from"})
"""What a trial of complete cohorts can say.

A design that looks early reads more: "pending"; "cohort_missing"; "outcomes", what is known of each patient without
their follow-up; or "patients", follow-up as well. Without "patients" states come again, and a calendar remembers
their decisions.
"""


class Action(IntEnum):
    """What a decision tells the trial to do."""

    TREAT = 0
    WAIT = 1
    STOP = 2


class Reason(IntEnum):
    """Why a decision was taken; `text` says it in words, `stop_kind` sorts the stops."""

    START = 0
    ESCALATE = 1
    STAY = 2
    DE_ESCALATE = 3
    FILL_COHORT = 4
    STAY_HIGHEST_LEVEL = 5
    STAY_NEXT_CLOSED = 6
    STAY_LOWEST_LEVEL = 7
    TITRATE = 8
    RETURN_TO_LOWER = 9
    TOO_FEW_AT_SELECTED = 10
    STAY_AFTER_DLT = 11
    STAY_OVERDOSE_CONTROL = 12
    WAIT_PENDING = 13
    WAIT_FOLLOW_UP = 14
    WAIT_OUTCOME_UNDECIDED = 15
    WAIT_LOWEST_TOXIC = 16
    EXPLORE = 17
    MOST_DESIRABLE = 18
    POOLED = 19
    # From here on the trial stops; `up_and_down.concluded` compares with the first of them.
    STOP_TOO_TOXIC = 20
    STOP_PRECISION = 21
    STOP_FOUND = 22
    STOP_ENOUGH_NEXT = 23
    STOP_ENOUGH_TREATED = 24
    STOP_PRECISE = 25
    STOP_TOTAL = 26
    STOP_NONE_ADMISSIBLE = 27

    @property
    def text(self) -> str:
        """The reason in words."""
        return _TEXT[self]

    @property
    def stop_kind(self) -> str | None:
        """'safety', 'precision', 'complete' (the design's own end), or None where the trial goes on."""
        return _STOP_KIND.get(self)


_TEXT: Final = {
    Reason.START: "nothing observed yet: start level",
    Reason.ESCALATE: "few enough DLTs: escalate",
    Reason.STAY: "DLT rate near the target: stay",
    Reason.DE_ESCALATE: "too many DLTs: de-escalate",
    Reason.FILL_COHORT: "level not filled yet: treat more patients at it",
    Reason.STAY_HIGHEST_LEVEL: "few enough DLTs, but no higher level: stay",
    Reason.STAY_NEXT_CLOSED: "few enough DLTs, but the next level is closed: stay",
    Reason.STAY_LOWEST_LEVEL: "too many DLTs, but no lower level: stay",
    Reason.TITRATE: "no DLT so far in titration: one patient at the next level",
    Reason.RETURN_TO_LOWER: "level above too toxic: more patients at this level",
    Reason.TOO_FEW_AT_SELECTED: "too few patients at the level to be selected: the stop is held back",
    Reason.STAY_AFTER_DLT: "too many DLTs in the last cohort to escalate: stay",
    Reason.STAY_OVERDOSE_CONTROL: "the next level has too high a probability of overdosing: stay",
    Reason.WAIT_PENDING: "too many outcomes at the level are pending: wait",
    Reason.WAIT_FOLLOW_UP: "a pending patient at the level has not been followed long enough to escalate: wait",
    Reason.WAIT_OUTCOME_UNDECIDED: "the pending outcomes could change the decision: wait",
    Reason.WAIT_LOWEST_TOXIC: "the lowest level looks too toxic and outcomes there are pending: wait",
    Reason.EXPLORE: "few enough DLTs, and enough patients, to explore the untried level above",
    Reason.MOST_DESIRABLE: "the most desirable of the admissible levels nearby",
    Reason.POOLED: "a lower level disagrees with the current one: decided by their pooled data",
    Reason.STOP_TOO_TOXIC: "the lowest level is too toxic: stop",
    Reason.STOP_PRECISION: "enough patients at the level where the trial would stay: stop",
    Reason.STOP_FOUND: "the rule has found its level: stop",
    Reason.STOP_ENOUGH_NEXT: "enough patients at the level to be treated next: stop",
    Reason.STOP_ENOUGH_TREATED: "enough patients at the level just treated: stop",
    Reason.STOP_PRECISE: "the DLT risk of the level is known precisely enough: stop",
    Reason.STOP_TOTAL: "enough patients in all: stop",
    Reason.STOP_NONE_ADMISSIBLE: "no level nearby is both safe and active enough: stop",
}
_STOP_KIND: Final = {
    Reason.STOP_TOO_TOXIC: "safety",
    Reason.STOP_PRECISION: "precision",
    Reason.STOP_FOUND: "complete",
    Reason.STOP_ENOUGH_NEXT: "precision",
    Reason.STOP_ENOUGH_TREATED: "precision",
    Reason.STOP_PRECISE: "precision",
    Reason.STOP_TOTAL: "complete",
    Reason.STOP_NONE_ADMISSIBLE: "safety",
}


@dataclass(frozen=True, slots=True)
class Observed:
    """What a design may read, for S states of a trial with J dose levels.

    Attributes
    ----------
    level : (S,)
        Level of the last decision, 1-based; 0 before the first.
    n, dlt : (S, J)
        DLT-evaluable patients with a complete outcome, and DLTs, per level.
    last_n, last_dlt : (S,)
        The same of the last cohort.
    closed_from : (S,)
        Lowest closed level; J + 1 where none is closed. Levels once closed stay closed.
    assigned, pending : (S, J), optional
        For designs that look early: patients infused, and those of them without a DLT whose window is open
        (assigned = n + pending, which papers on such designs call n).
    patients : optional
        For the same designs: what is known of each patient. None: nobody is pending.
    cohort_missing : (S,), optional
        Places of the current cohort that are still to be treated.
    draw : (S,), optional
        A numbered uniform draw in (0, 1), for designs whose rule draws (backfill at random).
    """

    level: Ints
    n: Ints
    dlt: Ints
    last_n: Ints
    last_dlt: Ints
    closed_from: Ints
    assigned: Ints | None = None
    pending: Ints | None = None
    patients: PatientRecords | None = None
    cohort_missing: Ints | None = None
    draw: Floats | None = None

    @classmethod
    def nothing(cls, n_doses: int, states: int = 1) -> "Observed":
        """A trial before its first patient, `states` times."""
        zero = np.zeros(states, dtype=np.int64)
        none = np.zeros((states, n_doses), dtype=np.int64)
        return cls(zero, none, none, zero, zero, np.full(states, n_doses + 1, dtype=np.int64))

    @classmethod
    def of_patients(
        cls,
        n_doses: int,
        level: Ints,
        patients: PatientRecords,
        closed_from: Ints,
        last_n: Ints | None = None,
        last_dlt: Ints | None = None,
        cohort_missing: Ints | None = None,
        draw: Floats | None = None,
    ) -> "Observed":
        """Return the states of patients as they are known; all counts per level are derived from the records.

        Parameters
        ----------
        level, closed_from : (S,)
            As the attributes. `last_n`, `last_dlt`: of the last cohort, 0 where not given.
        """
        infused = count_per_level(patients, n_doses, patients.infused)
        pending = count_per_level(patients, n_doses, patients.dlt_pending)
        zero = np.zeros(len(level), dtype=np.int64)
        return cls(
            level=level,
            n=infused - pending,
            dlt=count_per_level(patients, n_doses, patients.dlt == 1),
            last_n=zero if last_n is None else last_n,
            last_dlt=zero if last_dlt is None else last_dlt,
            closed_from=closed_from,
            assigned=infused,
            pending=pending,
            patients=patients,
            cohort_missing=cohort_missing,
            draw=draw,
        )

    @property
    def infused(self) -> Ints:
        """Patients per level, pending ones included: what papers on designs that look early call n. Shape (S, J)."""
        return self.n if self.pending is None else self.n + self.pending

    @property
    def total_n(self) -> Ints:
        """Patients with a complete outcome, shape (S,)."""
        total: Ints = self.n.sum(axis=1)
        return total


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision per state, all arrays of shape (S,).

    Attributes
    ----------
    action
        Codes of `Action`.
    level
        Level to treat next, 1-based; the current level where the action is WAIT; where it is STOP, 0.
    cohort_size
        Patients to treat there before the next decision; 0 where the action is not TREAT. The caller
        truncates it to its own cap.
    closed_from
        Lowest closed level after this decision; J + 1 where none. Levels below it are open.
    reason
        Codes of `Reason`.
    backfill_level : optional
        Level at which a patient who arrives now may be backfilled, 0 none; None of a design without backfill.
    """

    action: Ints
    level: Ints
    cohort_size: Ints
    closed_from: Ints
    reason: Ints
    backfill_level: Ints | None = None


class Design(Protocol):
    """What every design offers. See CONTRIBUTING.md for how to add one."""

    @property
    def name(self) -> str:
        """The name under which the design is registered; a class attribute, or of a wrapper's design."""
        ...

    @property
    def reads(self) -> frozenset[str]:
        """The fields of `Observed` that it reads: they are its state. A class attribute, or a wrapper's."""
        ...

    def __hash__(self) -> int:
        """Designs are frozen: equal parameters, equal design."""
        ...

    @property
    def n_doses(self) -> int:
        """Number of dose levels."""
        ...

    @property
    def max_n(self) -> int:
        """DLT-evaluable patients of the design's own trial; the caller applies it."""
        ...

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. Total for 0 <= dlt <= n; never reads a cap."""
        ...

    def select(self, observed: Observed) -> Ints:
        """Return the recommended level per state, 0 for none. Total: unfinished data too."""
        ...

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the decision table, a row for each n = 1..max_n at one level.

        Columns n, escalate_if_at_most, deescalate_if_at_least, eliminate_if_at_least (<NA> where no count does).

        Raises
        ------
        DesignError
            The design has none.
        """
        ...

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs."""
        ...
