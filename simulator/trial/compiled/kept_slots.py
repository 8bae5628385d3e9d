"""The slots of trials under way: what is kept of each, and the answers given to it since (`slot.py`)."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.compiled.layout import SLOT
from simulator.trial.compiled.memory import address

Ints = NDArray[np.int64]


class Slots:
    """What is kept of the trials under way, each in a slot; and the answers given to each since."""

    def __init__(self, kept: NDArray[np.uint8]) -> None:
        """Keep trials in rows of bytes, one a slot."""
        number = len(kept)
        self._records = np.zeros(number, dtype=SLOT.dtype)
        self._room = 16
        self._answers = np.zeros((number, self._room, 2), dtype=np.int64)
        self._records["kept"] = address(kept) + kept.shape[1] * np.arange(number)
        self._records["stopped_at"] = -1
        self._records["number"] = np.arange(number)
        places = address(self._records) + self._records.dtype.itemsize * np.arange(number)
        self._free = np.concatenate([[number], places])
        self.free_address: Final = address(self._free)
        """Where the number of slots left stands, and their addresses, the last of which is taken first."""
        self._point()

    def _point(self) -> None:
        self._records["answers"] = address(self._answers) + self._room * 16 * np.arange(len(self._records))

    def give(self, slots: Ints, numbers: Ints, answers: Ints) -> None:
        """Give trials the answers to their questions; no slot is named twice."""
        at = self._records["count"][slots]
        if len(at) and at.max() == self._room:
            self._answers = np.concatenate([self._answers, np.zeros_like(self._answers)], axis=1)
            self._room *= 2
            self._point()
        self._answers[slots, at, 0], self._answers[slots, at, 1] = numbers, answers
        self._records["count"][slots] = at + 1
