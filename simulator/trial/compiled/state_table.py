"""A table of states and what a design says there, in memory that compiled code reads."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.compiled.kernel import copy_table
from simulator.trial.compiled.memory import address

Ints = NDArray[np.int64]
_FIRST_PLACES: Final = 1 << 12
_MOST_BYTES: Final = 1 << 24
_A_ROUND: Final = 1 << 12
_MISSES: Final = 1 << 14


class StateTable:
    """Keys of `width` words and values of `words`, at most half of its places used.

    Parameters
    ----------
    record
        The `TABLE` that compiled code reads.
    forgets
        Whether it begins again once it takes 16 MB, so that of states without number the last ones are known.
    """

    def __init__(self, record: Any, width: int, words: int, *, forgets: bool = False) -> None:
        self._record = record
        self._width, self._words = width, words
        self._most = _MOST_BYTES // (8 * (width + words)) if forgets else 1 << 62
        record["width"], record["words"] = width, words
        self._place(_FIRST_PLACES)

    def _place(self, places: int) -> None:
        self.keys = np.full((places, self._width), -1, dtype=np.int64)
        self.values = np.full((places, self._words), -1, dtype=np.int64)
        record = self._record
        record["places"], record["used"] = places, 0
        record["keys"], record["values"] = address(self.keys), address(self.values)

    def make_room(self, new: Ints) -> None:
        """Make room for more states; `new` are the places of those that came last, which are never forgotten."""
        places, used = len(self.keys), int(self._record["used"][0])
        full = 2 * places > self._most
        # At most half of the places are used, and a round needs at most so many.
        if used <= (places // 2 - _A_ROUND if full else 3 * places // 8):
            return
        keys, values = self.keys, self.values
        if full:
            new = np.unique(new)
            keys, values = keys[new], values[new]
        else:
            places *= 2
        self._place(places)
        copy_table(address(self._record), address(keys), address(values), len(keys))


class MissedStates:
    """The states of a table of which the design has still to be asked, as compiled code lists them."""

    def __init__(self, record: Any, table: StateTable) -> None:
        self._record, self._table = record, table
        self._misses = np.zeros(_MISSES, dtype=np.int64)
        record["room"], record["misses"] = _MISSES, address(self._misses)

    @property
    def places(self) -> Ints:
        """Where they stand in the table."""
        return self._misses[: self._record["missed"][0]].copy()

    @property
    def keys(self) -> Ints:
        """Their keys."""
        keys: Ints = self._table.keys[self.places]
        return keys

    def learn(self, said: Ints, fill_in: Callable[[Ints], None] | None = None) -> None:
        """Enter what the design says there; none is missed any more.

        Rows that name places of the table are filled in by `fill_in`: places change where room is made.
        """
        self._table.values[self.places, 0] = said
        if fill_in is not None:
            fill_in(self._table.values)
        self._record["missed"] = 0
