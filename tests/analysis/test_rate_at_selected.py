"""Bias and coverage of the rate at the selected level, and the exact numbers of the protocol's layout."""

import math

import numpy as np
import pytest
from scipy import stats

from simulator.analysis.rate_at_selected import rate_at_selected
from simulator.exact import operating_characteristics
from simulator.runs.results import BALANCED, TruthTarget
from tests.analysis.runs import comparison


def by_name(measure: str) -> dict[tuple[str, str], tuple[float, float]]:
    frame = comparison().rate_at_selected
    of = frame[(frame["measure"] == measure) & (frame["statistic"] == "mean")]
    keys = zip(of["design"], of["truth"], strict=True)
    return dict(zip(keys, zip(of["value"], of["mcse"], strict=True), strict=True))


def test_bias_and_coverage_are_those_counted_trial_by_trial() -> None:
    results = comparison().results
    for number, arm in enumerate(results.plan.design_truths):
        p_dlt = TruthTarget.of(arm, results.target).p_dlt
        used = results.used[number]
        errors, covered = [], []
        for selected, n, dlt in zip(used["selected"], used["n"], used["dlt"], strict=True):
            if selected == 0 or n[selected - 1] == 0:
                continue
            patients, toxic, risk = int(n[selected - 1]), int(dlt[selected - 1]), p_dlt[selected - 1]
            interval = stats.binomtest(toxic, patients).proportion_ci(0.95, method="exact")
            errors.append(toxic / patients - risk)
            covered.append(interval.low <= risk <= interval.high)
        key = (arm.design_name, arm.truth.name)
        assert by_name("trials")[key][0] == pytest.approx(len(errors) / results.replicates)
        assert by_name("rate_at_selected_bias")[key][0] == pytest.approx(np.mean(errors))
        assert by_name("rate_at_selected_coverage")[key][0] == pytest.approx(np.mean(covered))


def test_few_trials_that_select_have_no_error() -> None:
    results = comparison().results
    judged = by_name("trials")
    few = [key for key, (share, _) in judged.items() if share * results.replicates < 10]
    assert few
    assert all(math.isnan(by_name("rate_at_selected_bias")[key][1]) for key in few)
    assert any(by_name("rate_at_selected_bias")[key][1] > 0 for key in judged if key not in few)


def test_every_frame_names_each_row_once() -> None:
    frame = rate_at_selected(comparison().results)
    assert not frame.drop(columns=["value", "mcse"]).duplicated().any()
    assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"]


def test_exact_stops_of_the_balanced_set_are_the_mean_over_its_truths() -> None:
    done = comparison()
    assert len(done.results.balanced_truths()) > 1
    stops = done.exact_levels
    stops = stops[stops["measure"] == "stop_safety"].set_index(["design", "truth"])["value"]
    for design in done.results.designs:
        over = [stops[design, truth] for truth in done.results.balanced_truths()]
        assert stops[design, BALANCED] == pytest.approx(sum(over) / len(over), rel=1e-12)


def test_exact_numbers_by_level_are_those_of_the_engine() -> None:
    done = comparison()
    frame = done.exact_levels
    assert list(frame.columns[-3:]) == ["statistic", "value", "mcse"]
    for arm in done.results.plan.design_truths:
        judged = TruthTarget.of(arm, done.results.target)
        exact = operating_characteristics(
            arm.design, judged.p_dlt, target=done.results.target, correct=judged.correct
        )
        of = frame[(frame["design"] == arm.design_name) & (frame["truth"] == arm.truth.name)]
        for measure, expected in (("evaluable", exact.n_per_dose), ("dlts", exact.dlt_per_dose)):
            rows = of[of["measure"] == measure].sort_values("level")
            assert rows["level"].tolist() == [1, 2, 3, 4]
            assert rows["value"].tolist() == pytest.approx(expected.tolist(), rel=1e-12)
        single = of[of["level"].isna()].set_index("measure")["value"]
        assert single["stop_safety"] == pytest.approx(float(exact.early_stop["safety"]))
        assert single["rate_at_selected_bias"] == pytest.approx(float(exact.of_states.rate_bias))
        assert single["rate_at_selected_coverage"] == pytest.approx(float(exact.of_states.rate_coverage))


def test_the_exact_number_needed_is_in_the_tables() -> None:
    done = comparison()
    frame = done.tables()["exact_needed"]
    for design, one in done.exact_needed.items():
        of = frame[frame["design"] == design].set_index("measure")
        assert of.loc["best_pcs", "value"] == one.best_average_pcs
        assert of.loc["best_pcs", "cap"] == one.best_cap
        value = float(of["value"]["evaluable"])
        assert math.isnan(value) if one.n is None else value == one.n
