"""Designs that look early: decisions a second, many at once and one at a time.

Run as `python -m benchmarks.early_designs`.
"""

import numpy as np

from benchmarks.timing import Row, seconds, table
from simulator.designs import BEBOIN, BFBOIN, BOIN12, TITEBOIN, TITEBOIN12, TITECFO, TITECRM
from simulator.designs.benefit_risk_data import level_data
from simulator.designs.cfo_odds import attained_odds, odds_threshold
from simulator.designs.design import Design, Observed
from simulator.designs.patient_records import PENDING, PatientRecords

STATES = 200_000
FEWER = 5_000
PATIENTS = 12
DOSES = 5
ALONE = 200


def run() -> list[Row]:
    """Measure on one core: 5 levels, 12 patients, a third of them pending."""
    many, few = _observed(STATES), _observed(FEWER)
    rows: list[Row] = [
        ("TITE-CRM: fits", STATES / seconds(lambda: TITECRM().fits(many)), "fits/s"),
        (
            "TITE-CRM, adaptive: fits",
            STATES / seconds(lambda: TITECRM(weights="adaptive").fits(many)),
            "fits/s",
        ),
        ("TITE-BOIN12: fits", STATES / seconds(lambda: _fit(TITEBOIN12(), many)), "fits/s"),
        ("TITE-BOIN12: decisions", STATES / seconds(lambda: TITEBOIN12().decide(many)), "decisions/s"),
        ("BF-BOIN: decisions", STATES / seconds(lambda: BFBOIN().decide(many)), "decisions/s"),
        ("BE-BOIN: decisions", STATES / seconds(lambda: BEBOIN().decide(many)), "decisions/s"),
        ("TITE-CFO: decisions", FEWER / seconds(lambda: TITECFO().decide(few)), "decisions/s"),
        ("CFO: one threshold, 9 and 9 patients", 1e3 * seconds(_threshold), "ms"),
    ]
    designs = (TITEBOIN(), BFBOIN(), BEBOIN(), BOIN12(), TITEBOIN12(), TITECRM(), TITECFO())
    return rows + [(f"{one.name}: one state", 1e6 * _alone(one), "us") for one in designs]


def _observed(states: int) -> Observed:
    rng = np.random.default_rng(1)
    shape = (states, PATIENTS)
    dlt = rng.choice([0, 1, PENDING], shape, p=[0.5, 0.17, 0.33])
    response = rng.choice([0, 1, PENDING], shape, p=[0.4, 0.27, 0.33])
    patients = PatientRecords(
        level=rng.integers(1, DOSES + 1, shape),
        dlt=dlt,
        followup=np.where(dlt == PENDING, rng.random(shape), 1.0),
        response=response,
        response_followup=np.where(response == PENDING, rng.random(shape), 1.0),
        backfill=rng.random(shape) < 0.2,
        onset=np.where(dlt == 1, rng.random(shape), 1.0),
    )
    return Observed.of_patients(
        DOSES, rng.integers(1, DOSES + 1, states), patients, np.full(states, DOSES + 1)
    )


def _fit(design: TITEBOIN12, observed: Observed) -> None:
    """Impute, and judge every level: what does not depend on the level the trial is at."""
    design.judge(level_data(observed, DOSES, design.utilities))


def _threshold() -> float:
    odds_threshold.cache_clear()
    attained_odds.cache_clear()
    return odds_threshold(0.3, 9, 9, True)


def _alone(design: Design) -> float:
    """Return the time of a decision on one state, each of them another."""
    states = [_one(k) for k in range(ALONE)]

    def decide_all() -> None:
        for observed in states:
            design.decide(observed)

    return seconds(decide_all) / ALONE


def _one(seed: int) -> Observed:
    rng = np.random.default_rng(seed)
    dlt = rng.choice([0, 1, PENDING], PATIENTS, p=[0.5, 0.17, 0.33])
    response = rng.choice([0, 1, PENDING], PATIENTS, p=[0.4, 0.27, 0.33])
    patients = PatientRecords.of(
        rng.integers(1, DOSES + 1, PATIENTS), dlt, rng.random(PATIENTS), response, rng.random(PATIENTS)
    )
    return Observed.of_patients(DOSES, np.array([3]), patients, np.array([DOSES + 1]))


if __name__ == "__main__":
    print(table(run()))
