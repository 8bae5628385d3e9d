"""What a trial takes, tabulated: sums hold in every row, quantiles count patients, costs are those asked."""

import math
from dataclasses import replace

import numpy as np
import pytest

from simulator.analysis.estimate import quantile, ratio
from simulator.analysis.formatted_estimate import two_digits
from simulator.analysis.resources import pooled_quantile, resources
from simulator.durations import DAYS_PER_MONTH
from simulator.report.text.resources import render
from simulator.runs.results import BALANCED, Results
from simulator.scenario.costs import PRICED, Costs
from simulator.trial.batches import WASTED, Fate
from simulator.trial.ledger import Exit, State
from simulator.trial.screening import DonorWorkup
from tests.analysis.runs import comparison

Rows = dict[tuple[str, str, str, str], tuple[float, float]]


def rows(results: Results, costs: Costs | None = None) -> Rows:
    frame = resources(results, costs or Costs())
    assert list(frame.columns) == ["design", "truth", "resource", "statistic", "value", "mcse"]
    keys = zip(frame["design"], frame["truth"], frame["resource"], frame["statistic"], strict=True)
    found = dict(zip(keys, zip(frame["value"], frame["mcse"], strict=True), strict=True))
    assert len(found) == len(frame)
    return found


def test_means_add_up_and_are_those_of_the_trials() -> None:
    results = comparison().results
    found = rows(results)
    for design in results.designs:
        for truth in results.truths():
            [arm] = results.positions_of(design, [truth])
            of = results.used[arm]

            def mean(resource: str, design: str = design, truth: str = truth) -> float:
                return found[design, truth, resource, "mean"][0]

            assert mean("screenings") == of["at_end"][:, State.CONSENTED].mean()
            assert mean("echocardiograms") == mean("screenings")
            assert mean("marrows") == pytest.approx(mean("screenings") + of["assessed"].mean(), rel=1e-12)
            parts = mean("batches_infused") + mean("batches_wasted") + mean("batches_under_way")
            assert mean("batches") == pytest.approx(parts, rel=1e-12)
            wasted = sum(mean(f"batches_wasted_{fate.name.lower()}") for fate in WASTED)
            assert mean("batches_wasted") == pytest.approx(wasted, rel=1e-12)
            assert mean("batches_infused") == of["at_end"][:, State.INFUSED].mean()
            ended = of["ended"].reshape(-1, len(State), len(Exit))
            expired = ended[:, :, Exit.EXPIRED].sum(axis=1).mean()
            assert mean("lost_to_expired_eligibility") == pytest.approx(expired, rel=1e-12)
            lost = ended[:, State.READY, [Exit.NO_SLOT, Exit.DIED, Exit.WITHDREW, Exit.PROGRESSED]]
            assert mean("lost_to_closed_slots") == pytest.approx(lost.sum(axis=1).mean(), rel=1e-12)


def test_shares_are_ratios_of_slot_days() -> None:
    results = comparison().results
    found = rows(results)
    design, truth = results.designs[0], results.truths()[0]
    [arm] = results.positions_of(design, [truth])
    of = results.used[arm]
    slots = of["slot_days"]
    value, mcse = found[design, truth, "slot_idle_share", "share"]
    assert value == slots[:, 0].sum() / slots.sum()
    assert mcse == ratio(slots[None, :, 0], slots.sum(axis=1)[None]).mcse
    lines = results.plan.stages.product.manufacturing_slots
    used = of["manufacturing_days"].sum() / (lines * of["recommended_day"].sum())
    assert found[design, truth, "manufacturing_utilisation", "share"][0] == pytest.approx(used, rel=1e-12)


def test_donors_are_worked_up_from_consent_or_from_eligible_on() -> None:
    results = comparison().results
    stages = results.plan.stages
    after = stages.screening.model_copy(update={"donor_workup": DonorWorkup.AFTER_SCREENING})
    late = replace(results, plan=replace(results.plan, stages=replace(stages, screening=after)))
    for of, state in ((results, State.CONSENTED), (late, State.ELIGIBLE)):
        found = rows(of)
        for design, truth, resource, statistic in found:
            if resource == "donors_worked_up" and statistic == "mean" and truth != BALANCED:
                [arm] = of.positions_of(design, [truth])
                one = of.used[arm]
                expected = one["at_end"][:, state].mean() + one["other_donors"].mean()
                assert found[design, truth, resource, statistic][0] == pytest.approx(expected, rel=1e-12)


