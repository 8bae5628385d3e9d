"""Where the posterior of a CRM lies, as far as decisions read it, for one state at a time: compiled where trials are.

A decision reads the posterior mean of the parameter only by which risk there is closest to the target, and on which
side of it. Between the cuts at which that changes every mean leads to one answer, so a place among them is enough,
and rounding moves it only at a cut; there no place is said, and the fit itself decides (`crm_posterior.fit`).
"""

from collections.abc import Callable
from itertools import combinations
from math import inf
from typing import Final, NamedTuple

import numpy as np

from simulator.designs.closest_risk import closest_risk
from simulator.designs.crm_posterior import EMPIRIC, SMALLEST_CLASS, OneParameterModel, lattice_rows
from simulator.designs.design import Floats, Ints

NO_PLACE: Final = -1
MOST_PATIENTS: Final = 128
"""With more no place is said."""
KNOWN, DENSITY, PRIOR, EXP_A, MEAN, TAIL, SAFE = range(7)
"""Rows of a lattice: room for the density by known outcomes, and by all; the prior, exp(a), a, weights of the tail;
then log(1 - risk) of each level, then the risk of each."""
_WITHIN: Final = 1e-5  # ten times the error of a fit
_LOG_DROP: Final = 36.0  # what is below exp(-36) of the largest density is left out
_LEAST_TOTAL: Final = 1e-5  # so that what is left out is below the error of a fit
_APART: Final = 1e-9  # risks closer together may count as equal
_EXPONENT: Final = 40.0  # as far as `exponential` holds
_COARSE: Final = 4  # of so many points one is tried first: enough to find the largest density, about
_64TH: Final = 1 / 64
_2, _3, _4, _5, _6, _7, _8 = (1 / k for k in range(2, 9))
_FARTHEST: Final = 40.0  # means in question
_STEPS: Final = 8001
_HALVINGS: Final = 60


class FitPlaces(NamedTuple):
    """What a place follows from.

    Attributes
    ----------
    slopes
        What a DLT at each level adds to the score, (J,).
    of_safe
        Whether patients without a DLT count by log(1 - risk), or all with a known outcome.
    patients, lattices
        For up to so many patients, the fewest first, the rows named above, (7 + 2 J, points): all points, and after
        them those that are tried first.
    cuts
        Means between which the answer changes, in ascending pairs; between these nothing is said, (K, 2).
    cutoff
        Of the tail: a level 1 with more is too toxic. Infinite where there is none.
    wanted
        At each place, as `place_of` has it, the level whose risk is closest to the target, (places,).
    selected
        The selection there by the lowest closed level and by the levels with a known outcome, of which only the last
        one up to `wanted` and the first one from it on matter, 0 for none. Shape (places, J + 2, J + 1, J + 1).
    """

    slopes: Floats
    of_safe: bool
    patients: tuple[int, ...]
    lattices: tuple[Floats, ...]
    cuts: Floats
    cutoff: float
    wanted: Ints
    selected: Ints


Select = Callable[[Ints, Floats, Ints], Ints]
"""A design's selection by known outcomes and risks, each (S, J), and the lowest closed level (S,): levels, (S,)."""


def fit_places(
    model: OneParameterModel, target: float, cutoff: float | None, threshold: float | None, select: Select
) -> FitPlaces | None:
    """Return what the places of fits follow from; None where risks of levels lie too close together."""
    a = np.linspace(-_FARTHEST, _FARTHEST, _STEPS)
    apart = np.all(np.diff(model.risk(a), axis=1) > _APART, axis=1)
    first = _STEPS // 2
    if not apart[first]:
        return None
    # Beyond these means two risks may count as equally close.
    low = a[1 : first + 1][~apart[:first]].max(initial=-_FARTHEST)
    high = a[first:-1][~apart[first + 1 :]].min(initial=_FARTHEST)
    levels = len(model.skeleton)
    # Between two levels, and where the lowest is above the target, or the highest below it.
    pairs = [(0, 0), *combinations(range(levels), 2), (levels - 1, levels - 1)]
    cuts = [_cut(model, target, pair) for pair in pairs]
    ends = np.array(sorted([(-inf, low + _WITHIN), *cuts, (high - _WITHIN, inf)]))
    sizes = tuple(2**k for k in range(SMALLEST_CLASS.bit_length() - 1, MOST_PATIENTS.bit_length()))
    return FitPlaces(
        slopes=model.slopes,
        of_safe=model.kind == EMPIRIC,
        patients=sizes,
        lattices=tuple(_with_coarse(lattice_rows(model, size, threshold)) for size in sizes),
        cuts=ends,
        cutoff=inf if cutoff is None else cutoff,
        **_selections(model, target, ends, select),
    )


def _selections(model: OneParameterModel, target: float, cuts: Floats, select: Select) -> dict[str, Ints]:
    """Return `wanted` and `selected`: as risks rise with the level, every mean between two cuts leads to the same."""
    levels = len(model.skeleton)
    wanted = np.ones(2 * len(cuts), dtype=np.int64)
    selected = np.zeros((2 * len(cuts), levels + 2, levels + 1, levels + 1), dtype=np.int64)
    closed, low, high = (1 + np.indices((levels + 1, levels + 1, levels + 1)).reshape(3, -1)) - [
        [0],
        [1],
        [1],
    ]
    level = np.arange(1, levels + 1)
    known = ((level == low[:, None]) | (level == high[:, None])).astype(np.int64)
    passed = np.maximum.accumulate(cuts[:, 1])  # cuts may overlap
    for place in range(1, len(cuts)):
        risk = model.risk(np.full(len(closed), (passed[place - 1] + cuts[place, 0]) / 2))
        wanted[[2 * place, 2 * place + 1]] = closest_risk(
            risk[:1], target, np.ones((1, levels), dtype=np.bool_)
        )
        for too_toxic, from_level in enumerate((closed, np.ones_like(closed))):
            selected[2 * place + too_toxic, closed, low, high] = select(known, risk, from_level)
    return {"wanted": wanted, "selected": selected}


