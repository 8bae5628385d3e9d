"""Rules that stop a trial, or hold a stop back, whatever its design."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Final, Protocol

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN, smallest_count_above, table_size
from simulator.designs.design import Action, Decision, Design, Floats, Ints, Observed, Reason
from simulator.designs.level_too_toxic import LevelTooToxic
from simulator.designs.parameter_checks import MAX_PATIENTS, require_between, require_choice, require_integer
from simulator.designs.wrapped import first_cohort, without_own_stops

LEVELS: Final = ("next", "treated", "stay")


class StoppingRule(Protocol):
    """One rule: a change to what a design has decided."""

    rule: ClassVar[str]
    reads: ClassVar[frozenset[str]]

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Return the decision after this rule."""
        ...

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Return the selection after this rule. Shape (S,)."""
        ...

    def convention(self) -> str:
        """Return what the rule does in words, with its numbers."""
        ...


@dataclass(frozen=True, slots=True)
class TotalN:
    """Stop once the trial has this many patients; the cohort that reaches it is not cut."""

    rule: ClassVar[str] = "total_n"
    reads: ClassVar[frozenset[str]] = frozenset({"n"})

    at_least: int

    def __post_init__(self) -> None:
        """Refuse a number outside its range."""
        require_integer(self.rule, "at_least", self.at_least, 1, MAX_PATIENTS)

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Stop where the total is reached."""
        return _stopped(decision, observed.infused.sum(axis=1) >= self.at_least, Reason.STOP_TOTAL)

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Leave the selection."""
        return selection

    def convention(self) -> str:
        """Return what the rule does in words."""
        return f"stops once {self.at_least} patients or more have been treated; no cohort is cut for it"


@dataclass(frozen=True, slots=True)
class NAtLevel:
    """Stop with this many patients at a level.

    Parameters
    ----------
    at_least
        Patients at the level.
    level
        "next": the level the trial would treat next (escalation 0.2.3, `stop_when_n_at_dose` "recommended").
        "treated": the level just treated, whatever is decided (Keyboard 0.1.3, `get.oc.kb`).
        "stay": the level just treated, if the trial would stay there (BOIN 2.7.2, `get.oc`).
    """

    rule: ClassVar[str] = "n_at_level"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n"})

    at_least: int
    level: str = "next"

    def __post_init__(self) -> None:
        """Refuse a parameter outside its range."""
        require_integer(self.rule, "at_least", self.at_least, 1, MAX_PATIENTS)
        require_choice(self.rule, "level", self.level, LEVELS)

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Stop where the level has enough patients."""
        if self.level == "next":
            enough = _at(observed.infused, decision.level) >= self.at_least
            return _stopped(decision, enough, Reason.STOP_ENOUGH_NEXT)
        enough = _at(observed.infused, observed.level) >= self.at_least
        if self.level == "treated":
            return _stopped(decision, enough, Reason.STOP_ENOUGH_TREATED)
        # As BOIN: a decision to move on goes before the stop.
        stays = decision.level == observed.level
        return _stopped(decision, enough & stays, Reason.STOP_PRECISION)

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Leave the selection."""
        return selection

    def convention(self) -> str:
        """Return what the rule does in words."""
        where = {
            "next": "the level to be treated next",
            "treated": "the level just treated, whatever is decided",
            "stay": "the level just treated, if the trial would stay there",
        }[self.level]
        return f"stops with {self.at_least} patients or more at {where}"


@dataclass(frozen=True, slots=True)
class TooToxic:
    """Stop, and select none, where level 1 is too toxic: P(p1 > target) > cutoff under a uniform prior.

    Parameters
    ----------
    target
        DLT risk that level 1 must not exceed.
    cutoff, min_n
        Posterior probability to exceed, strictly, with 1 DLT or more; and patients at level 1 from which on.
    """

    rule: ClassVar[str] = "too_toxic"
    for_toxicity: ClassVar[bool] = True
    reads: ClassVar[frozenset[str]] = frozenset({"n", "dlt", "closed_from"})

    target: float
    cutoff: float = 0.95
    min_n: int = 3

    def __post_init__(self) -> None:
        """Refuse a parameter outside its range."""
        require_between(self.rule, "target", self.target, (0, 1), "0 < target < 1")
        require_between(self.rule, "cutoff", self.cutoff, (0, 1), "0 < cutoff < 1")
        require_integer(self.rule, "min_n", self.min_n, 1, MAX_PATIENTS)

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Stop where level 1 is too toxic, also in place of another stop, and close every level."""
        toxic = self._toxic(observed)
        return replace(
            decision,
            action=np.where(toxic, Action.STOP, decision.action).astype(np.int64),
            level=np.where(toxic, 0, decision.level),
            cohort_size=np.where(toxic, 0, decision.cohort_size),
            closed_from=np.where(toxic, 1, decision.closed_from),
            reason=np.where(toxic, Reason.STOP_TOO_TOXIC, decision.reason).astype(np.int64),
        )

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Select none where level 1 is too toxic."""
        return np.where(self._toxic(observed), 0, selection)

    def convention(self) -> str:
        """Return what the rule does in words."""
        return (
            f"stops and selects none where P(risk at level 1 > {self.target:g}) > {self.cutoff:g}, strictly,"
            f" under a uniform prior, from {self.min_n} patients there and 1 DLT on"
        )

    def _toxic(self, observed: Observed) -> NDArray[np.bool_]:
        n = observed.infused[:, 0]
        bounds = _counts_above(self.target, self.cutoff, self.min_n, table_size(n.max(initial=0)))
        toxic: NDArray[np.bool_] = (observed.dlt[:, 0] >= bounds[n]) | (observed.closed_from <= 1)
        return toxic


@dataclass(frozen=True, slots=True)
class Precision:
    """Stop where the credible interval of the DLT risk at the level to be treated next is narrow enough.

    Parameters
    ----------
    width
        Greatest width of the equal-tailed interval under a uniform prior, at this level alone.
    probability
        What the interval holds.
    """

    rule: ClassVar[str] = "precision"
    reads: ClassVar[frozenset[str]] = frozenset({"n", "dlt"})

    width: float
    probability: float = 0.95

    def __post_init__(self) -> None:
        """Refuse a parameter outside its range."""
        require_between(self.rule, "width", self.width, (0, 1), "0 < width < 1")
        require_between(self.rule, "probability", self.probability, (0, 1), "0 < probability < 1")

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Stop where the level has been treated and its interval is no wider than `width`."""
        n, dlt = _at(observed.n, decision.level), _at(observed.dlt, decision.level)
        widths = _interval_widths(self.probability, table_size(n.max(initial=0)))
        narrow = (n > 0) & (widths[n, dlt] <= self.width + EQUAL_WITHIN)
        return _stopped(decision, narrow, Reason.STOP_PRECISE)

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Leave the selection."""
        return selection

    def convention(self) -> str:
        """Return what the rule does in words."""
        return (
            f"stops where the {100 * self.probability:g} % credible interval of the risk at the level to be"
            f" treated next, under a uniform prior, is at most {self.width:g} wide"
        )


@dataclass(frozen=True, slots=True)
class MinimumAtSelected:
    """Hold back any stop but for toxicity until the level to be selected has this many patients.

    It holds back the design's own stops and those of rules listed before it (as escalation 0.2.3,
    `demand_n_at_dose`) without moving the trial: while a stop is held, the next cohort goes where the design would
    treat without it. A design that has come to its end (3+3) names no such level; then the level to be selected is
    treated, one level up a time. It never holds back the caller's cap.
    """

    rule: ClassVar[str] = "minimum_at_selected"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n"})

    at_least: int

    def __post_init__(self) -> None:
        """Refuse a number outside its range."""
        require_integer(self.rule, "at_least", self.at_least, 1, MAX_PATIENTS)

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Treat on where the level to be selected has too few patients for a stop."""
        # A stop for toxicity is never held back.
        stops = (decision.action == Action.STOP) & (decision.reason != Reason.STOP_TOO_TOXIC)
        if not stops.any():
            return decision
        selection = np.where(stops, design.select(observed), 0)
        missing = self.at_least - _at(observed.n, selection)
        held = (selection > 0) & (missing > 0)
        level, size = _onward(design, observed, decision, selection)
        # No more at the level to be selected than it lacks.
        size = np.where(level == selection, np.minimum(missing, size), size)
        return replace(
            decision,
            action=np.where(held, Action.TREAT, decision.action).astype(np.int64),
            level=np.where(held, level, decision.level),
            cohort_size=np.where(held, size, decision.cohort_size),
            reason=np.where(held, Reason.TOO_FEW_AT_SELECTED, decision.reason).astype(np.int64),
        )

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Leave the selection."""
        return selection

    def convention(self) -> str:
        """Return what the rule does in words."""
        return (
            f"no stop but for toxicity before the level to be selected has {self.at_least} patients; while it is held"
            " back, the design treats where it would without it; the cap on patients is not held back"
        )


STOPPING_RULES: Final[dict[str, type]] = {
    TotalN.rule: TotalN,
    NAtLevel.rule: NAtLevel,
    TooToxic.rule: TooToxic,
    Precision.rule: Precision,
    MinimumAtSelected.rule: MinimumAtSelected,
    LevelTooToxic.rule: LevelTooToxic,
}


def _onward(design: Design, observed: Observed, decision: Decision, selection: Ints) -> tuple[Ints, Ints]:
    """Return level and cohort size with which a design goes on where it has been told to stop. Each (S,)."""
    onward = without_own_stops(design).decide(observed)
    treats = onward.action == Action.TREAT
    # A rule before this one may have closed levels.
    level = np.minimum(onward.level, decision.closed_from - 1)
    level = np.where(treats, level, np.minimum(selection, observed.level + 1))
    # A design at its end names no size: that of its first cohort.
    return level, np.where(treats, onward.cohort_size, first_cohort(design).size)


def _stopped(decision: Decision, where: NDArray[np.bool_], reason: Reason) -> Decision:
    """Stop for a reason where the trial would treat."""
    # A stop decided before keeps its reason: of several rules the first one gives it.
    stop = where & (decision.action == Action.TREAT)
    return replace(
        decision,
        action=np.where(stop, Action.STOP, decision.action).astype(np.int64),
        level=np.where(stop, 0, decision.level),
        cohort_size=np.where(stop, 0, decision.cohort_size),
        reason=np.where(stop, reason, decision.reason).astype(np.int64),
    )


def _at(counts: Ints, level: Ints) -> Ints:
    """Return the count at each state's level; 0 where the level is 0."""
    return np.where(level > 0, counts[np.arange(len(level)), np.maximum(level, 1) - 1], 0)


@lru_cache(maxsize=64)
def _counts_above(target: float, cutoff: float, min_n: int, size: int) -> Ints:
    return smallest_count_above(target, cutoff, np.arange(size + 1, dtype=np.int64), min_n)


@lru_cache(maxsize=64)
def _interval_widths(probability: float, size: int) -> Floats:
    """Return the width of the interval by n and DLTs, shape (size + 1, size + 1); infinite beyond n."""
    from scipy.special import betaincinv

    n, dlt = np.meshgrid(*(np.arange(size + 1),) * 2, indexing="ij")
    alpha, beta = 1.0 + dlt, np.maximum(1.0 + n - dlt, 1.0)
    tail = (1 - probability) / 2
    width = betaincinv(alpha, beta, 1 - tail) - betaincinv(alpha, beta, tail)
    return np.where(dlt <= n, width, np.inf)
