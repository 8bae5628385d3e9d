"""The same numbers for any workers, order, executor, or further designs; a killed worker changes nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import BrokenExecutor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.errors import WorkerError
from simulator.runs import replicates
from simulator.runs import workers as pools_of
from simulator.runs.packed_chunks import run
from simulator.runs.plan import fingerprint, run_plan
from simulator.runs.replicates import CHUNK, Chunk, RunPlan, chunks, run_chunk
from simulator.runs.results import Results
from simulator.runs.run_folder import replicates_kept
from simulator.runs.workers import run_on
from simulator.studies.compare import compare
from simulator.trial.engines import SIMPY, Engine
from tests.analysis.runs import scenario

REPLICATES = 25
TARGET = 0.3


@cache
def plan() -> RunPlan:
    return run_plan(scenario(), ["3+3"], ["M1", "S2"], 7)


def by_simpy() -> RunPlan:
    """Return the same run by SimPy, which hands every chunk to the workers alone."""
    return replace(plan(), engine=SIMPY)


@cache
def alone() -> tuple[tuple[range, Chunk], ...]:
    """Every chunk, in order, run here."""
    return tuple(run(plan(), chunks(REPLICATES), 1))


def bits(results: Results) -> dict[str, bytes]:
    """Return every column of every arm as bytes."""
    tables = {f"used {k}": table for k, table in enumerate(results.used)}
    tables |= {f"needed {k}": table for k, table in enumerate(results.needed) if table is not None}
    tables["screening"] = results.screening
    return {
        f"{of} {name}": values.tobytes() for of, table in tables.items() for name, values in table.items()
    }


def results_of(pairs: list[tuple[range, Chunk]]) -> Results:
    return Results.of(plan(), [chunk for _, chunk in pairs], TARGET)


def expected() -> dict[str, bytes]:
    return bits(results_of(list(alone())))


@pytest.mark.parametrize("count", [1, 9, 10, 11, 25, 300])
def test_chunks_hold_every_replicate_once_in_order(count: int) -> None:
    parts = chunks(count)
    assert [k for part in parts for k in part] == list(range(count))
    assert all(len(part) <= CHUNK for part in parts)
    assert chunks(count + CHUNK)[: count // CHUNK] == parts[: count // CHUNK]


def test_blocks_hold_more_replicates_of_few_arms_fewer_of_very_many_and_at_least_a_chunk() -> None:
    parts = chunks(250)
    assert [len(one) for one in replicates.blocks(parts, 2)] == [200, 50]
    assert [len(one) for one in replicates.blocks(parts, 3)] == [130, 120]
    assert [len(one) for one in replicates.blocks(parts, 4)] == [100, 100, 50]
    assert [len(one) for one in replicates.blocks(parts, 60)] == [100, 100, 50]
    assert {len(one) for one in replicates.blocks(parts, 84)} == {70, 40}
    assert {len(one) for one in replicates.blocks(parts, 5_000)} == {CHUNK}


@pytest.mark.parametrize("workers", [2, 3])
def test_any_number_of_workers_gives_the_same_bits(workers: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for most in ("BLOCK", "TRIALS_AT_ONCE"):  # else one block holds them all, and no worker is needed
        monkeypatch.setattr(replicates, most, CHUNK)
    found = list(run(plan(), chunks(REPLICATES), workers))
    assert sorted(part.start for part, _ in found) == [0, 10, 20]
    assert bits(results_of(found)) == expected()


def test_any_order_of_chunks_gives_the_same_bits() -> None:
    assert bits(results_of(list(reversed(alone())))) == expected()
    first, second, third = alone()
    assert bits(results_of([second, third, first])) == expected()


def test_a_chunk_cut_elsewhere_gives_the_same_bits() -> None:
    parts = [(part, run_chunk(plan(), part)) for part in (range(3), range(3, 10), range(10, 25))]
    assert bits(results_of(parts)) == expected()


def test_both_engines_give_the_same_bits_chunk_by_chunk() -> None:
    assert plan().engine.engine is Engine.COMPILED
    wanted = [
        part for part in chunks(REPLICATES) if part.start != CHUNK
    ]  # as where a resumed run has the second
    found = list(run(by_simpy(), wanted, 1))
    assert [part for part, _ in found] == wanted
    for (part, chunk), (other, compiled) in zip(found, run(plan(), wanted, 1), strict=True):
        assert part == other
        for name in ("used", "needed", "screening"):
            columns, others = getattr(chunk, name), getattr(compiled, name)
            assert {key: (one.dtype, one.shape, one.tobytes()) for key, one in columns.items()} == {
                key: (one.dtype, one.shape, one.tobytes()) for key, one in others.items()
            }


def test_threads_and_plain_processes_run_chunks_too() -> None:
    with ThreadPoolExecutor(2) as threads:
        assert bits(results_of(list(run_on(threads, run_chunk, plan(), chunks(REPLICATES))))) == expected()
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        assert bits(results_of(list(run_on(processes, run_chunk, plan(), chunks(REPLICATES))))) == expected()


def test_compare_runs_on_any_executor_and_resumes_there(tmp_path: Path) -> None:
    given = (scenario(), ["3+3"], ["M1"], REPLICATES, 7)

    def interrupt(done: int, wanted: int) -> None:
        assert wanted == REPLICATES
        if done:
            raise KeyboardInterrupt

    with ThreadPoolExecutor(1) as thread, pytest.raises(KeyboardInterrupt):
        compare(*given, out=tmp_path / "run", executor=thread, progress=interrupt)
    assert 0 < replicates_kept(tmp_path / "run") < REPLICATES
    with ThreadPoolExecutor(2) as threads:
        there = compare(*given, out=tmp_path / "run", executor=threads)
    assert bits(there.results) == bits(compare(*given).results)


def of_group(group: int) -> list[int]:
    """Find the processes of a group that run."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                state, _, of = (entry / "stat").read_text().rpartition(")")[2].split()[:3]
                found += [int(entry.name)] if int(of) == group and state != "Z" else []
    return found


