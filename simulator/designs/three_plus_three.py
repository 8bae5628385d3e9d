"""The 3+3 design (Storer 1989; with de-escalation Korn et al. 1994), in its three published variants."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np

from simulator.designs.design import Action, Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import MAX_DOSES, require_choice, require_flag, require_integer
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

COHORT: Final = 3
FULL: Final = 6
TOO_MANY_DLTS: Final = 2


@dataclass(frozen=True, slots=True)
class ThreePlusThree:
    """3+3: no DLT in three, or one in six, goes up; one in three treats three more; two close the level.

    Parameters
    ----------
    n_doses, start_dose
        Dose levels, 1..20; first level.
    de_escalation
        After a level closes, fill the one below to six and judge it (Korn et al. 1994); otherwise stop.
    confirm_six
        The top level, too, needs six patients to be selected. Variants: A (False, False), B (True, False),
        C (True, True); (False, True) is an error.
    unfinished
        What `select` says of data after which the trial would go on: "highest_cleared" or "none".

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    A level closes itself and all above at two DLTs, whatever n. Away from n = 0, 3 and 6 a level is first
    filled to the next multiple of three. Levels are cleared at dlt / n <= 1/6 with n >= 3. In a trial of
    complete cohorts closed_from follows from dlt, so with or without it a state key merges the same states.
    """

    name: ClassVar[str] = "3+3"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    start_dose: int = 1
    de_escalation: bool = True
    confirm_six: bool = True
    unfinished: str = "highest_cleared"

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer("3+3", "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer("3+3", "start_dose", self.start_dose, 1, self.n_doses)
        require_flag("3+3", "de_escalation", self.de_escalation)
        require_flag("3+3", "confirm_six", self.confirm_six)
        require_choice("3+3", "unfinished", self.unfinished, ("highest_cleared", "none"))
        if self.confirm_six and not self.de_escalation:
            raise DesignError(
                "3+3: confirm_six = True with de_escalation = False: no published rule; legal are"
                " (de_escalation, confirm_six) = (False, False), (True, False), (True, True)"
            )

    @property
    def max_n(self) -> int:
        """The most patients the rule can treat: six a level."""
        return FULL * self.n_doses

    def decide(self, observed: Observed) -> Decision:
        """Say what to do next. All arrays (S,). Total for 0 <= dlt <= n; up by one level at most."""
        closed = self._closed_from(observed)
        current = np.where(observed.level > 0, observed.level, self.start_dose)
        level = np.maximum(np.minimum(current, closed - 1), 1)
        states = np.arange(len(level))
        n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
        at_top = level == self.n_doses
        below_closed = ~at_top & (level + 1 >= closed)
        cleared = (n > 0) & (n % COHORT == 0) & (6 * dlt <= n)
        needs_six = below_closed | (at_top & self.confirm_six)
        found = cleared & (below_closed | at_top) & ((n >= FULL) | ~needs_six)
        if not self.de_escalation:
            found |= closed <= self.n_doses
        up = cleared & ~below_closed & ~at_top & ~found
        level = level + up
        reason = np.where(
            up, Reason.ESCALATE, np.where(below_closed, Reason.RETURN_TO_LOWER, Reason.FILL_COHORT)
        )
        reason = np.where(observed.level == 0, Reason.START, reason)
        stop = found | (closed == 1)
        stop_reason = np.where(
            self._highest_cleared(observed, closed) > 0, Reason.STOP_FOUND, Reason.STOP_TOO_TOXIC
        )
        size = COHORT - observed.n[states, level - 1] % COHORT
        return Decision(
            action=np.where(stop, Action.STOP, Action.TREAT).astype(np.int64),
            level=np.where(stop, 0, level),
            cohort_size=np.where(stop, 0, size),
            closed_from=closed,
            reason=np.where(stop, stop_reason, reason).astype(np.int64),
        )

    def select(self, observed: Observed) -> Ints:
        """Return the highest level that clears, as every tried one below it must; 0 for none. Shape (S,)."""
        selected = self._highest_cleared(observed, self._closed_from(observed))
        if self.unfinished == "none":
            selected = np.where(self.decide(observed).action == Action.STOP, selected, 0)
        return selected

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: the rule depends on neighbouring levels, not on one level's counts alone."""
        raise DesignError(
            f"3+3: decision_table({max_n!r}): none: what follows a count depends on the level above too"
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        return {
            "after two DLTs": "the level below is filled to six patients and judged"
            if self.de_escalation
            else "stop; the level below is selected as it stands",
            "six at the top": "the top level is filled to six patients before it can be selected"
            if self.confirm_six
            else "the top level can be selected on 0 DLTs of 3",
            "unfinished data": "selection of the highest level that clears"
            if self.unfinished == "highest_cleared"
            else "no selection",
            "closing": "two DLTs close the level and all above at once, whatever the number treated",
            "clearing": "0 DLTs of 3, or at most 1 of 6",
            "between threes": "a level is filled to the next multiple of three before it is judged",
            "selection": "highest tried level that clears, as every tried one below it must",
        }

    def _closed_from(self, observed: Observed) -> Ints:
        """Return the lowest closed level: by two DLTs at it or below, and once closed stays closed."""
        too_toxic = observed.dlt >= TOO_MANY_DLTS
        lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, self.n_doses + 1)
        return np.minimum(observed.closed_from, lowest).astype(np.int64)

    def _highest_cleared(self, observed: Observed, closed: Ints) -> Ints:
        """Return the highest open level that clears, as every tried level below it must; 0 for none."""
        n, dlt = observed.n, observed.dlt
        levels = np.arange(1, self.n_doses + 1)
        clears = (n >= COHORT) & (6 * dlt <= n)
        clean_so_far = np.logical_and.accumulate(clears | (n == 0), axis=1)
        eligible = clears & clean_so_far & (levels < closed[:, None])
        highest: Ints = np.where(eligible, levels, 0).max(axis=1)
        return highest
