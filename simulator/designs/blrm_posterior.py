"""The posterior of the two-parameter logistic model, by a trapezoid rule on a fixed lattice, many states at once.

As for the CRM, the lattice follows from the model and from the state's own number of patients, and every sum runs
over one state at a time: a state's fit is the same bit for bit whatever it is fitted with.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints

SMALLEST_CLASS: Final = 8  # patients: states with fewer share a lattice
ALPHA_SPACING: Final = 0.6  # of the smallest standard deviation of log alpha given beta
BETA_INFORMATION: Final = 0.4  # of a patient on log beta: the largest of p (1 - p) logit(p)**2 is 0.44
BETA_SPACING: Final = 0.6  # of the smallest scale on which the posterior of log beta turns
LARGEST_STEP: Final = 0.2  # in either: few data leave a posterior that is far from normal
PRIOR_REACH: Final = 6.7  # standard deviations: exp(-22) of the density at the mean
STEEPEST_LOG_BETA: Final = 12.0  # every risk is 0 or 1 from here on, and a larger exp would only lose digits
WINDOW_LOG_DROP: Final = 17.0  # each state's sums leave out what is below exp(-17) of the largest
EDGE_LOG_DROP: Final = 17.0  # a density above exp(-17) of the largest at the edge is an error
COARSE_ALPHA: Final = 48  # points tried first, to find each state's window
COARSE_BETA: Final = 32
_CELLS: Final = 2**17  # of a block: a megabyte an array, and few calls


@dataclass(frozen=True, slots=True)
class TwoParameterModel:
    """logit p_k = log alpha + beta x_k, with (log alpha, log beta) bivariate normal.

    Attributes
    ----------
    log_doses
        x_k = log(dose_k / reference dose), rising.
    mean, sd, correlation
        Prior of (log alpha, log beta).
    under_below, over_from
        Risks below the first are underdosing, above the second overdosing, between them targeted.
    """

    log_doses: tuple[float, ...]
    mean: tuple[float, float]
    sd: tuple[float, float]
    correlation: float
    under_below: float
    over_from: float


@dataclass(frozen=True, slots=True)
class Intervals:
    """Posterior probabilities that the risk of a level is below, in and above the target interval, each (S, J)."""

    under: Floats
    target: Floats
    over: Floats

    def packed(self) -> Floats:
        """Return all in one array, shape (S, 3, J)."""
        return np.stack([self.under, self.target, self.over], axis=1)

    @staticmethod
    def unpacked(packed: Floats) -> "Intervals":
        """Undo `packed`."""
        return Intervals(packed[:, 0], packed[:, 1], packed[:, 2])


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Points in (log alpha, log beta), and what the log posterior density sums there, the last axes the points.

    With the constants left out it is the prior, plus log alpha times all DLTs, plus beta times the sum of x_k
    over DLTs, plus log(1 - p_k) times the patients of each level. Weights are those of the points in P(risk of
    level k above the target interval) and in P(below it).
    """

    prior: Floats
    log_alpha: Floats
    beta: Floats
    log_safe: Floats
    over: Floats
    under: Floats
    edge: Floats  # 1 on the outline of the lattice, 0 inside

    def part(self, alpha: slice, beta: slice) -> "_Lattice":
        """Return the points of a rectangle, in one axis."""
        fields = (self.prior, self.log_alpha, self.beta, self.log_safe, self.over, self.under, self.edge)
        return _Lattice(*(f[..., alpha, beta].reshape(*f.shape[:-2], -1) for f in fields))

    def log_density(self, dlts: Floats, score: Floats, n: Floats) -> Floats:
        """Return it for S states on a rectangle in one axis, shape (S, points)."""
        log_density: Floats = np.einsum("sk,kp->sp", n, self.log_safe)
        term = np.multiply.outer(dlts, self.log_alpha)
        log_density += term
        np.multiply(score[:, None], self.beta, out=term)
        log_density += term
        log_density += self.prior
        return log_density


