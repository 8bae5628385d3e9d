"""The probabilities of end states for many truths, factored over levels.

The probability of an end state is C times a factor of the lower levels times a factor of the upper levels.
Many end states share each factor, so a truth costs one multiplication and one addition per end state and
measure. Sums run over one truth at a time, in a fixed order: a result does not depend on which truths are
asked together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints
from simulator.exact.decision_graph import EndStates
from simulator.exact.frontier import CAP_REACHED, Rows

_BLOCK_NUMBERS: Final = 2**16  # factors held at once: they stay in the cache
_TABLE_NUMBERS: Final = 2**24  # of a look-up table; larger ones give way to sorting

Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Half:
    """The distinct patient and DLT counts at some adjacent levels.

    Attributes
    ----------
    first
        Index of the first of the levels.
    counts : (H, levels)
        256 * n + dlt.
    """

    first: int
    counts: Rows
    _columns: tuple[
        tuple[Ints, Ints, Places], ...
    ]  # per level: distinct n and dlt, and which of them in each row

    @staticmethod
    def of(first: int, counts: Rows) -> "Half":
        """Look up the distinct counts of each level."""
        columns = []
        for column in counts.T:
            codes, place = np.unique(column, return_inverse=True)
            columns.append(((codes >> 8).astype(np.int64), (codes & 255).astype(np.int64), place))
        return Half(first, counts, tuple(columns))

    @property
    def n(self) -> Ints:
        """Patients, shape (levels, H)."""
        return (self.counts >> 8).astype(np.int64).T.copy()

    def factor(self, up: Floats, down: Floats) -> Floats:
        """Return the product of p**dlt * (1 - p)**(n - dlt) over the levels, shape (truths, H)."""
        factor = np.ones((len(up), len(self.counts)))
        for level, (n, dlt, place) in enumerate(self._columns, start=self.first):
            factor *= np.take(up[:, level, dlt] * down[:, level, n - dlt], place, axis=1)
        return factor


@dataclass(frozen=True, slots=True)
class Sides:
    """The factors of one truth: (L,) of the lower and (U,) of the upper levels."""

    lower: Floats
    upper: Floats


@dataclass(frozen=True, slots=True)
class Factored:
    """End states in the order (label, lower, upper), where the label is all that most measures read.

    Attributes
    ----------
    ends
        The end states, sorted.
    label_selection, label_reason, label_total : (labels,)
        Selection, reason and total n that the states of a label share.
    lower, upper
        Distinct counts below and from the middle level.
    """

    ends: EndStates
    label_selection: Ints
    label_reason: Ints
    label_total: Ints
    lower: Half
    upper: Half
    _coefficient: Floats
    _lower_of: Places
    _upper_of: Places
    _groups: Places
    _label_starts: Places
    _coefficient_by_upper: Floats
    _lower_of_by_upper: Places
    _upper_starts: Places

    def sides(self, p_dlt: Floats) -> Iterator[Sides]:
        """Give the factors of each truth of (truths, J)."""
        largest = int(self.label_total.max())
        size = max(1, _BLOCK_NUMBERS // (len(self.lower.counts) + len(self.upper.counts)))
        for first in range(0, len(p_dlt), size):
            up, down = powers(p_dlt[first : first + size], largest)
            for lower, upper in zip(self.lower.factor(up, down), self.upper.factor(up, down), strict=True):
                yield Sides(lower, upper)

    def states(self, sides: Sides) -> Floats:
        """Return the probability of every end state, shape (S,)."""
        probability: Floats = self._coefficient * sides.upper[self._upper_of] * sides.lower[self._lower_of]
        return probability

    def labels(self, sides: Sides) -> Floats:
        """Return the probability of every label, shape (labels,)."""
        added: Floats = np.add.reduceat(self._group_mass(sides), self._label_starts)
        return added

    def lower_mass(self, sides: Sides) -> Floats:
        """Return the probability of every count at the lower levels, shape (L,)."""
        of_group = self._lower_of[self._groups]
        mass: Floats = np.bincount(of_group, self._group_mass(sides), len(self.lower.counts)).astype(
            np.float64
        )
        return mass

    def upper_mass(self, sides: Sides) -> Floats:
        """Return the probability of every count at the upper levels, shape (U,)."""
        inner = np.add.reduceat(
            self._coefficient_by_upper * sides.lower[self._lower_of_by_upper], self._upper_starts
        )
        mass: Floats = inner * sides.upper
        return mass

    def _group_mass(self, sides: Sides) -> Floats:
        inner = np.add.reduceat(self._coefficient * sides.upper[self._upper_of], self._groups)
        mass: Floats = inner * sides.lower[self._lower_of[self._groups]]
        return mass


def factored(ends: EndStates) -> Factored:
    """Sort end states for evaluation."""
    middle = ends.counts.shape[1] // 2
    lower, lower_of = _distinct(ends.counts[:, :middle])
    upper, upper_of = _distinct(ends.counts[:, middle:])
    tags = np.stack([ends.selection, ends.reason - CAP_REACHED, ends.total_n], axis=1).astype(np.uint16)
    label, label_of = _distinct(tags)
    order = np.argsort((label_of * len(lower) + lower_of) * len(upper) + upper_of)
    lower_of, upper_of, label_of = lower_of[order], upper_of[order], label_of[order]
    groups = _starts(label_of * len(lower) + lower_of)
    by_upper = np.argsort(upper_of, kind="stable")
    # Above 2**53 this rounds, as every later product does; the integers themselves stay in `ends`.
    coefficient = ends.coefficient[order].astype(np.float64)
    return Factored(
        ends=ends.where(order),
        label_selection=label[:, 0].astype(np.int64),
        label_reason=label[:, 1].astype(np.int64) + CAP_REACHED,
        label_total=label[:, 2].astype(np.int64),
        lower=Half.of(0, lower),
        upper=Half.of(middle, upper),
        _coefficient=coefficient,
        _lower_of=lower_of,
        _upper_of=upper_of,
        _groups=groups,
        _label_starts=_starts(label_of[groups]),
        _coefficient_by_upper=coefficient[by_upper],
        _lower_of_by_upper=lower_of[by_upper],
        _upper_starts=_starts(upper_of[by_upper]),
    )


def _distinct(rows: Rows) -> tuple[Rows, Places]:
    """Return the distinct rows in lexicographic order, and the place of each row among them."""
    place = np.zeros(len(rows), dtype=np.intp)
    example = np.zeros(1, dtype=np.intp)
    for column in rows.T:
        first, code = _occurring(column.astype(np.intp), int(column.max()) + 1)
        example, place = _occurring(place * len(first) + code, len(example) * len(first))
    return rows[example], place


def _occurring(key: Places, keys: int) -> tuple[Places, Places]:
    """Return where each value that occurs among 0..keys - 1 does, and each key's place among these values."""
    if keys > _TABLE_NUMBERS:
        _, example, place = np.unique(key, return_index=True, return_inverse=True)
        return example, place
    table = np.full(keys, -1, dtype=np.intp)
    table[key] = np.arange(len(key))
    occurs = np.flatnonzero(table >= 0)
    example = table[occurs]
    table[occurs] = np.arange(len(occurs))
    return example, table[key]


