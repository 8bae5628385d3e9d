"""Every state a complete-cohort trial can end in, with the number of ways to get there.

A trial that ends with n patients and y DLTs per level has probability C * prod p**y * (1 - p)**(n - y), with
an integer C that no truth changes: C counts the sequences of single outcomes that lead there. The graph is
expanded once, by number of patients treated, equal states merged; the design's own `decide` and `select` are
the only rules.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from math import comb

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design, Ints
from simulator.exact.exact_limit import require_exact
from simulator.exact.frontier import (
    CAP_REACHED,
    Merged,
    Rows,
    Steps,
    after_cohort,
    close_levels,
    decide,
    merge,
    select,
    start,
)
from simulator.exact.memory import MEMORY_LIMIT_BYTES, Held, MemoryGuard


@dataclass(frozen=True, slots=True)
class EndStates:
    """States in which trials end, all of leading shape (S,).

    Attributes
    ----------
    counts : (S, J)
        256 * n + dlt per level.
    selection
        Recommended level, 0 for none.
    reason
        Code of `Reason`, or `CAP_REACHED`.
    coefficient
        Sequences of single outcomes that end here.
    paths
        Sequences of (level, DLT count) per cohort that end here.
    """

    counts: Rows
    selection: NDArray[np.int16]
    reason: NDArray[np.int16]
    coefficient: Ints
    paths: Ints

    def __len__(self) -> int:
        return len(self.coefficient)

    @property
    def n(self) -> Ints:
        """Patients per level, shape (S, J)."""
        return (self.counts >> 8).astype(np.int64)

    @property
    def dlt(self) -> Ints:
        """DLTs per level, shape (S, J)."""
        return (self.counts & 255).astype(np.int64)

    @property
    def total_n(self) -> Ints:
        """Patients treated, shape (S,)."""
        total: Ints = self.n.sum(axis=1)
        return total

    def where(self, which: NDArray[np.bool_] | Ints) -> "EndStates":
        """Return some of the states, by mask or by index."""
        return EndStates(
            self.counts[which],
            self.selection[which],
            self.reason[which],
            self.coefficient[which],
            self.paths[which],
        )

    @staticmethod
    def joined(parts: "list[EndStates]", n_doses: int) -> "EndStates":
        """Return all states of the parts, which share none."""
        if not parts:
            small, wide = np.empty(0, dtype=np.int16), np.empty(0, dtype=np.int64)
            return EndStates(np.empty((0, n_doses), dtype=np.uint16), small, small, wide, wide)
        return EndStates(
            np.concatenate([part.counts for part in parts]),
            np.concatenate([part.selection for part in parts]),
            np.concatenate([part.reason for part in parts]),
            np.concatenate([part.coefficient for part in parts]),
            np.concatenate([part.paths for part in parts]),
        )


@dataclass(frozen=True, slots=True)
class DecisionGraph:
    """The ends of a design's trial at one or more caps.

    Attributes
    ----------
    stops
        Ends the design chose, at any number of patients below the largest cap.
    at_cap
        For each cap, the states of the trials that reach it. The last cohort is truncated at the cap, and no
        decision is taken there.
    """

    n_doses: int
    stops: EndStates
    at_cap: dict[int, EndStates]

    def ends(self, cap: int) -> EndStates:
        """Return every end of the trial capped at `cap` patients."""
        return EndStates.joined([self.stops.where(self.stops.total_n < cap), self.at_cap[cap]], self.n_doses)

    def checksum(self, cap: int) -> int:
        """Return the sum of C * 2**(cap - n) over the ends: 2**cap if no path is lost or counted twice."""
        ends = self.ends(cap)
        return int(np.sum(ends.coefficient << (cap - ends.total_n)))


@dataclass(frozen=True, slots=True)
class _Batch:
    """States with the same number of patients, not merged yet."""

    rows: Rows
    coefficient: Ints
    paths: Ints


def compile_graph(
    design: Design, caps: Iterable[int], memory_limit_bytes: int = MEMORY_LIMIT_BYTES
) -> DecisionGraph:
    """Expand a design's trial up to the largest cap, in one pass for all caps.

    The trial capped at N is the trial with a larger cap up to the cohort that crosses N, which is cut at N.

    Parameters
    ----------
    caps
        Numbers of DLT-evaluable patients at which the trial ends, each from 1 to `exact_up_to` of the design.
    memory_limit_bytes
        Memory the expansion may take at its peak.

    Raises
    ------
    DesignError
        The design looks at incomplete cohorts, a cap is out of range, or the states do not fit in the limit.
    """
    wanted = sorted({int(cap) for cap in caps})
    require_exact(design, wanted)
    one = np.ones(1, dtype=np.int64)
    pending: dict[int, list[_Batch]] = {0: [_Batch(start(design), one, one)]}
    cut: dict[int, list[_Batch]] = {}
    stops: list[EndStates] = []
    at_cap: dict[int, EndStates] = {}
    guard = MemoryGuard(design.n_doses, wanted, memory_limit_bytes)
    for total in range(wanted[-1] + 1):
        batch = _merged(pending.pop(total, []), design)
        if total in wanted:
            # Trials that reach the cap in whole cohorts, and those whose last cohort is cut there.
            crossing = cut.pop(total, [])
            capped = _merged([batch, *crossing], design) if crossing else batch
            at_cap[total] = _ended(
                design, capped, capped.rows, np.full(len(capped.rows), CAP_REACHED, np.int16)
            )
        if total == wanted[-1] or not len(batch.rows):
            continue
        steps = decide(design, batch.rows)
        stops.append(_stopped(design, batch, steps))
        whole, cut_short = _new_states(steps, total, wanted)
        guard.check(
            Held(
                total=total,
                merged=len(batch.rows),
                whole=whole + _rows_of(pending),
                cut=cut_short + _rows_of(cut),
                stopped=sum(map(len, stops)),
                at_cap=sum(map(len, at_cap.values())),
            )
        )
        _expand(design, batch, steps, total, wanted, pending, cut)
    return DecisionGraph(design.n_doses, EndStates.joined(stops, design.n_doses), at_cap)


def _merged(batches: list[_Batch], design: Design) -> _Batch:
    if not batches:
        none = np.empty(0, dtype=np.int64)
        return _Batch(np.empty((0, design.n_doses + 4), dtype=np.uint16), none, none)
    if len(batches) == 1:
        rows, coefficient, paths = batches[0].rows, batches[0].coefficient, batches[0].paths
    else:
        rows = np.concatenate([batch.rows for batch in batches])
        coefficient = np.concatenate([batch.coefficient for batch in batches])
        paths = np.concatenate([batch.paths for batch in batches])
    batches.clear()  # freed before merging, which is the peak of memory
    merged = merge(rows)
    return _Batch(merged.rows, merged.total(coefficient), merged.total(paths))


def _new_states(steps: Steps, total: int, caps: list[int]) -> tuple[int, int]:
    """Count the states that `_expand` will add: after whole cohorts, and after cohorts cut at a cap."""
    sizes, states = np.unique(steps.size[~steps.stop], return_counts=True)
    whole = cut = 0
    for size, count in zip(sizes.tolist(), states.tolist(), strict=True):
        if total + size <= caps[-1]:
            whole += count * (size + 1)
        cut += count * sum(cap - total + 1 for cap in caps if total < cap < total + size)
    return whole, cut


def _rows_of(batches: dict[int, list[_Batch]]) -> int:
    return sum(len(part.rows) for parts in batches.values() for part in parts)


def _expand(
    design: Design,
    batch: _Batch,
    steps: Steps,
    total: int,
    caps: list[int],
    pending: dict[int, list[_Batch]],
    cut: dict[int, list[_Batch]],
) -> None:
    """Add the next cohort of every state that goes on: whole, and cut at each cap it crosses."""
    for size in np.unique(steps.size[~steps.stop]).tolist():
        parents = np.flatnonzero(steps.size == size)
        if total + size <= caps[-1]:
            pending.setdefault(total + size, []).append(_children(design, batch, steps, parents, size))
        for cap in caps:
            if total < cap < total + size:
                cut.setdefault(cap, []).append(_children(design, batch, steps, parents, cap - total))


def _children(design: Design, batch: _Batch, steps: Steps, parents: Ints, size: int) -> _Batch:
    dlt = np.repeat(np.arange(size + 1, dtype=np.uint16), len(parents))
    # In how many orders of the cohort's patients y of them have a DLT.
    ways = np.repeat(np.array([comb(size, y) for y in range(size + 1)], dtype=np.int64), len(parents))
    which = np.tile(parents, size + 1)
    rows = after_cohort(design, batch.rows, steps, which, size, dlt)
    return _Batch(rows, batch.coefficient[which] * ways, batch.paths[which])


def _stopped(design: Design, batch: _Batch, steps: Steps) -> EndStates:
    stop = steps.stop
    ended = _Batch(batch.rows[stop], batch.coefficient[stop], batch.paths[stop])
    return _ended(
        design, ended, close_levels(design, ended.rows, steps.closed_from[stop]), steps.reason[stop]
    )


def _ended(design: Design, batch: _Batch, final: Rows, reason: NDArray[np.int16]) -> EndStates:
    """Select, then merge states that differ only in what no measure reads any more."""
    levels = design.n_doses
    selection = select(design, final)
    if not len(final):
        return EndStates(final[:, :levels], selection, reason, batch.coefficient, batch.paths)
    labelled = np.empty((len(final), levels + 2), dtype=np.uint16)
    labelled[:, :levels] = final[:, :levels]
    labelled[:, levels] = selection
    labelled[:, levels + 1] = reason - CAP_REACHED  # from -1, moved up to 0: rows are unsigned
    merged: Merged = merge(labelled)
    return EndStates(
        counts=np.ascontiguousarray(merged.rows[:, :levels]),
        selection=merged.rows[:, levels].astype(np.int16),
        reason=merged.rows[:, levels + 1].astype(np.int16) + np.int16(CAP_REACHED),
        coefficient=merged.total(batch.coefficient),
        paths=merged.total(batch.paths),
    )
