"""Forecasts from the opening and mid-trial. Run as `python -m benchmarks.forecast`."""

from pathlib import Path
from time import perf_counter

from benchmarks.timing import Row, table
from simulator.scenario.scenario import load_scenario
from simulator.studies.forecast import forecast

ROOT = Path(__file__).parents[1]
REPLICATES = 1000


def run() -> list[Row]:
    """Measure 1,000 trials of one design on one worker, from the opening and from month 10."""
    scenario = load_scenario(ROOT / "scenarios" / "nct07144020.yaml")
    so_far = ROOT / "docs" / "examples" / "so_far.csv"
    begin = perf_counter()
    forecast(scenario, ["boin"], replicates=REPLICATES)
    middle = perf_counter()
    forecast(scenario, ["boin"], replicates=REPLICATES, so_far=so_far, cut_date="2026-08-31")
    end = perf_counter()
    return [
        ("forecast from the opening, 1,000 trials, one worker", middle - begin, "s"),
        ("forecast mid-trial, 1,000 trials, one worker", end - middle, "s"),
    ]


if __name__ == "__main__":
    print(table(run()))
