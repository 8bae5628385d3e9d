"""Columns of rows kept small in memory, without loss: each number in the smallest type that holds it, compressed."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import groupby
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

LEVEL: Final = 1
"""Of zlib: PyArrow has faster codecs, but takes 25 MB in each worker, which needs PyArrow for nothing else."""
AS_IT_IS: Final = 0
"""The level of columns that are read once and dropped: the smallest types alone, not compressed."""
WHOLE: Final = (np.int8, np.int16, np.int32)


_Read = dict[tuple[int, str], tuple["PackedColumns", NDArray[Any]]]
_READ: Final = ContextVar["_Read | None"]("columns read", default=None)
"""The whole columns read in a `read_once` block, by whose they are and by name."""


@contextmanager
def read_once() -> Iterator[None]:
    """Unpack each column that is read in the block once: for one who reads a few again and again."""
    before = _READ.set({})
    try:
        yield
    finally:
        _READ.reset(before)


class _Part(NamedTuple):
    """Some rows of a column: its own type, and what is kept."""

    own: np.dtype[Any]
    kept: np.dtype[Any]
    shape: tuple[int, ...]
    content: bytes


class PackedColumns(Mapping[str, NDArray[Any]]):
    """Columns by name; each is unpacked, with its own type, whenever it is asked for.

    Parameters
    ----------
    axis
        Along which the rows run: 0, or 1 where columns of several arms lie together, shape (arms, rows, ...). Arms
        meet the same patients, so that together they take less than half the room.
    level
        Of compression: `LEVEL`, or `AS_IT_IS`.
    """

    __slots__ = ("_axis", "_parts")

    def __init__(
        self, columns: Iterable[tuple[str, NDArray[Any]]], axis: int = 0, level: int = LEVEL
    ) -> None:
        self._parts: dict[str, tuple[_Part, ...]] = {
            name: (_packed(values, level),) for name, values in columns
        }
        self._axis = axis

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the column as it was given."""
        return self.narrow(name).astype(self.own(name), copy=False)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self._parts)

    def own(self, name: str) -> np.dtype[Any]:
        """Return the type a column was given in."""
        return self._parts[name][0].own

    def narrow(self, name: str, within: "Within | None" = None) -> NDArray[Any]:
        """Return a column in the smallest type that holds its numbers, all of it or a part."""
        read = _READ.get()
        if read is not None:
            whole = self._read_before(read, name)
            return whole if within is None else within.cut(whole)
        if within is None:
            return self._whole(name)
        kept = self._kept(name)
        found = [values.astype(kept, copy=False) for values in within.of(self._parts[name])]
        return np.concatenate(found, axis=self._axis)

    def _read_before(self, read: _Read, name: str) -> NDArray[Any]:
        """Return the whole column from what was read before, or enter it there; nobody may write into it."""
        key = id(self), name
        if key not in read:
            whole = self._whole(name)
            whole.setflags(write=False)
            read[key] = self, whole  # held, so that no other one takes its id
        return read[key][1]

    def _whole(self, name: str) -> NDArray[Any]:
        kept = self._kept(name)
        found = [_unpacked(part).astype(kept, copy=False) for part in self._parts[name]]
        return np.concatenate(found, axis=self._axis)

    def _kept(self, name: str) -> np.dtype[Any]:
        """Return the type that holds what is kept of a column."""
        return np.result_type(*(part.kept for part in self._parts[name]))

    def only(self, *names: str) -> "PackedColumns":
        """Return some of the columns."""
        some = PackedColumns((), self._axis)
        some._parts = {name: self._parts[name] for name in names}
        return some

    def followed_by(self, *others: "PackedColumns") -> "PackedColumns":
        """Return these columns with the rows of others below theirs."""
        whole = PackedColumns((), self._axis)
        whole._parts = {
            name: sum((one._parts[name] for one in others), parts) for name, parts in self._parts.items()
        }
        return whole