@lru_cache(maxsize=64)
def _lattice(model: TwoParameterModel, patients: int) -> _Lattice:
    """Return the lattice for states of up to so many patients."""
    log_alpha = _alpha_points(model, patients)
    log_beta = _beta_points(model, patients)
    beta = np.exp(np.minimum(log_beta, STEEPEST_LOG_BETA))
    x = np.array(model.log_doses)[:, None, None]
    standard = (log_alpha - model.mean[0]) / model.sd[0], (log_beta - model.mean[1]) / model.sd[1]
    rho = model.correlation
    first, second = standard[0][:, None], standard[1]
    prior = -0.5 * (first**2 - 2 * rho * first * second + second**2) / (1 - rho**2)
    logit = log_alpha[:, None] + beta * x
    edge = np.ones_like(prior)
    edge[1:-1, 1:-1] = 0
    return _Lattice(
        prior=prior,
        log_alpha=np.broadcast_to(log_alpha[:, None], prior.shape),
        beta=np.broadcast_to(beta, prior.shape),
        log_safe=-np.logaddexp(0, logit),
        over=1 - _below(logit, model.over_from, log_alpha[1] - log_alpha[0]),
        under=_below(logit, model.under_below, log_alpha[1] - log_alpha[0]),
        edge=edge,
    )


def _below(logit: Floats, risk: float, step: float) -> Floats:
    """Return each point's weight in P(risk below a limit): the integral of its cardinal sine in log alpha."""
    from scipy.special import sici

    cut = np.log(risk) - np.log1p(-risk)
    return np.asarray(0.5 + sici(np.pi * (cut - logit) / step)[0] / np.pi, dtype=np.float64)


def _alpha_points(model: TwoParameterModel, patients: int) -> Floats:
    """Return evenly spaced log alpha. A patient gives at most 1/4 of information on it."""
    sd = model.sd[0] * np.sqrt(1 - model.correlation**2)
    step = ALPHA_SPACING / np.sqrt(1 / sd**2 + patients / 4)
    reach = PRIOR_REACH * model.sd[0] + _carried(model, patients)[0]
    return _around(model.mean[0], reach, min(step, LARGEST_STEP))


def _beta_points(model: TwoParameterModel, patients: int) -> Floats:
    """Return evenly spaced log beta."""
    step = BETA_SPACING / np.sqrt(1 / model.sd[1] ** 2 + BETA_INFORMATION * patients)
    reach = PRIOR_REACH * model.sd[1] + _carried(model, patients)[1]
    return _around(model.mean[1], reach, min(step, LARGEST_STEP))


def _carried(model: TwoParameterModel, patients: int) -> tuple[float, float]:
    """Return how far data can carry the mode from the prior mean, in each parameter.

    By itself each goes at most the prior variance times the slope of the log likelihood, which is 1 a patient in
    log alpha, and beta |x| in log beta, where beta |x| above 10 + |mean of log alpha| is of no more use; and not
    beyond where the likelihood is flat. By the correlation each draws the other along.
    """
    steepest = float(max(map(abs, model.log_doses)))
    flat_alpha = 6 + abs(model.mean[0]) + np.log1p(patients) + np.exp(model.mean[1]) * steepest
    flat_beta = 4 + abs(model.mean[1]) + np.log1p(steepest)
    alpha = min(model.sd[0] ** 2 * patients, flat_alpha)
    beta = min(model.sd[1] ** 2 * patients * (10 + abs(model.mean[0])), flat_beta)
    drawn = abs(model.correlation) * model.sd[1] / model.sd[0]
    back = abs(model.correlation) * model.sd[0] / model.sd[1]
    return float(alpha + back * beta), float(beta + drawn * alpha)


def _around(mean: float, reach: float, step: float) -> Floats:
    count = int(np.ceil(reach / step))
    return np.asarray(mean + step * np.arange(-count, count + 1), dtype=np.float64)


def lattice_points(model: TwoParameterModel, patients: int) -> tuple[Floats, Floats]:
    """Return evenly spaced log alpha and log beta that hold and resolve every posterior of so many patients."""
    return _alpha_points(model, max(patients, 1)), _beta_points(model, max(patients, 1))