def workers_of_this_process() -> list[int]:
    """Find the worker processes that this process started and has not yet ended."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            with contextlib.suppress(OSError):
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid() and b"LokyProcess" in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
    return found


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds the workers through /proc")
def test_a_worker_killed_in_the_middle_leaves_the_result_identical(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = []
    start = pools_of._processes

    def counted(workers: int) -> Any:
        pools.append(start(workers))
        return pools[-1]

    monkeypatch.setattr(pools_of, "_processes", counted)
    assert workers_of_this_process() == []
    found: list[tuple[range, Chunk]] = []
    for part, chunk in run(by_simpy(), [range(k, k + 1) for k in range(REPLICATES)], 2):
        found.append((part, chunk))
        if len(found) == 1:
            os.kill(workers_of_this_process()[0], signal.SIGKILL)
    assert len(pools) == 2
    assert len(found) == REPLICATES
    assert bits(results_of(found)) == expected()


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds the workers through /proc")
def test_runs_in_a_shared_block_start_their_processes_once_and_leave_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pools = []
    start = pools_of._processes

    def counted(workers: int) -> Any:
        pools.append(start(workers))
        return pools[-1]

    monkeypatch.setattr(pools_of, "_processes", counted)
    with pools_of.processes_shared():
        for _ in range(2):
            with pools_of.processes_shared():  # one inside another is the outer one
                found = list(run(by_simpy(), [range(k, k + 1) for k in range(REPLICATES)], 2))
            assert bits(results_of(found)) == expected()
        assert len(pools) == 1
        os.kill(workers_of_this_process()[0], signal.SIGKILL)
        found = list(run(by_simpy(), [range(k, k + 1) for k in range(REPLICATES)], 2))
        assert bits(results_of(found)) == expected()
        half = run(by_simpy(), [range(k, k + 1) for k in range(REPLICATES)], 2)
        next(half)
        half.close()  # left before its end: its processes go
        assert workers_of_this_process() == []
    list(run(plan(), chunks(REPLICATES)[:1], 2))
    assert workers_of_this_process() == []


TWO_THAT_WAIT = """
import time
from simulator.runs.workers import run_with
def work(plan, replicates): time.sleep(0 if replicates.start == 0 else 600)
for _ in run_with(work, None, [range(k, k + 1) for k in range(3)], 2):
    print(flush=True)
