"""The complete-information reference: what could be selected if each patient were observed at every level.

O'Quigley, Paoletti & Maccario (2002), Non-parametric optimal design in dose finding studies, Biostatistics 3,
51-56. Patient i has a uniform tolerance u_i and would have a DLT at every level with p > u_i; with N patients
the level whose observed DLT fraction is closest to the target is selected. A reference, not a bound: a
design that leans to one level does better where that level is correct.
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import comb

from simulator import measures
from simulator.designs.design import Floats
from simulator.errors import SimulatorError
from simulator.exact.factored import powers
from simulator.exact.truths import checked_probabilities


def complete_information_selection(p_dlt: ArrayLike, n: int, target: float) -> Floats:
    """Return P(level selected) with `n` patients observed at all levels, exactly. Shape (J,).

    Ties, as in the selection of BOIN: of levels with equal fractions below the target the highest, at it or
    above the lowest; of two levels equally far on both sides the lower. "None" is never selected.

    Parameters
    ----------
    p_dlt : (J,)
        True DLT probability per level; where it is not monotone, levels are taken in the order of their risk.
    n
        Patients.
    target
        DLT probability aimed at.
    """
    p = checked_probabilities("p_dlt", np.atleast_1d(p_dlt), np.size(p_dlt))
    if p.ndim != 1 or n < 1 or not 0 < target < 1:
        raise SimulatorError(
            f"give one truth, n of at least 1 and a target in (0, 1), got {p.shape}, {n}, {target}"
        )
    order = np.argsort(p, kind="stable")
    risk = p[order]
    aim = n * target
    dlt = np.arange(n + 1)
    low = dlt < aim - measures.TOLERANCE
    at_level = _binomial(n, risk[0])  # P(DLT count at the level)
    chosen = np.zeros(len(p))
    chosen[order[0]] += at_level[~low].sum()
    # From the lowest risk up: a trial is decided between the last level below the target and the next one.
    for place, level in enumerate(order):
        if place == len(order) - 1:
            chosen[level] += at_level[low].sum()
            break
        following = at_level[:, None] * _added(n, risk[place], risk[place + 1])
        crossing = following * (low[:, None] & ~low[None, :])
        upper_closer = (dlt[None, :] - aim) < (aim - dlt[:, None]) - measures.TOLERANCE
        chosen[order[place + 1]] += crossing[upper_closer].sum()
        chosen[level] += crossing[~upper_closer].sum()
        at_level = following.sum(axis=0)
    return chosen


def complete_information_pcs(
    p_dlt: ArrayLike, n: int, target: float, correct: int | None = None
) -> float | None:
    """Return the probability that the reference selects the correct dose; None where none is correct.

    `correct` is the dose the truth declares, by default `measures.correct_dose`.
    """
    right = int(measures.correct_dose(p_dlt, target)) if correct is None else correct
    if right == 0:
        return None
    return float(complete_information_selection(p_dlt, n, target)[right - 1])


def _binomial(n: int, p: float) -> Floats:
    """Return P(y of n), shape (n + 1,)."""
    probability: Floats = _binomials(n, p)[n]
    return probability


def _binomials(n: int, p: float) -> Floats:
    """Return P(y of m) for m, y = 0..n, shape (n + 1, n + 1)."""

    up, down = powers(np.asarray(p, dtype=np.float64), n)
    m, y = np.mgrid[0 : n + 1, 0 : n + 1]
    ways = comb(m, y)  # zero for y > m
    probability: Floats = ways * up[y] * down[np.maximum(m - y, 0)]
    return probability


def _added(n: int, risk: float, higher: float) -> Floats:
    """Return P(count at the higher level | count at the lower): those without DLT there may have one here."""
    conditional = 0.0 if risk >= 1 else (higher - risk) / (1 - risk)
    binomials = _binomials(n, conditional)
    count = np.arange(n + 1)
    more = count[None, :] - count[:, None]
    without = n - count[:, None]
    return np.where(more >= 0, binomials[without, np.maximum(more, 0)], 0.0)
