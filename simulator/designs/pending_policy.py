"""What a design by a table does while outcomes are pending: wait, look ahead, or weigh what they may be (PoD)."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.backfill_rule import BackfillRule, decision_by
from simulator.designs.boundary_tables import EQUAL_WITHIN, BoundaryTables, table_size
from simulator.designs.claims import selects_by_counts
from simulator.designs.design import Action, Decision, Floats, Ints, Observed, Reason
from simulator.designs.early_look import FollowUpRead, closing_dlts, waiting, with_pending
from simulator.designs.follow_up_rule import wait_for_all
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.level_tallies import LevelTallies
from simulator.designs.parameter_checks import require_between, require_choice
from simulator.designs.pending_limits import QUARTERS
from simulator.designs.pending_outcomes import PLUG_IN, READINGS, further_dlts
from simulator.designs.statement import protocol_statement
from simulator.designs.waiting_rule import waiting_rule
from simulator.designs.wrapped import AroundDesign
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

WAIT: Final = "wait"
LOOK_AHEAD: Final = "look_ahead"
POD: Final = "pod"
POLICIES: Final = (WAIT, LOOK_AHEAD, POD)
PENDING_OPTIONS: Final = {
    "policy": WAIT,
    "q_escalate": 1.0,
    "q_deescalate": 0.15,
    "probabilities": PLUG_IN,
}
"""The options of a policy, with their defaults."""
_Bools = NDArray[np.bool_]


class _Chosen(NamedTuple):
    """What a policy does: 1 up, 0 stay, -1 down; the fewest further DLTs that lead there; whether it waits."""

    toward: Ints
    further: Ints
    wait: _Bools


@dataclass(frozen=True, slots=True)
class PendingPolicy(AroundDesign):
    """A design by a decision table under a policy for pending outcomes.

    Parameters
    ----------
    design
        A design by integer bounds: BOIN, keyboard, mTPI, mTPI-2, i3+3, CCD, or a table of one's own.
    policy
        "wait": no decision while a patient at the level is pending. "look_ahead": only the decision to which every
        number of DLTs among the pending leads (the principle of R-TPI). "pod": the most probable decision (Zhou, Guo
        & Ji 2020), if it is probable enough.
    q_escalate, q_deescalate
        Of "pod": it escalates where that has at least the one probability, and stays where de-escalation has at most
        the other; otherwise it waits.
    probabilities
        Of "pod": "plug_in", posterior means of the patients' chances of a DLT, or "integrated" over the posterior.

    Raises
    ------
    DesignError
        For a parameter outside its range, or a design without a table.

    Notes
    -----
    Zhou T, Guo W & Ji Y, PoD-TPI: probability-of-decision toxicity probability interval design, Statistics in
    Biosciences 2020, 12, 124-145. Guo W, Ji Y & Li D, R-TPI, 2019. Without pending patients at the level the design
    itself decides.
    """

    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending", "patients"})

    design: IntervalDesign
    policy: str = WAIT
    q_escalate: float = 1.0
    q_deescalate: float = 0.15
    probabilities: str = PLUG_IN

    def __post_init__(self) -> None:
        """Refuse a design without a table of integer bounds, or one that looks early itself."""
        require_choice("pending", "policy", self.policy, POLICIES)
        require_choice("pending", "probabilities", self.probabilities, READINGS)
        for option in ("q_escalate", "q_deescalate"):
            value = getattr(self, option)
            if value not in (0, 1):
                require_between("pending", option, value, (0, 1), f"0 <= {option} <= 1")
        name = getattr(self.design, "name", type(self.design).__name__)
        if not isinstance(self.design, IntervalDesign) or "pending" in self.design.reads:
            raise DesignError(
                f"pending: policy = {self.policy!r}: must be around a design by a decision table (boin, keyboard,"
                f" mtpi, mtpi-2, i3+3, ccd, table), not around {name}; titration and stopping rules go around it"
            )

    @property
    def waits_for_outcomes(self) -> bool:
        """Whether nothing is decided while a patient at the level is pending."""
        return self.policy == WAIT

    @property
    def follow_up_read(self) -> FollowUpRead:
        """Look-ahead and waiting read counts alone; the probability of a decision reads every follow-up."""
        return FollowUpRead.DLT_FOLLOW_UP if self.policy == POD else FollowUpRead.COUNTS

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Shares of the window at which the shortest pending follow-up at the level may change the answer."""
        return QUARTERS if self.policy == POD else ()

    @property
    def selects_by_counts(self) -> bool:
        """Whether the design selects complete outcomes by n, DLTs and the lowest closed level alone."""
        return selects_by_counts(self.design)

    def closing_dlts(self, most: int) -> Ints | None:
        """Return the DLTs that close level 1 and each other level; None for "pod", by which complete ones close."""
        return None if self.policy == POD else closing_dlts(self.design, most)

    def backfill_rule(self, largest_n: int) -> BackfillRule | None:
        """Return the rule where the policy waits and bounds alone decide, up to `largest_n` patients, or further."""
        return waiting_rule(self.design, table_size(largest_n)) if self.policy == WAIT else None

    def decide(self, observed: Observed) -> Decision:
        """Return what the design decides, by the policy where a patient at the level is pending. All arrays (S,)."""
        by = self.backfill_rule(observed.infused.max(initial=0))
        if by is not None:
            current = np.where(observed.level == 0, by.start, observed.level)
            return replace(decision_by(by, LevelTallies(observed, current, by.draw)), backfill_level=None)
        enrolled = with_pending(observed)
        closed = self._closed_from(observed, enrolled)
        current = np.maximum(observed.level, 1)
        known = replace(enrolled, closed_from=closed)
        if self.policy == POD:
            known = replace(known, n=self._closing_none_elsewhere(observed, enrolled.n, current))
        states = np.arange(len(current))
        pending = enrolled.n[states, current - 1] - observed.n[states, current - 1]
        early = (observed.level > 0) & (pending > 0)
        if self.policy == WAIT:
            wait_for = np.where(early & (observed.level < closed), wait_for_all(pending), 0)
            return waiting(self.design.decide(known), wait_for, observed.level)
        if early.all():
            decision = self._early(observed, known, early)
        elif early.any():
            decision = _merged(self._early(observed, known, early), self.design.decide(known), early)
        else:
            decision = self.design.decide(known)
        if self.policy != POD:
            return decision
        lowest = (
            self._lowest_may_be_toxic(observed) & (decision.action == Action.TREAT) & (observed.level > 0)
        )
        at = np.minimum(observed.level, np.maximum(closed - 1, 1))  # nobody waits at a closed level
        return waiting(decision, np.where(lowest, Reason.WAIT_LOWEST_TOXIC, 0), at)

    def select(self, observed: Observed) -> Ints:
        """Return what the design selects from complete outcomes. Shape (S,)."""
        closed = self._closed_from(observed, with_pending(observed))
        return self.design.select(replace(observed, closed_from=closed))

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the design's table, which holds where nobody is pending."""
        return self.design.decision_table(max_n)

    @property
    def title(self) -> str:
        """What a protocol calls the design."""
        return f"{protocol_statement(self.design).title} {_POLICY_TITLES[self.policy]}"

    @property
    def references(self) -> tuple[str, ...]:
        """The design's publications, and that of the policy."""
        return (*protocol_statement(self.design).references, *_POLICY_REFERENCES[self.policy])

    def statement(self) -> tuple[str, ...]:
        """Return the design's rule, with what is done while outcomes are pending, in sentences for a protocol."""
        *moves, selection = protocol_statement(self.design).sentences
        policy = self._pod_sentences() if self.policy == POD else _POLICY_SENTENCES[self.policy]
        return (*moves, *policy, selection)

    def _pod_sentences(self) -> tuple[str, ...]:
        escalates = (
            "only where every possible number of those DLTs escalates"
            if self.q_escalate >= 1
            else f"only where escalation has a probability of at least {self.q_escalate:g}"
        )
        mean = (
            "each at its posterior mean" if self.probabilities == PLUG_IN else "averaged over the posterior"
        )
        return (
            "While outcomes at the current level are pending, the number of DLTs among the pending patients is given "
            "its probability: the risk p has a uniform prior, and a patient followed for a share w of the DLT window "
            f"without a DLT has one with probability (1 - w) p / (1 - w p), {mean}. The most probable decision is "
            f"taken: escalation {escalates}, and staying only where de-escalation has a probability of at most "
            f"{self.q_deescalate:g} (not at level 1); otherwise, and with no complete outcome at the level, new "
            "patients wait.",
            "Meanwhile a level is closed by its complete outcomes alone, level 1 only where it is closed with "
            "pending patients counted as without a DLT, too; otherwise new patients wait.",
        )

    def conventions(self) -> dict[str, str]:
        """Name the design's readings, and those of pending patients."""
        return self.design.conventions() | {
            "pending patients": _POLICY_TEXT[self.policy]
            if self.policy != POD
            else f"pod: the most probable decision; up with probability {self.q_escalate:g} or more, stay with a"
            f" probability of at most {self.q_deescalate:g} to de-escalate, else it waits; {self.probabilities}"
            " probabilities under a uniform prior and uniform DLT times; of equal ones down before stay before up",
            "decision at the ends of the ladder": "down at level 1 and up at the highest open level are stay, before"
            " decisions are compared",
            "closing with pending patients": "a level closes on its complete outcomes alone, level 1 only where it"
            " does with pending ones counted as without a DLT, too, and waits otherwise"
            if self.policy == POD
            else "a level closes only where no pending outcome can undo it: they count as without a DLT",
        }

    def _closed_from(self, observed: Observed, enrolled: Observed) -> Ints:
        """Return the lowest closed level."""
        bounds = self.design.boundary_tables(enrolled.n.max(initial=0))
        n = enrolled.n
        if self.policy == POD:
            n = observed.n.copy()
            n[:, 0] = enrolled.n[:, 0]
        toxic = _toxic(observed.dlt, n, bounds)
        if self.policy == POD:
            # Too few complete outcomes stop nothing, whatever the pending ones bring.
            toxic[:, 0] &= self._lowest_may_be_toxic(observed)
        lowest = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, self.n_doses + 1)
        closed: Ints = np.minimum(observed.closed_from, lowest)
        return closed

    def _closing_none_elsewhere(self, observed: Observed, enrolled: Ints, current: Ints) -> Ints:
        """Return the patients of each level, (S, J); of others that pending ones would close, complete ones alone."""
        bounds = self.design.boundary_tables(enrolled.max(initial=0))
        elsewhere = np.arange(1, self.n_doses + 1) != current[:, None]
        by_all, by_complete = (_toxic(observed.dlt, n, bounds) for n in (enrolled, observed.n))
        return np.where(elsewhere & by_all & ~by_complete, observed.n, enrolled)

    def _lowest_may_be_toxic(self, observed: Observed) -> _Bools:
        """Return where the complete outcomes of level 1 alone would stop the trial."""
        n, dlt = observed.n[:, 0], observed.dlt[:, 0]
        toxic: _Bools = dlt >= self.design.boundary_tables(n.max(initial=0)).stop_at_least[n]
        return toxic

    def _early(self, observed: Observed, known: Observed, early: _Bools) -> Decision:
        """Return what a policy that looks at the data decides; it holds where a patient at the level is pending."""
        level, closed = np.maximum(observed.level, 1), known.closed_from
        chosen = self._chosen(observed, known, level)
        states = np.arange(len(level))
        dlt = known.dlt.copy()
        dlt[states, level - 1] += np.where(early, chosen.further, 0)
        led = self.design.decide(replace(known, dlt=dlt))
        # Those further DLTs have not been seen: they close no level.
        stopped = early & (led.reason == Reason.STOP_TOO_TOXIC) & (closed > 1)
        led = replace(
            led,
            action=np.where(stopped, Action.TREAT, led.action).astype(np.int64),
            level=np.where(stopped, 1, led.level),
            cohort_size=np.where(stopped, self.design.cohort_size, led.cohort_size),
            closed_from=closed,
            reason=np.where(stopped, Reason.STAY_LOWEST_LEVEL, led.reason).astype(np.int64),
        )
        undecided = early & chosen.wait & (level < closed)
        return waiting(led, np.where(undecided, Reason.WAIT_OUTCOME_UNDECIDED, 0), level)

    def _chosen(self, observed: Observed, known: Observed, level: Ints) -> _Chosen:
        """Return what the policy does at the levels, and whether it waits. Arrays (S,)."""
        states = np.arange(len(level))
        n, y = known.n[states, level - 1], known.dlt[states, level - 1]
        complete = observed.n[states, level - 1]
        pending = n - complete
        more = np.arange(pending.max(initial=0) + 1)
        toward = self._toward(n, y[:, None] + more, level, known.closed_from)
        possible = more <= pending[:, None]
        if self.policy == LOOK_AHEAD or observed.patients is None:
            first = toward[:, 0]
            same = ((toward == first[:, None]) | ~possible).all(axis=1)
            # Nobody complete: nothing is known that could decide.
            return _Chosen(first, np.zeros_like(first), ~same | (complete == 0))
        probability = further_dlts(observed.patients, level, y, complete - y, self.probabilities)
        probability = probability[:, : len(more)]
        down, stay, up = ((probability * (toward == way)).sum(axis=1) for way in (-1, 0, 1))
        goes = _most_probable(down, stay, up)
        wait = (goes == 1) & (up < self.q_escalate - EQUAL_WITHIN)
        wait |= (goes == 0) & (down > self.q_deescalate + EQUAL_WITHIN) & (level > 1)
        further = ((toward == goes[:, None]) & possible).argmax(axis=1)
        return _Chosen(goes, further, wait | (complete == 0))

    def _toward(self, n: Ints, dlt: Ints, level: Ints, closed: Ints) -> Ints:
        """Return where each number of DLTs (S, C) of n leads: 1 up, 0 stay, -1 down, as the ladder allows."""
        tables = self.design.boundary_tables(n.max(initial=0))
        up = dlt <= tables.escalate_at_most[n][:, None]
        down = dlt >= tables.deescalate_at_least[n][:, None]
        toward = up.astype(np.int64) - down
        blocked = (level >= self.n_doses) | (level + 1 >= closed)
        toward = np.where(blocked[:, None], np.minimum(toward, 0), toward)
        return np.where((level == 1)[:, None], np.maximum(toward, 0), toward)


