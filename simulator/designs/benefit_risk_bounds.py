"""Between which numbers follow-up can move a decision by benefit and risk; where it cannot, counts settle it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.designs.benefit_risk_data import LevelData, known_utilities
from simulator.designs.benefit_risk_rule import Bools
from simulator.designs.design import Floats, Ints
from simulator.designs.utility import LARGEST, expected_utility

_Number = int | Floats
_UNKNOWN: Final = 0.5  # imputed at most where nothing is known of a level


@dataclass(frozen=True, slots=True)
class Bounds:
    """What no follow-up of the pending, and full follow-up, say of every level.

    Attributes
    ----------
    none, full
        With the effective sample sizes of no, and of full, follow-up. Their summed utilities are not read.
    least, most
        Bounds of the summed utilities / 100 at any follow-up, (S, J); equal where nothing is pending.
    """

    none: LevelData
    full: LevelData
    least: Floats
    most: Floats


def bounds(counts: Ints, utilities: tuple[float, ...]) -> Bounds:
    """Return them for the patients of each level by DLT and by response: pending, no, yes. Shape (3, 3, S, J)."""
    by_dlt, by_response = counts.sum(axis=1), counts.sum(axis=0)
    n, dlts, responses = by_dlt.sum(axis=0), by_dlt[1] + by_dlt[2], by_response[1] + by_response[2]
    p, r = _most_late(by_dlt[2], dlts), _most_late(by_response[2], responses)
    # Utility falls with the probability of a DLT and grows with that of a response; imputed ones are 0 at least.
    complete, known = (dlts == n) & (responses == n), known_utilities(counts[1:, 1:], utilities)
    least, most = (
        np.where(complete, known, _utilities(counts, toxic, responds, utilities))
        for toxic, responds in (((p, 0, 1), (0, 0, 1)), ((0, 0, 1), (r, 0, 1)))
    )
    none = LevelData(
        n=n,
        dlt=by_dlt[2],
        response=by_response[2],
        dlt_known=dlts.astype(np.float64),
        response_known=responses.astype(np.float64),
        dlt_pending=by_dlt[0],
        response_pending=by_response[0],
        quasi_events=known,
    )
    enrolled = n.astype(np.float64)
    return Bounds(none, replace(none, dlt_known=enrolled, response_known=enrolled), least, most)


def coded(at_least: Sequence[Bools], at_most: Sequence[Bools]) -> Ints:
    """Return a number for each of what is said with no follow-up; -1 where full follow-up says other. Shape (S,)."""
    alike = np.all([none == full for none, full in zip(at_least, at_most, strict=True)], axis=0)
    code = np.sum([said.astype(np.int64) << k for k, said in enumerate(at_least)], axis=0)
    return np.where(alike, code, -1)


def _most_late(events: Ints, known: Ints) -> Floats:
    """Return the largest probability that a pending outcome is imputed with at each level, (S, J)."""
    return np.where(known > 0, events / np.maximum(known, 1), _UNKNOWN)


def _utilities(
    counts: Ints, dlt: tuple[_Number, ...], response: tuple[_Number, ...], utilities: tuple[float, ...]
) -> Floats:
    """Return the summed utilities / 100 of counts (3, 3, S, J), with probabilities of pending, no and yes. (S, J)."""
    total = np.zeros(counts.shape[2:])
    for i, p in enumerate(dlt):
        for j, r in enumerate(response):
            total += counts[i, j] * expected_utility(p, r, utilities)
    return total / LARGEST
