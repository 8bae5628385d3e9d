"""The rows of some replicates packed where they were made: so they travel between processes, and so they are kept."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from simulator.runs.packed_columns import LEVEL, PackedColumns
from simulator.runs.replicates import (
    BLOCK,
    NOTHING,
    Chunk,
    Columns,
    DesignTruth,
    RunPlan,
    blocks,
    joined,
    rows_of,
    run_chunk,
)
from simulator.runs.workers import in_this_process, leaves_this_process, run_with
from simulator.trial.engines import Engine, prepare


@dataclass(frozen=True, slots=True)
class PackedChunk:
    """A chunk in a small part of its room: the arms of a design are packed together, as they meet the same patients.

    Attributes
    ----------
    used, needed
        One for each of `groups`, shape of a column (arms, replicates, ...).
    nbytes
        What the rows take unpacked.
    beside
        The same of the plan beside, where there is one.
    """

    replicates: tuple[int, ...]
    used: tuple[PackedColumns, ...]
    needed: tuple[PackedColumns, ...]
    screening: PackedColumns
    nbytes: int
    beside: "PackedChunk | None" = None

    @classmethod
    def of(
        cls, design_truths: Sequence[DesignTruth], chunks: Sequence[Chunk], level: int = LEVEL
    ) -> "PackedChunk":
        """Pack the rows of chunks, replicates in order whatever the order of the chunks; `level` of compression."""
        screening = joined([chunk.screening for chunk in chunks])
        in_order = np.argsort(screening["replicate"], kind="stable")
        used, needed = [chunk.used for chunk in chunks], [chunk.needed for chunk in chunks]
        return cls(
            tuple(screening["replicate"][in_order].tolist()),
            tuple(_together(used, arms, level) for arms in groups(design_truths)),
            tuple(_together(needed, arms, level) for arms in groups(design_truths, needed=True)),
            PackedColumns(((name, values[in_order]) for name, values in screening.items()), level=level),
            sum(
                values.nbytes
                for chunk in chunks
                for table in (chunk.used, chunk.needed, chunk.screening)
                for values in table.values()
            ),
        )

    def chunk(self) -> Chunk:
        """Return the rows as they were, bit for bit."""
        return Chunk(_apart(self.used), _apart(self.needed), dict(self.screening))

    def up_to(self, replicate: int, design_truths: Sequence[DesignTruth]) -> "PackedChunk":
        """Return the rows of the replicates before this one."""
        return PackedChunk.of(design_truths, [rows_of(self.chunk(), range(self.replicates[0], replicate))])


def groups(design_truths: Sequence[DesignTruth], *, needed: bool = False) -> list[list[int]]:
    """Return the arms that are packed together, those of a design; `needed`: of those whose needed pass is run."""
    arms = [k for k, arm in enumerate(design_truths) if arm.needed or not needed]
    return [list(some) for _, some in groupby(arms, key=lambda k: design_truths[k].design_name)]


def _together(parts: Sequence[Columns], arms: list[int], level: int) -> PackedColumns:
    """Return the rows of some arms, replicates in order; one column after the other, so that none is held twice."""
    spans = [_span(np.flatnonzero((part["arm"] >= arms[0]) & (part["arm"] <= arms[-1]))) for part in parts]

    def column(name: str) -> NDArray[np.generic]:
        found = []
        for part, span in zip(parts, spans, strict=True):
            values = part[name][span]
            found.append(values.reshape(len(arms), len(values) // len(arms), *values.shape[1:]))
        return found[0] if len(found) == 1 else np.concatenate(found, axis=1)

    replicates = column("replicate")[0]
    if (np.diff(replicates) > 0).all():
        return PackedColumns(((name, column(name)) for name in parts[0]), axis=1, level=level)
    in_order = np.argsort(replicates, kind="stable")
    return PackedColumns(((name, column(name)[:, in_order]) for name in parts[0]), axis=1, level=level)


def _span(rows: NDArray[np.int64]) -> NDArray[np.int64] | slice:
    """Return the rows, as a span where they follow each other."""
    follow = len(rows) > 0 and rows[-1] - rows[0] + 1 == len(rows)
    return slice(int(rows[0]), int(rows[-1]) + 1) if follow else rows


def _apart(together: tuple[PackedColumns, ...]) -> Columns:
    """Return the rows of all arms, arm by arm."""
    if not together:
        return joined([NOTHING])
    return {
        name: np.concatenate(
            [
                values.reshape(values.shape[0] * values.shape[1], *values.shape[2:])
                for values in (one[name] for one in together)
            ]
        )
        for name in together[0]
    }


def packed_together(
    design_truths: Sequence[DesignTruth], parts: Iterable[Chunk | PackedChunk], level: int = LEVEL
) -> Iterator[PackedChunk]:
    """Pack chunks that follow each other, those of few replicates together: alone they would hardly shrink."""
    small: list[Chunk | PackedChunk] = []
    for part in parts:
        small.append(part)
        if sum(_count(one) for one in small) >= BLOCK:
            yield _joined(design_truths, small, level)
            small = []
    if small:
        yield _joined(design_truths, small, level)


def first_replicate(part: Chunk | PackedChunk) -> int:
    """Return the first replicate of a chunk."""
    return part.replicates[0] if isinstance(part, PackedChunk) else int(part.screening["replicate"][0])


def _count(part: Chunk | PackedChunk) -> int:
    return len(part.replicates if isinstance(part, PackedChunk) else part.screening["replicate"])


def _joined(
    design_truths: Sequence[DesignTruth], parts: list[Chunk | PackedChunk], level: int
) -> PackedChunk:
    if len(parts) == 1 and isinstance(parts[0], PackedChunk):
        return parts[0]
    rows = [part.chunk() if isinstance(part, PackedChunk) else part for part in parts]
    return PackedChunk.of(design_truths, rows, level)


def run_packed_chunk(plan: RunPlan, replicates: range) -> PackedChunk:
    """Run every arm on every replicate of the chunk, and pack the rows where this is done."""
    chunk = run_chunk(plan, replicates)
    packed = PackedChunk.of(plan.design_truths, [chunk])
    if plan.beside is None or chunk.beside is None:
        return packed
    return replace(packed, beside=PackedChunk.of(plan.beside.design_truths, [chunk.beside]))


def run_packed(plan: RunPlan, wanted: list[range], workers: int) -> Iterator[tuple[range, PackedChunk]]:
    """Run chunks as they are run at once, compiled code several together, and yield each block as it is done."""
    return run_with(run_packed_chunk, plan, _prepared(plan, wanted, workers), workers)


def run_blocks(plan: RunPlan, wanted: list[range], workers: int) -> Iterator[tuple[range, Chunk]]:
    """Run chunks as `run_packed` does, for one who reads the rows at once."""
    parts = _prepared(plan, wanted, workers)
    if not leaves_this_process(parts, workers):
        yield from run_with(run_chunk, plan, parts, workers)
        return
    for block, done in run_with(run_packed_chunk, plan, parts, workers):
        yield block, done.chunk()


def _prepared(plan: RunPlan, wanted: list[range], workers: int) -> list[range]:
    parts = blocks(wanted, plan.arms) if plan.engine.engine == Engine.COMPILED else wanted
    prepare(plan.engine.engine, here=in_this_process(parts, workers))
    return parts


def run(plan: RunPlan, wanted: list[range], workers: int) -> Iterator[tuple[range, Chunk]]:
    """Run chunks and yield each as it is done, in any order."""
    for block, done in run_blocks(plan, wanted, workers):
        yield from cut(block, done, wanted)


def cut(block: range, done: Chunk, wanted: list[range]) -> Iterator[tuple[range, Chunk]]:
    """Yield the chunks that lie in a block."""
    if block in wanted:
        yield block, done
        return
    yield from ((part, rows_of(done, part)) for part in chunks_within(block, wanted))


def chunks_within(block: range, wanted: list[range]) -> list[range]:
    """Return the chunks that lie in a block."""
    return [part for part in wanted if part.start in block]
