"""Keys of the tables of states: a word for level, closing and last cohort, and counts of patients four a word."""

from typing import Any, Final

import numpy as np
from numba.extending import register_jitable
from numpy.typing import NDArray

from simulator.trial.compiled.rulebook_layout import COUNTS_A_WORD
from simulator.trial.compiled.structs import load_int

_BITS: Final = 64 // COUNTS_A_WORD
_COUNT: Final = (1 << _BITS) - 1
_LEVEL: Final = 255
_CLOSED, _LAST_N, _LAST_DLT, _LACKING = 8, 16, 32, 48
"""Where the state's numbers begin in the first word; the level, of 8 bits as the closing, stands lowest."""


def key_width(counts: int) -> int:
    """Return the words of a key of so many counts."""
    return 1 + -(-counts // COUNTS_A_WORD)


@register_jitable
def state_word(level: int, closed_from: int, last_n: int, last_dlt: int, lacking: int) -> int:
    """Return what a key says beside counts; never below 0."""
    return (
        level
        | (closed_from << _CLOSED)
        | (last_n << _LAST_N)
        | (last_dlt << _LAST_DLT)
        | (lacking << _LACKING)
    )


@register_jitable
def write_state(table: Any, word: int) -> None:
    """Begin the table's key with a state's word, nobody counted."""
    for k in range(1, table.width):
        table.key[k] = 0
    table.key[0] = word


@register_jitable
def level_and_closing(key: Any) -> tuple[int, int]:
    """Return the level and the lowest closed level of a key."""
    return key[0] & _LEVEL, (key[0] >> _CLOSED) & _LEVEL


@register_jitable
def is_closing(of: Any, level: int, n: int, dlt: int) -> bool:
    """Return whether so many DLTs of n close a level, by `closing_dlts`; n is below `closing_width`."""
    row = of.closing if level == 1 else of.closing + 8 * of.closing_width
    return dlt >= load_int(row, n)


@register_jitable
def close_from(key: Any, level: int) -> None:
    """Make a level the lowest closed one of a key."""
    key[0] += (level - ((key[0] >> _CLOSED) & _LEVEL)) << _CLOSED


@register_jitable
def add_count(key: Any, at: int, times: int) -> None:
    """Add to the count at a place of a key."""
    key[1 + at // COUNTS_A_WORD] += times << (_BITS * (at % COUNTS_A_WORD))


@register_jitable
def count_at(key: Any, at: int) -> int:
    """Return the count at a place of a key."""
    return (key[1 + at // COUNTS_A_WORD] >> (_BITS * (at % COUNTS_A_WORD))) & _COUNT


def states_of(keys: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return level, lowest closed level, outcomes and DLTs of the last cohort. Shape (keys, 4)."""
    word = keys[:, 0]
    parts = (word, word >> _CLOSED, word >> _LAST_N, word >> _LAST_DLT)
    return np.stack([parts[0] & _LEVEL, parts[1] & _LEVEL, parts[2] & _COUNT, parts[3] & _COUNT], axis=1)


def counts_of(keys: NDArray[np.int64], number: int) -> NDArray[np.int64]:
    """Return the first counts of keys. Shape (keys, number)."""
    shifts = _BITS * np.arange(COUNTS_A_WORD)
    counts = (keys[:, 1:, None] >> shifts) & _COUNT
    return counts.reshape(len(keys), -1)[:, :number]
