"""Backfill (Zhao et al. 2024): which lower levels are open to a patient who arrives while the cohort is full."""

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Ints, Observed
from simulator.designs.parameter_checks import MAX_PATIENTS, require_choice, require_integer
from simulator.designs.patient_records import count_per_level, responses_per_level

Bools = NDArray[np.bool_]
Count = TypeVar("Count", np.int64, np.float64)
PRIORITIES: Final = ("highest", "lowest", "random")
"""Which of several open levels is backfilled."""


def check_backfill(design: str, n_cap: object, backfill: str) -> None:
    """Raise DesignError for a cap or a priority outside its range."""
    require_integer(design, "n_cap", n_cap, 1, MAX_PATIENTS)
    require_choice(design, "backfill", backfill, PRIORITIES)


def with_next(counts: NDArray[Count]) -> NDArray[Count]:
    """Return each level's count pooled with that of the level above; the top level's alone. Shape (S, J)."""
    pooled = counts.copy()
    pooled[:, :-1] += counts[:, 1:]
    return pooled


def open_levels(level: Ints, closed: Ints, responded: Bools, room: Bools, too_toxic: Bools) -> Bools:
    """Return the levels below `level` (S,) that may be backfilled. Shape (S, J).

    Parameters
    ----------
    closed : (S,)
        Lowest closed level.
    responded, room : (S, J)
        Whether a response allows the level to open, and whether it has room below the cap.
    too_toxic : (S, J)
        Whether the level, and the level pooled with the next, have too many DLTs: it and all above are shut.
    """
    levels = np.arange(1, responded.shape[1] + 1)
    highest = np.minimum(level, closed)[:, None]
    shut = np.logical_or.accumulate(too_toxic & (levels < highest), axis=1)
    open_: Bools = (levels < highest) & responded & room & ~shut
    return open_


def level_by_the_paper(
    observed: Observed, below: Ints, closed: Ints, too_toxic: Bools, n_cap: int, backfill: str
) -> Ints:
    """Return the level to backfill below `below` (S,), 0 for none: a response at a level or below opens it. (S,).

    Parameters
    ----------
    too_toxic : (S, J)
        As in `open_levels`.
    """
    records, n_doses = observed.patients, observed.n.shape[1]
    if records is None:
        return np.zeros(len(below), dtype=np.int64)
    responded = np.asarray(responses_per_level(records, n_doses).cumsum(axis=1) > 0)
    room = count_per_level(records, n_doses, records.infused) < n_cap
    return level_to_backfill(open_levels(below, closed, responded, room, too_toxic), backfill, observed)


def level_to_backfill(open_: Bools, backfill: str, observed: Observed) -> Ints:
    """Return the open level that comes first by priority, 0 where none is open. Shape (S,).

    "random" takes the numbered draw of the caller; without one, the highest.
    """
    levels = np.arange(1, open_.shape[1] + 1)
    count = open_.sum(axis=1)
    rank = np.ones(len(open_), dtype=np.int64) if backfill == "lowest" else count
    if backfill == "random" and observed.draw is not None:
        rank = np.minimum((observed.draw * count).astype(np.int64) + 1, count)
    chosen = open_ & (open_.cumsum(axis=1) == rank[:, None])
    found: Ints = (chosen * levels).max(axis=1)
    return found
