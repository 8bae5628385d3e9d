"""What the data say of each level, next to a decision: counts, raw rate, posterior, and the design's own."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol, runtime_checkable

from simulator.designs.design import Design, Floats, Ints, Observed


@runtime_checkable
class Estimating(Protocol):
    """A design that can show the estimates its decision rests on; optional."""

    def estimates(self, observed: Observed) -> Mapping[str, Floats]:
        """Return estimates per level, each of shape (S, J), under the heading they are shown with."""
        ...


@runtime_checkable
class Modelled(Protocol):
    """A design with a model of the risk at every level."""

    def risks(self, n: Ints, dlt: Ints) -> Floats:
        """Return the estimated DLT risk of every level, (S, J)."""
        ...


class Shares(Protocol):
    """Posterior probabilities that a level's risk is below, in and above a target interval, each (S, J)."""

    @property
    def under(self) -> Floats:
        """P(below the interval)."""
        ...

    @property
    def target(self) -> Floats:
        """P(in the interval)."""
        ...

    @property
    def over(self) -> Floats:
        """P(above the interval): overdosing."""
        ...


@runtime_checkable
class WithIntervals(Protocol):
    """A design that decides by the probability of overdosing."""

    def intervals(self, n: Ints, dlt: Ints) -> Shares:
        """Return the probabilities of every level, for n and dlt (S, J)."""
        ...


@dataclass(frozen=True, slots=True)
class LevelEstimate:
    """One level.

    Attributes
    ----------
    rate
        DLTs per patient; None where no patient was treated.
    above_target
        P(risk > target) under a uniform prior, Beta(1 + dlt, 1 + n - dlt); None without patients or target.
    own
        The design's own estimates, by heading.
    """

    level: int
    n: int
    dlt: int
    rate: float | None
    above_target: float | None
    closed: bool
    own: Mapping[str, float] = field(default_factory=dict)


def level_estimates(
    design: Design, observed: Observed, closed_from: int, target: float | None
) -> tuple[LevelEstimate, ...]:
    """Return the estimates of every level from one state; no posterior where `target` is None."""
    from scipy.special import betaincc

    own = _own(design, observed)
    levels = []
    for k in range(design.n_doses):
        n, dlt = int(observed.n[0, k]), int(observed.dlt[0, k])
        above = None if n == 0 or target is None else float(betaincc(1.0 + dlt, 1.0 + n - dlt, target))
        shown = {heading: float(values[0, k]) for heading, values in own.items()}
        levels.append(
            LevelEstimate(k + 1, n, dlt, dlt / n if n else None, above, k + 1 >= closed_from, shown)
        )
    return tuple(levels)


def _own(design: Design, observed: Observed) -> Mapping[str, Floats]:
    """Return what the design itself shows, one state; of a wrapped design, what that shows."""
    if isinstance(design, Estimating):
        return design.estimates(observed)
    if isinstance(design, Modelled):
        return {"model risk": design.risks(observed.n, observed.dlt)}
    if isinstance(design, WithIntervals):
        shares = design.intervals(observed.n, observed.dlt)
        return {"P(under)": shares.under, "P(target)": shares.target, "P(over)": shares.over}
    inner: Design | None = getattr(design, "design", None)
    return {} if inner is None else _own(inner, observed)
