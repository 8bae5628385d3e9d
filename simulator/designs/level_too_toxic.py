"""The stopping rule that closes any level, by the level's own data or by the design's model."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import smallest_count_above, table_size
from simulator.designs.design import TABLE_COLUMNS, Action, Decision, Design, Floats, Ints, Observed, Reason
from simulator.designs.parameter_checks import MAX_PATIENTS, require_between, require_choice, require_integer
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

BY_LEVEL: Final = "level"
BY_MODEL: Final = "model"


@runtime_checkable
class WithPosterior(Protocol):
    """A design with a posterior of the risk at every level."""

    def probability_above(self, n: Ints, dlt: Ints, risk: float) -> Floats:
        """Return P(risk of a level > `risk`) for n and dlt (S, J). Shape (S, J)."""
        ...


@dataclass(frozen=True, slots=True)
class LevelTooToxic:
    """Close a level and all above it, for good, where P(its risk > target) > cutoff; stop where that is level 1.

    Parameters
    ----------
    target
        DLT risk that no level may exceed.
    cutoff, min_n
        Posterior probability to exceed, strictly; and patients at the level from which on.
    by
        "level": the posterior of the level's own data under a uniform prior, with 1 DLT or more (beta-binomial).
        "model": the posterior of the design's model (CRM, BLRM), which reads the data of all levels.
    """

    rule: ClassVar[str] = "level_too_toxic"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})
    for_toxicity: ClassVar[bool] = True

    target: float
    cutoff: float = 0.95
    min_n: int = 3
    by: str = BY_LEVEL

    def __post_init__(self) -> None:
        """Refuse a parameter outside its range."""
        require_between(self.rule, "target", self.target, (0, 1), "0 < target < 1")
        require_between(self.rule, "cutoff", self.cutoff, (0, 1), "0 < cutoff < 1")
        require_integer(self.rule, "min_n", self.min_n, 1, MAX_PATIENTS)
        require_choice(self.rule, "by", self.by, (BY_LEVEL, BY_MODEL))

    def require_model(self, design: Design) -> None:
        """Raise DesignError where the rule is by a model and the design has none."""
        if self.by == BY_MODEL and modelled(design) is None:
            raise DesignError(
                f"{self.rule}: by = {self.by!r}: must be {BY_LEVEL!r} for {design.name}, which has no model"
            )

    def closed(self, design: Design, observed: Observed) -> Observed:
        """Return the same data with the levels closed that are too toxic."""
        levels = observed.n.shape[1]
        toxic = self._toxic(design, observed) & (observed.infused >= self.min_n)
        lowest = np.where(toxic.any(axis=1), toxic.argmax(axis=1) + 1, levels + 1)
        return replace(observed, closed_from=np.minimum(observed.closed_from, lowest))

    def applied(self, design: Design, observed: Observed, decision: Decision) -> Decision:
        """Stay below the lowest closed level; stop where that is level 1, also in place of another stop."""
        closed = np.minimum(decision.closed_from, observed.closed_from)
        stop = closed <= 1
        treats = (decision.action == Action.TREAT) & ~stop
        moved = treats & (decision.level >= closed)
        reason = np.where(moved, _reason_of_move(observed.level, closed), decision.reason)
        return replace(
            decision,
            action=np.where(stop, Action.STOP, decision.action).astype(np.int64),
            level=np.where(stop, 0, np.where(moved, closed - 1, decision.level)),
            cohort_size=np.where(stop, 0, decision.cohort_size),
            closed_from=closed,
            reason=np.where(stop, Reason.STOP_TOO_TOXIC, reason).astype(np.int64),
        )

    def selected(self, observed: Observed, selection: Ints) -> Ints:
        """Select below the lowest closed level: where the design does not, the highest level treated there."""
        levels = np.arange(1, observed.n.shape[1] + 1)
        tried = np.where((observed.n > 0) & (levels < observed.closed_from[:, None]), levels, 0).max(axis=1)
        return np.where(selection >= observed.closed_from, tried, selection)

    def in_table(self, table: "pd.DataFrame") -> "pd.DataFrame":
        """Return a decision table with the level eliminated where this rule closes it; unchanged where by a model."""
        if self.by != BY_LEVEL:
            return table
        n = table["n"].to_numpy(dtype=np.int64)
        bound = _counts_above(self.target, self.cutoff, table_size(n.max(initial=0)))[n]
        closes = (n >= self.min_n) & (bound <= n)
        found = table.astype(dict.fromkeys(TABLE_COLUMNS, "Int64"))
        for name, limit in (
            ("eliminate_if_at_least", bound),
            ("deescalate_if_at_least", bound),
            ("escalate_if_at_most", bound - 1),
        ):
            lower = closes & (found[name].isna() | (found[name] > limit)).to_numpy(dtype=np.bool_)
            # no count escalates where none did: a missing bound there stays missing
            lower &= ~found[name].isna().to_numpy() if name == "escalate_if_at_most" else True
            found.loc[lower, name] = limit[lower]
        return found

    def convention(self) -> str:
        """Return what the rule does in words."""
        how = "under a uniform prior, 1 DLT or more" if self.by == BY_LEVEL else "by the design's model"
        return (
            f"closes a level and all above it for good where P(risk there > {self.target:g}) > {self.cutoff:g},"
            f" strictly, {how}, from {self.min_n} patients there on; stops and selects none where that is level 1"
        )

    def _toxic(self, design: Design, observed: Observed) -> NDArray[np.bool_]:
        """Return where a level is too toxic, whatever its number of patients. Shape (S, J)."""
        if self.by == BY_LEVEL:
            n = observed.infused
            bounds = _counts_above(self.target, self.cutoff, table_size(n.max(initial=0)))
            toxic: NDArray[np.bool_] = observed.dlt >= bounds[n]
            return toxic
        with_model = modelled(design)
        if with_model is None:
            raise DesignError(f"{self.rule}: by = {self.by!r}: {design.name} has no model")
        above = with_model.probability_above(observed.infused, observed.dlt, self.target)
        return np.asarray(above > self.cutoff, dtype=np.bool_)


def modelled(design: Design) -> WithPosterior | None:
    """Return the design with a posterior inside wrappers; None where there is none."""
    if isinstance(design, WithPosterior):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else modelled(inner)


def _reason_of_move(level: Ints, closed: Ints) -> Ints:
    """Return why the trial does not treat where the design would: a closed level in the way, or under the trial."""
    return np.where(closed <= level, Reason.DE_ESCALATE, Reason.STAY_NEXT_CLOSED).astype(np.int64)


@lru_cache(maxsize=64)
def _counts_above(target: float, cutoff: float, size: int) -> Ints:
    return smallest_count_above(target, cutoff, np.arange(size + 1, dtype=np.int64), 1)
