"""Manufacturing against queueing theory: Poisson requests, exponential manufacture, c slots (Erlang 1917)."""

import heapq
import math

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.designs import BOIN
from simulator.durations import Exponential, to_ticks
from simulator.errors import ScenarioError
from simulator.randomness import Block, Streams
from simulator.scenario.scenario import load_scenario
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import NEVER
from simulator.trial.product import ManufacturingSlots, ProductParameters, draw_products
from tests.trial.synthetic import Made, World, intake_of, no_delays

Floats = NDArray[np.float64]
MEAN_DAYS = 10.0
REQUESTS = 1_200_000
BATCHES = 100


def erlang_c_wait(slots: int, load: float) -> float:
    """Return the mean wait in days: load = requests a day times mean manufacture, over slots below 1."""
    busy = load**slots / math.factorial(slots) / (1 - load / slots)
    waits = busy / (sum(load**k / math.factorial(k) for k in range(slots)) + busy)
    return waits * MEAN_DAYS / (slots - load)


def requests_and_service(seed: int, count: int, load: float) -> tuple[Floats, Floats]:
    """Draw Poisson requests, days, and exponential manufacture through the law's own inverse."""
    draws = np.random.default_rng(seed)
    days = np.cumsum(draws.exponential(MEAN_DAYS / load, count))
    return to_ticks(days), Exponential(mean_days=MEAN_DAYS).days(draws.random(count))


@pytest.mark.parametrize(("slots", "use"), [(1, 0.4), (2, 0.5)])
def test_the_mean_wait_for_a_slot_is_erlangs_within_2_percent(slots: int, use: float) -> None:
    expected = erlang_c_wait(slots, use * slots)
    days, service = requests_and_service(slots, REQUESTS, use * slots)
    queue = ManufacturingSlots(slots)
    waits = np.empty(REQUESTS)
    for k, (day, takes) in enumerate(zip(days.tolist(), service.tolist(), strict=True)):
        start = queue.next_start(day)
        queue.hold(start, start + takes)
        waits[k] = start - day
    wait, error = mean_given_the_load(waits, service, np.diff(days, prepend=0.0), use * slots)
    assert 4 * error <= 0.02 * expected
    assert abs(wait - expected) <= 4 * error


def mean_given_the_load(waits: Floats, service: Floats, gaps: Floats, load: float) -> tuple[float, float]:
    """Return the mean wait and its standard error, service and gaps between requests as control variates.

    Their means are known, so that the part of the error that comes from theirs is taken out by regression over
    batches of 12,000 requests, which are independent for all purposes.
    """
    means = [values.reshape(BATCHES, -1).mean(axis=1) for values in (waits, service, gaps)]
    known = np.column_stack([np.ones(BATCHES), means[1] - MEAN_DAYS, means[2] - MEAN_DAYS / load])
    found, residuals, _, _ = np.linalg.lstsq(known, means[0], rcond=None)
    variance = residuals[0] / (BATCHES - 3) * np.linalg.inv(known.T @ known)[0, 0]
    return float(found[0]), math.sqrt(variance)


@pytest.mark.parametrize("slots", [1, 3])
def test_the_journey_waits_as_the_queue_does_patient_for_patient(slots: int) -> None:
    count = 250
    days, service = requests_and_service(7, count, 0.9 * slots)
    patients = [
        Made(ready=day, expires_after=1e6, manufacture=(takes,) * 3)
        for day, takes in zip(days.tolist(), service.tolist(), strict=True)
    ]
    world = World(
        no_delays(2, slots_ahead=50),
        p_dlt=(0.0, 0.0),
        product=ProductParameters(manufacturing_slots=slots),
        dosing=DosingParameters(lymphodepletion_days=0),
    )
    trial = world.trial(BOIN(n_doses=2, cohort_size=255, max_n=255), intake_of(patients))
    free = [0.0] * slots
    expected = []
    for day, takes in zip(days.tolist(), service.tolist(), strict=True):
        start = max(day, heapq.heappop(free))
        heapq.heappush(free, start + takes)
        expected.append(start)
    collected = [patient.leukapheresed_day for patient in trial.patients]
    assert collected == expected
    assert sum(start > day for start, day in zip(expected, days.tolist(), strict=True)) > count / 4
    assert max(collected) < NEVER


def test_a_scenario_may_name_the_exponential_law() -> None:
    scenario = load_scenario("scenarios/nct07144020.yaml")
    changed = scenario.with_changes({"product.manufacture": {"mean_days": 12}})
    assert changed.product.manufacture == Exponential(mean_days=12)
    assert changed.with_changes({"arrivals.sites": 2}).product == changed.product
    count = 20_000
    made = draw_products(
        changed.product,
        np.zeros((count, 2), dtype=bool),
        Streams(3),
        [Block(0, 0, 0, count)],
        np.arange(count),
    )
    days = np.array(made.manufacture[0])
    for quantile in (0.1, 0.5, 0.9):
        below = (days <= -12 * math.log(1 - quantile)).mean()
        assert abs(below - quantile) <= 4 * math.sqrt(quantile * (1 - quantile) / count)


@pytest.mark.parametrize(
    ("law", "expected"),
    [
        ({"mean_days": 0}, "product.manufacture.mean_days: must be a number above 0 and at most 3650, got 0"),
        ({"low_days": 1, "mode_days": 2}, "product.manufacture.high_days: required key is missing"),
        (
            {"low_days": 9, "mode_days": 2, "high_days": 3},
            "product.manufacture.low_days: low_days <= mode_days <= high_days is required",
        ),
        ({"mean_days": 3, "low_days": 1}, "product.manufacture.low_days: unknown key"),
        (7, "product.manufacture: must be a mapping"),
    ],
)
def test_a_law_that_is_neither_is_one_fault_at_its_place(law: object, expected: str) -> None:
    scenario = load_scenario("scenarios/nct07144020.yaml")
    with pytest.raises(ScenarioError) as caught:
        scenario.with_changes({"product.manufacture": law})
    [fault] = caught.value.faults
    assert expected.split(": ", maxsplit=1)[0] == fault.split(": ", maxsplit=1)[0]
    assert fault.startswith(expected)
