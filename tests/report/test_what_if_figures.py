"""The figures of a what-if show the numbers of its frames, and mark what cannot be told from 0."""

import math
from dataclasses import replace

import pytest
from matplotlib.colors import to_hex
from matplotlib.patches import Rectangle

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.analysis.estimate import Estimate
from simulator.analysis.sensitivity_tables import Swing
from simulator.errors import SimulatorError
from simulator.report.figures import (
    COLUMN_CM,
    new_axes,
    rendered,
    sweep_curve,
    tornado,
    variant_changes,
)
from simulator.report.figures.sensitivity import HIGH_COLOUR, LOW_COLOUR
from simulator.scenario.parameter_words import parameter_words, range_words
from simulator.scenario.scenario import parse_scenario
from simulator.studies.sensitivity import Sensitivity
from simulator.studies.what_if import sweep, what_if

MONTHS = "months_to_recommendation"
SMALL = """
about: {title: Small}
arrivals:
  sites: {value: 1, low: 1, high: 3, known: assumption}
truths:
  - {name: A, balanced: true, p_dlt: [0.5, 0.6, 0.7, 0.8], p_response: [0.1, 0.2, 0.3, 0.4]}
designs: [{name: boin, design: boin}, {name: 3+3, design: 3+3}]
"""


@pytest.fixture(scope="module")
def scenario():
    return parse_scenario(SMALL)


@pytest.fixture(scope="module")
def swept(scenario):
    return sweep(scenario, "arrivals.referrals_per_site_month", [4.8, 1.2, 2.4], replicates=20)


def change(low_value, high_value, half, differing=20):
    value = high_value - low_value
    return Change(
        Estimate(low_value, 1.0),
        Estimate(high_value, 1.0),
        value,
        half / 2,
        value - half,
        value + half,
        differing,
        20,
    )


def swings(*changes):
    return tuple(
        Swing("arrivals.sites", 1.0, 3.0, "boin", "A", 30.0, one) if k == 0 else swing(k, one)
        for k, one in enumerate(changes)
    )


def swing(k, one):
    return Swing(f"product.repeats.{k}", 0.0, float(k), "boin", "A", 30.0, one)


@pytest.fixture
def sensitivity(scenario):
    """One swing that is told, one that is not, both ends on one side, one without an interval, one the same."""
    known = dict(scenario.provenance)
    for k in range(1, 5):
        known[f"product.repeats.{k}"] = known["arrivals.sites"]
    changes = (
        change(40.0, 20.0, 5.0),
        change(29.0, 31.5, 4.0),
        change(32.0, 34.0, 4.0),
        change(31.0, 30.0, math.nan, differing=3),
        Change(Estimate(30, 1), Estimate(30, 1), 0.0, 0.0, math.nan, math.nan, 0, 20),
    )
    return Sensitivity(replace(scenario, provenance=known), None, MONTHS, swings(*changes), {}, ())


def bars(axes):
    return [bar for container in axes.containers for bar in container.patches if isinstance(bar, Rectangle)]


def test_tornado_bars_run_from_the_scenario_as_it_is_to_the_outcome_at_either_end(sensitivity):
    axes = tornado(sensitivity)
    drawn = [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in bars(axes)]
    assert [max(a, b, key=lambda x: abs(x - 30)) for a, b in drawn] == [40, 20, 29, 31.5, 32, 34, 31, 30]
    assert all(30 in (a, b) for a, b in drawn)
    assert len(axes.get_yticks()) == 4
    assert "1 more change no replicate" in axes.get_xlabel()


def test_tornado_fills_only_the_bars_whose_interval_leaves_out_0(sensitivity):
    faces = [to_hex(bar.get_facecolor()).upper() for bar in bars(tornado(sensitivity))]
    assert faces == [LOW_COLOUR, HIGH_COLOUR, *["#FFFFFF"] * 6]


def test_tornado_whisker_is_the_interval_of_high_minus_low_set_on_the_low_end(sensitivity):
    axes = tornado(sensitivity)
    ends = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "|"]
    assert ends == [[15, 25], [27.5, 35.5], [30, 38]]


def test_both_ends_on_one_side_are_drawn_one_above_the_other(sensitivity):
    drawn = bars(tornado(sensitivity))
    one, other = drawn[4], drawn[5]
    assert one.get_y() + one.get_height() == pytest.approx(other.get_y())
    assert drawn[0].get_y() == drawn[1].get_y()


def test_tornado_shows_at_most_so_many_and_says_how_many_it_leaves_out(sensitivity):
    axes = tornado(sensitivity, most=2)
    assert len(axes.get_yticks()) == 2
    assert "2 more with a smaller swing not drawn" in axes.get_xlabel()


