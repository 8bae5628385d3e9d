"""A design's tables of states for compiled code, filled by the design's own `decide` and `select`, many at a time."""

from collections.abc import Callable
from functools import lru_cache
from threading import Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.claims import selects_by_counts
from simulator.designs.design import Design, Observed
from simulator.designs.early_look import closing_dlts
from simulator.trial.compiled.early_questions import EarlyQuestions
from simulator.trial.compiled.kept_slots import Slots
from simulator.trial.compiled.keys import counts_of, key_width, states_of
from simulator.trial.compiled.memory import address, new_record
from simulator.trial.compiled.rulebook import packed
from simulator.trial.compiled.rulebook_layout import RULEBOOK
from simulator.trial.compiled.state_table import MissedStates, StateTable, Use
from simulator.trial.early_looks import looks_early
from simulator.trial.escalation import ask, reads_last

Ints = NDArray[np.int64]
_MOST_CLOSING: Final = 255
"""Patients at a level up to which a key says only whether it is closed; with more, all its counts."""


class _Table:
    """States of complete cohorts, and a list of those of which the design has still to be asked."""

    def __init__(self, record: Any, levels: int, use: Use) -> None:
        self._levels = levels
        self._states = StateTable(record, key_width(2 * levels), 1, use)
        self.misses: Final = MissedStates(record, self._states)

    def missed(self) -> Ints:
        """Return the keys of the states of which the design has to be asked."""
        keys: Ints = self._states.keys[self.misses.places]
        return keys

    def learn(self, said: Ints) -> None:
        """Enter what the design says at the states that were missed."""
        self._states.values[self.misses.places, 0] = said

    def make_room(self, fill_in: Callable[[Ints], None] | None = None, *, at_end: bool = False) -> None:
        """Make room for more, once those missed are learned.

        Rows that name places of the table are filled in by `fill_in` before the places change, and `at_end`.
        """
        if fill_in is not None and (at_end or self._states.is_full):
            fill_in(self._states.values)
        self._states.make_room(self.misses.places)
        self.misses.told()

    def observed(self, keys: Ints) -> Observed:
        """Return states as the design reads them."""
        level, closed_from, last_n, last_dlt = states_of(keys).T.copy()
        n, dlt = np.split(counts_of(keys, 2 * self._levels), 2, axis=1)
        return Observed(
            level=level,
            n=n.copy(),
            dlt=dlt.copy(),
            last_n=last_n,
            last_dlt=last_dlt,
            closed_from=closed_from,
        )


class DesignTables:
    """One design's decisions and selections, shared by all trials of this process."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self.lock: Final = Lock()
        self.use: Final = Use()
        self._memory = new_record(RULEBOOK)
        self.address: Final = address(self._memory)
        record = self._memory
        record["levels"], record["reads_last"] = design.n_doses, reads_last(design)
        record["selects_by_counts"] = selects_by_counts(design)
        self._closing = None if looks_early(design) else closing_dlts(design, _MOST_CLOSING)
        if self._closing is not None:
            self._closing = np.ascontiguousarray(self._closing, dtype=np.int64)
            record["closing"], record["closing_width"] = address(self._closing), self._closing.shape[1]
        self._decisions = _Table(self._memory["decisions"], design.n_doses, self.use)
        self._selections = _Table(self._memory["selections"], design.n_doses, self.use)
        self.early = EarlyQuestions(design, record["early"], self.use) if looks_early(design) else None

    def lend(self, slots: Slots) -> None:
        """Let trials that stop take slots, for a run of which the caller keeps these alive."""
        self._memory["free"] = slots.free_address

    def learn(self, fill_in: Callable[[Ints], None], *, awaited: bool = False, at_end: bool = False) -> None:
        """Ask the design about states that were missed; `fill_in` puts selections into rows that lack them.

        About selections where they may be `awaited`, no trial comes any more, or they are enough.
        """
        keys = self._decisions.missed()
        if len(keys):
            self._decisions.learn(packed(ask(self._design, self._decisions.observed(keys))))
            self._decisions.make_room()
        if not (awaited or at_end or self._selections.misses.is_due):
            return
        keys = self._selections.missed()
        if len(keys):
            self._selections.learn(self._design.select(self._selections.observed(keys)).astype(np.int64))
        self._selections.make_room(fill_in, at_end=at_end)


@lru_cache(maxsize=64)
def design_tables(design: Design) -> DesignTables:
    """Return the tables of a design, shared by all trials of this process."""
    return DesignTables(design)
