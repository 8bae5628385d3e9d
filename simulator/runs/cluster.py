"""Work on a cluster of machines: a Dask scheduler that is there, or processes of this machine set up like one.

Work is sent in pieces of some seconds, measured as they come back; rows come back to the caller, who writes them at
once, so that a folder on disk survives the scheduler and every worker.
"""

import logging
import time
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, wait
from concurrent.futures import Executor as AnyExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from importlib.metadata import version
from typing import Any, Final, TypeVar

from simulator.errors import ScenarioError, WorkerError

SECONDS_A_PIECE: Final = 2.0
"""A task costs the scheduler about 20 ms, so that this keeps what is lost near one percent."""
PIECES_AHEAD: Final = 3
"""Pieces sent to each worker at a time: one at work, the others under way."""
RETRIES: Final = 3
PATIENCE: Final = "10s"
_SETTINGS: Final = {
    # A scheduler that is lost is said so at once: the run's folder is what survives it.
    "distributed.comm.timeouts.connect": PATIENCE,
    "distributed.comm.retry.count": 0,
    # Nobody looks at the profile that workers of this machine would take every 10 ms.
    "distributed.worker.profile.enabled": False,
    # Dask's own MALLOC_TRIM_THRESHOLD_ is left out: with it every block of trials asks the system for its memory
    # again, a fifth of the time.
    "distributed.nanny.pre-spawn-environ": dict.fromkeys(
        ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
    ),
}

AnyPlan = TypeVar("AnyPlan")
Result = TypeVar("Result")


@dataclass(slots=True)
class Cluster:
    """A Dask client whose workers run pieces of work.

    Attributes
    ----------
    seconds_a_chunk
        As measured on the workers so far, by name of the work.
    """

    address: str
    client: Any
    executor: AnyExecutor
    seconds_a_chunk: dict[str, float] = field(default_factory=dict)

    def run(
        self, work: Callable[[AnyPlan, range], Result], plan: AnyPlan, wanted: list[range]
    ) -> Iterator[tuple[range, Result]]:
        """Do the work on chunks of replicates and yield each result as it is done, in any order.

        Raises
        ------
        WorkerError
            The scheduler was lost, no worker is left, or the workers have another version of the simulator.
        """
        waiting, sent = list(reversed(wanted)), set[Future[Any]]()
        name = f"{work.__module__}.{work.__qualname__}"
        try:
            while waiting or sent:
                while waiting and len(sent) < PIECES_AHEAD * self._workers():
                    # The last pieces are ever smaller, so that all workers end together.
                    most = -(-len(waiting) // self._workers())
                    piece = [waiting.pop() for _ in range(min(self._chunks_a_piece(name), most))]
                    sent.add(
                        self.executor.submit(_piece_done, work, plan, piece, version("phase1-simulator"))
                    )
                done, sent = wait(sent, timeout=None, return_when="FIRST_COMPLETED")
                for one in done:
                    seconds, results = one.result()
                    self.seconds_a_chunk[name] = seconds / len(results)
                    yield from results
        except (CancelledError, OSError, TimeoutError) as error:
            raise WorkerError(f"the cluster at {self.address} was lost; {_RESUMES}") from error
        except Exception as error:
            if type(error).__name__ == "KilledWorker":
                raise WorkerError(
                    f"the cluster at {self.address}: its workers keep dying; {_RESUMES}"
                ) from error
            raise
        finally:
            for one in sent:
                one.cancel()

    def _workers(self) -> int:
        known = self.client.scheduler_info(n_workers=-1)
        if "workers" not in known:  # what a client that has given up its scheduler answers
            raise OSError("the scheduler no longer answers")
        return max(1, len(known["workers"]))

    def _chunks_a_piece(self, name: str) -> int:
        seconds = self.seconds_a_chunk.get(name)
        return 1 if seconds is None else max(1, round(SECONDS_A_PIECE / max(seconds, 1e-3)))


_RESUMES: Final = "with --out the same command, on any cluster or none, resumes where it stopped"


def _piece_done(
    work: Callable[[AnyPlan, range], Result], plan: AnyPlan, piece: list[range], asked: str
) -> tuple[float, list[tuple[range, Result]]]:
    """Do a piece of work, on a worker; return the seconds it took and the result of each chunk."""
    here = version("phase1-simulator")
    if here != asked:
        raise WorkerError(
            f"a worker has version {here} of the simulator, this is {asked}: install the same one"
        )
    began = time.monotonic()
    results = [(replicates, work(plan, replicates)) for replicates in piece]
    return time.monotonic() - began, results


@contextmanager
def on_cluster(address: str | None) -> Iterator[None]:
    """Let every run in the block work on a cluster; None leaves them on this machine.

    Parameters
    ----------
    address
        Of a Dask scheduler, as ``tcp://HOST:PORT``, or ``local:N`` for N processes of this machine.

    Raises
    ------
    ScenarioError
        An address of another form, or the extra `cluster` is not installed.
    WorkerError
        There is no scheduler at the address.
    """
    if address is None:
        yield
        return
    with _connected(address) as client:
        cluster = Cluster(address, client, client.get_executor(pure=False, retries=RETRIES))
        before = CLUSTER.set(cluster)
        try:
            yield
        finally:
            CLUSTER.reset(before)


CLUSTER: Final = ContextVar["Cluster | None"]("cluster", default=None)
"""Where runs work, in an `on_cluster` block."""


@contextmanager
def _connected(address: str) -> Iterator[Any]:
    """Yield a Dask client of the scheduler, or of processes started here and ended with the block."""
    scheme, _, rest = address.partition(":")
    processes = int(rest) if scheme == "local" and rest.isdecimal() and len(rest) < 4 else 0
    if not processes and scheme not in ("tcp", "tls", "ucx"):
        raise ScenarioError(f"cluster: {address!r}: write tcp://HOST:PORT of a Dask scheduler, or local:N")
    try:
        import dask
        from distributed import Client, LocalCluster
    except ModuleNotFoundError:
        raise ScenarioError(
            "cluster: needs Dask; install it with `pip install 'phase1-simulator[cluster]'`"
        ) from None
    with dask.config.set(_SETTINGS):
        if processes:
            with (
                LocalCluster(
                    n_workers=processes,
                    threads_per_worker=1,
                    processes=True,
                    dashboard_address=None,
                    silence_logs=logging.ERROR,  # a worker slow to end is no news
                ) as local,
                Client(local) as client,
            ):
                yield client
            return
        try:
            client = Client(address, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise WorkerError(f"no Dask scheduler answers at {address} ({error})") from error
        with client:
            yield client
