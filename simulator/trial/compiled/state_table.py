"""A table of states and what a design says there, in memory that compiled code reads."""

from itertools import count
from threading import Lock
from typing import Any, Final
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

from simulator.trial.compiled.kernel import copy_table
from simulator.trial.compiled.memory import address

Ints = NDArray[np.int64]
_FIRST_PLACES: Final = 1 << 12
_MOST_BYTES: Final = 1 << 24
_TOGETHER: Final = 5 << 24
"""Bytes of all tables of a process; each may always take `_SMALL`, and room for the states of a few rounds."""
_SMALL: Final = 1 << 21
_A_ROUND: Final = 1 << 12
_A_CALL: Final = 1 << 11
"""States that are worth one call of the design."""
_ROUNDS: Final = 4
"""With fewer it would forget what a trial was told in one round before the trial can use it in the next."""


class Use:
    """When a design's tables are used: in a `with` block, a run, nothing else lays hands on them."""

    def __init__(self) -> None:
        self._runs = 0
        self._last = self._before = 0

    def __enter__(self) -> None:
        with _HANDS:
            self._runs += 1
            self._before, self._last = self._last, next(_RUNS)

    def __exit__(self, *_: object) -> None:
        with _HANDS:
            self._runs -= 1

    def is_over(self, other: "Use") -> bool:
        """Return whether this design has not run since before the last run of another one."""
        return not self._runs and self._last < other._before


class StateTable:
    """Keys of `width` words and values of `words`, at most three quarters of its places used.

    It begins again once it takes 16 MB, or all tables of the process 80 MB, those of designs that are not in use any
    more emptied, so that of states without number the last ones are known.

    Parameters
    ----------
    record
        The `TABLE` that compiled code reads.
    """

    def __init__(self, record: Any, width: int, words: int, use: Use) -> None:
        self._record, self._use = record, use
        self._width, self._words = width, words
        record["width"], record["words"] = width, words
        self._place(_FIRST_PLACES)
        with _HANDS:
            _TABLES.add(self)

    def _place(self, places: int) -> None:
        self.keys = np.full((places, self._width), -1, dtype=np.int64)
        self.values = np.full((places, self._words), -1, dtype=np.int64)
        record = self._record
        record["places"], record["used"] = places, 0
        record["keys"], record["values"] = address(self.keys), address(self.values)

    @property
    def _is_largest(self) -> bool:
        if len(self.keys) < _ROUNDS * _A_ROUND:
            return False
        with _HANDS:
            left = _TOGETHER - sum(table.bytes for table in _TABLES if table is not self)
        return 2 * self.bytes > min(_MOST_BYTES, max(_SMALL, left))

    @property
    def bytes(self) -> int:
        """What keys and values take."""
        return self.keys.nbytes + self.values.nbytes

    @property
    def is_full(self) -> bool:
        """Whether `make_room` is due."""
        places, used = len(self.keys), int(self._record["used"][0])
        # At most three quarters of the places are used, and a round needs at most so many.
        return used > (3 * places // 4 - _A_ROUND if self._is_largest else 5 * places // 8)

    def make_room(self, new: Ints) -> None:
        """Make room for more states; `new` are the places of those that came last, which are never forgotten."""
        if not self.is_full:
            return
        places, keys, values = len(self.keys), self.keys, self.values
        if self._is_largest:
            self._empty_others()
        if self._is_largest:
            new = np.unique(new)
            keys, values = keys[new], values[new]
        else:
            places *= 2
        self._place(places)
        copy_table(address(self._record), address(keys), address(values), len(keys))

    def _empty_others(self) -> None:
        """Empty tables of designs that are not in use any more."""
        with _HANDS:
            for table in _TABLES:
                if len(table.keys) > _FIRST_PLACES and table._use.is_over(self._use):
                    table._place(_FIRST_PLACES)


class MissedStates:
    """The places of a table's states that are new: its design has still to be asked about them.

    Parameters
    ----------
    record
        The `TABLE` that compiled code reads.
    """

    def __init__(self, record: Any, states: StateTable, room: int = 1 << 14) -> None:
        self._record, self._states = record, states
        self._places = np.zeros(room, dtype=np.int64)
        record["room"], record["misses"] = room, address(self._places)

    @property
    def places(self) -> Ints:
        """Where they stand in the table, in the order in which they were met."""
        return self._places[: self._record["missed"][0]]

    @property
    def is_due(self) -> bool:
        """Whether they are worth a call of the design, or no more may be missed."""
        return len(self.places) >= _A_CALL or self._states.is_full

    def told(self) -> None:
        """Begin again, once all of them are in the table."""
        self._record["missed"] = 0


_TABLES: Final = WeakSet[StateTable]()
_RUNS: Final = count(1)
_HANDS: Final = Lock()
