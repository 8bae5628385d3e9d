"""Python's objects written into the structs of compiled code, field by field, by name."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.trial.compiled.structs import Struct


def new_record(struct: Struct) -> NDArray[Any]:
    """Return the memory of one struct, all zero."""
    return np.zeros(1, dtype=struct.dtype)


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
