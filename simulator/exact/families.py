"""Families of truths: many random curves at once, so that no design is judged on a few chosen ones."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit, ndtri

from simulator import measures
from simulator.designs.design import Design, Floats, Ints
from simulator.errors import SimulatorError
from simulator.exact.evaluate import prepare

MAX_ROUNDS: Final = 100_000
FLAT_BELOW: Final = 0.05
STEEP_ABOVE: Final = 0.15


def pseudo_uniform_curves(count: int, n_doses: int, target: float, seed: int) -> Floats:
    """Draw rising curves by the pseudo-uniform algorithm.

    Clertant & O'Quigley (2017), Semiparametric dose finding methods, Journal of the Royal Statistical Society
    B 79, 1487-1508. The correct level j is uniform on 1..J; the upper bound is target + (1 - target) M with M
    from Beta(max(J - j, 0.5), 1); J risks uniform up to the bound, sorted, are drawn again until j is
    correct. The steps were checked against the function PUA of the R package SKBD, which also requires that the
    correct level be near the target and apart from its neighbours, as is not required here. Departure: correct
    is as `measures.correct_dose` says, so level 1 is at most target + 0.05, and "none" is never correct.

    Curve i is the same whatever `count`. Shape (count, n_doses).
    """
    _check(count, n_doses, target)
    level, bound = np.random.default_rng([seed, 0]).random((count, 2)).T
    correct = 1 + (level * n_doses).astype(np.int64)
    exponent = np.maximum(n_doses - correct, 0.5)
    upper = target + (1 - target) * bound ** (1 / exponent)  # inverse CDF of Beta(a, 1): u**(1 / a)
    curves = np.zeros((count, n_doses))
    missing = np.arange(count)
    for attempt in range(1, MAX_ROUNDS + 1):
        drawn = np.random.default_rng([seed, attempt]).random((int(missing[-1]) + 1, n_doses))[missing]
        drawn = np.sort(drawn * upper[missing, None], axis=1)
        right = measures.correct_dose(drawn, target) == correct[missing]
        curves[missing[right]] = drawn[right]
        missing = missing[~right]
        if not len(missing):
            return curves
    raise SimulatorError(f"no curve found in {MAX_ROUNDS} draws: n_doses={n_doses}, target={target}")


def logistic_curves(
    count: int,
    n_doses: int,
    target: float,
    seed: int,
    *,
    slope_median: float = 0.8,
    slope_log_sd: float = 0.5,
) -> Floats:
    """Draw logistic curves: logit p(d) = logit target + slope (d - centre).

    The centre, where the risk is the target, is uniform on 0.5..J + 0.5; the slope per level is lognormal
    with the given median and standard deviation of its logarithm. Neither default has a source: assumptions,
    of the order of the truths in common use. Curve i is the same whatever `count`. Shape (count, n_doses).
    """

    _check(count, n_doses, target)
    if not (slope_median > 0 and slope_log_sd >= 0):
        raise SimulatorError(
            f"slope_median must be above 0 and slope_log_sd not below, got {slope_median}, {slope_log_sd}"
        )
    place, steepness = np.random.default_rng([seed, 0]).random((count, 2)).T
    centre = 0.5 + n_doses * place
    slope = slope_median * np.exp(slope_log_sd * ndtri(steepness + 2.0**-54))
    curves: Floats = expit(logit(target) + slope[:, None] * (np.arange(1, n_doses + 1) - centre[:, None]))
    return curves


def steeper_curves(p_dlt: ArrayLike, steepness: ArrayLike, target: float) -> Floats:
    """Move a curve away from the target, or towards it, on the logit scale.

    logit p = logit target + steepness (logit p_dlt - logit target): at 1 the curve as it is, above 1 steeper, below
    flatter. Shape (len(steepness), levels).

    Raises
    ------
    SimulatorError
        A risk or target that is not between 0 and 1, or a steepness that is not above 0.
    """
    risks, factors = (
        np.asarray(p_dlt, dtype=np.float64),
        np.atleast_1d(np.asarray(steepness, dtype=np.float64)),
    )
    _check(len(factors), len(risks), target)
    if not np.all((risks > 0) & (risks < 1)) or not np.all(factors > 0):
        raise SimulatorError(
            f"p_dlt must be within (0, 1) and steepness above 0, got {p_dlt!r}, {steepness!r}"
        )
    middle = logit(target)
    curves: Floats = expit(middle + factors[:, None] * (logit(risks) - middle))
    return curves


@dataclass(frozen=True, slots=True)
class CurveKind:
    """Curves of one kind, and how a design does on them: means over the curves."""

    name: str
    curves: int
    pcs: float
    overdose: float


@dataclass(frozen=True, slots=True)
class FamilyResult:
    """How a design does on every curve of a family, exactly.

    Attributes
    ----------
    curves : (T, J)
    correct, pcs, overdose : (T,)
        Correct dose, P(correct selection), P(overdose selection).
    """

    curves: Floats
    correct: Ints
    pcs: Floats
    overdose: Floats

    @property
    def average_pcs(self) -> float:
        """PCS averaged over the curves."""
        return float(self.pcs.mean())

    @property
    def worst_decile_pcs(self) -> float:
        """PCS averaged over the tenth of the curves (at least one) on which it is lowest."""
        return float(self.pcs[self.worst(max(1, len(self.pcs) // 10))].mean())

    def worst(self, count: int) -> Ints:
        """Return the indices of the curves with the lowest PCS, worst first."""
        return np.argsort(self.pcs, kind="stable")[:count]

    def kinds(self) -> list[CurveKind]:
        """Sort the curves by kind, the kind that breaks the design most first."""
        names = kinds_of(self.curves, self.correct)
        found = []
        for name in sorted(set(names)):
            which = np.array([one == name for one in names])
            found.append(
                CurveKind(
                    name,
                    int(which.sum()),
                    float(self.pcs[which].mean()),
                    float(self.overdose[which].mean()),
                )
            )
        return sorted(found, key=lambda kind: kind.pcs)


def evaluate_family(
    design: Design, curves: Floats, *, target: float | None = None, max_n: int | None = None
) -> FamilyResult:
    """Evaluate a design on every curve of (T, J), exactly; parameters as `operating_characteristics`."""
    exact = prepare(design, max_n=max_n).operating_characteristics(np.atleast_2d(curves), target=target)
    return FamilyResult(exact.truths, np.asarray(exact.correct_dose), exact.pcs, exact.overdose_selection)


def kinds_of(curves: Floats, correct: Ints) -> list[str]:
    """Return the kind of each curve: its correct level, and how far the closer neighbour's risk is.

    Below 0.05 the curve is flat there, above 0.15 steep, between them moderate.
    """
    steps = np.diff(curves, axis=1)
    edge = np.full((len(curves), 1), np.inf)
    closer = np.minimum(np.hstack([edge, steps]), np.hstack([steps, edge]))
    gap = np.take_along_axis(closer, np.maximum(correct, 1)[:, None] - 1, axis=1)[:, 0]
    shape = np.select([gap < FLAT_BELOW, gap > STEEP_ABOVE], ["flat", "steep"], "moderate")
    return [
        f"level {level}, {form}" if level else "none correct"
        for level, form in zip(correct.tolist(), shape.tolist(), strict=True)
    ]


def _check(count: int, n_doses: int, target: float) -> None:
    if count < 1 or n_doses < 1 or not 0 < target < 1:
        raise SimulatorError(
            f"count and n_doses must be at least 1 and target in (0, 1), got {count}, {n_doses}, {target}"
        )
