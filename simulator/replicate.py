"""Many trials: the same patients through every design and truth, chunk by chunk, on any executor.

A chunk is a fixed run of replicates, so results do not depend on the number of workers or the engine behind
them. Within a replicate patients are drawn and screened once and shared by all designs and truths.
"""

import gc
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, Future, as_completed
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields
from functools import lru_cache
from multiprocessing import resource_tracker
from typing import TYPE_CHECKING, Any, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.errors import WorkerError
from simulator.outcomes import OutcomeParameters, Truth
from simulator.randomness import Streams
from simulator.trial.caps import CapRows, read_caps
from simulator.trial.conduct import Trial
from simulator.trial.escalation import Escalation, Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.record import NeededRow, UsedRow, needed_row, used_row
from simulator.trial.setting import Setting, needed_pass, used_pass

if TYPE_CHECKING:
    from loky import ProcessPoolExecutor

CHUNK: Final = 10
"""Replicates in a chunk: some seconds of work for a default comparison."""
REFERRALS_PER_INFUSION: Final = 9
"""Referrals drawn at least per infusion that the needed pass asks for; about 4 are used."""

ATTEMPTS: Final = 3
"""Pools tried before a run that keeps losing its workers is given up."""

Columns = dict[str, NDArray[Any]]
AnyJob = TypeVar("AnyJob")
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Arm:
    """One design under one truth.

    Attributes
    ----------
    outcomes
        The parameters this truth is run with; the day-42 line differs from the scenario's own (D36).
    needed
        Whether the pass to `Job.caps_to` infusions is run too.
    """

    design_name: str
    design: Design
    truth: Truth
    outcomes: OutcomeParameters
    needed: bool


@dataclass(frozen=True, slots=True)
class Job:
    """Everything that fixes the numbers of a run, but the number of replicates."""

    stages: Stages
    seed: int
    arms: tuple[Arm, ...]
    caps_to: int
    criteria: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """Results of some replicates, one row per arm and replicate, columns by name.

    `used` has the columns of `UsedRow`, `needed` those of `CapRows`, each after `arm` and `replicate`;
    `screening` has one row a replicate: what screening found among all referrals.
    """

    used: Columns
    needed: Columns
    screening: Columns


def chunks(replicates: int) -> list[range]:
    """Cut the replicates into chunks, always the same."""
    return [range(first, min(first + CHUNK, replicates)) for first in range(0, replicates, CHUNK)]


def run_chunk(job: Job, replicates: range) -> Chunk:
    """Run every arm on every replicate of the chunk."""
    # Whatever the arms: which truths are run must not change whom screening meets.
    at_least = REFERRALS_PER_INFUSION * job.caps_to
    gc.freeze()  # SimPy makes many short-lived objects; the collector need not walk the long-lived ones
    intakes = draw_intakes(job.stages, Streams(job.seed), replicates, at_least)
    used: list[tuple[int, int, UsedRow]] = []
    needed: list[CapRows] = []
    ids: list[tuple[int, int]] = []
    for number, arm in enumerate(job.arms):
        rows: list[NeededRow] = []
        for intake in intakes:
            used.append((number, intake.replicate, _used(job, arm, intake)))
            if arm.needed:
                rows.append(_needed(job, arm, intake))
                ids.append((number, intake.replicate))
        if rows:
            needed.append(read_caps(rows, arm.design, job.caps_to, job.stages.rules.review_days))
    chunk = Chunk(_used_columns(used), _needed_columns(ids, needed), _screening_columns(job, intakes))
    gc.collect()  # while the rest is set apart: what this chunk left, some milliseconds
    gc.unfreeze()
    return chunk


def _used(job: Job, arm: Arm, intake: Intake) -> UsedRow:
    book = rulebook(arm.design)
    trial = Trial(
        setting(job.stages, arm.outcomes),
        used_pass(job.stages.rules),
        intake,
        Escalation(book, arm.design.max_n),
        dose_risks(arm.truth, arm.outcomes, job.stages.rules.dose_levels),
    )
    trial.run()
    return used_row(trial, job.criteria)


def _needed(job: Job, arm: Arm, intake: Intake) -> NeededRow:
    trial = Trial(
        setting(job.stages, arm.outcomes),
        needed_pass(job.caps_to),
        intake,
        Escalation(rulebook(arm.design), None),
        dose_risks(arm.truth, arm.outcomes, job.stages.rules.dose_levels),
    )
    trial.run()
    return needed_row(trial)


@lru_cache(maxsize=64)
def rulebook(design: Design) -> Rulebook:
    """Return the memoised design, shared by all trials of this process."""
    return Rulebook(design)


@lru_cache(maxsize=64)
def dose_risks(truth: Truth, outcomes: OutcomeParameters, doses: tuple[float, ...]) -> DoseRisks:
    """Return the truth's risks at the doses."""
    return DoseRisks(truth, outcomes, doses)


def setting(stages: Stages, outcomes: OutcomeParameters) -> Setting:
    """Return the setting of the trials run with these outcome parameters."""
    return Setting.of(stages.rules, stages.product, stages.dosing, outcomes)


def _used_columns(rows: list[tuple[int, int, UsedRow]]) -> Columns:
    columns: Columns = {
        "arm": np.array([arm for arm, _, _ in rows]),
        "replicate": np.array([replicate for _, replicate, _ in rows]),
    }
    for column in fields(UsedRow):
        columns[column.name] = np.array([getattr(row, column.name) for _, _, row in rows])
    return columns


