"""What statements of a rule need that hold for many states as for one.

Written with these, a rule runs over arrays in NumPy, one entry a state, and over numbers in compiled code. Values of
levels stand in rows, one a level.
"""

from typing import Any

import numpy as np


def either(condition: Any, one: Any, other: Any) -> Any:
    """Return one value where the condition holds, the other elsewhere. Shape (S,)."""
    return np.where(condition, one, other)


def at(values: Any, level: Any) -> Any:
    """Return of values (J, S) that of each state's level, 1-based. Shape (S,)."""
    return values[level - 1, np.arange(len(level))]


def anywhere(condition: Any) -> bool:
    """Return whether a condition (S,) holds in any state: elsewhere a step may be left out."""
    return bool(np.any(condition))


def smaller(one: Any, other: Any) -> Any:
    """Return the smaller of two numbers. Shape (S,)."""
    return np.minimum(one, other)


def larger(one: Any, other: Any) -> Any:
    """Return the larger of two numbers. Shape (S,)."""
    return np.maximum(one, other)


def ratio(value: Any, of: Any) -> Any:
    """Return value / of, infinity where `of` is 0. Shape (S,)."""
    return np.divide(value, of, out=np.full(np.shape(of), np.inf), where=of > 0)
