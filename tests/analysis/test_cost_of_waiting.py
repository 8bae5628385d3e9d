"""What waiting costs, and the optimal biological dose, against the rows they are computed from."""

import numpy as np
import pytest

from simulator.analysis.benefit_and_risk import correct_obd, stated
from simulator.analysis.cost_of_waiting import compared_designs
from simulator.designs import BOIN, BOIN12
from simulator.designs.utility import expected_utility
from simulator.durations import DAYS_PER_MONTH
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.summary import summary
from simulator.studies.compare import compare
from tests.analysis.early_runs import EARLY, early_comparison
from tests.analysis.runs import comparison


def _value(design: str, measure: str, statistic: str, truth: str = "middle") -> float:
    frame = early_comparison().cost_of_waiting
    keys = {"design": design, "truth": truth, "measure": measure, "statistic": statistic}
    for column, wanted in keys.items():
        frame = frame[frame[column] == wanted]
    [value] = frame["value"]
    return float(value)


def test_the_baseline_is_the_first_design_of_complete_cohorts_with_a_target() -> None:
    assert compared_designs(early_comparison().results) == ["boin", "tite-boin", "bf-boin", "boin12"]
    assert set(early_comparison().cost_of_waiting["baseline"]) == {"boin"}


def test_a_run_without_early_looks_has_no_cost_of_waiting() -> None:
    frame = comparison().cost_of_waiting
    assert len(frame) == 0
    assert list(frame.columns)[-3:] == ["statistic", "value", "mcse"]


def test_differences_are_paired_on_the_same_patients() -> None:
    results = early_comparison().results
    own, base = (
        results.used[results.positions_of(name, ["middle"])[0]]["recommended_day"] / DAYS_PER_MONTH
        for name in ("tite-boin", "boin")
    )
    measure = "months_to_recommendation"
    assert _value("tite-boin", measure, "mean") == pytest.approx(own.mean())
    assert _value("tite-boin", measure, "difference") == pytest.approx((own - base).mean())
    half = 1.959964 * (own - base).std(ddof=1) / np.sqrt(len(own))
    assert _value("tite-boin", measure, "difference_high95") == pytest.approx((own - base).mean() + half)
    assert _value("tite-boin", measure, "difference") < 0


def test_patients_above_the_target_backfilled_and_late_toxicities_are_those_of_the_rows() -> None:
    results = early_comparison().results
    rows = results.used[results.positions_of("bf-boin", ["middle"])[0]]
    above = rows["treated"][:, 2:].sum(axis=1)  # levels 3 and 4 have risks above 0.3
    assert _value("bf-boin", "patients_above_target", "mean") == pytest.approx(above.mean())
    for measure in ("backfilled", "late_toxicities"):
        mean = rows[measure].sum(axis=1).mean()
        assert mean > 0
        assert _value("bf-boin", measure, "mean") == pytest.approx(mean)
    assert _value("tite-boin", "backfilled", "mean") == 0
    assert (rows["backfilled"] <= rows["treated"]).all()


def test_the_obd_of_a_truth_is_the_acceptable_level_of_the_highest_utility() -> None:
    outcomes = OutcomeParameters(response_dlt_odds_ratio=1)
    by = stated([BOIN(n_doses=4), BOIN12(n_doses=4)], 0.3)
    truth = Truth(name="plateau", p_dlt=(0.01, 0.05, 0.15, 0.30), p_response=(0.1, 0.5, 0.6, 0.61))
    utility = expected_utility(truth.p_dlt, (0.1, 0.5, 0.6, 0.61), by.utilities)
    assert correct_obd(truth, outcomes, by) == int(np.argmax(utility)) + 1 == 3
    useless = truth.model_copy(update={"p_response": (0.1, 0.1, 0.1, 0.1)})
    assert correct_obd(useless, outcomes, by) == 0


def test_selection_of_the_obd_patients_at_it_and_the_response_are_those_of_the_rows() -> None:
    found = early_comparison()
    frame, results = found.benefit_and_risk, found.results
    rows = results.used[results.positions_of("boin12", ["mild"])[0]]

    def value(measure: str, design: str = "boin12") -> float:
        these = (frame["design"] == design) & (frame["truth"] == "mild") & (frame["measure"] == measure)
        return float(frame[these & frame["level"].isna()]["value"].iloc[0])

    obd = int(value("obd_level"))
    assert value("obd_selected") == pytest.approx((rows["selected"] == obd).mean())
    assert value("share_at_obd") == pytest.approx(rows["treated"][:, obd - 1].sum() / rows["treated"].sum())
    chosen = rows["selected"][rows["selected"] > 0]
    response = np.array([0.1, 0.5, 0.6, 0.61])
    assert value("true_response_at_selected") == pytest.approx(response[chosen - 1].mean())
    assert (value("obd_is_own"), value("obd_is_own", "boin")) == (1, 0)


def test_a_truth_without_responses_has_no_obd() -> None:
    bare = EARLY.replace(", p_response: [0.5, 0.6, 0.7, 0.8]", "").replace(
        ", p_response: [0.1, 0.5, 0.6, 0.61]", ""
    )
    bare = bare.replace("  - {name: boin12, design: boin12, max_n: 18}\n", "").replace(
        "  - {name: bf-boin, design: bf-boin, max_n: 18}\n", ""
    )
    scenario = parse_scenario(
        bare.replace("about:", "response: none\nabout:").replace(", response_day: 7", "")
    )
    assert len(compare(scenario, ["boin"], ["mild"], 2).benefit_and_risk) == 0


def test_a_design_with_default_false_runs_by_its_name_alone() -> None:
    scenario = parse_scenario(EARLY)
    assert "rolling-6" not in early_comparison().results.designs
    assert compare(scenario, ["rolling-6"], ["mild"], 2).results.designs == ["rolling-6"]
    assert "by name" in "\n".join(summary(scenario))
