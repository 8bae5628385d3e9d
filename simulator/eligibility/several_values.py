"""Patients some of whose values can be several: a criterion has a verdict where it is the same for all of them."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.criterion import Criterion
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.three_valued import UNKNOWN, Bools, Codes

Column = NDArray[Any]
Rows = NDArray[np.intp]

MOST_COMBINATIONS: Final = 4096
"""Of the values of one patient and one criterion; with more the criterion is unknown."""


@dataclass(frozen=True, slots=True)
class SeveralValues:
    """What one field of one patient can be: readings of a cell, or the two ends of a range.

    Every criterion is monotone between two values of a field, so the ends speak for what lies between.
    """

    field: str
    row: int
    values: tuple[float, ...]


Unsettled = Mapping[str, Mapping[str, Rows]]
"""Criterion id -> field -> the patients whose verdict depends on which of its values the field has."""


def settle(
    codes: Codes,
    columns: Mapping[str, Column],
    known: Mapping[str, Bools] | None,
    in_force: Sequence[Criterion],
    readings: EligibilityReadings,
    several: Iterable[SeveralValues],
) -> Unsettled:
    """Judge these patients by all their values: where verdicts differ, the code becomes UNKNOWN.

    Parameters
    ----------
    codes : (criteria, patients)
        Changed in place.
    """
    values: dict[str, dict[int, tuple[float, ...]]] = defaultdict(dict)
    for one in several:
        values[one.field][one.row] = one.values
    unsettled: dict[str, dict[str, Rows]] = {}
    for k, criterion in enumerate(in_force):
        open_fields = [name for name in criterion.fields if name in values]
        found: dict[str, list[Rows]] = defaultdict(list)
        for names, rows in _patterns(open_fields, values).items():
            judged = _judged(
                columns, known, criterion, readings, {name: values[name] for name in names}, rows
            )
            if judged is None:
                codes[k][rows] = UNKNOWN
                for name in names:
                    found[name].append(rows)
                continue
            flat = judged.reshape(-1, len(rows))
            codes[k][rows] = np.where((flat == flat[0]).all(axis=0), flat[0], np.int8(UNKNOWN))
            for axis, name in enumerate(names):
                along = judged.max(axis=axis) != judged.min(axis=axis)
                found[name].append(rows[along.reshape(-1, len(rows)).any(axis=0)])
        depends = {name: np.concatenate(parts) for name, parts in found.items()}
        unsettled[criterion.id] = {name: rows for name, rows in depends.items() if len(rows)}
    return unsettled


def _patterns(
    names: Sequence[str], values: Mapping[str, Mapping[int, tuple[float, ...]]]
) -> dict[tuple[str, ...], Rows]:
    """Return the patients that have several values in the same fields."""
    fields_of: dict[int, list[str]] = defaultdict(list)
    for name in names:
        for row in values[name]:
            fields_of[row].append(name)
    grouped: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row, open_fields in fields_of.items():
        grouped[tuple(open_fields)].append(row)
    return {pattern: np.array(rows, dtype=np.intp) for pattern, rows in grouped.items()}


def _judged(
    columns: Mapping[str, Column],
    known: Mapping[str, Bools] | None,
    criterion: Criterion,
    readings: EligibilityReadings,
    values: Mapping[str, Mapping[int, tuple[float, ...]]],
    rows: Rows,
) -> Codes | None:
    """Return the code for every combination, shape (values of the first field, ..., rows); None: too many."""
    tables = {}
    for name, of_row in values.items():
        most = max(len(of_row[row]) for row in rows.tolist())
        # a patient with fewer values has the last one again
        tables[name] = np.array(
            [(*of_row[row], *of_row[row][-1:] * (most - len(of_row[row]))) for row in rows.tolist()]
        )
    sizes = [table.shape[1] for table in tables.values()]
    if np.prod(sizes, dtype=float) > MOST_COMBINATIONS:
        return None
    some = {name: columns[name][rows] for name in criterion.fields if name in columns}
    masks = {name: known[name][rows] for name in criterion.fields if known is not None and name in known}
    judged = np.empty((*sizes, len(rows)), dtype=np.int8)
    for choice in itertools.product(*map(range, sizes)):
        chosen = {name: table[:, k] for (name, table), k in zip(tables.items(), choice, strict=True)}
        judged[choice] = criterion.test(PatientColumns({**some, **chosen}, masks), readings)
    return judged
