"""Changes as typed on the command line."""

import pytest

from simulator.errors import ScenarioError
from simulator.scenario.typed_changes import read_change, read_changes, read_sweep, read_variant


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("eligibility.lvef_percent=45", ("eligibility.lvef_percent", 45)),
        ("trial.expansion = false", ("trial.expansion", False)),
        ("eligibility.qtc_rule=by_sex", ("eligibility.qtc_rule", "by_sex")),
        ("truths.M1.p_dlt=[0.1, 0.2]", ("truths.M1.p_dlt", [0.1, 0.2])),
        ("question.truths=null", ("question.truths", None)),
        ("a.b=1e-3", ("a.b", 0.001)),
    ],
)
def test_a_value_means_what_it_means_in_a_file(text, expected):
    assert read_change(text) == expected


@pytest.mark.parametrize("text", ["", "a", "=3", "a=", "a=[1", "a=!!python/object:os.system x", "a=.nan"])
def test_what_is_no_change_is_an_error_that_shows_it(text):
    with pytest.raises(ScenarioError, match="got"):
        read_change(text)


def test_a_key_given_twice_is_an_error():
    with pytest.raises(ScenarioError, match="a: given twice"):
        read_changes(["a=1", "a=2"])


def test_commas_inside_brackets_do_not_cut_a_variant():
    variant = read_variant("steeper: truths.M1.p_dlt=[0.1, 0.2], arrivals.sites=2")
    assert (variant.name, variant.changes) == (
        "steeper",
        {"truths.M1.p_dlt": [0.1, 0.2], "arrivals.sites": 2},
    )


@pytest.mark.parametrize("text", ["a=1", "name", ": a=1", "name: ", "a=1: b=2"])
def test_a_variant_needs_a_name_and_changes(text):
    with pytest.raises(ScenarioError):
        read_variant(text)


def test_a_sweep_meets_its_end_exactly():
    key, values = read_sweep("arrivals.referrals_per_site_month=1.2:6:0.4")
    assert key == "arrivals.referrals_per_site_month"
    assert values == [1.2, 1.6, 2.0, 2.4, 2.8, 3.2, 3.6, 4.0, 4.4, 4.8, 5.2, 5.6, 6.0]


def test_a_sweep_of_whole_numbers_stays_whole_and_ends_below_a_bound_it_misses():
    _, values = read_sweep("arrivals.sites=1:6:2")
    assert values == [1, 3, 5]
    assert all(isinstance(value, int) for value in values)


@pytest.mark.parametrize(
    "text", ["a", "a=1:2", "a=1:2:0", "a=2:1:1", "a=1:2:-1", "a=1:x:1", "=1:2:1", "a=0:1:nan", "a=0:1000:1"]
)
def test_a_sweep_that_is_none_is_an_error(text):
    with pytest.raises(ScenarioError):
        read_sweep(text)
