"""The pairs of levels of which a design that moves by pulls has to be asked: many at a time."""

from typing import Any, Final

import numpy as np

from simulator.designs.early_look import MovedByPulls
from simulator.trial.compiled.keys import key_width
from simulator.trial.compiled.memory import address
from simulator.trial.compiled.pulled_levels import MOST, pairs_of
from simulator.trial.compiled.state_table import StateTable, Use

_ROOM: Final = 1 << 12
_NEVER: Final = np.iinfo(np.int64).max


class Pulls:
    """Which pairs of levels pull, in a table of compiled code, and those of which the design is still to be asked."""

    def __init__(self, design: MovedByPulls, record: Any, use: Use) -> None:
        self._design, self._record = design, record["pairs"]
        self._states = StateTable(self._record, key_width(0), 1, use)
        self._misses = np.zeros(_ROOM, dtype=np.int64)
        self._record["room"], self._record["misses"] = _ROOM, address(self._misses)
        self._too_toxic_from = np.ascontiguousarray(design.too_toxic_from(MOST))
        record["too_toxic_from"], record["count"] = address(self._too_toxic_from), MOST + 1
        record["target"] = design.target
        record["stop_n"] = _NEVER if design.stop_n_at_dose is None else design.stop_n_at_dose

    def learn(self) -> None:
        """Ask about every pair that was missed, and make room for more."""
        asked = self._misses[: self._record["missed"][0]]
        if len(asked):
            n, dlt, down = pairs_of(self._states.keys[asked])
            self._states.values[asked, 0] = self._design.pulls(np.stack(n), np.stack(dlt), down)
            self._record["missed"] = 0
        self._states.make_room(asked)
