"""The two engines in one run: compiled code and SimPy on the same patients. Run as `python -m benchmarks.engines`.

Times are processor seconds, and what is compared is timed in turn, block by block, so that what else the machine does
moves the ratios little. The trials timed are new to the engine: other replicates of the design have been run before,
as in a long run.
"""

import gc
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
from simulator.runs.plan import run_plan
from simulator.runs.replicates import REFERRALS_PER_INFUSION, RunPlan
from simulator.scenario.scenario import load_scenario
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.compiled.tables import design_tables
from simulator.trial.engines import Engine, prepare, streams_of, trials_of
from simulator.trial.intake import DrawnReplicates, draw_replicates
from simulator.trial.setting import needed_pass, used_pass

ROOT = Path(__file__).parent.parent
SCENARIO = "scenarios/nct07144020.yaml"
CAPS = 50
REPLICATES = 100
BLOCKS = {Engine.SIMPY: (4, 5), Engine.COMPILED: (REPLICATES, 6)}
"""Replicates of a block, all truths of each; the blocks that are run before."""
TURNS = 6
"""Blocks timed."""
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
    plan = run_plan(load_scenario(SCENARIO), ["boin"], None, 1)
    prepare(Engine.COMPILED)
    drawing = seconds(lambda: _drawn(plan, REPLICATES, 1))
    blocks = {engine: _drawn(plan, size, before + TURNS) for engine, (size, before) in BLOCKS.items()}
    gc.freeze()  # as a run does
    rows: list[Row] = [("patients' draws, one replicate", REPLICATES / drawing, "replicates/s")]
    designs: tuple[tuple[str, Design], ...] = (
        ("BOIN", BOIN(n_doses=4)),
        ("3+3", ThreePlusThree(n_doses=4)),
        ("CRM", CRM(n_doses=4)),
        *EARLY,
    )
    placing = seconds(lambda: trials_of(Engine.COMPILED, blocks[Engine.COMPILED][0]))
    rows.append(("the same placed in the memory of compiled code", REPLICATES / placing, "replicates/s"))
    for name, design in designs:
        simpy, compiled = _in_turn([_Trials(plan, design, engine, drawn) for engine, drawn in blocks.items()])
        rows += [
            (f"{name}, both passes, rows and caps, {engine}", 1 / each, "trials/s")
            for engine, each in zip(blocks, (simpy, compiled), strict=True)
        ]
        rows.append((f"{name}, both passes, rows and caps: compiled to SimPy", simpy / compiled, "times"))
    for name, design in EARLY:
        design_tables.cache_clear()
        pair = (BOIN(n_doses=4), design)
        boin, early = _in_turn([_Trials(plan, one, Engine.COMPILED, blocks[Engine.COMPILED]) for one in pair])
        rows.append((f"{name}: a compiled trial to one of BOIN", early / boin, "times"))
    gc.unfreeze()
    return rows + _command()


def _drawn(plan: RunPlan, size: int, blocks: int) -> list[DrawnReplicates]:
    wanted = REFERRALS_PER_INFUSION * CAPS
    parts = (range(first, first + size) for first in range(0, size * blocks, size))
    return [draw_replicates(plan.stages, streams_of(Engine.COMPILED, 1), part, wanted) for part in parts]


class _Trials:
    """The trials of a design by an engine under the truths of the plan, block after block."""

    def __init__(self, plan: RunPlan, design: Design, engine: Engine, drawn: list[DrawnReplicates]) -> None:
        rules, by = plan.stages.rules, rulebook(design)
        self._plan, self._engine, self._drawn = plan, engine, iter(drawn)
        self._arms = [
            TrialArm(
                setting(plan.stages, arm.outcomes), by, dose_risks(arm.truth, arm.outcomes, rules.dose_levels)
            )
            for arm in plan.design_truths
        ]
        for _ in range(BLOCKS[engine][1]):
            self.seconds()

    def seconds(self) -> float:
        """Return the processor seconds of a trial of the next block, in either pass."""
        drawn, limits = next(self._drawn), used_pass(self._plan.stages.rules)
        start = time.process_time()
        trials = trials_of(self._engine, drawn)
        caps = [ArmPass(arm, needed_pass(CAPS), caps=CAPS) for arm in self._arms]
        trials.by_arm([*caps, *(ArmPass(arm, limits, self._plan.criteria) for arm in self._arms)])
        spent = time.process_time() - start
        return spent / (2 * BLOCKS[self._engine][0] * len(self._arms))


def _in_turn(trials: list[_Trials]) -> list[float]:
    """Return the mean processor seconds of a trial of each, blocks timed in turn."""
    turns = [[one.seconds() for one in trials] for _ in range(TURNS)]
    return [sum(each) / TURNS for each in zip(*turns, strict=True)]


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
