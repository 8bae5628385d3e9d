"""What a verdict rests on: the values that make it, or those that are missing and would.

Found by asking the criterion itself: values are set or hidden, and it is judged again. So the answer holds for
every reading, and no rule is written twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.criterion import Criterion
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import judge_one
from simulator.eligibility.three_valued import FAIL, PASS, Bools
from simulator.fields import FIELDS, End, Kind

Floats = NDArray[np.float64]
Column = NDArray[Any]
Columns = Mapping[str, Floats]

EARLY_GAP_DAYS, LATE_GAP_DAYS = 100.0, 2000.0
"""Days from remission to relapse that are tried for a missing date."""

_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Sufficient:
    """A set of fields for each patient with nothing to spare: leave one out, and the verdict is not certain.

    Attributes
    ----------
    names
        Fields, in the order of the criterion.
    wanted
        (patients, names): the field is in the patient's set.
    found
        (patients,): there is such a set. Not found does not prove that there is none.
    """

    names: tuple[str, ...]
    wanted: Bools
    found: Bools


def fields_read(criterion: Criterion, readings: EligibilityReadings) -> tuple[str, ...]:
    """Return the fields that the criterion reads under these readings, in its order."""
    reads = _Recording({name: np.zeros(1) for name in criterion.fields})
    judge_one(reads, criterion, readings)
    return tuple(name for name in criterion.fields if name in reads.names)


class _Recording(dict[str, Column]):
    """Columns that remember which were read."""

    def __init__(self, columns: Mapping[str, Column]) -> None:
        super().__init__(columns)
        self.names: set[str] = set()

    def get(self, key: str, default: Any = None) -> Any:
        self.names.add(key)
        return super().get(key, default)


def why_failed(columns: Columns, criterion: Criterion, readings: EligibilityReadings) -> Sufficient:
    """Return for patients who fail a criterion the known values that alone make them fail.

    Parameters
    ----------
    columns
        Field -> (patients,) values, NaN where unknown, of patients who all fail.
    """
    names = fields_read(criterion, readings)
    values = _complete(columns, names)
    known = {name: ~np.isnan(values[name]) for name in names}
    return _smallest(values, known, known, criterion, readings, FAIL)


def what_decides(
    columns: Columns, criterion: Criterion, readings: EligibilityReadings, verdict: int
) -> Sufficient:
    """Return for patients whose verdict is unknown the missing fields that could bring PASS or FAIL.

    The values known stay as they are; for the missing ones extreme values are tried, three ways: an early
    relapse, a late one, refractory or extramedullary disease. The first way that brings the verdict counts.
    """
    names = fields_read(criterion, readings)
    given = _complete(columns, names)
    missing = {name: np.isnan(given[name]) for name in names}
    best: Sufficient | None = None
    for attempt in range(_TRIES):
        filled = _filled(given, missing, verdict, attempt)
        known = {name: np.ones(len(missing[name]), dtype=np.bool_) for name in names}
        one = _smallest(filled, known, missing, criterion, readings, verdict)
        best = one if best is None else _first(best, one)
    assert best is not None
    return best


def _complete(columns: Columns, names: tuple[str, ...]) -> dict[str, Floats]:
    count = len(next(iter(columns.values())))
    return {
        name: np.asarray(columns[name], dtype=np.float64) if name in columns else np.full(count, np.nan)
        for name in names
    }


def _filled(given: Columns, missing: Mapping[str, Bools], verdict: int, attempt: int) -> dict[str, Floats]:
    filled = {
        name: np.where(missing[name], _tried(name, verdict, attempt), values)
        for name, values in given.items()
    }
    # dates are filled together: only the gap between them decides, and either may be known
    gap = EARLY_GAP_DAYS if (attempt != 1) == (verdict == PASS) else LATE_GAP_DAYS
    for start in ("first_cr_day", "consolidation_end_day"):
        if start in given and "first_relapse_day" in given:
            relapse = given["first_relapse_day"]
            relapse = np.where(np.isnan(relapse), given[start] + gap, relapse)
            filled["first_relapse_day"] = relapse = np.where(np.isnan(relapse), 0.0, relapse)
            filled[start] = np.where(missing[start], relapse - gap, given[start])
    return filled


def _tried(name: str, verdict: int, attempt: int) -> float:
    field = FIELDS[name]
    if field.tried is not None:
        return field.tried[0 if verdict == PASS else 1][attempt]
    high = (field.favourable is End.HIGH) == (verdict == PASS)
    bound = field.high if high else field.low
    return 0.0 if bound is None or field.kind is Kind.DAY else float(bound)


def _smallest(
    values: Columns,
    known: Mapping[str, Bools],
    candidates: Mapping[str, Bools],
    criterion: Criterion,
    readings: EligibilityReadings,
    verdict: int,
) -> Sufficient:
    """Hide candidate after candidate, from the last, as long as the verdict stays."""
    names = tuple(values)
    kept = {name: mask.copy() for name, mask in known.items()}
    found = judge_one(values, criterion, readings, kept) == verdict
    for name in reversed(names):
        tried = candidates[name] & found
        if tried.any():
            before = kept[name]
            kept[name] = before & ~tried
            kept[name] |= tried & (judge_one(values, criterion, readings, kept) != verdict)
    wanted = np.column_stack([kept[name] & candidates[name] & found for name in names])
    return Sufficient(names, wanted, found)


def _first(one: Sufficient, other: Sufficient) -> Sufficient:
    take = other.found & ~one.found
    return Sufficient(one.names, np.where(take[:, None], other.wanted, one.wanted), one.found | other.found)
