"""A cluster of two processes of this machine against two workers: what the scheduler costs, its start apart."""

import time
from pathlib import Path
from statistics import median

from benchmarks.timing import Row
from simulator.runs.cluster import on_cluster
from simulator.runs.packed_chunks import run_packed
from simulator.runs.plan import run_plan
from simulator.runs.replicates import RunPlan, chunks
from simulator.runs.workers import processes_shared
from simulator.scenario.scenario import load_scenario

SCENARIO = Path(__file__).parent.parent / "scenarios" / "nct07144020.yaml"
WARM = 400
REPLICATES = 16_000
ROUNDS = 3


def run() -> list[Row]:
    """Time replicates of the default comparison both ways in turn, all processes warm. Returns name, value, unit."""
    scenario = load_scenario(SCENARIO)
    plan = run_plan(scenario, None, None, scenario.run.seed)
    here, there = [], []
    with processes_shared():
        here_started = _seconds(plan, WARM)
        begin = time.perf_counter()
        with on_cluster("local:2"):
            connected = time.perf_counter() - begin
            there_started = _seconds(plan, WARM)
            _seconds(plan, WARM)  # the worker that came second is warm too
            there.append(_seconds(plan, REPLICATES))
        here.append(_seconds(plan, REPLICATES))
        for _ in range(1, ROUNDS):
            with on_cluster("local:2"):
                _seconds(plan, WARM)
                _seconds(plan, WARM)
                there.append(_seconds(plan, REPLICATES))
            here.append(_seconds(plan, REPLICATES))
    ratios = [one / other for one, other in zip(there, here, strict=True)]
    return [
        (f"{REPLICATES:,} replicates on two workers, warm, median of {ROUNDS}", median(here), "s"),
        ("the same on --cluster local:2", median(there), "s"),
        (f"overhead of the cluster, median of {ROUNDS} ratios", 100 * (median(ratios) - 1), "%"),
        (f"start of two workers, first {WARM} replicates included", here_started, "s"),
        (f"start of --cluster local:2, first {WARM} replicates included", connected + there_started, "s"),
    ]


def _seconds(plan: RunPlan, replicates: int) -> float:
    begin = time.perf_counter()
    for _ in run_packed(plan, chunks(replicates), 2):
        pass
    return time.perf_counter() - begin


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name}: {value:.3g} {unit}")
