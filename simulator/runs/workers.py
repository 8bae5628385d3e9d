"""Work on chunks of replicates, here, in processes of this machine, or on any executor.

Results do not depend on where the work runs or in which order it ends.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, as_completed, wait
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from multiprocessing import resource_tracker
from typing import Final, TypeVar

from loky import ProcessPoolExecutor
from loky.backend import resource_tracker as loky_tracker

from simulator.errors import WorkerError
from simulator.runs.cluster import CLUSTER

AHEAD: Final = 2
"""Chunks for each worker that are submitted at once: one in work and one that waits."""
ATTEMPTS: Final = 3
"""Pools tried before a run that keeps losing its workers is given up."""
ORPHAN_SECONDS: Final = 1.0
"""How often a worker looks whether the process that it works for is still there."""

AnyPlan = TypeVar("AnyPlan")
Result = TypeVar("Result")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def in_this_process(wanted: list[range], workers: int) -> bool:
    """Return whether work on these chunks is done in this process itself, where there is no cluster."""
    return workers == 1 or len(wanted) < 2


def leaves_this_process(wanted: list[range], workers: int) -> bool:
    """Return whether results of work on these chunks come from other processes, here or on a cluster."""
    return CLUSTER.get() is not None or not in_this_process(wanted, workers)


def run_with(
    work: Callable[[AnyPlan, range], Result], plan: AnyPlan, wanted: list[range], workers: int
) -> Iterator[tuple[range, Result]]:
    """Do any work on chunks of replicates and yield each result as it is done; one worker is this process itself.

    A worker that dies breaks its pool; what is missing then goes to a new one, a few times, then WorkerError. In an
    `on_cluster` block the work goes to the cluster, whatever the number of workers.
    """
    cluster = CLUSTER.get()
    if cluster is not None:
        yield from cluster.run(work, plan, wanted)
        return
    if in_this_process(wanted, workers):
        for replicates in wanted:
            yield replicates, work(plan, replicates)
        return
    workers = min(workers, len(wanted))
    missing = {replicates.start: replicates for replicates in wanted}
    for attempt in range(ATTEMPTS):
        pool = _taken(workers)
        whole = False
        try:
            # Nothing is cancelled first: the pool's own thread stumbles over cancelled work when it is killed.
            first, *others = missing.values()
            with _interrupts_held_back():  # the first chunk starts all processes
                futures = _submitted(pool, work, plan, [first])
            for replicates, chunk in _few_at_once(pool, work, plan, futures, others, AHEAD * workers):
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


def run_on(
    executor: Executor, work: Callable[[AnyPlan, range], Result], plan: AnyPlan, wanted: list[range]
) -> Iterator[tuple[range, Result]]:
    """Do the work on any executor and yield each result as it is done; the caller shuts the executor down."""
    futures = _submitted(executor, work, plan, wanted)
    try:
        yield from _as_done(futures)
    finally:
        for future in futures:
            future.cancel()


def _submitted(
    executor: Executor, work: Callable[[AnyPlan, range], Result], plan: AnyPlan, wanted: list[range]
) -> dict[Future[Result], range]:
    return {executor.submit(work, plan, part): part for part in wanted}


def _few_at_once(
    pool: Executor,
    work: Callable[[AnyPlan, range], Result],
    plan: AnyPlan,
    futures: dict[Future[Result], range],
    others: list[range],
    most: int,
) -> Iterator[tuple[range, Result]]:
    """Yield each result as it is done, with so many chunks submitted and not yet taken at the most.

    A process that takes results more slowly than its workers give them would else hold all of them.
    """
    waiting = iter(others)
    for part in islice(waiting, most - len(futures)):
        futures |= _submitted(pool, work, plan, [part])
    while futures:
        done, _ = wait(futures, return_when=FIRST_COMPLETED)
        for future in done:
            part, result = futures.pop(future), future.result()
            for following in islice(waiting, 1):
                futures |= _submitted(pool, work, plan, [following])
            yield part, result
            del result  # kept by nobody once it is given
        del done, future


def _as_done(futures: dict[Future[Result], range]) -> Iterator[tuple[range, Result]]:
    for future in as_completed(list(futures)):
        part, result = futures.pop(future), future.result()  # kept by nobody once it is given
        del future
        yield part, result


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Start processes that Ctrl-C does not reach, as they inherit the mask: the parent alone ends a run.

    An interrupt that comes meanwhile is raised after it, so that no process is left half started. A mask holds
    for this thread only, so another one may take the interrupt: hence the handler too.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    _start_tracker()  # else it starts with the first process, and takes the mask away
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


def _taken(workers: int) -> ProcessPoolExecutor:
    pools = _SHARED.get()
    return pools.pop(workers) if pools and workers in pools else _processes(workers)


def _give_back(pool: ProcessPoolExecutor, workers: int, whole: bool) -> None:
    pools = _SHARED.get()
    if whole and pools is not None and workers not in pools:
        pools[workers] = pool
    else:
        pool.shutdown(kill_workers=True)


def _processes(workers: int) -> ProcessPoolExecutor:
    """Start processes whose numerical libraries use one thread each."""
    _start_tracker()
    threads = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return ProcessPoolExecutor(
        max_workers=workers,
        env=dict.fromkeys(threads, "1"),
        initializer=_end_with_parent,
        initargs=(os.getpid(),),
    )


def _end_with_parent(parent: int) -> None:
    """Let this worker end soon after its parent: one that is killed cannot tell its workers, which would wait on."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(ORPHAN_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _start_tracker() -> None:
    """Start the trackers of resources so that loky's cleans up after an interrupted run without a word."""
    before = os.environ.get("PYTHONWARNINGS")
    quiet = "ignore::UserWarning:loky.backend.resource_tracker"
    os.environ["PYTHONWARNINGS"] = f"{before},{quiet}" if before else quiet
    try:
        loky_tracker.ensure_running()
        resource_tracker.ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONWARNINGS"]
        else:
            os.environ["PYTHONWARNINGS"] = before
