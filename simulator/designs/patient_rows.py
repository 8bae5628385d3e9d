"""The patients of a trial under way, a row each: checked, and turned into records. Every fault at once, by row."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from numbers import Real
from typing import Any, Final

from simulator.designs.parameter_checks import MAX_PATIENTS
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.errors import DesignError

COLUMNS: Final = ("level", "dlt", "followup_days", "response", "response_followup_days", "backfill")
REQUIRED: Final = ("level", "dlt")
MAX_DAYS: Final = 36_525
YES: Final = frozenset({"1", "t", "yes", "true"})
NO: Final = frozenset({"0", "n", "no", "false"})
WINDOW_DAYS: Final = 28.0
"""The DLT window where none is given."""
_WINDOW_DAYS: Final = (0.0, 3_653.0)


@dataclass(frozen=True, slots=True)
class Windows:
    """The lengths of the DLT window and of the response window, in days."""

    dlt: float
    response: float

    @classmethod
    def of(cls, window_days: object, response_window_days: object) -> "Windows":
        """Check both; without a response window of its own it is that of the DLTs."""
        dlt = _window("window_days", window_days)
        given = window_days if response_window_days is None else response_window_days
        return cls(dlt, _window("response_window_days", given))


@dataclass(frozen=True, slots=True)
class PatientRow:
    """One patient: as in `PatientRecords`, with follow-up as shares of the windows."""

    level: int
    dlt: int
    followup: float
    response: int
    response_followup: float
    backfill: bool
    onset: float = 1.0


def records_of(rows: Sequence[PatientRow]) -> PatientRecords:
    """Return the records of one state."""
    names = ("level", "dlt", "followup", "response", "response_followup", "backfill", "onset")
    return PatientRecords.of(*([getattr(row, name) for row in rows] for name in names))


def patient_rows(
    columns: Mapping[str, Sequence[Any]],
    n_doses: int,
    windows: Windows,
    where: Callable[[int], str] = lambda i: f"patients: row {i + 1}",
) -> list[PatientRow]:
    """Read a row a patient.

    Parameters
    ----------
    columns
        `level`, `dlt` and the optional ones of `COLUMNS`, all of one length. A state is True or 1, False or 0, or
        missing: pending; or a word, as in `YES` and `NO`, or empty. A pending patient followed for the whole window
        is complete. Of a DLT, `followup_days` is the day it came, which few designs read: `dlt` decides, also where
        that day is after the window (`events_after_window`). Without
        `response_followup_days` a pending response has the DLT follow-up.
    where
        How errors name a row, from its place, 0 first.

    Raises
    ------
    DesignError
        An unknown or missing column, and every cell that cannot be, each with its row and column.
    """
    _check_columns(columns)
    faults: list[str] = []
    rows = []
    count = len(columns["level"])
    for i in range(count):
        cells = _Cells({name: values[i] for name, values in columns.items()}, where(i), faults)
        rows.append(cells.row(n_doses, windows))
    if count > MAX_PATIENTS:
        faults.append(f"patients: {count} rows: must be at most {MAX_PATIENTS}")
    if faults:
        raise DesignError("\n".join(faults))
    return rows


def events_after_window(
    columns: Mapping[str, Sequence[Any]], rows: Sequence[PatientRow], windows: Windows
) -> list[tuple[str, str, list[int]]]:
    """Return the rows whose DLT, or response, has more days of follow-up than its window, by state and column."""
    found = []
    for state, days, window in (
        ("dlt", "followup_days", windows.dlt),
        ("response", "response_followup_days", windows.response),
    ):
        numbers = [_number(cell) for cell in columns.get(days, ())]
        late = [
            i
            for i, (row, number) in enumerate(zip(rows, numbers, strict=False))
            if getattr(row, state) == 1 and number is not None and number > window
        ]
        if late:
            found.append((state, days, late))
    return found


def frame_columns(frame: object) -> dict[str, list[Any]]:
    """Return the columns of a DataFrame, or of what makes one (a list of mappings, a mapping of lists)."""
    import pandas as pd

    try:
        table = frame if isinstance(frame, pd.DataFrame) else pd.DataFrame(frame)  # type: ignore[call-overload]
    except (ValueError, TypeError) as error:
        raise DesignError(
            f"patients: must be a DataFrame with a row a patient, columns {', '.join(COLUMNS)}: {error}"
        ) from None
    if table.columns.has_duplicates:
        raise DesignError("patients: a column appears twice")
    if table.empty and not len(table.columns):
        return {name: [] for name in REQUIRED}
    return {str(name): list(table[name]) for name in table.columns}


def _check_columns(columns: Mapping[str, Sequence[Any]]) -> None:
    faults = []
    for name in columns:
        if name not in COLUMNS:
            close = get_close_matches(name, COLUMNS, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"legal: {', '.join(COLUMNS)}"
            faults.append(f"patients: unknown column {name!r}; {hint}")
    missing = [name for name in REQUIRED if name not in columns]
    if missing:
        faults.append(f"patients: required column is missing: {', '.join(missing)}")
    if faults:
        raise DesignError("\n".join(faults))


@dataclass(slots=True)
class _Cells:
    """The cells of one row; what is wrong with them goes to `faults`."""

    cells: dict[str, Any]
    where: str
    faults: list[str]

    def row(self, n_doses: int, windows: Windows) -> PatientRow:
        level = self._level(n_doses)
        dlt, followup = self._outcome("dlt", "followup_days", windows.dlt)
        if "response" not in self.cells:
            response, seen = PENDING, 0.0
        else:
            response, seen = self._outcome("response", "response_followup_days", windows.response)
        backfill = self._state("backfill") == 1
        # Of a DLT the days of follow-up are those until it came.
        days = self._days("followup_days", again=True) if dlt == 1 else None
        onset = 1.0 if days is None else min(days / windows.dlt, 1.0)
        return PatientRow(level, dlt, followup, response, seen, backfill, onset)

    def _outcome(self, column: str, days_column: str, window: float) -> tuple[int, float]:
        """Return an outcome, and its follow-up as a share of the window."""
        state, days = self._state(column), self._days(days_column)
        if days is None and days_column == "response_followup_days" and days_column not in self.cells:
            days = self._days("followup_days", again=True)
            days = 0.0 if days is None else days
        if state == 1:
            return 1, 1.0
        if state == 0:
            if days is not None and days < window and days_column in self.cells:
                self._fault(
                    days_column,
                    f"{days:g}: {column} is False before the end of the window of {window:g} days: leave {column}"
                    " empty while it is pending",
                )
            return 0, 1.0
        if days is None:
            if not self._broken(days_column):
                what = f"{days_column} is missing: give the days of follow-up, as {column} is pending"
                self.faults.append(f"{self.where}: {what}")
            return PENDING, 0.0
        # Followed for the whole window without an event: complete.
        return (0, 1.0) if days >= window else (PENDING, days / window)

    def _level(self, n_doses: int) -> int:
        value = self.cells["level"]
        number = _number(value)
        if number is None or number != int(number) or not 1 <= number <= n_doses:
            self._fault("level", f"{_shown(value)}: must be a whole number in 1..{n_doses}")
            return 1
        return int(number)

    def _state(self, column: str) -> int:
        value = self.cells.get(column)
        if _missing(value):
            return PENDING
        word = str(value).strip().casefold()
        if isinstance(value, str):
            state = 1 if word in YES else 0 if word in NO else None
        else:
            number = float(bool(value)) if _is_flag(value) else _number(value)
            state = int(number) if number in (0.0, 1.0) else None
        if state is None:
            legal = "True or False" if column == "backfill" else "True, False or missing (pending)"
            self._fault(column, f"{_shown(value)}: must be {legal}")
            return PENDING
        return state

    def _days(self, column: str, again: bool = False) -> float | None:
        value = self.cells.get(column)
        if _missing(value):
            return None
        days = _number(value)
        if days is None or not 0 <= days <= MAX_DAYS:
            if not again:
                self._fault(column, f"{_shown(value)}: must be a number of days in 0..{MAX_DAYS}")
            return None
        return days

    def _broken(self, column: str) -> bool:
        return not _missing(self.cells.get(column))

    def _fault(self, column: str, what: str) -> None:
        self.faults.append(f"{self.where}: {column} = {what}")


def _window(name: str, value: object) -> float:
    low, high = _WINDOW_DAYS
    number = _number(value)
    if number is None or not low < number <= high:
        raise DesignError(f"{name} = {value!r}: must be a number of days above 0, at most {high:g}")
    return number


def _number(value: object) -> float | None:
    """Return a finite number; None of anything else, a flag included."""
    if _is_flag(value):
        return None
    if isinstance(value, str):
        try:
            value = float(value.strip())
        except ValueError:
            return None
    if isinstance(value, Real):
        number = float(value)
        return number if math.isfinite(number) else None
    return None


def _is_flag(value: object) -> bool:
    return isinstance(value, bool) or type(value).__name__ in ("bool", "bool_")


def _missing(value: object) -> bool:
    """Tell whether a cell is empty: None, NaN, pd.NA, pd.NaT, or no text."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    if isinstance(value, str):
        return not value.strip()
    return isinstance(value, Real) and math.isnan(float(value))


def _shown(value: object) -> str:
    if isinstance(value, str):
        return repr(value)
    return f"{float(value):g}" if isinstance(value, Real) and not _is_flag(value) else str(value)
