"""One what-if variant against a base that is kept. Run as `python -m benchmarks.what_if`."""

from pathlib import Path
from time import perf_counter

from benchmarks.timing import Row, table
from simulator.scenario.scenario import load_scenario
from simulator.studies.what_if import what_if

FILE = Path(__file__).parents[1] / "scenarios" / "nct07144020.yaml"
REPLICATES = 1000


def run() -> list[Row]:
    """Measure 2 designs, one truth, 1,000 replicates, two workers; the base once, then variants."""
    scenario = load_scenario(FILE)
    rows: list[Row] = []
    for what, changes in (
        ("base and first variant", {"eligibility.lvef_percent": 45}),
        ("next variant, base kept: LVEF 45 %", {"eligibility.lvef_percent": 45}),
        ("next variant, base kept: second site", {"arrivals.sites": 2}),
    ):
        begin = perf_counter()
        what_if(scenario, changes, designs=["3+3", "boin"], truths=["S2"], replicates=REPLICATES, workers=2)
        rows.append((what, perf_counter() - begin, "s"))
    return rows


if __name__ == "__main__":
    print(table(run()))
