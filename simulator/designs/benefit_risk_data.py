"""What patients say of benefit and risk at each level, pending outcomes weighed by follow-up (Zhou et al. 2022).

With nobody pending every number is that of complete data, as BOIN12 reads it.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from simulator.designs.design import Floats, Ints, Observed
from simulator.designs.patient_records import (
    PatientRecords,
    follow_up_sums,
    outcomes_per_level,
    response_follow_up_sums,
)
from simulator.designs.utility import LARGEST, expected_utility

UNKNOWN: Final = 0.5  # a level without any follow-up: its outcomes are not imputed, only kept finite


@dataclass(frozen=True, slots=True)
class LevelData:
    """What is known of each level, all arrays (S, J).

    Attributes
    ----------
    n
        Patients infused.
    dlt, response
        DLTs and responses seen.
    dlt_known, response_known
        Effective sample size of each endpoint: patients with a known outcome, and the follow-up of the others as
        shares of its window.
    dlt_pending, response_pending
        Patients whose outcome is not known yet.
    quasi_events
        Expected utilities of the patients, summed, / 100.
    """

    n: Ints
    dlt: Ints
    response: Ints
    dlt_known: Floats
    response_known: Floats
    dlt_pending: Ints
    response_pending: Ints
    quasi_events: Floats

    @property
    def dlt_rate(self) -> Floats:
        """DLTs per effective patient; NaN where there is none."""
        return _rate(self.dlt, self.dlt_known)

    @property
    def response_rate(self) -> Floats:
        """Responses per effective patient; NaN where there is none."""
        return _rate(self.response, self.response_known)


def level_data(observed: Observed, n_doses: int, utilities: tuple[float, ...]) -> LevelData:
    """Return the data of every level from the patients' records; without records nobody was treated."""
    patients = observed.patients
    if patients is None:
        patients = PatientRecords.of(np.zeros((len(observed.level), 1)), 0)
    counts = outcomes_per_level(patients, n_doses)
    by_dlt, by_response = counts.sum(axis=1), counts.sum(axis=0)
    dlt_known = by_dlt[1] + by_dlt[2] + follow_up_sums(patients, n_doses)
    response_known = by_response[1] + by_response[2] + response_follow_up_sums(patients, n_doses)
    dlt, response = by_dlt[2], by_response[2]
    rates = _rate(dlt, dlt_known), _rate(response, response_known)
    return LevelData(
        n=by_dlt.sum(axis=0),
        dlt=dlt,
        response=response,
        dlt_known=dlt_known,
        response_known=response_known,
        dlt_pending=by_dlt[0],
        response_pending=by_response[0],
        quasi_events=known_utilities(counts[1:, 1:], utilities)
        + _of_pending(patients, n_doses, utilities, rates),
    )


def complete_data(counts: Ints, utilities: tuple[float, ...]) -> LevelData:
    """Return the data of levels with nothing pending, by DLT and by response: no, yes. Shape (2, 2, S, J)."""
    by_dlt = counts.sum(axis=1)
    n = by_dlt[0] + by_dlt[1]
    known, nobody = n.astype(np.float64), np.zeros_like(n)
    return LevelData(
        n=n,
        dlt=by_dlt[1],
        response=counts[0, 1] + counts[1, 1],
        dlt_known=known,
        response_known=known,
        dlt_pending=nobody,
        response_pending=nobody,
        quasi_events=known_utilities(counts, utilities),
    )


def known_utilities(counts: Ints, utilities: tuple[float, ...]) -> Floats:
    """Return the summed utilities / 100 of patients with both outcomes known, of counts (2, 2, S, J). (S, J)."""
    shares = tuple(utility / LARGEST for utility in utilities)
    known: Floats = summed_utilities(counts[0, 1], counts[0, 0], counts[1, 1], counts[1, 0], shares)
    return known


def summed_utilities(best: Any, neither: Any, both: Any, worst: Any, shares: Any) -> Any:
    """Return the summed utilities / 100 of so many patients with each pair of outcomes: numbers or arrays.

    `shares` are the utilities / 100 of one patient, in the order of a design's.
    """
    return shares[0] * best + shares[1] * neither + shares[2] * both + shares[3] * worst


def _rate(events: Ints, known: Floats) -> Floats:
    rate = np.full(known.shape, np.nan)
    np.divide(events, known, out=rate, where=known > 0)
    return rate


def _of_pending(
    patients: PatientRecords, n_doses: int, utilities: tuple[float, ...], rates: tuple[Floats, Floats]
) -> Floats:
    """Return the expected utilities / 100 of patients with a pending outcome, summed per level. Shape (S, J)."""
    pending = (patients.level > 0) & ((patients.dlt < 0) | (patients.response < 0))
    state, place = np.nonzero(pending)
    level = patients.level[state, place] - 1
    which, at = (state, place), (state, level)
    toxic = _expected(patients.dlt[which], patients.followup[which], rates[0][at])
    responds = _expected(patients.response[which], patients.response_followup[which], rates[1][at])
    utility = expected_utility(toxic, responds, utilities) / LARGEST
    total = np.bincount(state * n_doses + level, weights=utility, minlength=len(pending) * n_doses)
    return np.asarray(total.reshape(len(pending), n_doses), dtype=np.float64)


def _expected(outcome: Ints, followup: Floats, rate: Floats) -> Floats:
    """Return each outcome, or where it is pending its probability given no event so far: p (1 - w) / (1 - p w)."""
    late = late_event(np.where(np.isnan(rate), UNKNOWN, rate), followup)
    return np.where(outcome < 0, late, outcome)


def late_event(p: Any, followup: Any) -> Any:
    """Return the probability p (1 - w) / (1 - p w) of an event after a share w of the window without one.

    Numbers or arrays: compiled code has it too.
    """
    without_event = 1 - p * followup
    return p * (1 - followup) / (without_event + (without_event == 0))
