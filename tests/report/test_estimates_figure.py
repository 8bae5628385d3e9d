"""Truths and estimates show the true curves, the rates of the frame, and the exact distribution."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from simulator.designs import BOIN
from simulator.errors import SimulatorError
from simulator.exact import operating_characteristics
from simulator.exact.selected_rate import selected_rate
from simulator.report.figures import COLUMN_CM, PAGE_CM, new_axes, truths_and_estimates
from tests.analysis.runs import comparison
from tests.report.crowded import DESIGNS, crowded
from tests.report.legible import assert_legible

TRUE = {
    "M0": [0.50, 0.60, 0.70, 0.80],
    "M1": [0.30, 0.45, 0.58, 0.70],
    "M4": [0.04, 0.08, 0.16, 0.30],
}


def data(axes: Axes, label: str) -> tuple[list[float], list[float]]:
    [line] = [one for one in axes.lines if one.get_label() == label]
    x, y = (np.asarray(values, dtype=float).tolist() for values in line.get_data())
    return x, y


def whiskers(axes: Axes) -> dict[float, tuple[float, float]]:
    return {
        float(segment[0, 0]): (float(segment[0, 1]), float(segment[1, 1]))
        for one in axes.collections
        if isinstance(one, LineCollection)
        for segment in one.get_segments()
    }


def test_curves_are_the_truths_of_the_scenario() -> None:
    axes = truths_and_estimates(comparison(), "boin")
    for truth, risks in TRUE.items():
        assert data(axes, f"{truth}, true")[1] == pytest.approx([100 * p for p in risks])


@pytest.mark.parametrize("design", ["3+3", "boin"])
def test_marks_are_the_realised_rates_with_two_mcse_or_bounds(design: str) -> None:
    axes = truths_and_estimates(comparison(), design)
    frame = comparison().operating_characteristics
    frame = frame[(frame["design"] == design) & (frame["measure"] == "realised_dlt_rate")]
    ends = whiskers(axes)
    compared = 0
    for truth in comparison().results.truths():
        rows = frame[frame["truth"] == truth]
        means = rows[rows["statistic"] == "mean"].sort_values("level")
        x, y = data(axes, f"{truth}, observed")
        assert y == pytest.approx((100 * means["value"]).tolist(), nan_ok=True)
        for at, value, mcse in zip(x, means["value"], means["mcse"], strict=True):
            if mcse > 0:
                low, high = max(100 * (value - 2 * mcse), 0), min(100 * (value + 2 * mcse), 100)
                assert ends[at] == pytest.approx((low, high))
                compared += 1
            elif np.isnan(mcse):
                assert at not in ends
    assert compared > 8


def test_target_and_overdose_lines_stand_where_the_scenario_puts_them() -> None:
    axes = truths_and_estimates(comparison())
    assert data(axes, "target 30 %")[1] == [30, 30]
    assert data(axes, "overly toxic above 35 %")[1] == pytest.approx([35, 35])


def test_correct_levels_are_shaded_block_by_block() -> None:
    axes = truths_and_estimates(comparison())
    shaded = sorted(patch.get_x() + 0.5 for patch in axes.patches if patch.get_gid() == "correct")  # type: ignore[attr-defined]
    expected = [
        data(axes, f"{truth}, true")[0][level - 1]
        for truth, level in (("M1", 1), ("M4", 4), ("S2", 4), ("S2 day 42", 2))
    ]
    assert shaded == pytest.approx(expected)


def test_exact_marks_are_the_rate_where_a_level_is_selected() -> None:
    truths = [list(risks) for risks in TRUE.values()]
    exact = operating_characteristics(BOIN(n_doses=4, target=0.3, max_n=18), truths)
    axes = truths_and_estimates(exact)
    rate = selected_rate(exact)
    ends = whiskers(axes)
    for k, risks in enumerate(truths):
        x, y = data(axes, f"truth {k + 1}, observed")
        assert y == pytest.approx((100 * rate.mean[k]).tolist(), nan_ok=True)
        assert data(axes, f"truth {k + 1}, true")[1] == pytest.approx([100 * p for p in risks])
        for level, at in enumerate(x):
            if at in ends:
                assert ends[at] == pytest.approx((100 * rate.low[k, level], 100 * rate.high[k, level]))
    seldom = [one for one in axes.lines if one.get_gid() == "seldom"]
    assert sum(len(np.asarray(one.get_xdata())) for one in seldom) == (rate.probability < 0.05).sum()


def test_the_default_is_the_first_design_and_the_title_names_it() -> None:
    legend = truths_and_estimates(comparison()).get_legend()
    assert legend is not None
    assert legend.get_title().get_text() == "3+3"
    with pytest.raises(SimulatorError, match="design must be one of 3\\+3, boin, got 'crm'"):
        truths_and_estimates(comparison(), "crm")


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
def test_ten_truths_are_legible(width_cm: float) -> None:
    assert_legible(truths_and_estimates(crowded(), DESIGNS[3], new_axes(width_cm, 11)))


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
def test_one_exact_truth_is_legible_and_numbers_every_level(width_cm: float) -> None:
    exact = operating_characteristics(BOIN(n_doses=5, target=0.3, max_n=12), [0.05, 0.1, 0.2, 0.3, 0.45])
    axes = truths_and_estimates(exact, ax=new_axes(width_cm, 9))
    assert_legible(axes)
    assert [tick.label1.get_text() for tick in axes.xaxis.get_minor_ticks()] == ["1", "2", "3", "4", "5"]