def test_costs_are_unit_costs_times_what_was_taken_and_the_ratio_counts_every_trial() -> None:
    results = comparison().results
    assert not any("cost" in resource for _, _, resource, _ in rows(results))
    costs = Costs(currency="CNY", batch=100.0, inpatient_day=2.0, trial_month=7.0)
    found = rows(results, costs)
    for design in results.designs:
        for truth in results.truths():
            [arm] = results.positions_of(design, [truth])
            of = results.used[arm]
            cost = 100 * of["batches"].sum(axis=1) + 2 * of["inpatient_days"]
            cost = cost + 7 * np.maximum(of["last_day"], of["recommended_day"]) / DAYS_PER_MONTH
            infused = of["at_end"][:, State.INFUSED]
            assert found[design, truth, "cost_per_trial", "mean"][0] == pytest.approx(cost.mean(), rel=1e-12)
            value, mcse = found[design, truth, "cost_per_infused", "ratio"]
            expected = ratio(cost[None], infused[None])
            assert value == pytest.approx(expected.value, rel=1e-12)
            assert mcse == pytest.approx(expected.mcse, rel=1e-12)


def test_every_resource_can_be_priced() -> None:
    results = comparison().results
    for name in PRICED:
        found = rows(results, Costs.model_validate({"currency": "EUR", name: 3.0}))
        assert found[results.designs[0], results.truths()[0], "cost_per_trial", "mean"][0] > 0


def test_a_unit_cost_asks_for_a_currency_and_zero_is_a_price() -> None:
    with pytest.raises(ValueError, match="currency: is required"):
        Costs(batch=1.0)
    free = Costs(currency="EUR", batch=0.0)
    assert free.unit_costs == {"batch": 0.0}
    assert "batch" not in free.not_priced
    assert "leukapheresis" in free.not_priced


def test_a_pooled_quantile_of_one_patient_a_trial_is_that_of_the_trials() -> None:
    days = np.random.default_rng(3).gamma(4.0, 10.0, size=(2, 400))
    for share in (0.5, 0.9):
        alone, pooled = quantile(days, share), pooled_quantile(days[:, :, None], share)
        assert pooled.value == alone.value
        assert pooled.mcse == pytest.approx(alone.mcse, rel=1e-9)


def test_a_pooled_quantile_ignores_what_is_not_there_and_patients_of_a_trial_are_one_cluster() -> None:
    days = np.random.default_rng(4).gamma(4.0, 10.0, size=(1, 300, 1))
    padded = np.concatenate([days, np.full((1, 300, 5), np.inf)], axis=2)
    assert pooled_quantile(padded, 0.9) == pooled_quantile(days, 0.9)
    four_times = pooled_quantile(np.repeat(days, 4, axis=2), 0.5)
    once = pooled_quantile(days, 0.5)
    assert four_times.value == once.value
    assert four_times.mcse == pytest.approx(once.mcse, rel=0.05)


def test_a_pooled_quantile_says_nothing_of_its_error_from_few_trials_or_of_nobody() -> None:
    assert math.isnan(pooled_quantile(np.full((1, 50, 3), np.inf), 0.5).value)
    few = np.full((1, 50, 3), np.inf)
    few[0, :9, 0] = np.arange(9.0)
    assert pooled_quantile(few, 0.5).value == 4.0
    assert math.isnan(pooled_quantile(few, 0.5).mcse)


def test_the_text_says_what_was_taken_and_what_has_no_price() -> None:
    done = comparison()
    text = render(done.scenario, done.results, every_truth=True)
    found = rows(done.results)
    design, truth = done.results.designs[0], done.results.truths()[0]
    assert two_digits(*found[design, truth, "leukaphereses", "mean"]) in text
    assert "No cost: the scenario gives no unit costs" in " ".join(text.split())
    assert "none seen" in text  # no backup is collected by default
    assert all(fate.text in text for fate in Fate if fate in WASTED)
    priced = done.scenario.with_changes({"costs.currency": "CNY", "costs.batch": 100})
    text = " ".join(render(priced, done.results, every_truth=False).split())
    assert "Unit costs, CNY: batch 100 (changed after reading)." in text
    assert "Not priced, so the true cost is higher: screening," in text
    assert (
        two_digits(*rows(done.results, priced.costs)[design, BALANCED, "cost_per_infused", "ratio"]) in text
    )


def test_the_table_is_saved_with_the_others() -> None:
    done = comparison()
    assert done.tables()["resources"].equals(done.resources)
    assert done.resources.equals(resources(done.results, done.scenario.costs))
