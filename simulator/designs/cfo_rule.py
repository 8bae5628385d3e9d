"""The rule of CFO on counts per level: which levels are too toxic, and where the neighbours pull the trial.

DLTs may be fractions, so that TITE-CFO gives its imputed counts to the same rule.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.cfo_tables import too_toxic_from
from simulator.designs.design import Floats, Ints, Reason
from simulator.designs.early_look import first_that_holds

MIN_N_TO_CLOSE: Final = 3
Exceed = Callable[[Ints, Ints | Floats, NDArray[np.bool_]], NDArray[np.bool_]]


@lru_cache(maxsize=64)
def closing_from(phi: float, cutoff: float, size: int) -> Floats:
    """Return for n = 0..size - 1 the smallest y with P(p > phi | Beta(phi + y, 1 - phi + n - y)) >= cutoff. (size,).

    In contrast to BOIN, at the cutoff itself too; infinite for too few patients.
    """
    limit = too_toxic_from(phi, cutoff, size).copy()
    limit[:MIN_N_TO_CLOSE] = np.inf
    limit.flags.writeable = False
    return limit


def lowest_too_toxic(n: Ints, dlt: Ints | Floats, limit: Floats) -> Ints:
    """Return the lowest level whose DLTs reach the limit by its n, `closing_from`; J + 1 for none. Shape (S,)."""
    too_toxic = dlt >= limit[n]
    lowest: Ints = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    return lowest


def moved_level(level: Ints, n: Ints, dlt: Ints | Floats, closed: Ints, exceed: Exceed) -> tuple[Ints, Ints]:
    """Return the level to treat next and the reason, for the current level (S,) and the lowest closed one (S,).

    Down where only the lower neighbour pulls, up where only the upper one does, never to a closed level; 0 where
    every level is closed. `exceed` says where the odds of pairs exceed their threshold: `PairTables.pulls`.
    """
    down, up = _pulls(level, n, dlt, exceed)
    # Without a patient at the level there is nothing to compare its neighbours with.
    none = n[np.arange(len(level)), level - 1] == 0
    step = np.where(none, 0, up.astype(np.int64) - down)
    moved = np.minimum(level + step, closed - 1)
    cases: list[tuple[NDArray[np.bool_], Reason]] = [
        (moved > level, Reason.ESCALATE),
        (moved < level, Reason.DE_ESCALATE),
        (none, Reason.FILL_COHORT),
        (step > 0, Reason.STAY_NEXT_CLOSED),
    ]
    return moved, first_that_holds(cases, Reason.STAY)


def _pulls(
    level: Ints, n: Ints, dlt: Ints | Floats, exceed: Exceed
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the odds of the pair below exceed their threshold, and where those of the pair above. (S,)."""
    pulls = np.zeros((2, len(level)), dtype=np.bool_)
    below, above = np.flatnonzero(level > 1), np.flatnonzero(level < n.shape[1])
    which = np.concatenate([below, above])
    goes_down = np.arange(len(which)) < len(below)
    lower = level[which] - 1 - goes_down
    pair = np.stack([lower, lower + 1])
    pulls[np.where(goes_down, 0, 1), which] = exceed(n[which, pair], dlt[which, pair], goes_down)
    return pulls[0], pulls[1]
