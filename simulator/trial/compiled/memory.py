"""Python's objects written into the structs of compiled code, field by field, by name."""

import mmap
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.trial.compiled.structs import Struct


def new_record(struct: Struct) -> NDArray[Any]:
    """Return the memory of one struct, all zero."""
    return np.zeros(1, dtype=struct.dtype)


def copied(record: NDArray[Any], struct: Struct) -> NDArray[Any]:
    """Return a copy of one struct's memory; NumPy's own goes through it field by field."""
    return record.view(np.uint8).copy().view(struct.dtype)


def address(memory: NDArray[Any]) -> int:
    """Return where an array begins; the caller keeps it alive."""
    return int(memory.ctypes.data)


def write(record: NDArray[Any], struct: Struct, source: Any, **other: Any) -> None:
    """Write an object's attributes into the fields of the same names of the struct in `record`.

    Pointers, and fields of which the object has no attribute, stay as they are; `other` gives those that it lacks.
    """
    for name, field in struct.fields.items():
        if field.size == 0 or field.kind == "pointer":
            continue
        value = other.get(name, getattr(source, name, None))
        if value is None:
            continue
        if field.kind == "inside":
            if field.type.fields.keys() & {"storage"}:
                continue  # a line begins empty, wherever it is
            write(record[name], field.type, value)
        elif field.kind == "array":
            record[name][0, : len(value)] = value
        else:
            record[name] = value


def mapped(rows: int, size: int) -> NDArray[np.uint8]:
    """Return rows of so many bytes, of which memory holds only the pages that have been written.

    Large arrays of NumPy's own are huge pages on Linux: what is written in one row takes up its neighbours' room too.
    """
    memory = mmap.mmap(-1, max(rows * size, 1))
    if hasattr(mmap, "MADV_NOHUGEPAGE"):
        memory.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(memory, dtype=np.uint8, count=rows * size).reshape(rows, size)
