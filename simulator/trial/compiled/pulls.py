"""The pairs of levels of which a design that moves by pulls has to be asked: many at a time."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints
from simulator.designs.early_look import MovedByPulls
from simulator.trial.compiled.keys import key_width
from simulator.trial.compiled.memory import address, mapped
from simulator.trial.compiled.pulled_levels import ASKED, MOST, MOST_CLOSE, STEPS, WHOLE, pairs_of
from simulator.trial.compiled.state_table import MissedStates, StateTable, Use

_ROOM: Final = 1 << 12
_AT_ONCE: Final = 1 << 15
"""Pairs in a call."""
_NEVER: Final = np.iinfo(np.int64).max
_Pairs = tuple[Ints, Ints | Floats, NDArray[np.bool_]]
"""Patients and DLTs of pairs of levels, (2, pairs) each, and their directions, (pairs,)."""


class Pulls:
    """Which pairs of levels pull, in memory of compiled code, and those of which the design is still to be asked.

    Of whole numbers of DLTs it is one more than how many of the upper level do not pull down, or do pull up: by
    direction, patients of the lower and of the upper level, and DLTs of the lower one; 0 where it is not known.
    """

    def __init__(self, design: MovedByPulls, record: Any, use: Use) -> None:
        self._design = design
        self._states = StateTable(record["pairs"], key_width(0), 1, use)
        self._misses = MissedStates(record["pairs"], self._states, _ROOM)
        self._close = StateTable(record["close"], key_width(0), 1 + 3 * MOST_CLOSE, use)
        self._close_misses = MissedStates(record["close"], self._close, _ROOM)
        rows = mapped(2 * (MOST + 1) ** 2, 8 * (MOST + 1))
        self._whole = rows.view(np.int64).reshape(2, MOST + 1, MOST + 1, MOST + 1)
        self._too_toxic_from = np.ascontiguousarray(design.too_toxic_from(MOST))
        record["too_toxic_from"], record["whole"] = address(self._too_toxic_from), address(self._whole)
        record["target"] = design.target
        record["stop_n"] = _NEVER if design.stop_n_at_dose is None else design.stop_n_at_dose

    def learn(self) -> None:
        """Ask about every pair that was missed, and make room for more."""
        asked, met = self._misses.places, np.unique(self._close_misses.places)
        if len(asked) or len(met):
            n, steps, down = pairs_of(self._states.keys[asked])
            whole = steps[0] == WHOLE
            close, k, dlt = self._met(met)
            of_close, _, close_down = pairs_of(self._close.keys[close])
            wanted = list(zip(*n[:, whole].tolist(), down[whole].tolist(), strict=True))
            grids = [_every_dlt(*one) for one in wanted]
            of_steps = n[:, ~whole], steps[:, ~whole] / STEPS, down[~whole]
            said, of_close_said, *of_whole = self._said([of_steps, (of_close, dlt, close_down), *grids])
            for (lower, upper, goes_down), pulls in zip(wanted, of_whole, strict=True):
                self._learn_whole(lower, upper, goes_down, pulls)
            values = np.zeros(len(asked), dtype=np.int64)
            values[~whole] = said
            self._states.values[asked, 0] = values
            self._close.values[close, 3 + 3 * k] = of_close_said
            self._misses.told()
            self._close_misses.told()
        self._states.make_room(asked)
        self._close.make_room(met)

    def _said(self, parts: list[_Pairs]) -> list[NDArray[np.bool_]]:
        """Return which pairs pull, part by part; asked together, as a call takes longer than many pairs."""
        n, dlt, down = (np.concatenate(columns, axis=-1) for columns in zip(*parts, strict=True))
        said = [
            self._design.pulls(n[:, first:after], dlt[:, first:after], down[first:after])
            for first in range(0, max(len(down), 1), _AT_ONCE)
            for after in [first + _AT_ONCE]
        ]
        return np.split(np.concatenate(said), np.cumsum([len(part[2]) for part in parts])[:-1])

    def _met(self, places: Ints) -> tuple[Ints, Ints, Floats]:
        """Return the pairs met between eighths that are asked about: place, which of it, and DLTs (2, pairs)."""
        words = self._close.values[places, 1:].reshape(len(places), MOST_CLOSE, 3)
        there = np.arange(MOST_CLOSE) < self._close.values[places, :1]
        at, k = np.nonzero(there & (words[..., 2] == ASKED))
        return places[at], k, np.ascontiguousarray(words[at, k, :2].T).view(np.float64)

    def _learn_whole(self, lower: int, upper: int, down: bool, pulls: NDArray[np.bool_]) -> None:
        """Enter what was said of every whole number of DLTs at two levels of so many patients."""
        differs = pulls.reshape(lower + 1, upper + 1) != down
        self._whole[int(down), lower, upper, : lower + 1] = 1 + differs.sum(axis=1)


def _every_dlt(lower: int, upper: int, down: bool) -> _Pairs:
    """Return every whole number of DLTs at two levels of so many patients."""
    dlt = np.indices((lower + 1, upper + 1)).reshape(2, -1)
    return np.repeat([[lower], [upper]], dlt.shape[1], axis=1), dlt, np.full(dlt.shape[1], down)
