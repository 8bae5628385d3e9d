"""A design's tables of states for compiled code, filled by the design's own `decide` and `select`, many at a time."""

from functools import lru_cache
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design, Observed
from simulator.trial.compiled.kernel import copy_table
from simulator.trial.compiled.layout import RULEBOOK
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
        self._misses = np.zeros(_ROOM, dtype=np.int64)
        record["width"], record["words"] = self._width, words
        record["room"], record["misses"] = _ROOM, address(self._misses)
        self._place(_FIRST_PLACES)

    def _place(self, places: int) -> None:
        self._keys = np.full((places, self._width), -1, dtype=np.int64)
        self._values = np.full((places, self._words), -1, dtype=np.int64)
        record = self._record
        record["places"], record["keys"], record["values"] = (
            places,
            address(self._keys),
            address(self._values),
        )

    def missed(self) -> Ints:
        """Return the states of which the design has to be asked. Shape (states, 4 + 2 J)."""
        states: Ints = self._keys[self._asked()]
        return states

    def _asked(self) -> Ints:
        return self._misses[: self._record["missed"][0]]

    def learn(self, said: Ints) -> None:
        """Enter what the design says at the states that were missed; make room for more."""
        self._values[self._asked()] = said
        self._record["missed"] = 0
        if 4 * int(self._record["used"][0]) > len(self._keys):
            keys, values = self._keys, self._values
            self._place(4 * len(keys))
            copy_table(address(self._record), address(keys), address(values), len(keys))

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
        self.lock: Final = Lock()
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
            self._decisions.learn(np.stack([column.astype(np.int64) for column in columns], axis=1))
        states = self._selections.missed()
        if len(states):
            selected = self._design.select(self._selections.observed(states))
            self._selections.learn(selected.astype(np.int64)[:, None])


@lru_cache(maxsize=64)
def design_tables(design: Design) -> DesignTables:
    """Return the tables of a design, shared by all trials of this process."""
    return DesignTables(design)
