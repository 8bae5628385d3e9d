"""Between which numbers follow-up can move a decision by benefit and risk; where it cannot, counts settle it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.designs.benefit_risk_data import LevelData
from simulator.designs.benefit_risk_rule import Bools, Limits, Nearby, nearby
from simulator.designs.design import Floats, Ints
from simulator.designs.desirability import desirability
from simulator.designs.patient_records import PatientRecords, outcomes_per_level
from simulator.designs.utility import EQUAL_WITHIN, LARGEST, expected_utility

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
        Bounds of the summed utilities / 100 at any follow-up, (S, J).
    """

    none: LevelData
    full: LevelData
    least: Floats
    most: Floats


def bounds(records: PatientRecords, data: LevelData, utilities: tuple[float, ...]) -> Bounds:
    """Return them for the data of the records."""
    dlts, responses = data.n - data.dlt_pending, data.n - data.response_pending
    p, r = _most_late(data.dlt, dlts), _most_late(data.response, responses)
    counts = outcomes_per_level(records, data.n.shape[1])
    # Utility falls with the probability of a DLT and grows with that of a response; imputed ones are 0 at least.
    least = _utilities(counts, (p, 0, 1), (0, 0, 1), utilities)
    most = _utilities(counts, (0, 0, 1), (r, 0, 1), utilities)
    n = data.n.astype(np.float64)
    none = replace(data, dlt_known=dlts.astype(np.float64), response_known=responses.astype(np.float64))
    return Bounds(none, replace(data, dlt_known=n, response_known=n), least, most)


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


def one_move(of: Bounds, limits: Limits, level: Ints, admissible: Bools) -> Bools:
    """Return where `next_level` leads to one level, for one reason, at any follow-up. Shape (S,)."""
    none, full = (nearby(data, limits, level, admissible) for data in (of.none, of.full))
    alike = (none.toxic == full.toxic) & (none.between == full.between)
    return np.asarray(alike & (none.decided | _one_is_best(of, limits, none)))


def _one_is_best(of: Bounds, limits: Limits, near: Nearby) -> Bools:
    """Return where the least desirability of one candidate is above the most of every other. Shape (S,)."""
    at = np.arange(len(near.place))[:, None], near.place
    low, high = (
        np.where(near.candidates, desirability(sums[at], of.none.n[at], limits.benchmark), -np.inf)
        for sums in (of.least, of.most)
    )
    best = low.argmax(axis=1)
    others = high.copy()
    others[np.arange(len(best)), best] = -np.inf
    return np.asarray(low.max(axis=1) > others.max(axis=1) + 2 * EQUAL_WITHIN)
