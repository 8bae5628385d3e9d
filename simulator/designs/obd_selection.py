"""Which level is the optimal biological dose: for many states in NumPy, for one in compiled code (`elementwise.py`).

Values of levels stand in rows, one a level.
"""

from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.designs.benefit_risk_data import LevelData
from simulator.designs.design import Floats, Ints
from simulator.designs.elementwise import either
from simulator.designs.isotonic import fit_rows
from simulator.designs.selection import TIE_TOLERANCE
from simulator.designs.utility import EQUAL_WITHIN


def is_too_toxic(n: Any, known: Any, up_to: Any) -> Any:
    """Return whether DLTs exclude a level at which anybody was treated: in a sample of up to this size."""
    return (n > 0) & (known <= up_to)


def is_futile(n: Any, known: Any, from_size: Any) -> Any:
    """Return whether too few responses exclude a level at which anybody was treated: from this sample size on."""
    return (n > 0) & (known >= from_size)


def lowest_closed(n: Any, too_toxic: Any, closed_from: Any) -> Any:
    """Return the lowest level from which on every level is too toxic, or untried above one that is.

    A level between that its own data call safe stays open, as in the published rule: it judges each by itself.
    """
    highest_open, lowest_toxic = 0, len(n) + 1
    for k in range(len(n)):
        highest_open = either((n[k] > 0) & (too_toxic[k] == 0), k + 1, highest_open)
    for k in range(len(n) - 1, -1, -1):
        lowest_toxic = either((too_toxic[k] > 0) & (k + 1 > highest_open), k + 1, lowest_toxic)
    return either(lowest_toxic < closed_from, lowest_toxic, closed_from)


def highest_of_closest(values: Any, candidates: Any, target: float) -> Any:
    """Return the candidate whose value is closest to the target, of equally close ones the highest; 0 without one."""
    smallest, level = inf, 0
    for k in range(len(values)):
        distance = abs(values[k] - target)
        smallest = either((candidates[k] > 0) & (distance < smallest), distance, smallest)
    for k in range(len(values)):
        near = abs(values[k] - target) <= smallest + TIE_TOLERANCE
        level = either((candidates[k] > 0) & near, k + 1, level)
    return level


def lowest_of_best(values: Any, candidates: Any) -> Any:
    """Return the candidate of the largest value, of equal ones the lowest; 0 without a candidate."""
    best, level = -inf, 0
    for k in range(len(values)):
        best = either((candidates[k] > 0) & (values[k] > best), values[k], best)
    for k in range(len(values) - 1, -1, -1):
        level = either((candidates[k] > 0) & (values[k] >= best - EQUAL_WITHIN), k + 1, level)
    return level


def mtd_of(of: Any, phi_t: float) -> Any:
    """Return the treated level whose isotonic DLT rate, unweighted, is closest to phi_t; 0 where there is none."""
    for k in range(len(of.n)):
        known = either(of.treated[k] > 0, of.dlt_known[k], 1.0)
        of.weights[k] = either(of.treated[k] > 0, 1.0, 0.0)
        of.sums[k] = either(of.treated[k] > 0, of.dlt[k] / known, 0.0)
    fit_rows(of.weights, of.sums, of.means, of.rates)
    return highest_of_closest(of.rates, of.treated, phi_t)


def best_level(of: Any, closed_from: Any, phi_t: float) -> Any:
    """Return the treated admissible level up to the MTD of the largest value, 0 where there is none.

    `of` has what `LevelRows` has.
    """
    closed, mtd = lowest_closed(of.n, of.too_toxic, closed_from), mtd_of(of, phi_t)
    for k in range(len(of.n)):
        admissible = (of.too_toxic[k] == 0) & (of.futile[k] == 0)
        of.candidates[k] = (of.treated[k] > 0) & admissible & (k + 1 < closed) & (k + 1 <= mtd)
    return lowest_of_best(of.values, of.candidates)


@dataclass(frozen=True, slots=True)
class LevelRows:
    """What `best_level` reads of many states, in rows, one a level, each (J, S); and its room.

    Attributes
    ----------
    n, treated
        Patients; whether anybody counts.
    dlt, dlt_known
        DLTs, and the sample that they are of.
    too_toxic, futile
        What excludes a level.
    values
        What is to be largest.
    candidates, weights, sums, means, rates
        Room.
    """

    n: Ints
    treated: NDArray[np.bool_]
    dlt: Ints
    dlt_known: Floats
    too_toxic: NDArray[np.bool_]
    futile: NDArray[np.bool_]
    values: Floats
    candidates: NDArray[np.bool_]
    weights: Floats
    sums: Floats
    means: Floats
    rates: Floats

    @classmethod
    def of(
        cls, data: LevelData, treated: NDArray[np.bool_], excluded: tuple[Any, Any], values: Floats
    ) -> "LevelRows":
        """Return them of levels' data; `excluded` is which levels are too toxic, and which futile, (S, J)."""
        shape = values.T.shape
        return cls(
            n=data.n.T,
            treated=treated.T,
            dlt=data.dlt.T,
            dlt_known=data.dlt_known.T,
            too_toxic=excluded[0].T,
            futile=excluded[1].T,
            values=values.T,
            candidates=np.empty(shape, dtype=np.bool_),
            weights=np.empty(shape),
            sums=np.empty(shape),
            means=np.empty(shape),
            rates=np.empty(shape),
        )
