"""Runs on a Dask cluster of real processes: the same bytes as in one process, whatever dies or comes meanwhile."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from distributed import Client, LocalCluster

from simulator import compare
from simulator.errors import ScenarioError, WorkerError
from simulator.runs.cluster import CLUSTER, on_cluster
from simulator.runs.workers import run_with
from simulator.studies.forecast import forecast
from simulator.studies.what_if import what_if
from simulator.trial.engines import engine_asked
from tests.runs.test_replicates import bits, scenario

REPLICATES = 40
# By SimPy, whose chunks are small: compiled code runs so few replicates in one piece, and nothing would be under way.


@pytest.fixture(scope="module")
def processes() -> Iterator[LocalCluster]:
    with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as local:
        yield local


def test_a_killed_worker_and_one_that_comes_late_change_no_byte(
    processes: LocalCluster, tmp_path: Path
) -> None:
    pids = list(Client(processes).run(os.getpid).values())
    seen: list[int] = []

    def disturb(done: int, wanted: int) -> None:
        seen.append(done)
        if len(seen) == 2:
            os.kill(pids[0], signal.SIGKILL)
            threading.Thread(target=lambda: processes.scale(3)).start()

    given = (scenario(), ["3+3"], ["M1"], REPLICATES, 7)
    with on_cluster(processes.scheduler_address):
        there = compare(*given, engine="simpy", out=tmp_path / "there", progress=disturb)
    here = compare(*given, engine="simpy", out=tmp_path / "here")
    assert (seen[0], seen[-1]) == (0, REPLICATES)
    assert bits(there.results) == bits(here.results)
    files = sorted(f.relative_to(tmp_path / "here") for f in (tmp_path / "here").rglob("*") if f.is_file())
    for name in files:
        assert (tmp_path / "there" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name


def test_every_kind_of_run_works_there(processes: LocalCluster) -> None:
    one = scenario()
    variants = {"fewer": {"arrivals.sites": 2}}
    here = what_if(one, variants=variants, designs=["3+3"], truths=["M1"], replicates=20)
    forecast_here = forecast(one, designs=["3+3"], truths=["M1"], replicates=20)
    with on_cluster(processes.scheduler_address), engine_asked("simpy"):
        assert CLUSTER.get() is not None
        there = what_if(one, variants=variants, designs=["3+3"], truths=["M1"], replicates=20)
        forecast_there = forecast(one, designs=["3+3"], truths=["M1"], replicates=20)
    assert CLUSTER.get() is None
    assert there.changes.equals(here.changes)
    assert forecast_there.milestones.equals(forecast_here.milestones)


def test_pieces_grow_to_some_seconds_of_work(processes: LocalCluster) -> None:
    sizes: list[int] = []

    with on_cluster(processes.scheduler_address):
        cluster = CLUSTER.get()
        assert cluster is not None
        submit = cluster.executor.submit
        cluster.executor.submit = lambda *given: (sizes.append(len(given[3])), submit(*given))[1]
        done = dict(run_with(_short, "plan", [range(k, k + 1) for k in range(200)], 1))
    assert done == {range(k, k + 1): k for k in range(200)}
    assert sizes[0] == 1
    assert max(sizes) > 50


def _short(plan: str, replicates: range) -> int:
    time.sleep(0.005)
    return replicates.start


def test_a_scheduler_that_is_lost_is_one_line_and_the_run_resumes_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simulator.runs.cluster.PATIENCE", "2s")
    local = LocalCluster(n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0")
    given = (scenario(), ["3+3"], ["M1"], REPLICATES, 7)

    def close(done: int, wanted: int) -> None:
        if done:
            local.close()

    with (
        pytest.raises(WorkerError, match=r"was lost; with --out the same command"),
        on_cluster(local.scheduler_address),
    ):
        compare(*given, engine="simpy", out=tmp_path / "run", progress=close)
    assert bits(compare(*given, engine="simpy", out=tmp_path / "run").results) == bits(
        compare(*given, engine="simpy").results
    )


@pytest.mark.parametrize("address", ["", "local", "local:0", "local:x", "host:8786", "http://host:1"])
def test_an_address_of_another_form_says_what_to_write(address: str) -> None:
    with (
        pytest.raises(ScenarioError, match="tcp://HOST:PORT of a Dask scheduler, or local:N"),
        on_cluster(address),
    ):
        pass


def test_no_scheduler_at_the_address_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.runs.cluster.PATIENCE", "1s")
    with (
        pytest.raises(WorkerError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"),
        on_cluster("tcp://127.0.0.1:9"),
    ):
        pass