"""


@pytest.mark.skipif(not os.path.exists("/proc/self/stat"), reason="finds the workers through /proc")
@pytest.mark.parametrize("by", [signal.SIGKILL, signal.SIGTERM])
def test_workers_end_when_the_process_that_they_work_for_is_killed(by: signal.Signals) -> None:
    command = [sys.executable, "-c", TWO_THAT_WAIT]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as main:
        assert main.stdout is not None
        main.stdout.readline()
        assert len(of_group(main.pid)) > 2
        main.send_signal(by)
    until = time.monotonic() + 60
    while of_group(main.pid) and time.monotonic() < until:
        time.sleep(0.05)
    left = of_group(main.pid)
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert left == []


def test_a_run_that_keeps_losing_its_workers_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pools = []

    class Dying(ThreadPoolExecutor):
        def submit(self, *_: object, **__: object) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_exception(BrokenExecutor("a worker died"))
            return future

        def shutdown(self, *_: object, **__: object) -> None:
            pools.append(self)

    monkeypatch.setattr(pools_of, "_processes", Dying)
    with pytest.raises(WorkerError, match="3 pools of 2 worker processes died"):
        list(run(by_simpy(), chunks(REPLICATES), 2))
    assert len(pools) == pools_of.ATTEMPTS


def test_further_replicates_change_no_row() -> None:
    few = list(run(plan(), chunks(12), 1))
    many = dict(zip((part.start for part, _ in alone()), (chunk for _, chunk in alone()), strict=True))
    for part, chunk in few:
        for name, values in chunk.used.items():
            of_few = np.isin(many[part.start].used["replicate"], list(part))
            assert np.array_equal(values, many[part.start].used[name][of_few]), name


def test_further_designs_and_truths_change_no_other_number() -> None:
    """S1 is none of the question's truths, so on its own it needs no pass to 50 infused."""
    few = compare(scenario(), ["3+3"], ["S1"], 6, seed=7)
    many = compare(scenario(), ["boin", "3+3"], ["M1", "S1"], 6, seed=7)
    for name in ("operating_characteristics", "used", "flow"):
        one, other = getattr(few, name), getattr(many, name)
        same = other[(other["design"] == "3+3") & (other["truth"] == "S1")].reset_index(drop=True)
        assert one.reset_index(drop=True).equals(same), name
    assert few.screening.equals(many.screening)


def test_needed_passes_do_not_depend_on_what_else_is_run() -> None:
    few = compare(scenario(), ["3+3"], ["M1"], 6, seed=7)
    many = compare(scenario(), ["boin", "3+3"], ["S1", "M4", "M1"], 6, seed=7)
    of_m1 = [frame[frame["truth"] == "M1"] for frame in (few.needed, many.needed)]
    one, other = (frame[frame["design"] == "3+3"].reset_index(drop=True) for frame in of_m1)
    assert one.equals(other)


def test_the_fingerprint_tells_apart_all_that_fixes_the_rows_and_nothing_else() -> None:
    base = scenario()
    key = fingerprint(plan(), 25)
    assert fingerprint(run_plan(base, ["3+3"], ["M1", "S2"], 7), 25) == key
    others = {
        fingerprint(plan(), 26),
        fingerprint(run_plan(base, ["3+3"], ["M1", "S2"], 8), 25),
        fingerprint(run_plan(base, ["boin"], ["M1", "S2"], 7), 25),
        fingerprint(run_plan(base, ["3+3"], ["M1"], 7), 25),
    }
    for path, value in (
        ("question.truths", ["M1", "S2"]),
        ("question.caps_to", 40),
        ("question.late_truths", []),
        ("arrivals.sites", 2),
        ("eligibility.ecog_max", 3),
        ("truths.M1.correct", 2),
        ("outcomes.new_therapy", 0.2),
    ):
        others.add(fingerprint(run_plan(base.with_changes({path: value}), ["3+3"], ["M1", "S2"], 7), 25))
    assert key not in others
    assert len(others) == 11
    judged_otherwise = base.with_changes({"question.pcs_mean": 0.7, "about.title": "Other"})
    assert fingerprint(run_plan(judged_otherwise, ["3+3"], ["M1", "S2"], 7), 25) == key
