"""The replicates of a comparison: as many as were asked for, or step by step until the answer is settled."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import inf
from typing import Final

from simulator.analysis.settled import is_settled
from simulator.errors import ScenarioError
from simulator.runs.ending import AS_ASKED, End, Ending
from simulator.runs.packed_chunks import PackedChunk, chunks_within, cut
from simulator.runs.progress import Progress, foresee, weigh
from simulator.runs.replicates import RunPlan, chunks
from simulator.runs.results import Results
from simulator.runs.run_folder import RunFolder
from simulator.runs.workers import processes_shared
from simulator.scenario.question import AUTO, STEPS, Auto
from simulator.scenario.scenario import Scenario

RunChunks = Callable[[RunPlan, list[range]], Iterator[tuple[range, PackedChunk]]]
"""Runs chunks and gives them as they are done, in any order, alone or with those that follow."""


@dataclass(frozen=True, slots=True)
class Stepwise:
    """A comparison's replicates to run.

    Attributes
    ----------
    asked
        Replicates, or `auto`: in STEPS until the answer is settled. Numbers alone decide, so that a run ends
        where it ends on any machine.
    seconds
        What the clock is set to: once they are over, the replicates done from the first on without gap are the
        run's. None for no clock.
    folder
        Where chunks are kept, and read where they are.
    """

    scenario: Scenario
    plan: RunPlan
    asked: int | Auto
    on: RunChunks
    folder: RunFolder | None = None
    seconds: float | None = None
    progress: Progress | None = None

    def run(self) -> tuple[Results, Ending]:
        """Run to the end, and say what ended it."""
        over = inf if self.seconds is None else time.monotonic() + self.seconds
        steps = steps_of(self.plan, self.asked)
        foresee(self.progress, steps[-1] if len(steps) > 1 else None, self.seconds)
        try:
            return self._run(steps, over)
        finally:
            foresee(
                self.progress, None, None
            )  # what else is run with the same progress ends where it is asked to

    def _run(self, steps: tuple[int, ...], over: float) -> tuple[Results, Ending]:
        results: Results | None = None
        with processes_shared():
            for step in steps:
                results = self._to(step, results, over)
                if self.asked == AUTO and results.replicates == step and self._is_settled(results):
                    return results, Ending(End.SETTLED, AUTO)
                if results.replicates < step or (step < steps[-1] and time.monotonic() > over):
                    return results, Ending(End.CLOCK, self.asked, self.seconds)
        assert results is not None
        if self.asked != AUTO:
            return results, AS_ASKED
        return results, Ending(End.MOST if steps == STEPS else End.SIMPY, AUTO)

    def held(self, replicates: int) -> Results:
        """Return the results of a finished run's first replicates, all of which the folder keeps."""
        assert self.folder is not None
        done = (self.folder.read(part) for part in chunks(replicates))
        return Results.in_order(self.plan, done, self.scenario.trial.target)

    def _is_settled(self, results: Results) -> bool:
        return is_settled(results, self.scenario.question, self.scenario.trial.enrolment_max)

    def _to(self, step: int, before: Results | None, over: float) -> Results:
        """Return the results up to a step, or to where the clock ends it."""
        first = 0 if before is None else before.replicates
        parts = [part for part in chunks(step) if part.start >= first]
        ready = dict(self._done(parts, step, first, over))
        more = Results.in_order(self.plan, _without_gap(first, ready), self.scenario.trial.target)
        return more if before is None else before.followed_by(more)

    def _done(
        self, parts: list[range], step: int, count: int, over: float
    ) -> Iterator[tuple[range, PackedChunk]]:
        """Yield what is done, first what is kept in the folder, until the clock ends it."""
        folder, first = self.folder, parts[0]
        kept = [part for part in parts if folder is not None and folder.holds(part)]
        for part in kept:
            assert folder is not None
            count += len(part)
            yield part, PackedChunk.of(self.plan.design_truths, [folder.read(part)])
        self._tell(count, step)
        missing = [part for part in parts if part not in kept]
        begun = first.start > 0 or first in kept
        for block, rows in self.on(self.plan, missing) if missing else ():
            weigh(self.progress, len(block), rows.nbytes)
            begun = begun or block.start == first.start
            for part in self._kept(block, rows, missing):
                count += len(part)
                self._tell(count, step)
                if begun and time.monotonic() > over:
                    done = range(block.start, part.stop)
                    yield done, rows if done == block else rows.up_to(part.stop, self.plan.design_truths)
                    return
            yield block, rows

    def _kept(self, block: range, rows: PackedChunk, missing: list[range]) -> Iterator[range]:
        """Yield the chunks of a block, each once it is written where there is a folder."""
        if self.folder is None:
            yield from chunks_within(block, missing)
            return
        for part, chunk in cut(block, rows.chunk(), missing):
            self.folder.write(part, chunk)
            yield part

    def _tell(self, count: int, step: int) -> None:
        if self.progress is not None:
            self.progress(count, step)


def _without_gap(first: int, ready: dict[range, PackedChunk]) -> Iterator[PackedChunk]:
    """Yield what is ready, in order, up to the first replicate that is not."""
    for part in sorted(ready, key=lambda one: one.start):
        if part.start != first:
            return
        yield ready[part]
        first = part.stop


def steps_of(plan: RunPlan, asked: int | Auto) -> tuple[int, ...]:
    """Return after how many replicates a run asks whether it may end; SimPy's ends after the first step of `auto`."""
    if asked != AUTO:
        return (asked,)
    return STEPS if plan.engine.compiled_throughout else STEPS[:1]


MOST_SECONDS: Final = 10_000_000


def seconds_of(seconds: float | None) -> float | None:
    """Return what the clock is set to; ScenarioError out of range."""
    if seconds is not None and not 0 < seconds <= MOST_SECONDS:
        raise ScenarioError(f"seconds must be above 0 and at most {MOST_SECONDS:,}, got {seconds!r}")
    return seconds
