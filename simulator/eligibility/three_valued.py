"""Kleene's strong three-valued logic over columns of patients.

FAIL < UNKNOWN < PASS, so "and" is the minimum, "or" the maximum, "not" the mirror. An unknown never passes
and never fails.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int8]
Bools = NDArray[np.bool_]

FAIL: Final = 0
UNKNOWN: Final = 1
PASS: Final = 2


def and_(first: Codes, *others: Codes) -> Codes:
    """Return PASS where all pass, FAIL where one fails, else UNKNOWN."""
    for other in others:
        first = np.minimum(first, other)
    return first


def or_(first: Codes, *others: Codes) -> Codes:
    """Return PASS where one passes, FAIL where all fail, else UNKNOWN."""
    for other in others:
        first = np.maximum(first, other)
    return first


def not_(code: Codes) -> Codes:
    """Return FAIL for PASS, PASS for FAIL; UNKNOWN stays."""
    mirrored: Codes = np.int8(PASS) - code
    return mirrored


def coded(holds: Bools, missing: Bools | None = None) -> Codes:
    """Return PASS where it holds, FAIL where not, UNKNOWN where missing."""
    # flags are read as numbers where they stand: a copy takes longer than the sum
    codes: Codes = holds.view(np.int8) + holds.view(np.int8)
    if missing is not None:
        # bit by bit, several times faster than a masked assignment: 0 where missing, then 1
        unknown = missing.view(np.int8)
        codes &= unknown - np.int8(1)
        codes |= unknown
    return codes