def fit(model: TwoParameterModel, n: Ints, dlt: Ints) -> Intervals:
    """Fit S states, n and dlt of shape (S, J). The error of every probability is below 1e-6.

    Raises
    ------
    ArithmeticError
        A posterior reaches the edge of the lattice: data of a kind the tests have not met.
    """
    total = np.maximum(n.sum(axis=1), 1)
    patients = _classes(total)
    score = np.zeros(len(n))
    for level, x in enumerate(model.log_doses):
        score = score + dlt[:, level] * x
    dlts, treated = dlt.sum(axis=1).astype(np.float64), n.astype(np.float64)
    over, under = np.empty(n.shape), np.empty(n.shape)
    for size in np.unique(patients).tolist():
        lattice = _lattice(model, size)
        for states, part in _windows(lattice, np.flatnonzero(patients == size), dlts, score, treated):
            for block in _blocks(len(states), len(part.prior)):
                some = states[block]
                density = _density(part, part.log_density(dlts[some], score[some], treated[some]))
                # Summed one state and level at a time: einsum without `optimize` calls no linear algebra.
                total_density = density.sum(axis=1)[:, None]
                over[some] = np.einsum("sp,kp->sk", density, part.over) / total_density
                under[some] = np.einsum("sp,kp->sk", density, part.under) / total_density
    over, under = np.clip(over, 0.0, 1.0), np.clip(under, 0.0, 1.0)
    return Intervals(under, np.clip(1 - under - over, 0.0, 1.0), over)


def _classes(total: Ints) -> Ints:
    """Return the patients whose lattice a state has: rounded up to a power of two, or three quarters of one."""
    # The exponent of total - 1/2 rounds up to a power of two, and a power of two stays itself.
    power = 2 ** np.frexp(total - 0.5)[1].astype(np.int64)
    size = np.where(4 * total <= 3 * power, 3 * power // 4, power)
    return np.asarray(np.maximum(size, SMALLEST_CLASS), dtype=np.int64)


def _density(part: _Lattice, log_density: Floats) -> Floats:
    """Return densities relative to the largest, and refuse those that are not small at the edge of the lattice."""
    log_density -= log_density.max(axis=1, keepdims=True)
    edge = np.flatnonzero(part.edge)
    if len(edge) and log_density[:, edge].max() > -EDGE_LOG_DROP:
        raise ArithmeticError(
            "a posterior of the two-parameter logistic model reaches the edge of its lattice"
        )
    return np.exp(log_density, out=log_density)


def _windows(
    lattice: _Lattice, which: Ints, dlts: Floats, score: Floats, n: Floats
) -> Iterator[tuple[Ints, _Lattice]]:
    """Yield states with the rectangle of points that holds their densities.

    Every so many points are tried; the rectangle reaches one of these beyond the first and the last, in each
    parameter, at which the density is high enough. A point between them whose density is above exp(-17) of the
    largest has one of them next to it, uphill, that lies lower by the curvature over one stride at most.
    """
    rows, columns = lattice.prior.shape
    steps = max(rows // COARSE_ALPHA, 1), max(columns // COARSE_BETA, 1)
    drop = WINDOW_LOG_DROP + 0.5 * ((steps[0] * ALPHA_SPACING) ** 2 + (steps[1] * BETA_SPACING) ** 2)
    tried = lattice.part(slice(None, None, steps[0]), slice(None, None, steps[1]))
    shape = -(-rows // steps[0]), -(-columns // steps[1])
    corners = np.empty((len(which), 4), dtype=np.int64)
    for block in _blocks(len(which), len(tried.prior)):
        some = which[block]
        log_density = tried.log_density(dlts[some], score[some], n[some])
        below_top = (log_density - log_density.max(axis=1, keepdims=True)).reshape(-1, *shape)
        inside = below_top > -drop
        corners[block, 0], corners[block, 1] = _ends(inside.any(axis=2))
        corners[block, 2], corners[block, 3] = _ends(inside.any(axis=1))
    windows, group = np.unique(corners, axis=0, return_inverse=True)
    in_order = which[np.argsort(group.ravel(), kind="stable")]
    ends = np.cumsum(np.bincount(group.ravel(), minlength=len(windows)))
    groups = np.split(in_order, ends[:-1])
    for (low, high, left, right), states in zip(windows.tolist(), groups, strict=True):
        part = lattice.part(
            slice(low * steps[0], high * steps[0] + 1), slice(left * steps[1], right * steps[1] + 1)
        )
        yield states, part


def _ends(inside: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Return the place before the first and after the last that is inside, along the last axis."""
    count = inside.shape[1]
    first, last = inside.argmax(axis=1), count - 1 - inside[:, ::-1].argmax(axis=1)
    return np.maximum(first - 1, 0), np.minimum(last + 1, count - 1)


def _blocks(states: int, points: int) -> Iterator[slice]:
    """Cut states into blocks whose arrays over so many points stay in the cache."""
    size = max(_CELLS // points, 1)
    for first in range(0, states, size):
        yield slice(first, first + size)
