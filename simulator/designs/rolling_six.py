"""The rolling six design (Skolnik et al. 2008), and its variant of up to eight patients (Frankel et al. 2020)."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.a_plus_b import UNFINISHED
from simulator.designs.design import Action, Decision, Ints, Observed, Reason
from simulator.designs.early_look import waiting, with_pending
from simulator.designs.parameter_checks import MAX_DOSES, require_choice, require_integer
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

SKOLNIK: Final = "skolnik"
IQ: Final = "iq"
_Bools = NDArray[np.bool_]
_LARGEST: Final = {SKOLNIK: 6, IQ: 8}
_SKOLNIK_SENTENCES: Final = (
    "With 2 DLTs the level closes, with all levels above it.",
    "The next level is opened with 3 to 6 patients at the level, no outcome pending and no DLT; with 5 of 6 outcomes "
    "complete and no DLT; or with 6 complete outcomes and 1 DLT. Otherwise the next patient is treated at the same "
    "level until it has 6 patients, and then waits for a pending outcome.",
)
_IQ_SENTENCES: Final = (
    "With 2 DLTs among at most 6 complete outcomes, or with 3 DLTs, the level closes, with all levels above it.",
    "The next level is opened with 3 complete outcomes and no DLT, or with 6 complete outcomes and 1 DLT, whatever "
    "is pending. Otherwise the next patient is treated at the same level, but waits where it has 8 patients, where 6 "
    "or more are pending without a DLT, where 3 or more are pending with 1 DLT among 6 or more patients, and where 2 "
    "DLTs are known among 7 or more patients; with 2 DLTs among 7 or 8 complete outcomes it is the maximum tolerated "
    "dose.",
)


@dataclass(frozen=True, slots=True)
class RollingSix:
    """Rolling six: 3+3 that treats up to six patients at a level while outcomes are pending (Skolnik et al. 2008).

    Parameters
    ----------
    n_doses, start_dose
        Dose levels, 1..20; first level.
    convention
        "skolnik": two to six patients a level. "iq": up to eight, and up as soon as three are complete without a
        DLT, whatever is pending.
    unfinished
        What `select` says of data after which the trial would go on: "highest_cleared" or "none".

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    Skolnik, Barrett, Jayaraman, Patel & Adamson, Journal of Clinical Oncology 2008, 26, 190-195; decisions as in
    Frankel et al. 2020, PMC7221509, table 2. The design is asked before each patient, so cohorts are of one. A level
    closes at its second DLT; "iq": at its third from seven patients on. The level below a closed one, and the top
    level, are filled to six and must be complete before one of them is the MTD.
    """

    name: ClassVar[str] = "rolling-6"
    title: ClassVar[str] = "the rolling six design"
    references: ClassVar[tuple[str, ...]] = (
        "Skolnik JM, Barrett JS, Jayaraman B, Patel D, Adamson PC. Shortening the timeline of pediatric phase "
        "I trials: the rolling six design. Journal of Clinical Oncology 2008;26:190-195.",
        "Frankel PH, Chung V, Tuscano J, Siddiqi T, Sampath S, Longmate J, Groshen S, Newman EM. Model of a queuing "
        "approach for patient accrual in phase 1 oncology studies. JAMA Network Open 2020;3:e204787.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending"})

    n_doses: int = 5
    start_dose: int = 1
    convention: str = SKOLNIK
    unfinished: str = "highest_cleared"

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer(self.name, "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer(self.name, "start_dose", self.start_dose, 1, self.n_doses)
        require_choice(self.name, "convention", self.convention, (SKOLNIK, IQ))
        require_choice(self.name, "unfinished", self.unfinished, UNFINISHED)

    @property
    def largest(self) -> int:
        """The most patients at a level: 6, or 8."""
        return _LARGEST[self.convention]

    @property
    def max_n(self) -> int:
        """The most patients the rule can treat."""
        return self.largest * self.n_doses

    def decide(self, observed: Observed) -> Decision:
        """Return where the next patient is treated, or wait, or stop. All arrays (S,)."""
        closed = self._closed_from(observed)
        current = np.where(observed.level > 0, observed.level, self.start_dose)
        level = np.clip(current, 1, np.maximum(closed - 1, 1))
        states = np.arange(len(level))
        n = with_pending(observed).n[states, level - 1]
        dlt = observed.dlt[states, level - 1]
        pending = n - observed.n[states, level - 1]
        blocked = (level == self.n_doses) | (level + 1 >= closed)
        found = blocked & (n >= 6) & (pending == 0)
        if self.convention == IQ:
            found |= (dlt == 2) & (n >= 7) & (pending == 0)
        up = self._goes_up(n, dlt, pending) & ~blocked
        hold = self._holds(n, dlt, pending, blocked) & ~up & ~found
        returned = (level < self.n_doses) & blocked
        fill = np.where(returned, Reason.RETURN_TO_LOWER, Reason.FILL_COHORT)
        reason = np.where(up, Reason.ESCALATE, np.where(current > level, Reason.DE_ESCALATE, fill))
        reason = np.where(observed.level == 0, Reason.START, reason)
        reason = np.where(found, Reason.STOP_FOUND, reason)
        reason = np.where(closed == 1, Reason.STOP_TOO_TOXIC, reason).astype(np.int64)
        stop = reason >= Reason.STOP_TOO_TOXIC
        treated = Decision(
            action=np.where(stop, Action.STOP, Action.TREAT).astype(np.int64),
            level=np.where(stop, 0, level + up),
            cohort_size=np.where(stop, 0, 1),
            closed_from=closed,
            reason=reason,
        )
        return waiting(treated, np.where(hold & ~stop, Reason.WAIT_PENDING, 0), level)

    def select(self, observed: Observed) -> Ints:
        """Return the highest open level that clears by its complete outcomes, 0 for none. Shape (S,)."""
        n, dlt = observed.n, observed.dlt
        clears = ((n >= 3) & (dlt == 0)) | ((n >= 6) & (dlt <= 1))
        if self.convention == IQ:
            clears |= (n >= 7) & (dlt == 2)
        levels = np.arange(1, self.n_doses + 1)
        eligible = clears & (levels < self._closed_from(observed)[:, None])
        selected: Ints = np.where(eligible, levels, 0).max(axis=1)
        if self.unfinished == "none":
            selected = np.where(self.decide(observed).action == Action.STOP, selected, 0)
        return selected

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: the rule depends on pending patients and on neighbouring levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows a count depends on pending patients and on"
            " the level above too"
        )

    def statement(self) -> tuple[str, ...]:
        """Return the rule in sentences for a protocol."""
        return (
            f"Each patient is assigned on arrival, by the patients at the current level, {self.largest} at most, and "
            "by the DLTs and the pending outcomes among them; patients who are not evaluable for DLT do not count.",
            *(_IQ_SENTENCES if self.convention == IQ else _SKOLNIK_SENTENCES),
            "A level that closes is left at once for the level below it. The level below a closed one, and the top "
            "level, are filled to 6 patients, whose outcomes must be complete; escalation then ends.",
            "At the end the highest open level is selected with no DLT among 3 or more complete outcomes, or at most "
            f"1 among 6 or more{', or 2 among 7 or more' if self.convention == IQ else ''}; where level 1 is closed, "
            "none is.",
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        iq = self.convention == IQ
        return {
            "pending patients": "iq: up to 8 patients a level; up with 3 complete without a DLT, whatever is pending,"
            " or with 1 DLT of 6 or more complete; waits with 6 pending without a DLT, 3 pending of 6 or more with 1,"
            " or 8 patients; closes with 2 DLTs of at most 6 complete or with 3; 2 DLTs of 7 or 8 complete: the MTD"
            if iq
            else "skolnik: up to 6 patients a level; up with 3 to 6 complete, none pending and no DLT, with 6"
            " complete and 1 DLT, or with 5 of 6 complete without one; else waits at 6; closes with 2 DLTs",
            "some complete, others pending": "the RollingSix package goes up on 3 of 4, 4 of 5 and 3 of 5 complete"
            " without a DLT, and waits at 5 of 6; this follows Frankel et al. 2020, table 2",
            "patients": "asked before each patient: cohorts of one",
            "not evaluable": "patients who are not evaluable count nowhere; whether they are replaced follows from"
            " the data without them",
            "below a closed level, and at the top": "filled to six, which must be complete before it is the MTD, with"
            " at most 1 DLT of 6",
            "late DLTs": "every level is judged at every look; the lowest that closes is left downwards at once",
            "selection": "highest open level with no DLT of 3 or more complete, or at most 1 of 6 or more",
            "unfinished data": "selection of the highest level that clears"
            if self.unfinished == "highest_cleared"
            else "no selection",
        }

    def _closed_from(self, observed: Observed) -> Ints:
        """Return the lowest closed level: by its DLTs, and once closed stays closed."""
        too_toxic = observed.dlt >= 2
        if self.convention == IQ:
            too_toxic &= (observed.dlt > 2) | (observed.n <= 6)
        lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, self.n_doses + 1)
        closed: Ints = np.minimum(observed.closed_from, lowest)
        return closed

    def _goes_up(self, n: Ints, dlt: Ints, pending: Ints) -> _Bools:
        """Return where the data of a level, n patients and c pending, allow the next one."""
        complete = n - pending
        if self.convention == IQ:
            without, with_one = complete >= 3, complete >= 6
        else:
            without = ((n >= 3) & (pending == 0)) | ((n >= 6) & (pending <= 1))
            with_one = (n >= 6) & (pending == 0)
        up: _Bools = ((dlt == 0) & without) | ((dlt == 1) & with_one)
        return up

    def _holds(self, n: Ints, dlt: Ints, pending: Ints, blocked: _Bools) -> _Bools:
        """Return where no more patients are treated at a level until outcomes are known."""
        full: _Bools = n >= self.largest
        if self.convention == SKOLNIK:
            return full
        without = (dlt == 0) & (pending >= 6)
        with_one = (dlt == 1) & (n >= 6) & (pending >= 3)
        held: _Bools = full | (blocked & (n >= 6)) | without | with_one | ((dlt == 2) & (n >= 7))
        return held
