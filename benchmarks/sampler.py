"""The clockless sampler: trials a second. Run as `python -m benchmarks.sampler`."""

from functools import partial

from benchmarks.timing import Row, seconds, table
from simulator.designs import BOIN, ThreePlusThree
from simulator.exact.sample import draw_uniforms, sample, simulate
from simulator.randomness import Streams

RISING = (0.05, 0.10, 0.20, 0.30, 0.45)
TRIALS = 400_000


def run() -> list[Row]:
    """Measure on one core, 5 levels, trials of 30 patients in cohorts of 3."""
    uniforms = draw_uniforms(Streams(1), 0, TRIALS, 30)
    rows: list[Row] = []
    for name, design in (
        ("BOIN", BOIN()),
        ("BOIN, titration", BOIN(titration=True)),
        ("BOIN, stop at 12", BOIN(stop_n_at_dose=12)),
        ("3+3", ThreePlusThree()),
    ):
        simulate(design, RISING, 1000, seed=1)
        stepped = seconds(partial(sample, design, RISING, uniforms))
        drawn = seconds(partial(simulate, design, RISING, TRIALS, seed=1))
        rows.append((f"{name}: given the draws", TRIALS / stepped, "trials/s"))
        rows.append((f"{name}: with the draws", TRIALS / drawn, "trials/s"))
    return rows


if __name__ == "__main__":
    print(table(run()))
