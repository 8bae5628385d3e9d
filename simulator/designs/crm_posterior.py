"""The posterior of a one-parameter CRM, by a trapezoid rule on a fixed lattice, for many states at once.

The lattice follows from the model and from the state's own number of patients (rounded up to a power of two),
and every sum runs over one state at a time: a state's fit is the same bit for bit whatever it is fitted with.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from simulator.designs.design import Floats, Ints

EMPIRIC: Final = "empiric"
LOGISTIC: Final = "logistic"

SMALLEST_CLASS: Final = 8  # patients: states with fewer share a lattice
SPACING: Final = 0.75  # of the smallest posterior standard deviation: for a normal an error of exp(-35)
SPACING_WITH_TAIL: Final = 0.45  # where a tail probability is wanted: the interpolant needs twice the density
LARGEST_SCALE: Final = (
    0.35  # in a: few data leave a posterior that turns more sharply than a normal of its width
)
LOG_DROP: Final = 25.0  # the lattice ends where the density is below exp(-25) of its largest value
WINDOW_LOG_DROP: Final = 22.0  # within it, each state's sums leave out what is below exp(-22)
COARSE_POINTS: Final = 16  # tried first, to find that window
_CELLS: Final = 2**15  # of a block: two arrays of this many numbers stay in the cache
_WIDE_POINTS: Final = 4001


@dataclass(frozen=True, slots=True)
class OneParameterModel:
    """A working model with one parameter a ~ N(0, prior_sd**2); the DLT risk falls as a grows.

    Attributes
    ----------
    kind
        "empiric": p_k = s_k ** exp(a). "logistic": logit p_k = intercept + exp(a) x_k, with x_k such that
        p_k = s_k at a = 0.
    skeleton
        s_k, rising, in (0, 1); for "logistic" with logit s_k < intercept.
    """

    kind: str
    skeleton: tuple[float, ...]
    prior_sd: float
    intercept: float

    @property
    def slopes(self) -> Floats:
        """log s_k, or x_k: what exp(a) multiplies. Negative, shape (J,)."""
        s = np.array(self.skeleton)
        if self.kind == EMPIRIC:
            return np.asarray(np.log(s), dtype=np.float64)
        return np.asarray(np.log(s) - np.log1p(-s) - self.intercept, dtype=np.float64)

    def risk(self, a: Floats) -> Floats:
        """Return the DLT risk per level at each a of shape (S,). Shape (S, J)."""
        scaled = np.exp(a)[:, None] * self.slopes
        if self.kind == EMPIRIC:
            return np.asarray(np.exp(scaled), dtype=np.float64)
        return np.asarray(np.exp(-np.logaddexp(0, -(self.intercept + scaled))), dtype=np.float64)

    def parameter_at(self, level: int, risk: float) -> float:
        """Return the a at which a level (1-based) has a risk; it has a larger one below."""
        value = np.log(risk) if self.kind == EMPIRIC else np.log(risk / (1 - risk)) - self.intercept
        ratio = value / self.slopes[level - 1]
        return float(np.log(ratio)) if ratio > 0 else -np.inf

    def log_risks(self, a: Floats) -> tuple[Floats, Floats]:
        """Return log p and log(1 - p) at each a, each (J, points)."""
        scaled = self.slopes[:, None] * np.exp(a)
        if self.kind == EMPIRIC:
            return scaled, np.log(-np.expm1(scaled))
        logit = self.intercept + scaled
        return -np.logaddexp(0, -logit), -np.logaddexp(0, logit)


@dataclass(frozen=True, slots=True)
class Fits:
    """Posterior of S states, each (S,).

    Attributes
    ----------
    mean, sd
        Of a.
    tail
        P(the risk at level 1 exceeds the threshold), nan where none was given.
    """

    mean: Floats
    sd: Floats
    tail: Floats

    def of(self, states: slice) -> "Fits":
        """Return the fits of some of the states."""
        return Fits(self.mean[states], self.sd[states], self.tail[states])


class Partial(NamedTuple):
    """Patients followed in part, without a DLT so far: each counts as 1 - weight * risk. Each (S, Q).

    Attributes
    ----------
    level
        Level of each patient, 1-based; 0 where a state has fewer than Q.
    weight
        From 0, which says nothing, to 1, a complete outcome.
    """

    level: Ints
    weight: Floats


class _Data(NamedTuple):
    """What of the data enters the density: score (S,), counts (S, J), levels and weights (S, Q)."""

    score: Floats
    counts: Floats
    level: Ints
    weight: Floats

    def of(self, states: Ints | slice) -> "_Data":
        return _Data(self.score[states], self.counts[states], self.level[states], self.weight[states])


@dataclass(frozen=True, slots=True)
class _Lattice:
    """Points in a, and what the log posterior density sums there.

    With the constants left out it is the prior, plus exp(a) times the sum of slope_k over DLTs, plus, per
    level, log(1 - p_k) times the patients without DLT (empiric) or times all patients (logistic: log p =
    logit p + log(1 - p), and the intercept's share of logit p is the same at every a).
    """

    prior: Floats
    exp_a: Floats
    log_safe: Floats
    risk: Floats
    moments: Floats  # a, a**2, and the weight of each point in the tail
    parts: "dict[tuple[int | None, ...], _Lattice]" = field(default_factory=dict)

    def log_density(self, data: _Data) -> Floats:
        """Return it for S states. Shape (S, points)."""
        log_density = np.multiply.outer(data.score, self.exp_a)
        log_density += self.prior
        term = np.empty_like(log_density)
        for level, patients in enumerate(data.counts.T):
            if patients.any():
                np.multiply(patients[:, None], self.log_safe[level], out=term)
                log_density += term
        if data.level.shape[1]:
            log_density += self._log_partial(data)
        return log_density

    def _log_partial(self, data: _Data) -> Floats:
        """Return what patients followed in part add. Shape (S, points)."""
        if data.level.size * len(self.prior) <= _CELLS:
            # The same product in the same order, without a loop: padding counts as 1.
            weight = np.where(data.level > 0, data.weight, 0.0)
            factors = 1 - weight[..., None] * self.risk[data.level - 1]
            return np.asarray(np.log(np.maximum(factors.prod(axis=1), np.finfo(float).tiny)))
        likelihood = np.ones((len(data.level), len(self.prior)))
        for level, weight in zip(data.level.T, data.weight.T, strict=True):
            states = np.flatnonzero(level)
            likelihood[states] *= 1 - weight[states, None] * self.risk[level[states] - 1]
        return np.asarray(np.log(np.maximum(likelihood, np.finfo(float).tiny)))

    def part(self, points: slice) -> "_Lattice":
        """Return some of the points; each part is made once."""
        key = (points.start, points.stop, points.step)
        if key not in self.parts:
            self.parts[key] = _Lattice(
                self.prior[points].copy(),
                self.exp_a[points].copy(),
                self.log_safe[:, points].copy(),
                self.risk[:, points].copy(),
                self.moments[:, points].copy(),
            )
        return self.parts[key]


@lru_cache(maxsize=256)
def _lattice(model: OneParameterModel, patients: int, threshold: float | None) -> _Lattice:
    """Return the lattice for states of up to so many patients."""
    a = _points(model, patients, SPACING if threshold is None else SPACING_WITH_TAIL)
    tail = np.full(len(a), np.nan)
    if threshold is not None:
        tail = _cumulative(a, model.parameter_at(1, threshold))
    log_risk, log_safe = model.log_risks(a)
    return _Lattice(
        prior=-0.5 * (a / model.prior_sd) ** 2,
        exp_a=np.exp(a),
        log_safe=log_safe,
        risk=np.exp(log_risk),
        moments=np.stack([a, a**2, tail]),
    )


def _points(model: OneParameterModel, patients: int, spacing: float) -> Floats:
    """Return evenly spaced points that cover and resolve the posterior of any data of so many patients.

    The slope of the log likelihood is never below that of a DLT in every patient at level 1, nor above the
    steepest of no DLT at all: between the ends of these two posteriors lie those of all others. Their
    smallest standard deviation is judged by the Fisher information of the most informative level.
    """
    widest = (LOG_DROP + 8.0) * model.prior_sd
    wide = np.linspace(-widest, widest, _WIDE_POINTS)
    log_p, log_q = model.log_risks(np.clip(wide, -200, 200))
    prior = -0.5 * (wide / model.prior_sd) ** 2
    lowest = prior + patients * log_p[0]
    steps = np.diff(log_q, axis=1).max(axis=0)
    highest = prior + patients * np.append(0.0, np.cumsum(steps))
    low = wide[np.flatnonzero(lowest > lowest.max() - LOG_DROP)[0]]
    high = wide[np.flatnonzero(highest > highest.max() - LOG_DROP)[-1]]
    smallest = _smallest_sd(model, patients, np.linspace(low, high, _WIDE_POINTS))
    step = spacing * min(smallest, LARGEST_SCALE)
    count = int(np.ceil((high - low) / step)) + 3
    return np.asarray(low - step + step * np.arange(count), dtype=np.float64)


def _smallest_sd(model: OneParameterModel, patients: int, a: Floats) -> float:
    """Return the posterior standard deviation with every patient at the most informative level."""
    log_p, log_q = model.log_risks(a)
    scaled = model.slopes[:, None] * np.exp(a)
    if model.kind == EMPIRIC:
        information = scaled**2 * np.exp(log_p - log_q)
    else:
        information = scaled**2 * np.exp(log_p + log_q)
    return float(1 / np.sqrt(1 / model.prior_sd**2 + patients * information.max()))


def _cumulative(a: Floats, cut: float) -> Floats:
    """Return the weight of each point in the integral up to `cut`: that of its cardinal sine."""
    from scipy.special import sici

    if not np.isfinite(cut):
        return np.full(len(a), 0.0 if cut < 0 else 1.0)
    return np.asarray(0.5 + sici(np.pi * (cut - a) / (a[1] - a[0]))[0] / np.pi, dtype=np.float64)


def fit(
    model: OneParameterModel,
    n: Ints,
    dlt: Ints,
    threshold: float | None = None,
    partial: Partial | None = None,
) -> Fits:
    """Fit S states, n and dlt of shape (S, J). The error is below 1e-6 in mean, sd and tail.

    Parameters
    ----------
    threshold
        Also return P(risk at level 1 > threshold).
    partial
        Patients followed in part, who are not among n.
    """
    if partial is None:
        nobody = np.zeros((len(n), 0))
        partial = Partial(nobody.astype(np.int64), nobody)
    total = np.maximum(n.sum(axis=1) + (partial.level > 0).sum(axis=1), 1)
    # The exponent of total - 1/2 rounds up to a power of two, and a power of two stays itself.
    patients = np.maximum(2 ** np.frexp(total - 0.5)[1].astype(np.int64), SMALLEST_CLASS)
    slopes = model.slopes
    score = np.zeros(len(n))
    for level in range(n.shape[1]):
        score = score + dlt[:, level] * slopes[level]
    counts = (n - dlt if model.kind == EMPIRIC else n).astype(np.float64)
    data = _Data(score, counts, *partial)
    result = np.empty((3, len(n)))
    for size in np.unique(patients).tolist():
        which = np.flatnonzero(patients == size)
        lattice = _lattice(model, size, threshold)
        groups = list(_windows(lattice, which, data))
        if len(which) * len(lattice.prior) <= _CELLS:
            _moments_of_few(lattice, data, groups, result)
            continue
        for states, points in groups:
            result[:, states] = _moments(lattice.part(points), data.of(states))
    return Fits(*result)


def lattice_rows(model: OneParameterModel, patients: int, threshold: float | None) -> Floats:
    """Return the lattice of states of up to so many patients, a power of 2, as rows (7 + 2 J, points).

    Room for two densities, prior, exp(a), a, the weights of the tail, log(1 - risk) of each level, risk of each.
    """
    of = _lattice(model, patients, threshold)
    a, _, tail = of.moments
    return np.vstack(
        [np.zeros((2, len(a))), of.prior, of.exp_a, a, np.nan_to_num(tail), of.log_safe, of.risk]
    )


def probability_above(model: OneParameterModel, n: Ints, dlt: Ints, risk: float) -> Floats:
    """Return P(risk of a level > `risk`) for S states, n and dlt (S, J). Shape (S, J).

    Level k is above `risk` where level 1 is above the risk that it has at the same a.
    """
    above = np.zeros(n.shape)
    for level in range(1, n.shape[1] + 1):
        cut = model.parameter_at(level, risk)
        at_first = float(model.risk(np.array([cut]))[0, 0]) if np.isfinite(cut) else 1.0
        if at_first < 1:
            above[:, level - 1] = fit(model, n, dlt, max(at_first, np.finfo(float).tiny)).tail
    return np.clip(above, 0.0, 1.0)


@lru_cache(maxsize=2**16)
def fit_one(
    model: OneParameterModel, n: tuple[int, ...], dlt: tuple[int, ...], threshold: float | None = None
) -> Fits:
    """Fit one state, and remember it: a calendar needs the same few again and again. Arrays (1,)."""
    return fit(model, np.array([n]), np.array([dlt]), threshold)


def _windows(lattice: _Lattice, which: Ints, data: _Data) -> Iterator[tuple[Ints, slice]]:
    """Yield blocks of states with the points that hold their densities.

    Every so many points are tried; the window reaches one of these beyond the first and the last at which the
    density is above exp(-22) of the largest found.
    """
    stride = max(len(lattice.prior) // COARSE_POINTS, 1)
    tried = lattice.part(slice(None, None, stride))
    count = len(tried.prior)
    codes = np.empty(len(which), dtype=np.int64)
    for states in _blocks(len(which), count):
        log_density = tried.log_density(data.of(which[states]))
        inside = log_density > log_density.max(axis=1, keepdims=True) - WINDOW_LOG_DROP
        first, after = inside.argmax(axis=1), count - inside[:, ::-1].argmax(axis=1)
        codes[states] = np.maximum(first - 1, 0) * (count + 1) + after
    for code in np.unique(codes).tolist():
        begin, end = divmod(code, count + 1)
        points = slice(begin * stride, end * stride + 1 if end < count else None)
        group = which[codes == code]
        for states in _blocks(len(group), (end - begin) * stride):
            yield group[states], points


def _blocks(states: int, points: int) -> Iterator[slice]:
    """Cut states into blocks whose arrays over so many points stay in the cache."""
    size = max(_CELLS // points, 1)
    for first in range(0, states, size):
        yield slice(first, first + size)


def _moments(lattice: _Lattice, data: _Data) -> Floats:
    """Return mean, standard deviation and tail, shape (3, S)."""
    density = lattice.log_density(data)
    density -= density.max(axis=1, keepdims=True)
    np.exp(density, out=density)
    total = density.sum(axis=1)
    term = np.empty_like(density)
    result = np.full((3, len(density)), np.nan)
    for row, weights in enumerate(lattice.moments):
        if not np.isnan(weights[0]):
            result[row] = np.multiply(density, weights, out=term).sum(axis=1) / total
    result[1] = np.sqrt(np.maximum(result[1] - result[0] ** 2, 0.0))
    return result


def _moments_of_few(lattice: _Lattice, data: _Data, groups: list[tuple[Ints, slice]], result: Floats) -> None:
    """Write the moments of a few states, of many windows: what goes point by point is done for all at once.

    Each sum runs over a state's own window, so that every bit is that of `_moments`.
    """
    states = np.concatenate([of for of, _ in groups])
    sizes = [len(of) for of, _ in groups]
    ends = [points.stop or len(lattice.prior) for _, points in groups]
    first, last = min(points.start for _, points in groups), max(ends)
    part = lattice.part(slice(first, last))
    begin, end = (np.repeat(at, sizes)[:, None] - first for at in ([of.start for _, of in groups], ends))
    density = part.log_density(data.of(states))
    points = np.arange(last - first)
    density[(points < begin) | (points >= end)] = -np.inf
    density -= density.max(axis=1, keepdims=True)
    np.exp(density, out=density)
    with_tail = not np.isnan(part.moments[2, 0])
    weights = part.moments if with_tail else part.moments[:2]
    terms = np.concatenate([density[None], density * weights[:, None]])
    sums = np.full((4, len(states)), np.nan)
    row = 0
    for size, (_, window), after in zip(sizes, groups, ends, strict=True):
        rows = slice(row, row + size)
        own = np.ascontiguousarray(terms[:, rows, window.start - first : after - first])
        sums[: len(terms), rows] = own.sum(axis=-1)
        row += size
    found = sums[1:] / sums[0]
    found[1] = np.sqrt(np.maximum(found[1] - found[0] ** 2, 0.0))
    result[:, states] = found
