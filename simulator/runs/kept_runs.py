"""The runs behind one answer, kept in its folder as they are done, so that an interrupted answer resumes."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

from simulator.runs.packed_chunks import cut, run_blocks
from simulator.runs.replicates import Chunk, RunPlan
from simulator.runs.run_folder import RunFolder


@contextmanager
def kept_in(folder: RunFolder | None) -> Iterator[None]:
    """Let every run in the block keep its chunks in a folder opened for several runs; None keeps nothing."""
    before = _FOLDER.set(folder)
    try:
        yield
    finally:
        _FOLDER.reset(before)


_FOLDER: Final = ContextVar["RunFolder | None"]("folder", default=None)


def run_kept(
    plan: RunPlan, wanted: list[range], workers: int, fingerprint: str
) -> Iterator[tuple[range, Chunk]]:
    """Run chunks and yield them as they are done, in any order, those of a block that is wanted whole together.

    In a `kept_in` block those that are kept are read.

    Raises
    ------
    StoreError
        The disk refuses a chunk, or a kept one was changed since the folder was opened.
    """
    folder = _FOLDER.get()
    missing = {part.start: part for part in wanted}
    if folder is not None:
        for block in folder.kept_of(fingerprint):
            of_block = [part for part in missing.values() if part.start in block and part.stop <= block.stop]
            if of_block:
                yield from _whole_or_cut(block, folder.read(block, fingerprint), of_block)
            for part in of_block:
                del missing[part.start]
    for block, done in run_blocks(plan, list(missing.values()), workers):
        if folder is not None:
            folder.write(block, done, fingerprint)
        yield block, done


def _whole_or_cut(block: range, done: Chunk, wanted: list[range]) -> Iterator[tuple[range, Chunk]]:
    """Yield a block whose every chunk is wanted as it is: to cut it and to join it again would take time."""
    if sum(map(len, wanted)) == len(block):
        yield block, done
    else:
        yield from cut(block, done, wanted)
