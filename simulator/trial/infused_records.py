"""What is known of each patient infused in escalation on any day, as a design that looks early reads it."""

from dataclasses import fields
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.trial.ledger import NEVER

_FIRST_WIDTH: Final = 64
_INT_COLUMNS: Final = ("level", "dlt", "response", "backfill")
_FLOAT_COLUMNS: Final = ("day", "response_known_day", "onset")


class InfusedColumns(NamedTuple):
    """What is kept of the patients of S states, each (S, P); a state with fewer is padded with level 0.

    `day` is that of the infusion, `response_known_day` the one from which the response is known.
    """

    level: NDArray[np.int64]
    dlt: NDArray[np.int64]
    day: NDArray[np.float64]
    response: NDArray[np.int64]
    response_known_day: NDArray[np.float64]
    backfill: NDArray[Any]
    onset: NDArray[np.float64]


class InfusedRecords:
    """One place a patient, in order of infusion; a patient who turns out not to be DLT-evaluable is taken out.

    Parameters
    ----------
    window_days, response_days
        Length of the DLT window, and the days after infusion on which the response is known; 0: at once.
    reads_responses
        Whether the design reads responses: else none is awaited.
    """

    def __init__(self, window_days: float, response_days: float, *, reads_responses: bool = True) -> None:
        self.window_days: Final = window_days
        self.response_days: Final = response_days
        self.reads_responses: Final = reads_responses
        self.count = 0
        self.level, self.dlt, self.response, self.backfill = (
            np.zeros(_FIRST_WIDTH, dtype=np.int64) for _ in _INT_COLUMNS
        )
        self.day, self.response_known_day, self.onset = (np.zeros(_FIRST_WIDTH) for _ in _FLOAT_COLUMNS)

    def enter(self, level: int, day: float, response: bool, death_day: float, backfill: bool) -> int:
        """Enter a patient infused on the day, who dies so long after it, with an open window; return the place."""
        at = self.add()
        self.level[at] = level
        self.dlt[at] = PENDING
        self.day[at] = day
        self.response[at] = response
        self.response_known_day[at] = day + min(self.response_days, death_day)
        self.backfill[at] = backfill
        self.onset[at] = 1.0
        return at

    def add(self) -> int:
        """Make a place and return it."""
        if self.count == len(self.level):
            for name in (*_INT_COLUMNS, *_FLOAT_COLUMNS):
                column = getattr(self, name)
                setattr(self, name, np.concatenate([column, np.zeros_like(column)]))
        self.count += 1
        return self.count - 1

    def know(self, at: int, dlt: bool, day: float) -> None:
        """Enter the DLT of a patient, seen on the day, or that the whole window passed without one."""
        self.dlt[at] = dlt
        if dlt and self.window_days > 0:
            self.onset[at] = min((day - self.day[at]) / self.window_days, 1.0)

    def take_out(self, at: int) -> None:
        """Take a patient out who is not DLT-evaluable."""
        self.level[at] = 0

    def pending_at(self, level: int) -> int:
        """Return how many at a level have an open DLT window."""
        pending = 0
        for k in range(self.count):
            pending += self.level[k] == level and self.dlt[k] == PENDING
        return pending

    def latest_pending_day(self, level: int) -> float:
        """Return the last day of infusion of those with an open window at a level; minus infinity for nobody."""
        for k in range(self.count - 1, -1, -1):  # in order of infusion
            if self.level[k] == level and self.dlt[k] == PENDING:
                return float(self.day[k])
        return -NEVER

    def complete_on(self, day: float) -> bool:
        """Return whether nothing that is read is pending on the day, neither a DLT nor a response."""
        for k in range(self.count - 1, -1, -1):  # the last ones first: they are pending most often
            responds_later = self.reads_responses and self.response_known_day[k] > day
            if self.level[k] > 0 and (self.dlt[k] == PENDING or responds_later):
                return False
        return True

    def next_response_day(self, day: float) -> float:
        """Return the first day after this one on which a response becomes known that is read; infinity for none."""
        first = NEVER
        if not self.reads_responses:
            return first
        for k in range(self.count - 1, -1, -1):
            if self.day[k] + self.response_days <= day:
                break  # who was infused before has been assessed too
            if self.level[k] > 0 and day < self.response_known_day[k] < first:
                first = self.response_known_day[k]
        return first

    def last_response_day(self) -> float:
        """Return the last day on which a response becomes known; minus infinity for none."""
        last = -NEVER
        for k in range(self.count):
            if self.level[k] > 0:
                last = max(last, float(self.response_known_day[k]))
        return last

    def on(self, day: float) -> PatientRecords:
        """Return what is known on the day, outcomes of the same instant included; one state.

        The arrays may change with the next entry: the reader keeps none of them.
        """
        k = self.count
        columns = InfusedColumns(
            level=self.level[None, :k],
            dlt=self.dlt[None, :k],
            day=self.day[None, :k],
            response=self.response[None, :k],
            response_known_day=self.response_known_day[None, :k],
            backfill=self.backfill[None, :k],
            onset=self.onset[None, :k],
        )
        return known_on(day, columns, self.window_days, self.response_days)