def _starts(values: Ints) -> Places:
    """Return where each run of equal values begins."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1]))


def powers(p_dlt: Floats, largest: int) -> tuple[Floats, Floats]:
    """Return p**k and (1 - p)**k for k = 0..largest, each (..., largest + 1), with 0**0 = 1.

    By repeated multiplication: exact at p = 0 and 1, and the same whatever the shape.
    """
    p = p_dlt[..., None]
    exponents = [*p_dlt.shape, largest]
    one = np.ones_like(p)
    up = np.concatenate([one, np.broadcast_to(p, exponents)], axis=-1)
    down = np.concatenate([one, np.broadcast_to(1.0 - p, exponents)], axis=-1)
    return np.cumprod(up, axis=-1), np.cumprod(down, axis=-1)


def probabilities(ends: EndStates, p_dlt: Floats) -> Floats:
    """Return the probability of every end state for one truth (J,), without sorting. Shape (S,)."""
    if not len(ends):
        return np.empty(0)
    probability = ends.coefficient.astype(np.float64)
    largest = int((ends.counts >> 8).max())
    up, down = powers(p_dlt, largest)
    n, dlt = np.divmod(np.arange(256 * (largest + 1)), 256)
    for level in range(len(p_dlt)):
        table = np.where(
            dlt <= n, up[level, np.minimum(dlt, largest)] * down[level, np.maximum(n - dlt, 0)], 0
        )
        probability *= table[ends.counts[:, level]]
    return probability
