"""Simulated trials that several test modules draw, run once."""

from functools import cache

from simulator.studies.replay import Replay, replay
from tests.analysis.runs import scenario

CASES = (("boin", "M4", 3), ("3+3", "M0", 1), ("3+3", "S2", 13), ("boin", "S2 day 42", 0))


@cache
def trial(design: str, truth: str, replicate: int) -> Replay:
    return replay(scenario(), design, truth, replicate, seed=5)
