"""How likely each number of DLTs is among the pending patients of a level, given their follow-up."""

from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints
from simulator.designs.patient_records import PatientRecords

PLUG_IN: Final = "plug_in"
INTEGRATED: Final = "integrated"
READINGS: Final = (PLUG_IN, INTEGRATED)


def further_dlts(
    records: PatientRecords, level: Ints, dlt: Ints, without: Ints, reading: str = PLUG_IN
) -> Floats:
    """Return the probability of s more DLTs among the pending patients of a level per state, s = 0..P.

    The risk p has a uniform prior and the likelihood p^y (1 - p)^m prod(1 - w_i p), w_i the follow-up of the pending
    as a share of the window (Zhou, Guo & Ji 2020). A pending patient has a DLT with probability
    q_i = (1 - w_i) p / (1 - w_i p). `PLUG_IN` puts the posterior mean of each q_i into the distribution of the number
    of DLTs; `INTEGRATED` integrates the whole distribution. Both are exact: with e_s the elementary symmetric
    polynomials of the 1 - w_i, s more DLTs have posterior weight e_s B(y + s + 1, m + c - s + 1).

    Parameters
    ----------
    level, dlt, without : (S,)
        The level, and y and m there: DLTs and complete outcomes without one.

    Returns
    -------
    (S, P + 1)
        0 for more than the c pending.
    """
    at = records.dlt_pending & (records.level == level[:, None])
    pending = at.sum(axis=1)
    # The order of patients is irrelevant: only the pending ones are kept.
    left = np.sort(np.where(at, 1 - records.followup, 0.0), axis=1)[:, ::-1][:, : pending.max(initial=0)]
    weight = _symmetric(left) * _betas(dlt, without + pending, left.shape[1])
    total = weight.sum(axis=1, keepdims=True)
    if reading == INTEGRATED:
        integrated: Floats = weight / total
        return integrated
    chances = np.zeros_like(left)
    # Given that one of the pending has a DLT: one DLT more among those known, one patient less among the pending.
    with_one = _betas(dlt, without + pending, left.shape[1] + 1)[:, 1:]
    for i in range(left.shape[1]):
        others = left.copy()
        others[:, i] = 0
        chances[:, i] = left[:, i] * (_symmetric(others) * with_one).sum(axis=1) / total[:, 0]
    return _number_of_events(chances)


def _betas(dlt: Ints, without: Ints, most: int) -> Floats:
    """Return B(y + s + 1, r - s + 1) / B(y + 1, r + 1) for s = 0..most; 0 beyond r. Shape (S, most + 1)."""
    more = np.arange(most)
    # Each is the one before times (y + s + 1) / (r - s), whose denominator is positive up to s = r - 1.
    left = np.maximum(without[:, None] - more, 0)
    step = np.where(left > 0, (dlt[:, None] + more + 1) / np.maximum(left, 1), 0.0)
    return np.cumprod(np.hstack([np.ones((len(dlt), 1)), step]), axis=1)


def _symmetric(left: Floats) -> Floats:
    """Return the elementary symmetric polynomials of each row. Shape (S, P + 1)."""
    states, patients = left.shape
    found = np.zeros((states, patients + 1))
    found[:, 0] = 1
    for i in range(patients):
        found[:, 1:] = found[:, 1:] + left[:, [i]] * found[:, :-1]
    return found


def _number_of_events(chances: Floats) -> Floats:
    """Return the distribution of the number of independent events, each row its own chances. Shape (S, P + 1)."""
    states, patients = chances.shape
    found = np.zeros((states, patients + 1))
    found[:, 0] = 1
    for i in range(patients):
        chance = chances[:, [i]]
        more = chance * found[:, :-1]
        found *= 1 - chance
        found[:, 1:] += more
    return found
