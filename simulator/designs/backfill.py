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


def pool_sentences(compared: str, counted: str, lowest: bool) -> tuple[str, ...]:
    """Return when lower levels overrule the current one, and where their pooled data lead, for a protocol.

    Parameters
    ----------
    compared
        Which lower levels may disagree.
    counted
        What of them is pooled.
    lowest
        Whether the pool begins at the lowest level that disagrees, or at the highest.
    """
    first = "lowest" if lowest else "highest"
    return (
        f"A lower level {compared} disagrees where the current level would be left upwards and its own data would "
        "not escalate, or where the current level would be kept or left downwards and its own data would "
        f"de-escalate. The {counted} of the {first} level that disagrees and of all levels up to the current one are "
        "then pooled and decide by the same boundaries: where the pool escalates, the next cohort is treated one "
        "level above the current one; where it de-escalates, at the highest level up to which the pool does not, or "
        "one level below the pool where there is none; otherwise at the current level.",
    )


def backfill_sentences(opened_by: str, n_cap: int, counted: str, backfill: str) -> tuple[str, ...]:
    """Return which levels are backfilled, and until when, for a protocol.

    Parameters
    ----------
    opened_by
        What opens a level.
    n_cap
        Patients at a level up to which it is backfilled.
    counted
        What shuts a level.
    """
    first = "one of them at random" if backfill == "random" else f"the {backfill} of them"
    return (
        f"A patient who finds no place in the escalation cohort is backfilled at a level below the current one that "
        f"is open. A level is open once {opened_by}, as long as fewer than {n_cap} patients have been infused there, "
        f"pending ones included, and it is not closed. A level is shut, with all levels above it, while {counted} at "
        "it de-escalate by themselves and also pooled with those of the next level; it can open again. Where several "
        f"levels are open, {first} is backfilled.",
        "Backfilled patients are not among the patients of escalation that limit its size. Backfilling ends with "
        "escalation; every patient infused is followed up and counts in the selection.",
    )