def _cut(model: OneParameterModel, target: float, pair: tuple[int, int]) -> tuple[float, float]:
    """Return the means between which the risks of two levels, or one, may be equally far from the target."""
    ends = []
    for twice in (2 * target + _APART, 2 * target - _APART):
        low, high = -_FARTHEST, _FARTHEST  # the sum of the two risks falls from about 2 to about 0
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            above = model.risk(np.array([middle]))[0, list(pair)].sum() > twice
            low, high = (middle, high) if above else (low, middle)
        ends.append((low, high))
    return ends[0][0] - _WITHIN, ends[1][1] + _WITHIN


def _with_coarse(rows: Floats) -> Floats:
    """Return a lattice with the points that are tried first after all others."""
    return np.ascontiguousarray(np.hstack([rows, rows[:, ::_COARSE]]))


def fill_known(rows: Floats, score: float, counts: Floats) -> tuple[int, int]:
    """Write what known outcomes say, as a density of about 1 at most; return from which to which point it counts.

    Plain statements, which are compiled, as those of `place_of`. The two sum what `crm_posterior.fit` does, up to
    rounding and what either leaves out. The window reaches one of the points tried first beyond the first and the
    last that count, as there.

    Parameters
    ----------
    rows
        The lattice and its points tried first, (7 + 2 J, points and these).
    score, counts
        Slopes summed over DLTs; of each level the patients that count by log(1 - risk), (J,).
    """
    points = _COARSE * rows.shape[1] // (_COARSE + 1)
    tried, known = rows[KNOWN][points:], rows[KNOWN]
    _add_up(rows, points, rows.shape[1], score, counts)
    largest = tried[0]
    for k in range(1, len(tried)):
        largest = max(largest, tried[k])
    first, after = 0, len(tried)
    while first < after and tried[first] < largest - _LOG_DROP:
        first += 1
    while after > first and tried[after - 1] < largest - _LOG_DROP:
        after -= 1
    first, after = max(first - 1, 0) * _COARSE, min(after * _COARSE + 1, points)
    _add_up(rows, first, after, score, counts)
    inside = known[first:after]
    for k in range(len(inside)):
        inside[k] = exponential(max(inside[k] - largest, -_EXPONENT))
    return first, after


def _add_up(rows: Floats, first: int, after: int, score: float, counts: Floats) -> None:
    """Write the log density by known outcomes at some points."""
    known, prior, exp_a = rows[KNOWN][first:after], rows[PRIOR][first:after], rows[EXP_A][first:after]
    for k in range(len(known)):
        known[k] = prior[k] + score * exp_a[k]
    for level in range(len(counts)):
        number, safe = counts[level], rows[SAFE + level][first:after]
        if number > 0:
            for k in range(len(known)):
                known[k] += number * safe[k]


def exponential(x: float) -> float:
    """Return exp(x) for x from -40 to 1 to 1e-5 of itself: for many a loop of a few vector instructions."""
    p = x * _64TH
    p = 1 + p * (
        1 + p * _2 * (1 + p * _3 * (1 + p * _4 * (1 + p * _5 * (1 + p * _6 * (1 + p * _7 * (1 + p * _8))))))
    )
    for _ in range(6):
        p = p * p
    return p


def place_of(
    rows: Floats, first: int, after: int, cuts: Floats, cutoff: float, levels: Ints, weights: Floats
) -> int:
    """Return where the posterior lies, doubled, 1 more where level 1 is too toxic; `NO_PLACE` close to a cut.

    Parameters
    ----------
    rows, first, after
        The lattice with what known outcomes say filled in, and the points for which it is.
    levels, weights
        Of each patient followed in part: the level, 1-based, and the weight, (Q,).
    """
    # Each row by itself, next to each other in memory: several points then take one instruction.
    known, density = rows[KNOWN][first:after], rows[DENSITY][first:after]
    a, tails = rows[MEAN][first:after], rows[TAIL][first:after]
    for k in range(len(density)):
        density[k] = known[k]
    risks = SAFE + (len(rows) - SAFE) // 2 - 1
    for q in range(len(levels)):
        risk, weight = rows[risks + levels[q]][first:after], weights[q]
        for k in range(len(density)):
            density[k] *= 1 - weight * risk[k]
    total, mean, tail = 0.0, 0.0, 0.0
    for k in range(len(density)):
        total += density[k]
        mean += density[k] * a[k]
        tail += density[k] * tails[k]
    return among(cuts, cutoff, mean / total, tail / total) if total >= _LEAST_TOTAL else NO_PLACE


def among(cuts: Floats, cutoff: float, mean: float, tail: float) -> int:
    """Return the place of a mean among the cuts, as `place_of` has it."""
    if abs(tail - cutoff) < _WITHIN:
        return NO_PLACE
    place = 0
    for k in range(len(cuts)):
        if cuts[k, 0] <= mean <= cuts[k, 1]:
            return NO_PLACE
        place += mean > cuts[k, 1]
    return 2 * place + (tail > cutoff)