def known_on(
    day: float | NDArray[np.float64], of: InfusedColumns, window_days: float, response_days: float
) -> PatientRecords:
    """Return what is known of patients on the day, or on a day each state (S, 1)."""
    elapsed = day - of.day
    followup = np.minimum(elapsed / window_days, 1.0) if window_days else np.zeros(of.level.shape)
    followup[of.dlt != PENDING] = 1.0
    open_response = of.response_known_day > day
    response_followup = np.ones(of.level.shape)
    if response_days:
        shares = np.minimum(elapsed / response_days, 1.0)
        response_followup[open_response] = shares[open_response]
    return PatientRecords(
        level=of.level,
        dlt=of.dlt,
        followup=followup,
        response=np.where(open_response, PENDING, of.response),
        response_followup=response_followup,
        backfill=of.backfill.astype(np.bool_),
        onset=of.onset,
    )


def completed(
    known: PatientRecords,
    level: NDArray[np.int64],
    lacking: NDArray[np.int64],
    more: NDArray[np.int64],
    response: NDArray[np.int64],
) -> PatientRecords:
    """Return records with the cohort at a level completed; all arguments but the records (S,).

    `lacking` patients join, and the first `more` of those without a known outcome there have a DLT, the others none;
    whose response there is not known has `response`. What is pending at other levels stays so.
    """
    joins = np.arange(lacking.max(initial=0)) < lacking[:, None]

    def joined(column: NDArray[Any], value: Any) -> NDArray[Any]:
        return np.concatenate([column, np.where(joins, value, 0).astype(column.dtype)], axis=1)

    levels = joined(known.level, level[:, None])
    here = levels == level[:, None]
    dlt, responses = joined(known.dlt, PENDING), joined(known.response, PENDING)
    unknown, unanswered = (dlt == PENDING) & here, (responses == PENDING) & here
    toxic = unknown & (np.cumsum(unknown, axis=1) <= more[:, None])
    return PatientRecords(
        level=levels,
        dlt=np.where(toxic, 1, np.where(unknown, 0, dlt)),
        followup=np.where(unknown, 1.0, joined(known.followup, 0.0)),
        response=np.where(unanswered, response[:, None], responses),
        response_followup=np.where(unanswered, 1.0, joined(known.response_followup, 0.0)),
        backfill=joined(known.backfill, False),
        onset=joined(known.values("onset"), 1.0),
    )


def copied(records: PatientRecords) -> PatientRecords:
    """Return records that later entries do not change."""
    columns: dict[str, Any] = {field.name: records.values(field.name).copy() for field in fields(records)}
    return PatientRecords(**columns)
