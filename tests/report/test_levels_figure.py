"""Selection and allocation by level show the numbers of the frames, with their errors."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from simulator.designs import BOIN
from simulator.errors import SimulatorError
from simulator.exact import operating_characteristics
from simulator.report.figures import COLUMN_CM, PAGE_CM, allocation_by_level, new_axes, selection_by_level
from tests.analysis.runs import comparison
from tests.report.crowded import crowded
from tests.report.legible import assert_legible, panels_of


def points(axes: Axes, design: str) -> tuple[list[float], list[float]]:
    [line] = [one for one in axes.lines if one.get_label() == design]
    x, y = (np.asarray(values, dtype=float).tolist() for values in line.get_data())
    return x, y


def whiskers(axes: Axes, x: float) -> tuple[float, float]:
    """Return the ends of the thicker line at this place."""
    found = [
        segment
        for one in axes.collections
        if isinstance(one, LineCollection) and float(one.get_linewidth()[0]) > 1  # type: ignore[index]
        for segment in one.get_segments()
        if abs(segment[0, 0] - x) < 1e-9
    ]
    assert len(found) == 1
    return float(found[0][0, 1]), float(found[0][1, 1])


def rows(frame: pd.DataFrame, design: str, truth: str) -> pd.DataFrame:
    return frame[(frame["design"] == design) & (frame["truth"] == truth)]


@pytest.mark.parametrize("truth", ["balanced", "M1", "S2"])
@pytest.mark.parametrize("design", ["3+3", "boin"])
def test_points_are_the_shares_of_trials_that_select_each_level_and_none(design: str, truth: str) -> None:
    axes = selection_by_level(comparison(), truth)
    of = rows(comparison().operating_characteristics, design, truth)
    of = of[(of["measure"] == "selected") & (of["statistic"] == "mean")].sort_values("level")
    x, y = points(axes, design)
    assert [round(one) for one in x] == [0, 1, 2, 3, 4] == of["level"].tolist()
    assert y == pytest.approx((100 * of["value"]).tolist())


@pytest.mark.parametrize("truth", ["balanced", "M4"])
def test_points_are_the_shares_of_patients_at_each_level(truth: str) -> None:
    axes = allocation_by_level(comparison(), truth)
    of = rows(comparison().allocation, "boin", truth)
    of = of[of["statistic"] == "mean"]
    x, y = points(axes, "boin")
    assert [round(one) for one in x] == [1, 2, 3, 4]
    assert y == pytest.approx((100 * of["value"]).tolist())
    assert sum(y) == pytest.approx(100)


def test_whiskers_are_two_mcse_and_bounds_where_all_trials_agree() -> None:
    axes = selection_by_level(comparison(), "M1")
    of = rows(comparison().operating_characteristics, "boin", "M1")
    of = of[of["measure"] == "selected"]
    x, _ = points(axes, "boin")
    bounded = 0
    for level, at in enumerate(x):
        here = of[of["level"] == level].set_index("statistic")[["value", "mcse"]].to_dict("index")
        value, mcse = 100 * here["mean"]["value"], 100 * here["mean"]["mcse"]
        low, high = whiskers(axes, at)
        if "mean_bound95" in here:
            bounded += 1
            bound = 100 * here["mean_bound95"]["value"]
            assert (low, high) == pytest.approx((min(value, bound), max(value, bound)))
        else:
            assert (low, high) == pytest.approx((max(value - 2 * mcse, 0), min(value + 2 * mcse, 100)))
    assert 0 < bounded < len(x)


def test_the_correct_level_is_shaded_and_overly_toxic_ones_are_hatched() -> None:
    def marked(axes: Axes, gid: str) -> list[float]:
        return sorted(patch.get_x() + 0.5 for patch in axes.patches if patch.get_gid() == gid)  # type: ignore[attr-defined]

    one = selection_by_level(comparison(), "M1")  # 0.30, 0.45, 0.58, 0.70
    assert marked(one, "correct") == [1]
    assert marked(one, "overly toxic") == [2, 3, 4]
    none = selection_by_level(comparison(), "M0")
    assert marked(none, "correct") == [0]
    assert marked(allocation_by_level(comparison(), "M0"), "correct") == []
    several = selection_by_level(comparison(), "balanced")
    assert marked(several, "correct") == marked(several, "overly toxic") == []


def test_the_title_names_the_truth_and_the_default_is_a_panel_a_truth() -> None:
    def title(axes: Axes) -> str:
        legend = axes.get_legend()
        assert legend is not None
        return legend.get_title().get_text()

    for draw in (selection_by_level, allocation_by_level):
        found = panels_of(draw(comparison()))
        assert [one.get_title(loc="left") for one in found] == comparison().results.truths()
    assert title(selection_by_level(comparison(), "balanced")) == "balanced set of truths"
    assert title(allocation_by_level(comparison(), "S2 day 42")) == "truth S2 day 42"
    with pytest.raises(
        SimulatorError, match="truth must be one of balanced, M0, M1, M4, S2, S2 day 42, got 'S9'"
    ):
        selection_by_level(comparison(), "S9")


def test_exact_results_have_no_whiskers_and_one_series_a_truth() -> None:
    truths = [[0.1, 0.2, 0.3], [0.3, 0.4, 0.5]]
    exact = operating_characteristics(BOIN(n_doses=3, target=0.3, max_n=12), truths)
    axes = selection_by_level(exact)
    for k, name in enumerate(("0.1, 0.2, 0.3", "0.3, 0.4, 0.5")):
        assert points(axes, name)[1] == pytest.approx((100 * exact.selection[k]).tolist())
        shares = points(allocation_by_level(exact), name)[1]
        assert shares == pytest.approx((100 * exact.n_per_dose[k] / exact.mean_total_n[k]).tolist())
    legend = axes.get_legend()
    assert legend is not None
    assert not any("MCSE" in text.get_text() for text in legend.get_texts())


def test_given_axes_are_drawn_on() -> None:
    given = new_axes(COLUMN_CM, 8)
    assert selection_by_level(comparison(), ax=given) is given


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
@pytest.mark.parametrize("draw", [selection_by_level, allocation_by_level])
def test_six_designs_with_long_names_are_legible(draw: object, width_cm: float) -> None:
    assert callable(draw)
    assert_legible(draw(crowded(), "M3", new_axes(width_cm, 10)))
