"""Relaxing is not free: the links move each patient's own risk as stated, and nothing at all where they are 1."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.special import expit, logit
from scipy.stats import weibull_min

from simulator.durations import DAYS_PER_MONTH
from simulator.errors import ScenarioError
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.outcomes.risk_links import (
    RiskFactors,
    RiskLinks,
    death_odds,
    dlt_odds,
    risk_at_odds,
    survival_at_odds,
)
from simulator.randomness import Streams
from simulator.runs.plan import run_plan
from simulator.runs.results import TruthTarget
from simulator.scenario.risk_link_notes import UNCHANGED_RISK, risk_link_notes
from simulator.scenario.scenario import Scenario
from simulator.studies.compare import compare
from simulator.studies.what_if import what_if
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake, draw_intakes

LINK = "outcomes.risk_links"
REPLICATES = range(12)
SCALE, SHAPE = 7.93, 1.0


def intakes(scenario: Scenario, changes: dict[str, object]) -> list[Intake]:
    stages = run_plan(scenario.with_changes(changes), ["boin"], ["M3"], 1).stages
    return draw_intakes(stages, Streams(1), REPLICATES)


def conditions(**changed: float) -> RiskFactors:
    """Return one reference patient, with some of their state changed."""
    state = {"lvef_percent": 60.0, "ecog": 1.0, "infection_active": 0.0, "bm_blasts_percent": 30.0}
    return RiskFactors(**{name: np.array([value]) for name, value in (state | changed).items()})


@pytest.mark.parametrize("p", [1e-6, 0.05, 0.3, 0.5, 0.97])
@pytest.mark.parametrize("odds", [0.1, 1.0, 1.7, 40.0])
def test_the_risk_is_that_of_the_shifted_logit(p: float, odds: float) -> None:
    assert risk_at_odds(p, odds) == pytest.approx(float(expit(logit(p) + math.log(odds))), rel=1e-12)


def test_a_risk_of_0_or_1_and_odds_of_1_change_nothing() -> None:
    assert [risk_at_odds(p, 3.0) for p in (0.0, 1.0)] == [0.0, 1.0]
    assert all(risk_at_odds(p, 1.0) == p for p in (0.1, 0.3, 1 / 3))


@pytest.mark.parametrize(
    ("link", "beyond", "at_reference", "steps"),
    [
        ("lvef", {"lvef_percent": 42.0}, {"lvef_percent": 50.0}, 8 / 5),
        ("ecog", {"ecog": 4.0}, {"ecog": 2.0}, 2),
        ("infection", {"infection_active": 1.0}, {"infection_active": 0.0}, 1),
        ("blasts", {"bm_blasts_percent": 75.0}, {"bm_blasts_percent": 50.0}, 2.5),
    ],
)
def test_a_link_acts_per_step_beyond_its_reference_only(
    link: str, beyond: dict[str, float], at_reference: dict[str, float], steps: float
) -> None:
    fresh = RiskLinks().model_dump()
    fresh[link] |= {"dlt_odds_ratio": 1.5, "death_odds_ratio": 3.0}
    links = RiskLinks.model_validate(fresh)
    assert links.acting == (f"{link}.dlt_odds_ratio", f"{link}.death_odds_ratio")
    assert dlt_odds(links, conditions(**beyond))[0] == pytest.approx(1.5**steps, rel=1e-12)
    assert death_odds(links, conditions(**beyond))[0] == pytest.approx(3.0**steps, rel=1e-12)
    assert dlt_odds(links, conditions(**at_reference))[0] == 1
    unknown = dict.fromkeys(beyond, math.nan)
    assert dlt_odds(links, conditions(**unknown))[0] == 1


def test_links_multiply() -> None:
    links = RiskLinks.model_validate(
        {
            "lvef": {"reference_percent": 50, "step_percent": 5, "dlt_odds_ratio": 2},
            "infection": {"dlt_odds_ratio": 3},
        }
    )
    both = conditions(lvef_percent=45.0, infection_active=1.0)
    assert dlt_odds(links, both)[0] == pytest.approx(6, rel=1e-12)
    assert death_odds(links, both)[0] == 1


@pytest.mark.parametrize("shape", [0.8, 1.0, 1.7])
@pytest.mark.parametrize("factor", [0.25, 1.0, 5.0])
def test_the_odds_of_death_by_any_day_are_multiplied(shape: float, factor: float) -> None:
    law = weibull_min(shape, scale=SCALE * DAYS_PER_MONTH)
    u = np.linspace(0.001, 0.999, 999)
    moved = survival_at_odds(law.ppf(u), np.full(999, factor), SCALE, shape)
    risk = law.cdf(moved)  # a patient at quantile u of the law dies where the linked law has its quantile u
    assert risk / (1 - risk) == pytest.approx(u / (1 - u) / factor, rel=1e-9)
    assert (np.diff(moved) > 0).all()


def test_survival_stays_bit_for_bit_where_the_factor_is_1() -> None:
    days = np.random.default_rng(1).exponential(200.0, 1000)
    assert (survival_at_odds(days, np.ones(1000), SCALE, SHAPE) == days).all()


def _deaths(found: list[Intake]) -> NDArray[np.float64]:
    return np.concatenate([one.paths.death_day for one in found])


def test_with_odds_ratios_of_1_the_references_move_no_number(scenario: Scenario) -> None:
    base = intakes(scenario, {})
    moved = intakes(scenario, {f"{LINK}.lvef.reference_percent": 70, f"{LINK}.ecog.reference_grade": 0})
    assert (_deaths(base) == _deaths(moved)).all()
    for one, other in zip(base, moved, strict=True):
        assert one.candidates.outcomes == other.candidates.outcomes
        assert one.candidates.ready_day == other.candidates.ready_day
        assert set(one.candidates.outcomes.dlt_odds) <= {1.0}


def test_an_infection_hastens_the_death_of_the_infected_alone(scenario: Scenario) -> None:
    base = intakes(scenario, {})
    linked = intakes(scenario, {f"{LINK}.infection.death_odds_ratio": 4})
    before, after = _deaths(base), _deaths(linked)
    assert (after <= before).all()
    # Active 0.22; of those 0.68 are not controlled and re-screened, 0.6 of them resolve: 0.22 (1 - 0.68 * 0.6).
    share, expected = (after < before).mean(), 0.22 * (1 - 0.68 * 0.6)
    assert abs(share - expected) <= 4 * math.sqrt(expected * (1 - expected) / len(before))


def test_candidates_carry_their_own_odds_and_their_screening_stays(scenario: Scenario) -> None:
    relaxed = {"eligibility.lvef_percent": 40}
    base = intakes(scenario, relaxed)
    linked = intakes(scenario, relaxed | {f"{LINK}.lvef.dlt_odds_ratio": 2})
    odds = np.concatenate([one.candidates.outcomes.dlt_odds for one in linked])
    assert odds.min() == 1
    assert 1 < odds.max() <= 2 ** (10 / 5)
    assert 0 < (odds > 1).mean() < 0.15
    for one, other in zip(base, linked, strict=True):
        assert one.candidates.ready_day == other.candidates.ready_day
        assert one.candidates.outcomes.toxicity == other.candidates.outcomes.toxicity


def test_a_patients_risk_at_a_dose_has_his_odds_and_his_response_the_same_chance() -> None:
    curve = Truth(name="t", p_dlt=(0.1, 0.3), p_response=(0.3, 0.6))
    risks = DoseRisks(curve, OutcomeParameters(), (1.0, 2.0))
    for share in (1.0, 0.5):
        reference, linked = risks.at(2, share), risks.at(2, share, 2.5)
        assert linked.dlt == risk_at_odds(reference.dlt, 2.5)
        assert linked.aplasia == reference.aplasia
        for one in (reference, linked):
            response = one.dlt * one.response_with_dlt + (1 - one.dlt) * one.response_without_dlt
            expected = reference.dlt * reference.response_with_dlt
            expected += (1 - reference.dlt) * reference.response_without_dlt
            assert response == pytest.approx(expected, rel=1e-12)
    assert risks.at(2, 1.0, 1.0) == risks.at(2, 1.0)


def test_what_if_says_which_links_act_and_how_they_are_known(scenario: Scenario) -> None:
    lvef: dict[str, object] = {"eligibility.lvef_percent": 45}
    linked = lvef | {f"{LINK}.lvef.dlt_odds_ratio": 3, f"{LINK}.ecog.death_odds_ratio": 2}
    variants = {"free": lvef, "not free": linked}
    found = what_if(scenario, variants=variants, designs=["3+3"], truths=["M1"], replicates=3)
    free, not_free = found.variants
    assert free.notes == (UNCHANGED_RISK,)
    assert "DLT 3 per 5 points of LVEF below 50 % (changed after reading)" in not_free.notes[0]
    assert "early death 2 per ECOG grade above 2 (changed after reading)" in not_free.notes[0]
    assert "the truth's curve is the risk of a reference patient" in not_free.notes[1]


def test_links_of_the_base_are_said_once_of_all_variants(scenario: Scenario) -> None:
    base = scenario.with_changes({f"{LINK}.lvef.dlt_odds_ratio": 3})
    found = what_if(base, {"eligibility.lvef_percent": 45}, designs=["3+3"], truths=["M1"], replicates=3)
    assert set(risk_link_notes(base)) <= set(found.warnings)
    assert found.variants[0].notes == ()


def test_compare_warns_and_judges_on_the_curve_as_declared(scenario: Scenario) -> None:
    linked = scenario.with_changes({f"{LINK}.blasts.dlt_odds_ratio": 2})
    done = compare(linked, ["3+3"], ["M1"], 2, seed=1)
    assert set(risk_link_notes(linked)) <= set(done.warnings)
    assert TruthTarget.of(done.results.plan.design_truths[0], 0.3).p_dlt == linked.truth("M1").p_dlt
    assert risk_link_notes(scenario) == ()


def test_a_link_only_to_early_death_leaves_the_curve_everybodys(scenario: Scenario) -> None:
    notes = risk_link_notes(scenario.with_changes({f"{LINK}.ecog.death_odds_ratio": 2}))
    assert len(notes) == 1


@pytest.mark.parametrize("value", [0, -1, 1001])
def test_an_odds_ratio_out_of_range_is_refused(scenario: Scenario, value: float) -> None:
    with pytest.raises(ScenarioError, match="dlt_odds_ratio: must be a number above 0 and at most 1000"):
        scenario.with_changes({f"{LINK}.lvef.dlt_odds_ratio": value})
