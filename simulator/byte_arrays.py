"""Flags and numbers of one byte of many patients, worked on many at a time."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Bools = NDArray[np.bool_]


def choose(mask: Bools, these: Any, others: Any) -> NDArray[Any]:
    """Return `these` where the mask holds and `others` elsewhere, as `np.where` does, several times as soon.

    Both are flags, or numbers of type int8; either may be one for everybody.
    """
    # flags are bits, and all bits of the number -1 are set
    bits = mask if _are_flags(these) else np.negative(mask.view(np.int8))
    chosen: NDArray[Any] = (these ^ others) & bits
    chosen ^= others
    return chosen


def _are_flags(values: Any) -> bool:
    return isinstance(values, bool) or getattr(values, "dtype", None) == np.bool_
