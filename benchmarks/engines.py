"""The two engines in one run: compiled code and SimPy on the same patients. Run as `python -m benchmarks.engines`.

Times are processor seconds, so that what else the machine does moves the ratios little. The trials timed are new to
the engine: other replicates of the design have been run before, as in a long run.
"""

import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.timing import Row, table
from simulator.designs import (
    BEBOIN,
    BFBOIN,
    BOIN,
    BOIN12,
    CRM,
    TITEBOIN,
    TITEBOIN12,
    TITECFO,
    TITECRM,
    PendingPolicy,
    RollingSix,
    ThreePlusThree,
    TITEKeyboard,
)
from simulator.designs.design import Design
from simulator.randomness import Streams
from simulator.runs.plan import run_plan
from simulator.runs.replicates import REFERRALS_PER_INFUSION
from simulator.scenario.scenario import load_scenario
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.engines import Engine, prepare, trials_of
from simulator.trial.intake import draw_replicates
from simulator.trial.setting import needed_pass, used_pass

ROOT = Path(__file__).parent.parent
SCENARIO = "scenarios/nct07144020.yaml"
TRUTH = "M3"
CAPS = 50
REPLICATES = 100
BLOCKS = {Engine.SIMPY: (1, 1), Engine.COMPILED: (6, 4)}
"""Blocks of replicates that are run before, and those timed."""
OF_COMMAND = {"simpy": 100, "compiled": 1000}
DESIGNS_OF_COMMAND = ("3+3", "boin", "boin-stop12")
EARLY: tuple[tuple[str, Design], ...] = (
    ("rolling six", RollingSix(n_doses=4)),
    ("TITE-BOIN", TITEBOIN(n_doses=4)),
    ("TITE-keyboard", TITEKeyboard(n_doses=4)),
    ("BOIN that waits", PendingPolicy(BOIN(n_doses=4))),
    ("BF-BOIN", BFBOIN(n_doses=4)),
    ("BE-BOIN", BEBOIN(n_doses=4)),
    ("BOIN12", BOIN12(n_doses=4)),
    ("TITE-BOIN12", TITEBOIN12(n_doses=4)),
    ("TITE-CRM", TITECRM(n_doses=4)),
    ("TITE-CFO", TITECFO(n_doses=4)),
)


def run() -> list[Row]:
    """Measure on one core: trials a second by each engine, rows and caps included, and the whole command."""
    plan = run_plan(load_scenario(SCENARIO), None, [TRUTH], 1)
    stages, wanted = plan.stages, REFERRALS_PER_INFUSION * CAPS
    prepare(Engine.COMPILED)
    drawing = seconds(lambda: draw_replicates(stages, Streams(1), range(REPLICATES), wanted))
    parts = (
        range(first, first + REPLICATES)
        for first in range(0, sum(BLOCKS[Engine.COMPILED]) * REPLICATES, REPLICATES)
    )
    blocks = [draw_replicates(stages, Streams(1), part, wanted) for part in parts]
    rows: list[Row] = [("patients' draws, one replicate", REPLICATES / drawing, "replicates/s")]
    of = setting(stages, stages.outcomes)
    risks = dose_risks(plan.design_truths[0].truth, stages.outcomes, stages.rules.dose_levels)
    designs: tuple[tuple[str, Design], ...] = (
        ("BOIN", BOIN(n_doses=4)),
        ("3+3", ThreePlusThree(n_doses=4)),
        ("CRM", CRM(n_doses=4)),
        *EARLY,
    )
    compiled: dict[str, float] = {}
    placing = seconds(lambda: trials_of(Engine.COMPILED, blocks[0]))
    rows.append(("the same placed in the memory of compiled code", REPLICATES / placing, "replicates/s"))
    for name, design in designs:
        times: dict[Engine, float] = {}
        for engine in (Engine.SIMPY, Engine.COMPILED):
            by = rulebook(design)
            before, timed = BLOCKS[engine]
            spent = []
            for block in blocks[: before + timed]:
                trials, start = trials_of(engine, block), time.process_time()
                trials.used(of, used_pass(stages.rules), by, risks, plan.criteria)
                trials.needed(of, needed_pass(CAPS), by, risks, CAPS)
                spent.append(time.process_time() - start)
            times[engine] = sum(spent[before:]) / timed
            rows.append(
                (f"{name}, both passes, rows and caps, {engine}", 2 * REPLICATES / times[engine], "trials/s")
            )
        ratio = times[Engine.SIMPY] / times[Engine.COMPILED]
        rows.append((f"{name}, both passes, rows and caps: compiled to SimPy", ratio, "times"))
        compiled[name] = times[Engine.COMPILED]
    rows += [
        (f"{name}: a compiled trial to one of BOIN", compiled[name] / compiled["BOIN"], "times")
        for name, _ in EARLY
    ]
    return rows + _command()


def _command() -> list[Row]:
    """Time the whole command with one worker; SimPy with fewer replicates, start-up taken off."""
    started = _seconds_of_children(lambda: _compare("simpy", 1))
    each: dict[str, float] = {}
    rows: list[Row] = []
    for engine, replicates in OF_COMMAND.items():
        whole = _seconds_of_children(
            lambda engine=engine, replicates=replicates: _compare(engine, replicates)
        )  # type: ignore[misc]
        each[engine] = (whole - started) / (replicates - 1)
        rows.append((f"simulator compare, {replicates} replicates, one worker, {engine}", whole, "s"))
        if engine == "compiled":
            simpy = started + (replicates - 1) * each["simpy"]
            rows.append(
                (f"simulator compare, {replicates} replicates, compiled to SimPy", simpy / whole, "times")
            )
    return rows


def _compare(engine: str, replicates: int) -> None:
    options = ["--workers", "1", "--engine", engine, "--replicates", str(replicates), "--seed", "1"]
    options += [option for name in DESIGNS_OF_COMMAND for option in ("--design", name)]
    subprocess.run(
        [sys.executable, "-m", "simulator", "compare", SCENARIO, *options],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _seconds_of_children(call: Callable[[], None]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    call()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def seconds(call: Callable[[], object], repeats: int = 5) -> float:
    """Return the fewest processor seconds of some calls."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        call()
        times.append(time.process_time() - start)
    return min(times)


if __name__ == "__main__":
    print(table(run()))