def test_what_was_not_run_is_an_error(sensitivity, swept):
    with pytest.raises(SimulatorError, match="design must be one of boin, got 'bion'"):
        tornado(sensitivity, design="bion")
    with pytest.raises(SimulatorError, match="truth must be one of A, got 'B'"):
        sweep_curve(swept, MONTHS, truth="B")
    with pytest.raises(SimulatorError, match="no outcome 'months'"):
        sweep_curve(swept, "months")
    with pytest.raises(SimulatorError, match="no number of the scenario states a low and a high"):
        tornado(Sensitivity(sensitivity.scenario, None, MONTHS, (), {}, ()))


def test_sweep_curve_draws_the_outcome_in_the_order_of_the_values_with_the_paired_band(swept):
    axes = sweep_curve(swept, MONTHS)
    frame = swept.curve[swept.curve["outcome"] == MONTHS].set_index(["design", "at", "statistic"])["value"]
    lines = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 3]
    assert len(lines) == 2
    for name, line, band in zip(("boin", "3+3"), lines, axes.collections, strict=True):
        assert line.get_xdata().tolist() == [1.2, 2.4, 4.8]
        assert line.get_ydata().tolist() == [frame[name, at, "after"] for at in (1.2, 2.4, 4.8)]
        corners = band.get_paths()[0].vertices
        base = frame[name, 1.2, "before"]
        for at in (1.2, 4.8):
            heights = corners[corners[:, 0] == at][:, 1]
            assert heights.min() == pytest.approx(base + frame[name, at, "low95"])
            assert heights.max() == pytest.approx(base + frame[name, at, "high95"])
        same = corners[corners[:, 0] == 2.4][:, 1]
        assert same.min() == same.max() == pytest.approx(base)


def test_sweep_curve_fills_only_the_points_that_are_told_from_the_scenario_as_it_is(swept):
    axes = sweep_curve(swept, MONTHS, design="boin")
    points = {
        float(x): to_hex(line.get_markerfacecolor())
        for line in axes.lines
        if line.get_linestyle() == "None"
        for x in line.get_xdata()
    }
    told = {
        at: one.found["boin", "A", MONTHS].told is ChangeEvidence.DIFFERENT
        for at, one in zip(swept.values, swept.found.variants, strict=True)
    }
    assert {at: face != "#ffffff" for at, face in points.items()} == told
    assert told[1.2]
    assert not told[2.4]


def test_variant_changes_draws_every_difference_with_its_interval(scenario):
    found = what_if(
        scenario,
        {"arrivals.sites": 3},
        variants={"nothing": {"arrivals.sites": 1}},
        designs=["boin"],
        replicates=20,
    )
    axes = variant_changes(found, MONTHS)
    of = found.variants[0].found["boin", "A", MONTHS]
    marks = [line for line in axes.lines if line.get_linestyle() == "None"]
    assert [mark.get_xdata()[0] for mark in marks] == [of.value, 0.0]
    assert [to_hex(mark.get_markerfacecolor()) != "#ffffff" for mark in marks] == [True, False]
    [interval] = [line for line in axes.lines if line.get_linestyle() == "-" and len(line.get_xdata()) == 2][
        :1
    ]
    assert list(interval.get_xdata()) == [of.low, of.high]
    assert [text.get_text() for text in axes.get_yticklabels()] == ["arrivals.sites=3", "nothing"]


def test_figures_fit_a_column_and_render_to_the_same_bytes_twice(sensitivity, swept):
    for draw in (
        lambda ax: tornado(sensitivity, ax=ax),
        lambda ax: sweep_curve(swept, MONTHS, ax=ax),
        lambda ax: variant_changes(swept.found, MONTHS, ax=ax),
    ):
        first, second = (rendered(draw(new_axes(COLUMN_CM, 10)).figure)["svg"] for _ in range(2))
        assert first == second
        sizes = [text.get_fontsize() for text in draw(new_axes(COLUMN_CM, 10)).get_yticklabels()]
        assert min(sizes) >= 7


@pytest.mark.parametrize(
    ("path", "unit", "words"),
    [
        ("arrivals.sites", "sites", "arrivals: sites"),
        ("trial.stagger_first_days", "days", "trial: stagger first"),
        (
            "population.laboratory.upper_limits.bilirubin_umol_l",
            "umol/L",
            "laboratory, upper limits, bilirubin",
        ),
        ("eligibility.bilirubin_x_uln", "multiple of ULN", "eligibility: bilirubin"),
        ("product.failure", "probability", "product: failure"),
    ],
)
def test_parameters_are_written_as_words_without_their_unit(path, unit, words):
    assert parameter_words(path, unit) == words


def test_ranges_say_their_unit_once():
    assert range_words(7, 28, "days") == "7 to 28 days"
    assert range_words(44.0, 65.5, "percent") == "44 to 65.5 %"
    assert range_words(0.02, 0.1, "probability") == "0.02 to 0.1"
