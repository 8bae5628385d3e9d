"""Parameters that cannot be meant are refused with a message that says what would be legal."""

import csv

import numpy as np
import pytest
from pydantic import ValidationError

from simulator.errors import ScenarioError
from simulator.fields import FIELDS, Group
from simulator.population.copula import LATENTS, cholesky_factor, correlate, correlation_matrix
from simulator.population.parameters import DEFAULT_CORRELATIONS, PopulationParameters
from simulator.population.patients import draw
from simulator.population.published_margins import Known, anchors
from simulator.population.quantile_tables import normal_mixture
from simulator.randomness import Block, Streams
from tests.support.places import ROOT


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"sex": {"male": 1.2}}, "less than or equal to 1"),
        ({"sex": {"male": -0.1}}, "greater than or equal to 0"),
        ({"sex": {"male": float("nan")}}, "less than or equal to 1"),
        ({"sex": {"mael": 0.5}}, "Extra inputs are not permitted"),
        ({"age": {"sd_years": 0}}, "greater than 0"),
        ({"age": {"min_years": 80, "max_years": 18}}, "min_years 80 < max_years 18 is required"),
        ({"age": {"mean_years": 50, "sd_years": 1}}, "more than 8 sd_years"),
        ({"survival": {"scale_months": float("inf")}}, "less than or equal to 1200"),
        ({"status": {"primary_refractory": 0.5}}, "shares add up to 1.17, legal: 1"),
        ({"ecog": {"ecog_4": 0.03}}, "shares add up to 1.01, legal: 1"),
        ({"cns": {"kinds": {"epilepsy": 0.2}}}, "shares add up to 1.08, legal: 1"),
        ({"investigator": {"uncontrolled_disease": 0.6, "other_risk": 0.6}}, "must be at most 1"),
        ({"correlations": {"age~ecg": 0.1}}, "unknown latent 'ecg'; legal: age, blasts, ecog"),
        ({"correlations": {"age": 0.1}}, "write latent~latent"),
        ({"correlations": {"age~age": 0.1}}, "no correlation with itself"),
        ({"correlations": {"age~ecog": 0.1, "ecog~age": 0.1}}, "already given as age~ecog"),
        ({"correlations": {"age~ecog": 1.0}}, "legal: -1 < rho < 1"),
    ],
)
def test_an_impossible_parameter_is_refused(change: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        PopulationParameters.model_validate(change)


def test_correlations_that_cannot_hold_together_name_pairs_and_eigenvalue() -> None:
    pairs = {"age~ecog": 0.9, "age~alt": 0.9, "ecog~alt": -0.5}
    with pytest.raises(ValidationError) as caught:
        PopulationParameters(correlations=pairs)
    message = str(caught.value)
    assert "not positive definite: smallest eigenvalue -0.5" in message
    assert "age~ecog +0.9, age~alt +0.9, ecog~alt -0.5" in message


def test_the_default_correlations_have_the_stated_smallest_eigenvalue() -> None:
    matrix = correlation_matrix(DEFAULT_CORRELATIONS)
    assert np.linalg.eigvalsh(matrix)[0] == pytest.approx(0.25, abs=0.005)


def test_the_factor_reproduces_the_matrix() -> None:
    matrix = correlation_matrix(DEFAULT_CORRELATIONS)
    factor = correlate(cholesky_factor(matrix), np.eye(len(LATENTS)))
    assert np.abs(factor @ factor.T - matrix).max() < 1e-14
    assert np.array_equal(factor, np.tril(factor))


def test_parameters_cannot_be_changed_in_place() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        PopulationParameters().sex.male = 0.5  # type: ignore[misc]


def test_a_mixture_that_a_table_cannot_follow_is_refused() -> None:
    with pytest.raises(ScenarioError, match="choose parts that overlap more"):
        normal_mixture(0.5, 10, 0.2, 90, 0.2)


def test_extreme_parameters_draw_extreme_patients() -> None:
    parameters = PopulationParameters.model_validate(
        {
            "infection": {"active": 1, "controlled_if_active": 0},
            "lvef": {"normal_share": 1},
            "cd117": {"positive_share": 0},
            "prescreen_known": {"at_screening": 1, "cd117": 0},
            "consent": {"refusal": 1},
        }
    )
    patients = draw(parameters, Streams(1), [Block(0, 0, 0, 2000)])
    assert patients.columns["infection_active"].all()
    assert not patients.columns["infection_controlled"].any()
    assert not patients.columns["consent_signed"].any()
    assert patients.desk_knows[Group.AT_SCREENING].all()
    assert not patients.desk_knows[Group.CD117].any()
    assert np.median(patients.columns["cd117_percent"]) < 10
    assert (
        not draw(
            PopulationParameters.model_validate({"infection": {"active": 0}}),
            Streams(1),
            [Block(0, 0, 0, 2000)],
        )
        .columns["infection_active"]
        .any()
    )


def test_referrals_that_are_not_relapsed_or_refractory_can_be_asked_for() -> None:
    mix = {
        "primary_refractory": 0,
        "early_first_relapse": 0.4,
        "late_first_relapse": 0,
        "two_or_more_relapses": 0,
    }
    kinds = {"one_induction_course": 0.2, "residual_disease_only": 0.2, "undated_first_relapse": 0.2}
    parameters = PopulationParameters.model_validate({"status": {**mix, **kinds, "extramedullary_only": 0}})
    columns = draw(parameters, Streams(1), [Block(0, 0, 0, 5000)]).columns
    one, residual, undated = (columns["status"] == k for k in (5, 6, 7))
    assert (columns["n_induction"][one] == 1).all()
    assert not columns["prior_cr"][one].any()
    assert columns["prior_cr"][residual].all()
    assert (columns["n_relapses"][residual] == 0).all()
    assert (columns["bm_blasts_percent"][residual] < 5).all()
    assert not (columns["pb_blasts"] | columns["emd_new"])[residual].any()
    assert (columns["n_relapses"][undated] == 1).all()
    assert np.isnan(columns["first_cr_day"][undated]).all()
    assert not np.isnan(columns["first_cr_day"][columns["status"] == 1]).any()


def test_correlations_change_only_the_later_latent() -> None:
    changed = {**DEFAULT_CORRELATIONS, "lvef~qtcf": -0.1}
    one, other = (
        draw(PopulationParameters(correlations=pairs), Streams(1), [Block(0, 0, 0, 100)]).columns
        for pairs in (DEFAULT_CORRELATIONS, changed)
    )
    moved = {
        name
        for name in one
        if not np.array_equal(one[name], other[name], equal_nan=one[name].dtype.kind == "f")
    }
    assert moved == {"qtcf_ms"}


def test_every_prescreen_group_has_a_probability() -> None:
    named = set(type(PopulationParameters().prescreen_known).model_fields)
    assert named == {group.value for group in Group} - {"referral", "later"}


def test_published_numbers_stand_beside_fields_and_say_where_they_come_from() -> None:
    assert len(anchors()) == 54
    for anchor in anchors():
        assert anchor.field in FIELDS
        assert anchor.source
        assert anchor.low is None or anchor.high is None or anchor.low <= anchor.value <= anchor.high
    assert sum(anchor.known is Known.COMPUTED for anchor in anchors()) == 17
    of_relapse = [anchor for anchor in anchors() if anchor.field == "first_relapse_day"]
    share = next(anchor for anchor in of_relapse if anchor.statistic.startswith("share"))
    assert (share.value, share.low, share.high, share.detail) == (0.644, 0.605, 0.681, "396/615")


def test_published_numbers_are_rows_of_text_without_gaps() -> None:
    table = ROOT / "simulator" / "population" / "published_margins.csv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert all(None not in row.values() and None not in row for row in rows)