class Within(NamedTuple):
    """A part of a column of several arms: some arms, some rows, and of the numbers of a row all or some."""

    arms: list[int]
    rows: range | None = None
    last: slice | None = None

    def of(self, parts: Iterable[_Part]) -> Iterator[NDArray[Any]]:
        """Yield what lies within, part by part; only parts with rows wanted are unpacked."""
        first = 0
        for part in parts:
            count = part.shape[1]
            start, stop = (
                (0, count) if self.rows is None else (self.rows.start - first, self.rows.stop - first)
            )
            first += count
            if self.rows is None or (start < count and stop > 0):
                values = _unpacked(part)[self.arms, max(start, 0) : stop]
                yield values if self.last is None else values[..., self.last]

    def cut(self, whole: NDArray[Any]) -> NDArray[Any]:
        """Return what lies within a whole column, its numbers one after the other as `of` gives them."""
        values = whole.take(self.arms, axis=0)
        if self.rows is not None:
            values = values[:, self.rows.start : self.rows.stop]
        return np.ascontiguousarray(values if self.last is None else values[..., self.last])


class ArmColumns(Mapping[str, NDArray[Any]]):
    """The columns of one of several arms that are packed together."""

    __slots__ = ("of", "place")

    def __init__(self, of: PackedColumns, place: int) -> None:
        self.of = of
        self.place = place

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the arm's column as it was given."""
        return self.narrow(name).astype(self.of.own(name), copy=False)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self.of)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self.of)

    def narrow(self, name: str) -> NDArray[Any]:
        """Return the arm's column in a small type that holds its numbers."""
        values: NDArray[Any] = self.of.narrow(name, Within([self.place]))[0]
        return values


def narrow_stacked(
    arms: Iterable[ArmColumns], name: str, *, rows: range | None = None, last: slice | None = None
) -> NDArray[Any]:
    """Return one column of several arms in a small type, shape (arms, rows, ...); `rows`, `last` as in `Within`.

    What is packed together is unpacked once.
    """
    together = [list(some) for _, some in groupby(arms, key=lambda one: id(one.of))]
    found = [some[0].of.narrow(name, Within([one.place for one in some], rows, last)) for some in together]
    return found[0] if len(found) == 1 else np.concatenate(found)


def stacked(
    arms: Sequence[ArmColumns], name: str, *, rows: range | None = None, last: slice | None = None
) -> NDArray[Any]:
    """Return one column of several arms as `narrow_stacked`, in the type it was given in."""
    return narrow_stacked(arms, name, rows=rows, last=last).astype(arms[0].of.own(name), copy=False)


def narrowed(values: NDArray[Any]) -> NDArray[Any]:
    """Return numbers in the smallest type that holds every one of them exactly."""
    if values.dtype == np.float64:
        with np.errstate(over="ignore"):
            single = values.astype(np.float32)
        return single if np.array_equal(single, values, equal_nan=True) else values
    if values.dtype.kind == "i" and values.size:
        low, high = values.min(), values.max()
        for kind in WHOLE:
            limits = np.iinfo(kind)
            if np.dtype(kind).itemsize < values.dtype.itemsize and limits.min <= low and high <= limits.max:
                return values.astype(kind)
    return values


def _packed(values: NDArray[Any], level: int) -> _Part:
    kept = np.ascontiguousarray(narrowed(values))
    # The bytes of equal weight side by side: those of the highest weight hardly differ.
    by_weight = kept.reshape(-1).view(np.uint8).reshape(-1, kept.itemsize).T
    content = zlib.compress(np.ascontiguousarray(by_weight).data, level)
    return _Part(values.dtype, kept.dtype, values.shape, content)


def _unpacked(part: _Part) -> NDArray[Any]:
    size = int(np.prod(part.shape)) * part.kept.itemsize
    flat = np.frombuffer(zlib.decompress(part.content, bufsize=size or 1), dtype=np.uint8)
    values = np.ascontiguousarray(flat.reshape(part.kept.itemsize, -1).T)
    return values.view(part.kept).reshape(part.shape)
