"""States of a complete-cohort trial, packed, stepped and merged: once, for the exact engine and the sampler.

A state is a row of unsigned 16-bit numbers: one code `256 * n + dlt` per level, then level, closed_from,
last_n and last_dlt. A field the design does not declare in `reads` is kept at 0, so states that differ in
nothing the design can see are one state.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.claims import reads_of
from simulator.designs.design import COMPLETE_COHORT_FIELDS, Action, Design, Ints, Observed
from simulator.errors import DesignError

Rows = NDArray[np.uint16]

CAP_REACHED: Final = -1  # in place of a Reason code: the design would go on, the caller's cap ended the trial
MAX_PATIENTS: Final = 255  # of one trial: n of a level fills the upper byte of its code

_BLOCK: Final = 2**15  # states given to a design at once: its wide integer arrays stay in the cache


@dataclass(frozen=True, slots=True)
class Steps:
    """What a design decided for S states, all of shape (S,): `level` and `size` are 0 where it stops."""

    stop: NDArray[np.bool_]
    level: NDArray[np.uint16]
    size: NDArray[np.uint16]
    closed_from: NDArray[np.uint16]
    reason: NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Merged:
    """Distinct rows, and where each came from.

    Attributes
    ----------
    rows : (D, columns)
        The distinct rows.
    order : (S,)
        Permutation of the merged rows that puts equal ones side by side.
    starts : (D,)
        Where each distinct row begins in `order`.
    """

    rows: Rows
    order: Ints
    starts: Ints

    def total(self, weight: Ints) -> Ints:
        """Add up integer weights (S,) of equal rows. Shape (D,)."""
        added: Ints = np.add.reduceat(weight[self.order], self.starts)
        return added

    def index(self) -> Ints:
        """Return for each merged row its place among the distinct ones. Shape (S,)."""
        lengths = np.diff(np.append(self.starts, len(self.order)))
        index = np.empty(len(self.order), dtype=np.int64)
        index[self.order] = np.repeat(np.arange(len(self.starts)), lengths)
        return index


def start(design: Design) -> Rows:
    """Return the one state of a trial before its first patient.

    Raises
    ------
    DesignError
        The design reads more than complete cohorts (pending patients, follow-up).
    """
    more = sorted(design.reads - COMPLETE_COHORT_FIELDS)
    if more:
        raise DesignError(
            f"design {design.name!r} reads {', '.join(more)}: the exact engine and the clockless sampler "
            f"take designs that read only {', '.join(sorted(COMPLETE_COHORT_FIELDS))}"
        )
    row = np.zeros((1, design.n_doses + 4), dtype=np.uint16)
    if "closed_from" in reads_of(design):
        row[0, design.n_doses + 1] = design.n_doses + 1
    return row


def observed(design: Design, rows: Rows) -> Observed:
    """Unpack rows into what a design reads."""
    levels = design.n_doses
    counts = rows[:, :levels]
    rest = rows[:, levels:].astype(np.int64)
    closed_from = (
        rest[:, 1] if "closed_from" in reads_of(design) else np.full(len(rows), levels + 1, dtype=np.int64)
    )
    return Observed(
        level=rest[:, 0],
        n=(counts >> 8).astype(np.int64),
        dlt=(counts & 255).astype(np.int64),
        last_n=rest[:, 2],
        last_dlt=rest[:, 3],
        closed_from=closed_from,
    )


def _blocks(count: int) -> Iterator[slice]:
    for first in range(0, count, _BLOCK):
        yield slice(first, min(first + _BLOCK, count))


def decide(design: Design, rows: Rows) -> Steps:
    """Return what the design decides in every state.

    Raises
    ------
    DesignError
        The design waits, or names a level or cohort size that does not exist.
    """
    states = len(rows)
    steps = Steps(
        np.empty(states, dtype=np.bool_),
        np.empty(states, dtype=np.uint16),
        np.empty(states, dtype=np.uint16),
        np.empty(states, dtype=np.uint16),
        np.empty(states, dtype=np.int16),
    )
    for block in _blocks(states):
        decision = design.decide(observed(design, rows[block]))
        stop = decision.action == Action.STOP
        treat = decision.action == Action.TREAT
        legal = (decision.level >= 1) & (decision.level <= design.n_doses) & (decision.cohort_size >= 1)
        if not np.all(stop | (treat & legal)):
            raise DesignError(
                f"design {design.name!r} must stop, or treat a cohort of 1 or more at a level from 1 to "
                f"{design.n_doses}, whenever a cohort is complete"
            )
        steps.stop[block] = stop
        steps.level[block] = np.where(stop, 0, decision.level)
        steps.size[block] = np.where(stop, 0, decision.cohort_size)
        steps.closed_from[block] = decision.closed_from
        steps.reason[block] = decision.reason
    return steps


def select(design: Design, rows: Rows) -> NDArray[np.int16]:
    """Return the level that the design recommends in every state, 0 for none."""
    selected = np.empty(len(rows), dtype=np.int16)
    for block in _blocks(len(rows)):
        selected[block] = design.select(observed(design, rows[block]))
    return selected


def close_levels(design: Design, rows: Rows, closed_from: NDArray[np.uint16]) -> Rows:
    """Return the rows after a decision that treats no patient: only the closed levels can have changed."""
    closed = rows.copy()
    if "closed_from" in reads_of(design):
        closed[:, design.n_doses + 1] = closed_from
    return closed


def after_cohort(
    design: Design, rows: Rows, steps: Steps, which: Ints, size: int, dlt: NDArray[np.uint16]
) -> Rows:
    """Return the states after one cohort.

    Parameters
    ----------
    rows, steps
        States and what was decided for them.
    which : (K,)
        Index of the state each new one comes from.
    size
        Patients of the cohort, truncated by the caller to its cap.
    dlt : (K,)
        DLTs among them.
    """
    levels = design.n_doses
    level = steps.level[which]
    new = np.take(rows, which, axis=0)
    new[np.arange(len(which)), level.astype(np.int64) - 1] += np.uint16(256 * size) + dlt
    if "level" in reads_of(design):
        new[:, levels] = level
    if "closed_from" in reads_of(design):
        new[:, levels + 1] = steps.closed_from[which]
    if "last_n" in reads_of(design):
        new[:, levels + 2] = size
    if "last_dlt" in reads_of(design):
        new[:, levels + 3] = dlt
    return new


def merge(rows: Rows, salt: int = 0) -> Merged:
    """Find the distinct rows of (S, columns).

    Rows are sorted by a 64-bit multilinear hash, and equal hashes are then compared number by number: a
    collision (of the order of 1 in 10**5 for ten million rows) is found and met with another hash.
    """
    if not len(rows):
        none = np.empty(0, dtype=np.int64)
        return Merged(rows, none, none)
    hashes = np.zeros(len(rows), dtype=np.uint64)
    multipliers = _multipliers(rows.shape[1], salt)
    for block in _blocks(len(rows)):
        wide = rows[block].astype(np.uint64)
        for column, multiplier in enumerate(multipliers):
            hashes[block] += wide[:, column] * multiplier
    order = np.argsort(hashes)
    hashes = hashes[order]
    is_new = np.empty(len(rows), dtype=np.bool_)
    is_new[0] = True
    np.not_equal(hashes[1:], hashes[:-1], out=is_new[1:])
    del hashes
    ordered = np.take(rows, order, axis=0)
    repeat = np.flatnonzero(~is_new)
    if any(np.any(ordered[repeat[block]] != ordered[repeat[block] - 1]) for block in _blocks(len(repeat))):
        return merge(rows, salt + 1)
    starts = np.flatnonzero(is_new)
    return Merged(np.take(ordered, starts, axis=0), order, starts)


def _multipliers(columns: int, salt: int) -> NDArray[np.uint64]:
    """Return random odd 64-bit numbers, one per column: fixed by the salt."""
    words = np.random.SeedSequence((columns, salt)).generate_state(columns, np.uint64)
    return words | np.uint64(1)
