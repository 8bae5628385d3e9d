"""A scenario's own fields: the law that was asked for, from lanes that move no other draw."""

import numpy as np
import pytest
from scipy.stats import kstest, norm

from simulator.eligibility.field_laws import FieldLaw
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.population.own_fields import patients_for, uniforms_of
from simulator.population.parameters import PopulationParameters
from simulator.randomness import Block, Purpose, Streams
from simulator.runs.plan import run_plan
from simulator.runs.replicates import run_chunk
from simulator.scenario.scenario import parse_scenario
from simulator.scenario.templates import template_text

SEED = 7
BLOCKS = [Block(0, 0, 0, 20_000)]
EXTRA = """\
  - name: weight
    field: weight
    comparison: above
    limit: 0
    law: {normal: {mean: 70, sd: 10, low: 30}}
"""
SCENARIO = template_text("small-molecule")
WITH_MORE = SCENARIO.replace("\nproduct: none", EXTRA + "\nproduct: none", 1)


def test_lane_of_a_field_is_made_from_its_name_and_never_moves():
    """Golden words: sha256 of the name is the draw, the first lane of the purpose."""
    streams, block = Streams(1), Block(0, 0, 0, 2)
    draw = 0x08DA820C40543F01
    expected = streams.uniforms(Purpose.OWN_FIELDS, block, draw)[:, 0]
    assert np.array_equal(uniforms_of("age", streams, [block]), expected)
    other = uniforms_of("ecog", streams, [block])
    assert not np.isclose(other, expected).any()


def test_adding_a_criterion_moves_no_number_of_a_run():
    """Nobody fails the one more, so every row of every trial is the same, bit for bit."""
    before, after = (
        run_chunk(run_plan(parse_scenario(text), ["boin"], ["third"], SEED), range(3))
        for text in (SCENARIO, WITH_MORE)
    )
    for name, column in before.needed.items():
        assert np.array_equal(column, after.needed[name]), name
    for name, column in before.used.items():
        also = after.used[name][:, : column.shape[1]] if name == "criteria" else after.used[name]
        assert np.array_equal(column, also), name


def test_patients_do_not_depend_on_how_they_are_split():
    own = parse_scenario(SCENARIO).eligibility
    assert isinstance(own, OwnCriteria)
    population = PopulationParameters()
    [whole] = patients_for(population, own, Streams(SEED), [Block(2, 1, 0, 50)])
    [parts] = patients_for(population, own, Streams(SEED), [Block(2, 1, 0, 20), Block(2, 1, 20, 30)])
    for name, column in whole.columns.items():
        assert np.array_equal(column, parts.columns[name]), name


@pytest.mark.parametrize(
    ("law", "cdf"),
    [
        ({"normal": {"mean": 60, "sd": 12}}, norm(60, 12).cdf),
        ({"log_normal": {"median": 3, "log_sd": 0.5}}, lambda x: norm(np.log(3), 0.5).cdf(np.log(x))),
        ({"uniform": {"low": 2, "high": 5}}, lambda x: (x - 2) / 3),
        (
            {"normal": {"mean": 60, "sd": 12, "low": 50, "high": 70}},
            lambda x: (
                (norm.cdf(x, 60, 12) - norm.cdf(50, 60, 12)) / (norm.cdf(70, 60, 12) - norm.cdf(50, 60, 12))
            ),
        ),
    ],
)
def test_measurement_has_the_law_that_was_asked_for(law, cdf):
    values = FieldLaw.model_validate(law).values(uniforms_of("x", Streams(SEED), BLOCKS))
    assert kstest(values, cdf).pvalue > 1e-4


def test_grades_and_flags_have_the_shares_that_were_asked_for():
    u = uniforms_of("x", Streams(SEED), BLOCKS)
    grades = FieldLaw.model_validate({"shares": {"0": 0.3, "1": 0.5, "2": 0.2}}).values(u)
    for grade, share in ((0, 0.3), (1, 0.5), (2, 0.2)):
        assert abs((grades == grade).mean() - share) <= 4 * np.sqrt(share * (1 - share) / len(u))
    flags = FieldLaw.model_validate({"probability": 0.1}).values(u)
    assert set(flags) == {0.0, 1.0}
    assert abs(flags.mean() - 0.1) <= 4 * np.sqrt(0.09 / len(u))


def test_shares_of_failures_are_those_of_the_laws():
    """Independent fields: a criterion fails as often as its own law says."""
    scenario = parse_scenario(SCENARIO)
    chunk = run_chunk(run_plan(scenario, ["boin"], ["third"], SEED), range(20))
    verdicts = chunk.screening["verdicts"].sum()
    failed = chunk.screening["failed"].sum(axis=0) / verdicts
    low, high = norm.cdf([16, 90], 61, 12)
    asked = [
        (norm.cdf(18, 61, 12) - low) / (high - low),
        0.20,
        norm.cdf((np.log(1.5) - np.log(3.6)) / 0.45),
        (norm.cdf(50, 82, 22) - norm.cdf(10, 82, 22)) / (1 - norm.cdf(10, 82, 22)),
        0.10,
    ]
    for found, share in zip(failed, asked, strict=True):
        assert abs(found - share) <= 4 * np.sqrt(share * (1 - share) / verdicts)