_POLICY_TEXT: Final = {
    WAIT: "wait: no decision while a patient at the level is pending, unless it is closed",
    LOOK_AHEAD: "look_ahead: the decision to which every number of DLTs among those pending at the level leads, else"
    " it waits; with nobody complete it waits",
}


_POLICY_TITLES: Final = {
    WAIT: "with complete outcomes at the current level",
    LOOK_AHEAD: "with look-ahead decisions while outcomes are pending",
    POD: "with decisions by their probability while outcomes are pending",
}
_CLOSED_MEANWHILE: Final = "Meanwhile a level is closed with pending patients counted as without a DLT."
_POLICY_SENTENCES: Final = {
    WAIT: ("While outcomes at the current level are pending, new patients wait.", _CLOSED_MEANWHILE),
    LOOK_AHEAD: (
        "While outcomes at the current level are pending, the decision is taken to which every possible number of "
        "DLTs among the pending patients leads; where they lead to different decisions, and with no complete outcome "
        "at the level, new patients wait.",
        _CLOSED_MEANWHILE,
    ),
}
_POLICY_REFERENCES: Final = {
    WAIT: (),
    LOOK_AHEAD: (
        "Guo W, Ji Y, Li D. R-TPI: rolling toxicity probability interval design to shorten the duration and maintain "
        "safety of phase I trials. Journal of Biopharmaceutical Statistics 2019;29:411-424.",
    ),
    POD: (
        "Zhou T, Guo W, Ji Y. PoD-TPI: probability-of-decision toxicity probability interval design to accelerate "
        "phase I trials. Statistics in Biosciences 2020;12:124-145.",
    ),
}


def _most_probable(down: Floats, stay: Floats, up: Floats) -> Ints:
    """Return -1, 0 or 1 by the largest probability; of equal ones down goes before stay, and stay before up."""
    goes_down = (down >= stay - EQUAL_WITHIN) & (down >= up - EQUAL_WITHIN)
    return np.where(goes_down, -1, np.where(stay >= up - EQUAL_WITHIN, 0, 1))


def _toxic(dlt: Ints, n: Ints, bounds: BoundaryTables) -> _Bools:
    """Return which levels (S, J) so many DLTs of n close."""
    toxic: _Bools = dlt >= bounds.eliminate_at_least[n]
    toxic[:, 0] = dlt[:, 0] >= bounds.stop_at_least[n[:, 0]]
    return toxic


def _merged(one: Decision, other: Decision, where: _Bools) -> Decision:
    """Return the first decision where the condition holds, elsewhere the other."""
    names = ("action", "level", "cohort_size", "closed_from", "reason")
    return Decision(*(np.where(where, getattr(one, name), getattr(other, name)) for name in names))
