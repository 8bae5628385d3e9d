"""A design's tables of states for compiled code, filled by the design's own `decide` and `select`, many at a time."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design, Observed
from simulator.trial.compiled.kernel import fill_table
from simulator.trial.compiled.layout import RULEBOOK, TABLE
from simulator.trial.compiled.memory import address, new_record
from simulator.trial.compiled.rulebook import VERDICT_WORDS
from simulator.trial.escalation import ask, reads_last

Ints = NDArray[np.int64]
_ROOM: Final = 1 << 14
_FIRST_PLACES: Final = 1 << 12


class _Table:
    """States and what the design says there, in memory that compiled code reads."""

    def __init__(self, record: Any, levels: int, words: int) -> None:
        self._record = record
        self._levels, self._words = levels, words
        self._width = 4 + 2 * levels
        self._known = np.empty((0, self._width), dtype=np.int64)
        self._said = np.empty((0, words), dtype=np.int64)
        self._misses = np.zeros((_ROOM, self._width), dtype=np.int64)
        record["width"] = self._width
        record["room"], record["misses"] = _ROOM, address(self._misses)
        self._make_room(_FIRST_PLACES)

    def _make_room(self, places: int) -> None:
        self._keys = np.full((places, self._width), -1, dtype=np.int64)
        self._values = np.zeros((places, self._words), dtype=np.int64)
        record = self._record
        record["places"], record["keys"], record["values"] = (
            places,
            address(self._keys),
            address(self._values),
        )
        self._fill(self._known, self._said)

    def _fill(self, keys: Ints, values: Ints) -> None:
        keys, values = np.ascontiguousarray(keys), np.ascontiguousarray(values)
        fill_table(address(self._record), address(keys), address(values), len(keys), self._words)

    def missed(self) -> Ints:
        """Take the states that were missed, each once."""
        states: Ints = np.unique(self._misses[: self._record["missed"][0]], axis=0)
        self._record["missed"] = 0
        return states

    def learn(self, states: Ints, said: Ints) -> None:
        """Enter what the design says at new states."""
        self._known = np.concatenate([self._known, states])
        self._said = np.concatenate([self._said, said])
        places = int(self._record["places"][0])
        if 2 * len(self._known) > places:
            while 4 * len(self._known) > places:
                places *= 2
            self._make_room(places)
        else:
            self._fill(states, said)

    def observed(self, states: Ints) -> Observed:
        """Return states as the design reads them."""
        levels = self._levels
        return Observed(
            level=states[:, 0].copy(),
            n=states[:, 4 : 4 + levels].copy(),
            dlt=states[:, 4 + levels :].copy(),
            last_n=states[:, 2].copy(),
            last_dlt=states[:, 3].copy(),
            closed_from=states[:, 1].copy(),
        )


class DesignTables:
    """One design's decisions and selections, shared by all trials of this process."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self._memory = new_record(RULEBOOK)
        self.address: Final = address(self._memory)
        record = self._memory
        record["levels"], record["reads_last"] = design.n_doses, reads_last(design)
        self._decisions = _Table(self._memory["decisions"], design.n_doses, VERDICT_WORDS)
        self._selections = _Table(self._memory["selections"], design.n_doses, 1)

    def learn(self) -> None:
        """Ask the design about every state that was missed."""
        states = self._decisions.missed()
        if len(states):
            decision = ask(self._design, self._decisions.observed(states))
            columns = (
                decision.action,
                decision.level,
                decision.cohort_size,
                decision.closed_from,
                decision.reason,
            )
            self._decisions.learn(states, np.stack([column.astype(np.int64) for column in columns], axis=1))
        states = self._selections.missed()
        if len(states):
            selected = self._design.select(self._selections.observed(states))
            self._selections.learn(states, selected.astype(np.int64)[:, None])


@lru_cache(maxsize=64)
def design_tables(design: Design) -> DesignTables:
    """Return the tables of a design, shared by all trials of this process."""
    return DesignTables(design)


assert TABLE
