"""The general A + B design (Lin & Shih 2001); 3+3 is its case A = B = 3."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Action, Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import MAX_DOSES, require_choice, require_flag, require_integer
from simulator.designs.statement import as_sentence
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

UNFINISHED: Final = ("highest_cleared", "none")
LARGEST_GROUP: Final = 50


def _at_most(dlts: int) -> str:
    """Return a number of DLTs as an upper bound in words."""
    return "no DLT" if dlts == 0 else f"at most {dlts} {_dlts(dlts)}"


def _dlts(count: int) -> str:
    return "DLT" if count == 1 else "DLTs"


@dataclass(frozen=True, slots=True)
class APlusB:
    """A + B: A patients at a level, B more if they leave it open, then up or close (Lin & Shih 2001).

    Parameters
    ----------
    n_doses, start_dose
        Dose levels, 1..20; first level.
    a, b
        Patients first treated at a level; patients added where those do not decide.
    escalate_if_at_most, expand_if_at_most
        DLTs of the first A: up to the one go up, up to the other treat B more, above it the level closes
        (C - 1 and D of the paper).
    clear_if_at_most
        DLTs of A + B: up to here go up, above it the level closes (E of the paper).
    de_escalation
        After a level closes, fill the one below to A + B and judge it; otherwise stop.
    confirm_full
        The top level, too, needs A + B patients to be selected; needs `de_escalation`.
    unfinished
        What `select` says of data after which the trial would go on: "highest_cleared" or "none".

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    Lin & Shih, Biostatistics 2001, 2, 203-215. A level closes itself and all above at
    once, whatever the number treated, when its DLTs exceed what could still clear it. Between A and A + B,
    and beyond, a level is first filled to A + k B patients.
    """

    name: ClassVar[str] = "a+b"
    references: ClassVar[tuple[str, ...]] = (
        "Lin Y, Shih WJ. Statistical properties of the traditional algorithm-based designs for phase I cancer "
        "clinical trials. Biostatistics 2001;2:203-215.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    start_dose: int = 1
    a: int = 3
    b: int = 3
    escalate_if_at_most: int = 0
    expand_if_at_most: int = 1
    clear_if_at_most: int = 1
    de_escalation: bool = True
    confirm_full: bool = True
    unfinished: str = "highest_cleared"

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer("a+b", "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer("a+b", "start_dose", self.start_dose, 1, self.n_doses)
        require_integer("a+b", "a", self.a, 1, LARGEST_GROUP)
        require_integer("a+b", "b", self.b, 1, LARGEST_GROUP)
        require_integer("a+b", "escalate_if_at_most", self.escalate_if_at_most, 0, self.a - 1)
        low = self.escalate_if_at_most
        require_integer("a+b", "expand_if_at_most", self.expand_if_at_most, low, self.a)
        low = self.expand_if_at_most
        require_integer("a+b", "clear_if_at_most", self.clear_if_at_most, low, self.a + self.b - 1)
        require_flag("a+b", "de_escalation", self.de_escalation)
        require_flag("a+b", "confirm_full", self.confirm_full)
        require_choice("a+b", "unfinished", self.unfinished, UNFINISHED)
        if self.confirm_full and not self.de_escalation:
            raise DesignError(
                "a+b: confirm_full = True with de_escalation = False: no published rule; legal are"
                " (de_escalation, confirm_full) = (False, False), (True, False), (True, True)"
            )

    @property
    def max_n(self) -> int:
        """The most patients the rule can treat: A + B a level."""
        return self._full * self.n_doses

    @property
    def _full(self) -> int:
        return self.a + self.b

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n; up by one level at most."""
        closed = self._closed_from(observed)
        current = np.where(observed.level > 0, observed.level, self.start_dose)
        level = np.maximum(np.minimum(current, closed - 1), 1)
        states = np.arange(len(level))
        n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
        at_top = level == self.n_doses
        below_closed = ~at_top & (level + 1 >= closed)
        cleared = (n >= self.a) & ((n - self.a) % self.b == 0) & self._clears(n, dlt)
        needs_full = below_closed | (at_top & self.confirm_full)
        found = cleared & (below_closed | at_top) & ((n >= self._full) | ~needs_full)
        if not self.de_escalation:
            found |= closed <= self.n_doses
        up = cleared & ~below_closed & ~at_top & ~found
        level = level + up
        reason = np.where(
            up, Reason.ESCALATE, np.where(below_closed, Reason.RETURN_TO_LOWER, Reason.FILL_COHORT)
        )
        reason = np.where(observed.level == 0, Reason.START, reason)
        stop = found | (closed == 1)
        # A level that clears above one that does not, in no trial of complete cohorts, is no toxicity either.
        some = (cleared & (closed > 1)) | (self._highest_cleared(observed, closed) > 0)
        stop_reason = np.where(some, Reason.STOP_FOUND, Reason.STOP_TOO_TOXIC)
        return Decision(
            action=np.where(stop, Action.STOP, Action.TREAT).astype(np.int64),
            level=np.where(stop, 0, level),
            cohort_size=np.where(stop, 0, self._missing(observed.n[states, level - 1])),
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
            f"a+b: decision_table({max_n!r}): none: what follows a count depends on the level above too"
        )

    @property
    def title(self) -> str:
        """What a protocol calls the design."""
        return f"an A + B design with A = {self.a} and B = {self.b}"

    def statement(self) -> tuple[str, ...]:
        """Return the rule in sentences for a protocol."""
        up, more, clear = self.escalate_if_at_most, self.expand_if_at_most, self.clear_if_at_most
        readings = self.conventions()
        between = f"{more}" if more == up + 1 else f"{up + 1} to {more}"
        adds = (
            f"with {between} {_dlts(more)}, {self.b} more patients are treated there, " if more > up else ""
        )
        return (
            f"A level receives {self.a} patients. With {_at_most(up)} among them the next level is opened, "
            f"{adds}and with more the level closes, with all levels above it.",
            f"With {_at_most(clear)} among {self._full} the next level is opened; with more the level closes, with "
            "all levels above it, as soon as they are seen.",
            f"After a level closes, the level below is filled to {self._full} patients and judged."
            if self.de_escalation
            else "After a level closes the trial stops, and the level below is selected as it stands.",
            as_sentence(readings["at the top"]),
            f"At the end the highest tried level is selected that has {_at_most(up)} among {self.a} patients or "
            f"{_at_most(clear)} among {self._full}, as every tried level below it must have too; where level 1 "
            "closes, no level is selected.",
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        a, full = self.a, self._full
        return {
            "groups": f"{a} patients at a level, {self.b} more where they leave it open",
            "after the first group": f"up at {self.escalate_if_at_most} DLTs of {a} or fewer, more patients up"
            f" to {self.expand_if_at_most}, above that the level closes",
            "after both groups": f"up at {self.clear_if_at_most} DLTs of {full} or fewer, above that the level"
            " closes",
            "after closing": f"the level below is filled to {full} patients and judged"
            if self.de_escalation
            else "stop; the level below is selected as it stands",
            "at the top": f"the top level is filled to {full} patients before it can be selected"
            if self.confirm_full
            else f"the top level can be selected on {self.escalate_if_at_most} DLTs of {a}",
            "unfinished data": "selection of the highest level that clears"
            if self.unfinished == "highest_cleared"
            else "no selection",
            "closing": "a level and all above, at once, by more DLTs than could still clear it, whatever the"
            " number treated",
            "between groups": "a level is filled to its next whole group before it is judged",
            "selection": "highest tried level that clears, as every tried one below it must; one with fewer"
            f" than {a} patients and no more DLTs than escalate neither clears nor stands in the way",
        }

    def _missing(self, n: Ints) -> Ints:
        """Return how many patients complete the group a level with `n` patients is in, or begin the next."""
        missing: Ints = np.where(n < self.a, self.a - n, self.b - (n - self.a) % self.b)
        return missing

    def _clears(self, n: Ints, dlt: Ints) -> NDArray[np.bool_]:
        few_of_a = (n >= self.a) & (dlt <= self.escalate_if_at_most)
        few_of_both = (n >= self._full) & (dlt <= self.clear_if_at_most)
        clears: NDArray[np.bool_] = few_of_a | few_of_both
        return clears

    def _closed_from(self, observed: Observed) -> Ints:
        """Return the lowest closed level: by too many DLTs at it or below, and once closed stays closed."""
        many_of_a = (observed.n <= self.a) & (observed.dlt > self.expand_if_at_most)
        too_toxic = many_of_a | (observed.dlt > self.clear_if_at_most)
        lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, self.n_doses + 1)
        closed: Ints = np.minimum(observed.closed_from, lowest)
        return closed

    def _highest_cleared(self, observed: Observed, closed: Ints) -> Ints:
        """Return the highest open level that clears, as every tried level below it must; 0 for none."""
        n, dlt = observed.n, observed.dlt
        levels = np.arange(1, self.n_doses + 1)
        clears = self._clears(n, dlt)
        # A level of an incomplete first group (titrated, or never treated) says nothing against those above.
        silent = (n < self.a) & (dlt <= self.escalate_if_at_most)
        clean_so_far = np.logical_and.accumulate(clears | silent, axis=1)
        eligible = clears & clean_so_far & (levels < closed[:, None])
        highest: Ints = np.where(eligible, levels, 0).max(axis=1)
        return highest