def _needed_columns(ids: list[tuple[int, int]], parts: list[CapRows]) -> Columns:
    columns: Columns = {
        "arm": np.array([arm for arm, _ in ids], dtype=np.int64),
        "replicate": np.array([replicate for _, replicate in ids], dtype=np.int64),
    }
    for column in fields(CapRows):
        if parts:
            columns[column.name] = np.concatenate([getattr(part, column.name) for part in parts])
    return columns


def _screening_columns(job: Job, intakes: list[Intake]) -> Columns:
    tallies = [intake.screening_tally(job.criteria) for intake in intakes]
    columns: Columns = {"replicate": np.array([intake.replicate for intake in intakes])}
    for name in tallies[0]:
        columns[name] = np.array([tally[name] for tally in tallies])
    return columns


def joined(parts: list[Columns]) -> Columns:
    """Join the columns of many chunks, in order."""
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def run(job: Job, wanted: list[range], workers: int) -> Iterator[tuple[range, Chunk]]:
    """Run chunks and yield each as it is done: here for one worker, else in processes, in any order.

    A worker that dies breaks its pool; what is missing then goes to a new one, a few times, then WorkerError.
    """
    return run_with(run_chunk, job, wanted, workers)


def run_with(
    work: Callable[[AnyJob, range], Result], job: AnyJob, wanted: list[range], workers: int
) -> Iterator[tuple[range, Result]]:
    """Do any work on chunks of replicates and yield each result as it is done; otherwise as `run`."""
    if workers == 1 or len(wanted) < 2:
        for replicates in wanted:
            yield replicates, work(job, replicates)
        return
    missing = {replicates.start: replicates for replicates in wanted}
    for attempt in range(ATTEMPTS):
        pool = _taken(workers)
        whole = False
        try:
            # Nothing is cancelled first: the pool's own thread stumbles over cancelled work when it is killed.
            first, *others = missing.values()
            with _interrupts_held_back():  # the first chunk starts all processes
                futures = _submitted(pool, work, job, [first])
            futures |= _submitted(pool, work, job, others)
            for replicates, chunk in _as_done(futures):
                del missing[replicates.start]
                yield replicates, chunk
            whole = True
            return
        except BrokenExecutor as error:
            if attempt == ATTEMPTS - 1:
                raise WorkerError(
                    f"{ATTEMPTS} pools of {workers} worker processes died one after the other (killed, or out of "
                    "memory?); with --out the same command resumes where it stopped, and --workers 1 needs none"
                ) from error
        finally:
            _give_back(pool, workers, whole)


def run_on(executor: Executor, job: Job, wanted: list[range]) -> Iterator[tuple[range, Chunk]]:
    """Run chunks on any executor and yield each as it is done; whoever made the executor shuts it down."""
    futures = _submitted(executor, run_chunk, job, wanted)
    try:
        yield from _as_done(futures)
    finally:
        for future in futures:
            future.cancel()


def _submitted(
    executor: Executor, work: Callable[[AnyJob, range], Result], job: AnyJob, wanted: list[range]
) -> dict[Future[Result], range]:
    return {executor.submit(work, job, part): part for part in wanted}


def _as_done(futures: dict[Future[Result], range]) -> Iterator[tuple[range, Result]]:
    for future in as_completed(futures):
        yield futures[future], future.result()


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, as they inherit the mask: the parent alone ends a run.

    An interrupt that comes meanwhile is raised after it, so that no process is left half started. A mask holds
    for this thread only, so another one may take the interrupt: hence the handler too.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    resource_tracker.ensure_running()  # else it starts with the first process, and takes the mask away
    came: list[int] = []
    handler = signal.getsignal(signal.SIGINT)
    handles = threading.current_thread() is threading.main_thread() and handler is not None
    if handles:
        signal.signal(signal.SIGINT, lambda number, _: came.append(number))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        if handles:
            signal.signal(signal.SIGINT, handler)
        if came:
            signal.raise_signal(signal.SIGINT)


@contextmanager
def processes_shared() -> Iterator[None]:
    """Let the runs in the block, one after the other, share their processes, so that these start once.

    A pool that broke, or whose run was left before its end, is not shared. Blocks may lie inside one another.
    """
    if _SHARED.get() is not None:
        yield
        return
    pools: dict[int, ProcessPoolExecutor] = {}
    before = _SHARED.set(pools)
    try:
        yield
    finally:
        _SHARED.reset(before)
        for pool in pools.values():
            pool.shutdown(kill_workers=True)


_SHARED: Final = ContextVar["dict[int, ProcessPoolExecutor] | None"]("shared", default=None)
"""Idle pools by number of workers, in a `processes_shared` block."""


def _taken(workers: int) -> "ProcessPoolExecutor":
    pools = _SHARED.get()
    return pools.pop(workers) if pools and workers in pools else _processes(workers)


def _give_back(pool: "ProcessPoolExecutor", workers: int, whole: bool) -> None:
    pools = _SHARED.get()
    if whole and pools is not None and workers not in pools:
        pools[workers] = pool
    else:
        pool.shutdown(kill_workers=True)


def _processes(workers: int) -> "ProcessPoolExecutor":
    """Start processes whose numerical libraries use one thread each."""
    from loky import ProcessPoolExecutor

    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return ProcessPoolExecutor(max_workers=workers, env=dict.fromkeys(threads, "1"))
