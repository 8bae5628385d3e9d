"""Distributions of patients and months are those of the trials, and marks stand at the quantiles of the frame."""

from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulator.durations import DAYS_PER_MONTH
from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, PAGE_CM, months_used, new_axes, patients_used
from simulator.studies.compare import Comparison
from simulator.trial.ledger import State
from tests.analysis.runs import comparison
from tests.report.crowded import crowded
from tests.report.legible import assert_legible, panels_of

BALANCED = ("M0", "M1", "M4")


def line(axes: Axes, label: str) -> Line2D:
    [found] = [one for one in axes.lines if one.get_label() == label]
    return found


def share_at(axes: Axes, design: str, value: float) -> float:
    """Return the height of the step line at a value."""
    x, y = (np.asarray(one, dtype=float) for one in line(axes, design).get_data())
    return float(y[np.searchsorted(x, value, side="right") - 1])


def trials(design: str, truths: tuple[str, ...], column: str) -> np.ndarray:
    results = comparison().results
    arms = results.positions_of(design, list(truths))
    return np.concatenate([results.used[arm][column] for arm in arms])


@pytest.mark.parametrize("design", ["3+3", "boin"])
@pytest.mark.parametrize(("truth", "truths"), [("balanced", BALANCED), ("S2", ("S2",))])
def test_the_line_is_the_share_of_trials_with_at_most_so_many_enrolled(
    design: str, truth: str, truths: tuple[str, ...]
) -> None:
    axes = patients_used(comparison(), truth=truth)
    enrolled = trials(design, truths, "at_end")[:, State.ENROLLED]
    for value in (0, 3, 14, 15, 16, 30, 49, 50):
        assert share_at(axes, design, value) == pytest.approx(100 * (enrolled <= value).mean())


def test_months_are_those_of_the_count_asked_for() -> None:
    for count, column in (
        ("months_to_recommendation", "recommended_day"),
        ("months_to_last_outcome", "last_day"),
    ):
        axes = months_used(comparison(), count, "balanced")
        months = trials("boin", BALANCED, column) / DAYS_PER_MONTH
        for value in (5, 20, 40, 80, 110):
            assert share_at(axes, "boin", value) == pytest.approx(100 * (months <= value).mean())


@pytest.mark.parametrize("count", ["enrolled", "screened", "evaluable_before_expansion"])
def test_marks_stand_at_the_quantiles_of_the_frame_and_on_the_line(count: str) -> None:
    axes = patients_used(comparison(), count, "balanced")
    frame = comparison().used
    for design in ("3+3", "boin"):
        rows = frame[(frame["design"] == design) & (frame["truth"] == "balanced") & (frame["count"] == count)]
        of = rows.set_index("statistic")["value"]
        x, y = (np.asarray(one, dtype=float) for one in line(axes, f"{design}, quantiles").get_data())
        assert x.tolist() == [of["p10"], of["median"], of["p90"]]
        assert y == pytest.approx([10, 50, 90])
        for value, level in zip(x, y, strict=True):
            assert share_at(axes, design, value - 1e-9) < level <= share_at(axes, design, value) + 1e-9
        legend = axes.get_legend()
        assert legend is not None
        words = f"{design}: {of['median']:.0f} ({of['p10']:.0f}-{of['p90']:.0f})"
        assert words in [text.get_text() for text in legend.get_texts()]


def test_floor_and_cap_are_drawn_for_enrolled_patients_only() -> None:
    def limits(axes: Axes) -> dict[str, float]:
        return {
            str(one.get_label()): float(np.asarray(one.get_xdata())[0])
            for one in axes.lines
            if "enrolled, " in str(one.get_label())
        }

    expected = {"least enrolled, 15": 15.0, "most enrolled, 50": 50.0}
    assert limits(patients_used(comparison(), truth="balanced")) == expected
    assert limits(patients_used(comparison(), "enrolled_before_expansion", "M4")) == expected
    assert limits(patients_used(comparison(), "infused", "M4")) == {}


def test_the_calendar_limit_is_drawn_where_a_trial_gets_there() -> None:
    def drawn(axes: Axes) -> bool:
        return any(str(one.get_label()).startswith("calendar limit") for one in axes.lines)

    seen = set()
    for truth in ("M0", "M1", "M4", "S2", "S2 day 42"):
        longest = max(trials(design, (truth,), "recommended_day").max() for design in ("3+3", "boin"))
        reached = bool(longest / DAYS_PER_MONTH >= 120)
        assert drawn(months_used(comparison(), truth=truth)) == reached, truth
        seen.add(reached)
    shorter = comparison().scenario.with_changes({"trial.calendar_limit_months": 500})
    assert not drawn(months_used(Comparison(shorter, comparison().results, ()), truth="M4"))
    assert True in seen


@pytest.mark.parametrize("count", ["months_to_recommendation", "enroled", "evaluable_before"])
def test_a_count_that_is_none_of_patients_is_refused(count: str) -> None:
    with pytest.raises(SimulatorError, match=f"count must be one of referred, .*, got '{count}'"):
        patients_used(comparison(), count)


def test_a_count_that_is_none_of_months_is_refused() -> None:
    with pytest.raises(
        SimulatorError, match=r"count must be one of months_to_recommendation, .*, got 'enrolled'"
    ):
        months_used(comparison(), "enrolled")


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
@pytest.mark.parametrize("draw", [patients_used, months_used])
def test_six_designs_with_long_names_are_legible(draw: object, width_cm: float) -> None:
    assert callable(draw)
    assert_legible(draw(crowded(), truth="M4", ax=new_axes(width_cm, 11)))


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
@pytest.mark.parametrize("draw", [patients_used, months_used])
def test_by_default_every_truth_has_a_panel_and_none_is_an_average(draw: Any, width_cm: float) -> None:
    axes = draw(crowded(), ax=new_axes(width_cm, 24 if width_cm == COLUMN_CM else 14))
    assert_legible(axes)
    found = panels_of(axes)
    assert [one.get_title(loc="left").replace("\n", " ") for one in found] == crowded().results.truths()
    assert len({one.get_xlim() for one in found}) == 1


def test_a_panel_has_the_trials_of_its_truth() -> None:
    for panel in panels_of(patients_used(comparison())):
        enrolled = trials("boin", (panel.get_title(loc="left"),), "at_end")[:, State.ENROLLED]
        for value in (0, 14, 15, 30, 50):
            assert share_at(panel, "boin", value) == pytest.approx(100 * (enrolled <= value).mean())
