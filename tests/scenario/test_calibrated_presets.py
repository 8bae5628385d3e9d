"""Calibrated presets give the published rates: within 4 standard errors of the simulation and one of the source."""

import csv

import numpy as np
import pytest

from simulator.runs.paired_runs import Options, PairedRuns
from tests.support.places import PUBLISHED
from tests.support.published_shares import share_not_enrolled, share_not_infused

REPLICATES = 100
DESIGN, TRUTH = "boin", "S2"
"""A truth under which few trials close early; patients whom a closing trial turned away are left out anyway."""


def rows(name):
    with (PUBLISHED / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


NOT_RECEIVED = {row["product"]: row for row in rows("car_t_not_received.csv")}
[MCKANE] = rows("screen_failure.csv")


def run(scenario, changes):
    changed = scenario.with_changes(changes) if changes else scenario
    return PairedRuns.of(changed, Options([DESIGN], [TRUTH], REPLICATES, 1), 1).results(changed)


def allowed(simulated, published, patients):
    return 4 * simulated.mcse + np.sqrt(published * (1 - published) / patients)


def agrees(simulated, percent, patients):
    """Return whether a simulated share is the published one; "<1" is any share below it."""
    if percent.startswith("<"):
        return simulated.value < float(percent[1:]) / 100
    published = float(percent) / 100
    return abs(simulated.value - published) <= allowed(simulated, published, patients)


@pytest.mark.parametrize("product", NOT_RECEIVED)
def test_share_of_enrolled_without_product_is_the_published_one(scenario, product):
    row = NOT_RECEIVED[product]
    found = share_not_infused(
        run(scenario, scenario.presets.changes[f"not received as {product}"]), DESIGN, [TRUTH]
    )
    patients = int(row["enrolled"])
    assert agrees(found.manufacturing, row["manufacturing_failure_percent"], patients)
    assert agrees(found.other, row["made_but_not_given_percent"], patients)
    assert agrees(found.total, row["total_percent"], patients)


def test_share_of_consents_not_enrolled_is_the_published_one(scenario):
    found = share_not_enrolled(
        run(scenario, scenario.presets.changes["screen failure as McKane"]), DESIGN, [TRUTH]
    )
    published = int(MCKANE["screen_failures"]) / int(MCKANE["consents"])
    assert abs(found.value - published) <= allowed(found, published, int(MCKANE["consents"]))


def test_the_scenario_as_it_is_has_none_of_these_rates(scenario):
    """So that the tests above would fail without the calibration."""
    base = run(scenario, {})
    consents, published = int(MCKANE["consents"]), int(MCKANE["screen_failures"]) / int(MCKANE["consents"])
    screened = share_not_enrolled(base, DESIGN, [TRUTH])
    assert abs(screened.value - published) > allowed(screened, published, consents)
    found = share_not_infused(base, DESIGN, [TRUTH])
    for row in NOT_RECEIVED.values():
        patients = int(row["enrolled"])
        assert not (
            agrees(found.manufacturing, row["manufacturing_failure_percent"], patients)
            and agrees(found.other, row["made_but_not_given_percent"], patients)
        )


def test_shares_are_counted_by_hand_from_the_final_states(scenario):
    base = run(scenario, {})
    found = share_not_infused(base, DESIGN, [TRUTH])
    assert found.total.value == pytest.approx(found.manufacturing.value + found.other.value, abs=1e-12)
    [arm] = base.positions_of(DESIGN, [TRUTH])
    at_end = base.used[arm]["at_end"].sum(axis=0)
    enrolled, infused = at_end[5], at_end[9]
    by_the_trial = base.used[arm]["ended"].reshape(-1, 11, 21)[:, :, [11, 15, 18]].sum(axis=(0, 2))
    lost = enrolled - infused - by_the_trial[5:9].sum()
    assert found.total.value == pytest.approx(lost / (enrolled - by_the_trial[5:].sum()), abs=1e-12)
