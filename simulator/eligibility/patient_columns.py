"""What is known of a column of patients: values, what is unknown, and their comparison with limits."""

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from typing import Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from simulator.eligibility.readings import Boundary
from simulator.eligibility.three_valued import UNKNOWN, Bools, Codes, coded
from simulator.errors import ProtocolError
from simulator.fields import FIELDS

Column = NDArray[Any]
Floats = NDArray[np.float64]

LAST_BITS: Final = 1e-12
"""Relative; far below any digit of a laboratory, far above the rounding of one product."""


class PatientColumns:
    """Columns of patients, read with three-valued logic.

    Parameters
    ----------
    columns
        Field name -> (patients,) array. A missing field is unknown for everybody; NaN is unknown.
    known
        Field name -> (patients,) mask; False makes the value unknown. A field without a mask is known.
    fields
        The names that a column may have: by default the patient fields.

    Raises
    ------
    ProtocolError
        For a name that is no patient field, or columns of different lengths.
    """

    __slots__ = ("_columns", "_fields", "_known", "count")

    def __init__(
        self,
        columns: Mapping[str, Column],
        known: Mapping[str, Bools] | None = None,
        fields: Collection[str] = FIELDS,
    ) -> None:
        self._columns = columns
        self._known = {} if known is None else known
        self._fields = fields
        strangers = sorted({*self._columns, *self._known}.difference(fields))
        if strangers:
            raise ProtocolError(f"no patient field is called {', '.join(strangers)}")
        shapes = {values.shape for values in (*self._columns.values(), *self._known.values())}
        if len(shapes) != 1 or len(next(iter(shapes))) != 1:
            named = (*self._columns.items(), *self._known.items())
            listed = ", ".join(f"{name} {values.shape}" for name, values in named)
            raise ProtocolError(f"columns must be one-dimensional and of one length, got {listed or 'none'}")
        self.count: int = next(iter(shapes))[0]

    def without(self, hidden: Container[str]) -> "PatientColumns":
        """Return the same patients with these fields unknown."""
        patients = PatientColumns.__new__(PatientColumns)
        patients._columns = {name: values for name, values in self._columns.items() if name not in hidden}
        patients._known, patients._fields = self._known, self._fields
        patients.count = self.count
        return patients

    def beyond(self, boundary: Boundary) -> Callable[[str, float], Codes]:
        """Return what compares a field with a limit that is within, or not."""
        match boundary:
            case Boundary.STRICT:
                return self.above
            case Boundary.INCLUSIVE:
                return self.at_least
            case _ as never:
                assert_never(never)

    def always(self, code: int) -> Codes:
        """Return one code for everybody."""
        return np.full(self.count, code, dtype=np.int8)

    def is_known(self, name: str) -> Bools:
        """Return where the field has a value."""
        values = self._columns.get(name)
        if values is None:
            return np.zeros(self.count, dtype=np.bool_)
        # flags and categories of drawn patients are stored without NaN: all known
        present = np.ones(self.count, dtype=np.bool_) if values.dtype.kind != "f" else ~np.isnan(values)
        mask = self._known.get(name)
        return present if mask is None else present & mask

    def values(self, name: str) -> Floats:
        """Return the values as float64, NaN where unknown: not to be changed."""
        values = self._columns.get(name)
        if values is None:
            return np.full(self.count, np.nan)
        mask = self._known.get(name)
        numbers = values.astype(np.float64, copy=mask is not None)
        if mask is not None:
            numbers[~mask] = np.nan
        return numbers

    def flag(self, name: str) -> Codes:
        """Return PASS where the flag is true."""
        return self._test(name, lambda values: values if values.dtype == np.bool_ else values != 0)

    def at_least(self, name: str, limit: float) -> Codes:
        """Return PASS where the value is at or above the limit."""
        return self._test(name, lambda values: values >= limit)

    def at_most(self, name: str, limit: float) -> Codes:
        """Return PASS where the value is at or below the limit."""
        return self._test(name, lambda values: values <= limit)

    def above(self, name: str, limit: float) -> Codes:
        """Return PASS where the value is strictly above the limit."""
        return self._test(name, lambda values: values > limit)

    def below(self, name: str, limit: float) -> Codes:
        """Return PASS where the value is strictly below the limit."""
        return self._test(name, lambda values: values < limit)

    def equal(self, name: str, value: float) -> Codes:
        """Return PASS where the field has this value."""
        return self._test(name, lambda values: values == value)

    def unequal(self, name: str, value: float) -> Codes:
        """Return PASS where the field has another value."""
        return self._test(name, lambda values: values != value)

    def one_of(self, name: str, *categories: str) -> Codes:
        """Return PASS where the category is one of those named."""
        indices = [FIELDS[name].categories.index(category) for category in categories]
        return self._test(name, lambda values: _any_equal(values, indices))

    def within_multiple(self, name: str, multiple: float, limit_name: str) -> Codes:
        """Return PASS where the value is at most `multiple` times the limit in another field.

        A value written as exactly the multiple passes: 1.695 is 1.5 times 1.13, which the product of the
        binary numbers misses by its last bit.
        """
        values, limits = self._columns.get(name), self._columns.get(limit_name)
        if values is None or limits is None:
            return self.always(UNKNOWN)
        missing = ~(self.is_known(name) & self.is_known(limit_name))
        return coded(values <= multiple * limits * (1 + LAST_BITS), missing)

    def _test(self, name: str, holds: Callable[[Column], Bools]) -> Codes:
        values = self._columns.get(name)
        if values is None:
            if name not in self._fields:
                raise ProtocolError(f"no patient field is called {name}")
            return self.always(UNKNOWN)
        mask = self._known.get(name)
        missing = None if mask is None else ~mask
        if values.dtype.kind == "f":
            nan = np.isnan(values)
            if nan.any():
                missing = nan if missing is None else nan | missing
        return coded(holds(values), missing)


def _any_equal(values: Column, wanted: Sequence[int]) -> Bools:
    """Return where a value is one of a few wanted: far sooner than by a search among them."""
    found: Bools = values == wanted[0]
    for one in wanted[1:]:
        found |= values == one
    return found
