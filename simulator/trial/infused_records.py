"""What is known of each patient infused in escalation on any day, as a design that looks early reads it."""

from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.trial.ledger import NEVER

_FIRST_WIDTH: Final = 64


class InfusedRecords:
    """One column a patient, in order of infusion; a patient who turns out not to be DLT-evaluable is taken out.

    Parameters
    ----------
    window_days, response_day
        Length of the DLT window, and the day after infusion on which the response is known; 0: at once.
    """

    def __init__(self, window_days: float, response_day: float) -> None:
        self._window: Final = window_days
        self._response_day: Final = response_day
        self.count = 0
        self._level = np.zeros((1, _FIRST_WIDTH), dtype=np.int64)
        self._dlt = np.full((1, _FIRST_WIDTH), PENDING)
        self._day = np.zeros((1, _FIRST_WIDTH))
        self._response = np.zeros((1, _FIRST_WIDTH), dtype=np.int64)
        self._response_day_of = np.full((1, _FIRST_WIDTH), NEVER)
        self._backfill = np.zeros((1, _FIRST_WIDTH), dtype=np.bool_)
        self._onset = np.ones((1, _FIRST_WIDTH))

    def enter(self, level: int, day: float, response: bool, death_day: float, backfill: bool) -> int:
        """Enter a patient infused on the day, who dies so long after it, with an open window; return the column."""
        at = self.count
        if at == self._level.shape[1]:
            self._widen()
        self._level[0, at], self._day[0, at], self._backfill[0, at] = level, day, backfill
        self._response[0, at], self._response_day_of[0, at] = (
            response,
            day + min(self._response_day, death_day),
        )
        self.count += 1
        return at

    def know(self, column: int, dlt: bool, day: float) -> None:
        """Enter the DLT of a patient, seen on the day, or that the whole window passed without one."""
        self._dlt[0, column] = dlt
        if dlt and self._window:
            self._onset[0, column] = min((day - self._day[0, column]) / self._window, 1.0)

    def take_out(self, column: int) -> None:
        """Take a patient out who is not DLT-evaluable."""
        self._level[0, column] = 0

    def on(self, day: float) -> PatientRecords:
        """Return what is known on the day, outcomes of the same instant included; one state.

        The arrays may change with the next entry: the reader keeps none of them.
        """
        k = self.count
        level, dlt = self._level[:, :k], self._dlt[:, :k]
        elapsed = day - self._day[:, :k]
        followup = np.minimum(elapsed / self._window, 1.0) if self._window else np.zeros((1, k))
        followup[dlt != PENDING] = 1.0
        open_response = self._response_day_of[:, :k] > day
        response_followup = np.ones((1, k))
        if self._response_day:
            shares = np.minimum(elapsed / self._response_day, 1.0)
            response_followup[open_response] = shares[open_response]
        return PatientRecords(
            level=level,
            dlt=dlt,
            followup=followup,
            response=np.where(open_response, PENDING, self._response[:, :k]),
            response_followup=response_followup,
            backfill=self._backfill[:, :k],
            onset=self._onset[:, :k],
        )

    def pending_days(self, level: int | None = None) -> NDArray[np.float64]:
        """Return the days of infusion of those whose DLT window is open, all or those of one level."""
        k = self.count
        which = (self._dlt[0, :k] == PENDING) & (self._level[0, :k] > 0)
        if level is not None:
            which &= self._level[0, :k] == level
        days: NDArray[np.float64] = self._day[0, :k][which]
        return days

    def complete_on(self, day: float) -> bool:
        """Return whether nothing is pending on the day, neither a DLT nor a response."""
        k = self.count
        known = (self._dlt[0, :k] != PENDING) & (self._response_day_of[0, :k] <= day)
        return bool((known | (self._level[0, :k] == 0)).all())

    def next_response_day(self, day: float) -> float:
        """Return the first day after this one on which a response becomes known; infinity for none."""
        k = self.count
        days = self._response_day_of[0, :k]
        later = days[(days > day) & (self._level[0, :k] > 0)]
        return float(later.min()) if len(later) else NEVER

    def _widen(self) -> None:
        more = self._level.shape[1]
        for name, filler in _FILLERS.items():
            column = getattr(self, name)
            setattr(self, name, np.pad(column, ((0, 0), (0, more)), constant_values=filler))


def copied(records: PatientRecords) -> PatientRecords:
    """Return records that later entries do not change."""
    columns: dict[str, Any] = {field.name: records.values(field.name).copy() for field in fields(records)}
    return PatientRecords(**columns)


_FILLERS: Final = {
    "_level": 0,
    "_dlt": PENDING,
    "_day": 0.0,
    "_response": 0,
    "_response_day_of": NEVER,
    "_backfill": False,
    "_onset": 1.0,
}
