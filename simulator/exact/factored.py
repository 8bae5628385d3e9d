"""The probabilities of end states for many truths, factored over levels.

The probability of an end state is C times a factor of the lower levels times a factor of the upper levels.
Many end states share each factor, so a truth costs one multiplication and one addition per end state and sum:
products of a sparse matrix of coefficients with the factors, truths side by side. Every column is summed in
the order of the matrix, alone: a result does not depend on which truths are evaluated together.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from simulator.designs.design import Floats, Ints
from simulator.exact.decision_graph import EndStates
from simulator.exact.frontier import CAP_REACHED, Rows

_BLOCK_NUMBERS: Final = 2**18  # factors held at once: they stay in the cache
_TRUTHS_AT_ONCE: Final = 16  # at least, as sparse products like company,
_MOST_NUMBERS: Final = 2**23  # unless the factors alone would then take more than 64 MiB
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
        """Return the product of p**dlt * (1 - p)**(n - dlt) over the levels, shape (H, truths).

        The powers have shape (levels, exponents, truths).
        """
        factor: Floats = np.ones((len(self.counts), up.shape[2]))
        for level, (n, dlt, place) in enumerate(self._columns, start=self.first):
            factor *= np.take(up[level, dlt] * down[level, n - dlt], place, axis=0)
        return factor


@dataclass(frozen=True, slots=True)
class Sums:
    """What most measures are made of.

    Attributes
    ----------
    labels : (labels, truths)
        Probability of every label.
    n_per_dose : (J, truths)
        Expected patients per level.
    """

    labels: Floats
    n_per_dose: Floats


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
    _coefficient: "csr_array[Any]"  # (groups, U), a group being a label and a lower count
    _lower_of_group: Places
    _label_groups: "csr_array[Any]"  # (labels, groups): ones
    _lower_n: "csr_array[Any]"  # (lower levels, groups): patients
    _coefficient_by_upper: "csr_array[Any]"  # (U, L)
    _upper_n: "csr_array[Any]"  # (upper levels, U): patients

    def sums(self, truths: Floats) -> Sums:
        """Return the sums for each truth of (truths, J)."""
        parts = [self._sums(lower, upper) for lower, upper in self._factors(truths)]
        return Sums(
            np.concatenate([part.labels for part in parts], axis=1),
            np.concatenate([part.n_per_dose for part in parts], axis=1),
        )

    def states(self, truths: Floats) -> Iterator[Floats]:
        """Yield the probability of every end state, shape (S,), for each truth of (truths, J)."""
        lower_of = np.repeat(self._lower_of_group, np.diff(self._coefficient.indptr))
        for lower, upper in self._factors(truths):
            for below, above in zip(lower.T, upper.T, strict=True):
                probability: Floats = (
                    self._coefficient.data * above[self._coefficient.indices] * below[lower_of]
                )
                yield probability

    def _factors(self, truths: Floats) -> Iterator[tuple[Floats, Floats]]:
        """Yield the factors of the lower and of the upper levels, (L, truths) and (U, truths), in blocks."""
        largest = int(self.label_total.max())
        numbers = len(self.lower.counts) + len(self.upper.counts) + len(self._lower_of_group)
        size = min(max(_BLOCK_NUMBERS // numbers, _TRUTHS_AT_ONCE), max(_MOST_NUMBERS // numbers, 1))
        for first in range(0, len(truths), size):
            up, down = (
                np.ascontiguousarray(np.moveaxis(power, 0, -1))
                for power in powers(truths[first : first + size], largest)
            )
            yield self.lower.factor(up, down), self.upper.factor(up, down)

    def _sums(self, lower: Floats, upper: Floats) -> Sums:
        groups = (self._coefficient @ upper) * np.take(lower, self._lower_of_group, axis=0)
        above = (self._coefficient_by_upper @ lower) * upper
        n_per_dose = np.concatenate([self._lower_n @ groups, self._upper_n @ above])
        return Sums(self._label_groups @ groups, n_per_dose)


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
    of_label, of_group = label_of[groups], lower_of[groups]
    below, above = Half.of(0, lower), Half.of(middle, upper)
    return Factored(
        ends=ends.where(order),
        label_selection=label[:, 0].astype(np.int64),
        label_reason=label[:, 1].astype(np.int64) + CAP_REACHED,
        label_total=label[:, 2].astype(np.int64),
        lower=below,
        upper=above,
        _coefficient=_sparse(coefficient, upper_of, groups, len(upper)),
        _lower_of_group=of_group,
        _label_groups=_sparse(np.ones(len(groups)), np.arange(len(groups)), _starts(of_label), len(groups)),
        _lower_n=_dense(below.n[:, of_group]),
        _coefficient_by_upper=_sparse(
            coefficient[by_upper], lower_of[by_upper], _starts(upper_of[by_upper]), len(lower)
        ),
        _upper_n=_dense(above.n),
    )


def _sparse(values: Floats, columns: Places, row_starts: Places, width: int) -> "csr_array[Any]":
    """Return a sparse matrix from the values and columns of its rows, one after the other."""

    bounds = np.append(row_starts, len(values)).astype(np.int32)
    return csr_array((values, columns.astype(np.int32), bounds), shape=(len(row_starts), width))


def _dense(values: ArrayLike) -> "csr_array[Any]":
    """Return a full matrix as a sparse one: its products add up in a fixed order, those of BLAS do not."""

    return csr_array(np.asarray(values, dtype=np.float64))


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
