"""Resolve a conflict between the current level and lower ones by their pooled data (Zhao et al. 2024)."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints, Reason
from simulator.designs.early_look import first_that_holds

Bools = NDArray[np.bool_]


class Signals(NamedTuple):
    """What the data of a level, or of pooled levels, say by themselves: few enough DLTs to go up, or too many."""

    few: Bools
    many: Bools


class Pooled(NamedTuple):
    """Where a conflict was resolved, and the level it leads to: 0 where even level 1 is too toxic. Each (S,)."""

    conflict: Bools
    level: Ints


def pooled_level(
    level: Ints,
    n: Ints,
    dlt: Ints | Floats,
    own: Signals,
    compared: Bools,
    judge: Callable[[Ints, Ints | Floats], Signals],
    lowest: bool,
) -> Pooled:
    """Pool the current level with the lower ones down to the one that disagrees with it, and move by the pool.

    A lower level disagrees where the current one would go up and it would not, or where the current one would not go
    up and it has too many DLTs.

    Parameters
    ----------
    level : (S,)
        The current level.
    n, dlt : (S, J)
        Patients and DLTs, possibly imputed ones.
    own
        What each level's own data say, (S, J).
    compared : (S, J)
        Lower levels that may disagree.
    judge
        What patients and DLTs of a pool (S, J) say.
    lowest
        Pool from the lowest level that disagrees; otherwise from the highest.
    """
    states, levels = np.arange(len(level)), np.arange(1, n.shape[1] + 1)
    goes_up = own.few[states, level - 1][:, None]
    disagrees = compared & (levels < level[:, None]) & np.where(goes_up, ~own.few, own.many)
    conflict: Bools = np.asarray(disagrees.any(axis=1))
    if not conflict.any():
        return Pooled(conflict, level)
    first = disagrees.argmax(axis=1) + 1 if lowest else (disagrees * levels).max(axis=1)
    # Sums from the level pooled first up to each level.
    lower = levels < np.maximum(first, 1)[:, None]
    pool_n, pool_dlt = (np.where(lower, 0, counts).cumsum(axis=1) for counts in (n, dlt))
    in_pool = (levels >= first[:, None]) & (levels <= level[:, None])
    pooled = judge(np.where(in_pool, pool_n, 0), np.where(in_pool, pool_dlt, 0))
    safe = np.where(in_pool & ~pooled.many, levels, first[:, None] - 1).max(axis=1)
    up, down = pooled.few[states, level - 1], pooled.many[states, level - 1]
    moved = np.where(up, level + 1, np.where(down, safe, level))
    return Pooled(conflict, np.where(conflict, moved, level))


def reason_of_move(
    level: Ints, moved: Ints, step: Ints, conflict: Bools, n: Ints, stop_n: int, n_doses: int
) -> Ints:
    """Return why the trial goes from `level` to `moved`: the first case that holds. Shape (S,).

    Parameters
    ----------
    step : (S,)
        Where the current level's own data point: 1, 0 or -1.
    n : (S,)
        Patients at the current level; with `stop_n` of them the trial stops where it would stay.
    """
    stays = moved == level
    cases: list[tuple[Bools, Reason]] = [
        (stays & (n >= stop_n), Reason.STOP_PRECISION),
        (conflict, Reason.POOLED),
        (moved > level, Reason.ESCALATE),
        (moved < level, Reason.DE_ESCALATE),
        (n == 0, Reason.FILL_COHORT),
        ((step > 0) & (level == n_doses), Reason.STAY_HIGHEST_LEVEL),
        (step > 0, Reason.STAY_NEXT_CLOSED),
        (step < 0, Reason.STAY_LOWEST_LEVEL),
    ]
    return first_that_holds(cases, Reason.STAY)
