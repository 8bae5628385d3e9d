"""The levels of which a design that judges them one by one has to be asked: many at a time."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.early_look import ReadByLevel
from simulator.trial.compiled.keys import counts_of, key_width
from simulator.trial.compiled.level_readings import STATES, WORDS
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.state_table import StateTable, Use

_ROOM: Final = 1 << 12


class Readings:
    """What a design reads of levels in a table of compiled code, and those of which it has still to be asked."""

    def __init__(self, design: ReadByLevel, record: Any, use: Use) -> None:
        self._design, self._record = design, record
        self._states = StateTable(record, key_width(STATES), WORDS, use)
        self._misses = np.zeros(_ROOM, dtype=np.int64)
        record["room"], record["misses"] = _ROOM, address(self._misses)

    def learn(self) -> None:
        """Ask about every level that was missed, and make room for more."""
        asked = self._misses[: self._record["missed"][0]]
        if len(asked):
            self._states.values[asked] = self._words(counts_of(self._states.keys[asked], STATES))
            self._record["missed"] = 0
        self._states.make_room(asked)

    def _words(self, counts: NDArray[np.int64]) -> NDArray[np.int64]:
        read = self._design.level_readings(counts.T.reshape(3, 3, -1))
        bounds = (np.ascontiguousarray(bound).view(np.int64) for bound in (read.least, read.most))
        return np.stack([read.anywhere + 1, read.here + 1, *bounds], axis=1)
