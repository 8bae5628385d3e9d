"""Model-based designs: fits, trials and exact results a second. Run as `python -m benchmarks.crm`."""

import numpy as np

from benchmarks.timing import Row, seconds, table
from simulator.designs import BLRM, CRM, fit_memory
from simulator.designs.crm_posterior import OneParameterModel, fit, fit_one
from simulator.designs.design import Ints, Observed
from simulator.exact import prepare, simulate

RISING = (0.05, 0.10, 0.20, 0.30, 0.45)
STATES = 200_000


def run() -> list[Row]:
    """Measure on one core, 5 levels; trials are of 10 cohorts of 3."""
    prepare(CRM(max_n=6))
    rows: list[Row] = []
    for kind in ("empiric", "logistic"):
        model = CRM(model=kind).working_model
        for patients in (12, 30, 50):
            rows.append(
                (f"CRM, {kind}: fits, {patients} patients", _fits_per_second(model, patients), "fits/s")
            )
    rows += [
        ("CRM: one state, not met before", 1e6 * _decide_seconds(CRM(restrict=False)), "us"),
        ("CRM: exact, compile", seconds(lambda: prepare(CRM())), "s"),
        ("CRM, logistic: exact, compile", seconds(lambda: prepare(CRM(model="logistic"))), "s"),
        ("CRM, safety stop: exact, compile", seconds(lambda: prepare(CRM(safety_cutoff=0.9))), "s"),
        ("CRM: 10,000 trials in the sampler", seconds(lambda: simulate(CRM(), RISING, 10_000, seed=1)), "s"),
        ("BLRM: one state, not met before", 1e6 * _decide_seconds(BLRM()), "us"),
        ("BLRM: exact, compile", seconds(_blrm_from_nothing, repeats=2), "s"),
        ("BLRM: 10,000 trials in the sampler", seconds(_blrm_trials_from_nothing, repeats=2), "s"),
    ]
    return rows


def _data(patients: int, states: int) -> tuple[Ints, Ints]:
    generator = np.random.default_rng(patients)
    n = generator.multinomial(patients, [0.2] * 5, size=states)
    return n, generator.binomial(n, 0.6 * generator.random((states, 5)))


def _fits_per_second(model: OneParameterModel, patients: int) -> float:
    n, dlt = _data(patients, STATES)
    return STATES / seconds(lambda: fit(model, n, dlt))


def _decide_seconds(design: CRM | BLRM) -> float:
    """Return the time of a decision on one state, each of them new."""
    n, dlt = _data(30, 200)
    level, none, closed = np.array([3]), np.array([0]), np.array([6])
    design.decide(Observed(level, n[:1], dlt[:1], none, none, closed))

    def decide_all() -> None:
        fit_one.cache_clear()
        fit_memory.forget()
        for k in range(len(n)):
            design.decide(Observed(level, n[k : k + 1], dlt[k : k + 1], none, none, closed))

    return seconds(decide_all) / len(n)


def _blrm_from_nothing() -> object:
    fit_memory.forget()
    return prepare(BLRM())


def _blrm_trials_from_nothing() -> object:
    fit_memory.forget()
    return simulate(BLRM(), RISING, 10_000, seed=1)


if __name__ == "__main__":
    print(table(run()))
