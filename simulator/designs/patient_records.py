"""What is known of each infused patient: the one source of every count that a design that looks early reads.

Each sum per level stands here once; nobody keeps a second count.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

PENDING: Final = -1
"""The state of a DLT or a response whose window is still open."""

_Ints = NDArray[np.int64]
_Floats = NDArray[np.float64]
_Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class PatientRecords:
    """The infused patients of S states, at most P a state; a state with fewer is padded with level 0.

    Attributes
    ----------
    level : (S, P)
        Level the patient was treated at, 1-based; 0 where padded.
    dlt : (S, P)
        1 a DLT was seen; 0 none in the whole window; `PENDING` the window is open and none was seen.
    followup : (S, P)
        DLT follow-up as a share of the window, in [0, 1]; 1 where it is complete or a DLT was seen.
    response : (S, P)
        1, 0 or `PENDING`, as `dlt`; all pending where responses are not observed.
    response_followup : (S, P)
        The same share of the response window; 1 where the response state is known.
    backfill : (S, P)
        Whether the patient was backfilled, so is of no escalation cohort.
    onset : (S, P), optional
        When the DLT was seen, as a share of the window; 1 where there is none or the day is not known. None: no day
        is known. Read by designs that learn from it when DLTs come.
    """

    level: _Ints
    dlt: _Ints
    followup: _Floats
    response: _Ints
    response_followup: _Floats
    backfill: _Bools
    onset: _Floats | None = None

    @classmethod
    def of(
        cls,
        level: ArrayLike,
        dlt: ArrayLike,
        followup: ArrayLike | None = None,
        response: ArrayLike | None = None,
        response_followup: ArrayLike | None = None,
        backfill: ArrayLike | None = None,
        onset: ArrayLike | None = None,
    ) -> "PatientRecords":
        """Return the records of one state from a value per patient, or of several from arrays (S, P).

        A pending patient without a follow-up has 0; without `response`, responses are not observed.
        """
        levels = np.atleast_2d(np.asarray(level, dtype=np.int64))
        toxic = _filled(dlt, levels, 0).astype(np.int64)
        responses = _filled(response, levels, PENDING).astype(np.int64)
        return cls(
            level=levels,
            dlt=toxic,
            followup=np.where(toxic == PENDING, _filled(followup, levels, 0.0), 1.0),
            response=responses,
            response_followup=np.where(responses == PENDING, _filled(response_followup, levels, 0.0), 1.0),
            backfill=_filled(backfill, levels, False).astype(np.bool_),
            onset=None if onset is None else np.where(toxic == 1, _filled(onset, levels, 1.0), 1.0),
        )

    @classmethod
    def stacked(cls, records: Sequence["PatientRecords"]) -> "PatientRecords":
        """Return the states of several records as one, padded to the most patients."""
        most = max((one.level.shape[1] for one in records), default=0)
        # A day of onset that one of them lacks is not known.
        onset = any(one.onset is not None for one in records)
        columns = {
            field.name: np.concatenate([_padded(one.values(field.name), most) for one in records])
            for field in fields(cls)
            if field.name != "onset" or onset
        }
        return cls(**columns)

    def values(self, name: str) -> NDArray[np.generic]:
        """Return one field, each onset that is not known as 1. Shape (S, P)."""
        found: NDArray[np.generic] | None = getattr(self, name)
        return np.ones(self.level.shape) if found is None else found

    @property
    def infused(self) -> _Bools:
        """Who is a patient and not padding. Shape (S, P)."""
        return np.asarray(self.level > 0)

    @property
    def dlt_pending(self) -> _Bools:
        """Whose DLT window is open without a DLT. Shape (S, P)."""
        return np.asarray((self.dlt == PENDING) & (self.level > 0))

    @property
    def response_pending(self) -> _Bools:
        """Whose response window is open without a response. Shape (S, P)."""
        return np.asarray((self.response == PENDING) & (self.level > 0))


def count_per_level(records: PatientRecords, n_doses: int, which: _Bools) -> _Ints:
    """Return how many of the patients `which` (S, P) were treated at each level. Shape (S, J)."""
    return sum_per_level(records, n_doses, which).astype(np.int64)


def sum_per_level(records: PatientRecords, n_doses: int, values: NDArray[np.generic]) -> _Floats:
    """Return the sum of a value per patient (S, P) over the patients of each level. Shape (S, J)."""
    states, width = len(records.level), n_doses + 1
    # Padding has level 0, whose column is dropped.
    cell = records.level + np.arange(states)[:, None] * width
    total: _Floats = np.bincount(cell.ravel(), weights=values.ravel(), minlength=states * width).astype(
        np.float64
    )
    return total.reshape(states, width)[:, 1:]


def outcomes_per_level(records: PatientRecords, n_doses: int) -> _Ints:
    """Return the patients of each level by DLT and by response: pending, no, yes. Shape (3, 3, S, J)."""
    states, width = len(records.level), n_doses + 1
    outcome = (records.dlt - PENDING) * 3 + (records.response - PENDING)
    cell = outcome * (states * width) + np.arange(states)[:, None] * width + records.level
    counts = np.bincount(cell.ravel(), minlength=9 * states * width)
    return counts.reshape(3, 3, states, width)[..., 1:]


def follow_up_sums(
    records: PatientRecords, n_doses: int, weight: Callable[[_Floats], _Floats] | None = None
) -> _Floats:
    """Return the summed follow-up of the pending patients of each level, in windows. Shape (S, J).

    `weight` turns follow-up into what it counts for (late-onset weights); None counts it as it is.
    """
    followup = records.followup if weight is None else weight(records.followup)
    return sum_per_level(records, n_doses, np.where(records.dlt_pending, followup, 0.0))


def shortest_pending(records: PatientRecords, level: _Ints) -> _Floats:
    """Return the shortest pending DLT follow-up at one level per state (S,), 1 where nobody is pending there."""
    there = records.dlt_pending & (records.level == level[:, None])
    shortest: _Floats = np.where(there, records.followup, 1.0).min(axis=1, initial=1.0)
    return shortest


def responses_per_level(records: PatientRecords, n_doses: int) -> _Ints:
    """Return the responses seen at each level. Shape (S, J)."""
    return count_per_level(records, n_doses, records.response == 1)


def pending_responses_per_level(records: PatientRecords, n_doses: int) -> _Ints:
    """Return the patients of each level whose response is not known yet. Shape (S, J)."""
    return count_per_level(records, n_doses, records.response_pending)


def response_follow_up_sums(records: PatientRecords, n_doses: int) -> _Floats:
    """Return the summed response follow-up of those whose response is pending, in windows. Shape (S, J)."""
    return sum_per_level(records, n_doses, np.where(records.response_pending, records.response_followup, 0.0))


def backfilled_per_level(records: PatientRecords, n_doses: int) -> _Ints:
    """Return the backfilled patients of each level. Shape (S, J)."""
    return count_per_level(records, n_doses, records.backfill)


def _filled(values: ArrayLike | None, levels: _Ints, default: float) -> NDArray[np.generic]:
    return np.broadcast_to(np.atleast_2d(np.asarray(default if values is None else values)), levels.shape)


def _padded(values: NDArray[np.generic], width: int) -> NDArray[np.generic]:
    return np.pad(values, ((0, 0), (0, width - values.shape[1])))
