"""Columns of rows kept small in memory, without loss: each number in the smallest type that holds it, compressed."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

CODEC: Final = pa.Codec("zstd", compression_level=1)
WHOLE: Final = (np.int8, np.int16, np.int32)


class _Part(NamedTuple):
    """Some rows of a column: its own type, and what is kept."""

    own: np.dtype[Any]
    kept: np.dtype[Any]
    shape: tuple[int, ...]
    content: bytes


class PackedColumns(Mapping[str, NDArray[Any]]):
    """Columns by name; each is unpacked, with its own type, whenever it is asked for."""

    __slots__ = ("_parts",)

    def __init__(self, columns: Iterable[tuple[str, NDArray[Any]]]) -> None:
        self._parts: dict[str, tuple[_Part, ...]] = {name: (_packed(values),) for name, values in columns}

    def __getitem__(self, name: str) -> NDArray[Any]:
        """Return the column as it was given."""
        return self.narrow(name).astype(self._parts[name][0].own, copy=False)

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._parts)

    def __len__(self) -> int:
        """Return how many columns there are."""
        return len(self._parts)

    def narrow(self, name: str) -> NDArray[Any]:
        """Return a column in the smallest type that holds its numbers."""
        parts = self._parts[name]
        kept = np.result_type(*(part.kept for part in parts))
        return np.concatenate([_unpacked(part).astype(kept, copy=False) for part in parts])

    def followed_by(self, more: "PackedColumns") -> "PackedColumns":
        """Return these columns with the rows of others below theirs."""
        both = PackedColumns(())
        both._parts = {name: parts + more._parts[name] for name, parts in self._parts.items()}
        return both


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


def _packed(values: NDArray[Any]) -> _Part:
    kept = np.ascontiguousarray(narrowed(values))
    # The bytes of equal weight side by side: those of the highest weight hardly differ.
    by_weight = kept.reshape(-1).view(np.uint8).reshape(-1, kept.itemsize).T
    content = CODEC.compress(np.ascontiguousarray(by_weight), asbytes=True)
    return _Part(values.dtype, kept.dtype, values.shape, content)


def _unpacked(part: _Part) -> NDArray[Any]:
    size = int(np.prod(part.shape)) * part.kept.itemsize
    flat = np.frombuffer(CODEC.decompress(part.content, size), dtype=np.uint8)
    values = np.ascontiguousarray(flat.reshape(part.kept.itemsize, -1).T)
    return values.view(part.kept).reshape(part.shape)
