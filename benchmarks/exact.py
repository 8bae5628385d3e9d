"""The exact engine: compiling a design, and evaluating truths. Run as `python -m benchmarks.exact`."""

from functools import partial

import numpy as np
from numpy.typing import NDArray

from benchmarks.timing import Row, seconds, table
from simulator.designs import BOIN
from simulator.errors import DesignError
from simulator.exact import operating_characteristics, prepare
from simulator.exact.families import pseudo_uniform_curves

RISING = (0.05, 0.10, 0.20, 0.30, 0.45)


def run() -> list[Row]:
    """Measure on one core; the first use of scipy and of a boundary table is not counted."""
    prepare(BOIN())
    rows: list[Row] = []
    rows += _compiled("5 levels, 10 cohorts of 3", BOIN(), truths=10_000)
    rows += _compiled("5 levels, 16 cohorts of 3", BOIN(max_n=48), truths=300)
    rows += _compiled("5 levels, 30 cohorts of 1", BOIN(cohort_size=1), truths=200)
    rows += _compiled("8 levels, 50 patients", BOIN(n_doses=8, max_n=50), truths=10, repeats=1)
    rows += _compiled("6 levels, 20 cohorts of 3", BOIN(n_doses=6, max_n=60), truths=10, repeats=1)
    caps = range(15, 51)
    four = BOIN(n_doses=4)
    by_cap = seconds(lambda: operating_characteristics(four, RISING[1:], caps=caps).by_cap)
    rows.append(("4 levels, cohorts of 3: every cap 15..50, one truth", by_cap, "s"))
    rows.append(("10 levels, 20 cohorts of 3: refused after", seconds(_refused, 1), "s"))
    return rows


def _refused() -> None:
    try:
        prepare(BOIN(n_doses=10, max_n=60))
    except DesignError:
        return
    raise AssertionError("expected to be too large")


def _compiled(name: str, design: BOIN, truths: int, repeats: int = 3) -> list[Row]:
    compile_s = seconds(lambda: prepare(design), repeats)
    prepared = prepare(design)
    curves = pseudo_uniform_curves(truths, design.n_doses, design.target, seed=1)

    def both(asked: NDArray[np.float64]) -> None:
        found = prepared.operating_characteristics(asked)
        assert found.selection.shape[-1] == found.n_per_dose.shape[-1] + 1

    both_s = seconds(partial(both, curves), repeats)
    few = curves[: min(truths, 50)]
    states_s = seconds(lambda: prepared.operating_characteristics(few).of_states, repeats)
    one_s = seconds(partial(both, curves[0]), 20)
    return [
        (f"{name}: compile with selection", compile_s, "s"),
        (f"{name}: end states", float(len(prepared.factored.ends)), "states"),
        (f"{name}: selection and patients per level, each of {truths} truths", 1e6 * both_s / truths, "us"),
        (f"{name}: measures of end states, each truth", 1e6 * states_s / len(few), "us"),
        (f"{name}: selection and patients per level, one truth alone", 1e6 * one_s, "us"),
    ]


if __name__ == "__main__":
    print(table(run()))
