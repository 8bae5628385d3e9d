"""The rows of both passes of some replicates, and until when each replicate's trials go on."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.engines import Columns

_ENDS: Final = ("recommended_day", "closed_day", "last_day")


def last_days_as_conducted(rows: Columns) -> NDArray[np.float64]:
    """Return the day of each trial as conducted after which nothing can follow. Shape (trials,)."""
    last: NDArray[np.float64] = np.max([rows[name] for name in _ENDS], axis=0)
    return last


@dataclass(frozen=True, slots=True)
class Passes:
    """Columns of each arm, one row a replicate: as conducted, and to the largest cap by number of the arm."""

    used: list[Columns]
    needed: dict[int, Columns]

    @classmethod
    def joined(cls, groups: Sequence["Passes"]) -> "Passes":
        """Join the rows of groups of replicates that follow each other; the columns of the groups are emptied."""
        first = groups[0]
        if len(groups) == 1:
            return first
        used = [moved_together([one.used[k] for one in groups]) for k in range(len(first.used))]
        return cls(used, {k: moved_together([one.needed[k] for one in groups]) for k in first.needed})

    def last_days(self) -> NDArray[np.float64]:
        """Return the day on which the last trial of each replicate is over: infinity where a cap was not reached."""
        ends = [last_days_as_conducted(rows) for rows in self.used]
        for rows in self.needed.values():
            ends.append(np.where(rows["reached"][:, -1], rows["known_day"].max(axis=1), np.inf))
        last: NDArray[np.float64] = np.max(ends, axis=0)
        return last

    def replace(self, places: NDArray[np.int64], by: "Passes") -> None:
        """Put the rows of some replicates in the place of those that stand there."""
        pairs = [*zip(self.used, by.used, strict=True)]
        pairs += [(rows, by.needed[number]) for number, rows in self.needed.items()]
        for rows, others in pairs:
            for name, values in others.items():
                rows[name][places] = values


def moved_together(parts: list[Columns]) -> Columns:
    """Join the columns of parts, which are emptied, so that no more than a column is held twice."""
    return {name: np.concatenate([part.pop(name) for part in parts]) for name in list(parts[0])}
