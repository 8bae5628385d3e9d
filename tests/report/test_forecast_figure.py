"""The forecast figure shows the counts of the frame: bands over all trials, and what has happened as certain."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import PolyCollection

from simulator.analysis.forecast_tables import Forecast
from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, PAGE_CM, new_axes
from simulator.report.figures.forecast import accrual_forecast
from simulator.scenario.scenario import load_scenario
from simulator.studies.forecast import forecast
from tests.documents import ROOT

FILE = ROOT / "scenarios" / "nct07144020.yaml"
SO_FAR = ROOT / "docs" / "examples" / "so_far.csv"


@pytest.fixture(scope="module")
def from_opening() -> Forecast:
    return forecast(load_scenario(FILE), ["boin"], replicates=20)


@pytest.fixture(scope="module")
def mid_trial() -> Forecast:
    return forecast(load_scenario(FILE), ["boin"], replicates=20, so_far=SO_FAR, cut_date="2026-08-31")


def line(axes: Axes, label: str) -> np.ndarray:
    [found] = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(found.get_xydata())


def test_the_median_is_that_of_the_frame(from_opening: Forecast) -> None:
    frame = from_opening.counts
    mine = frame[(frame["state"] == "infused") & (frame["statistic"] == "median")]
    shown = line(accrual_forecast(from_opening, state="infused"), "median")
    assert np.array_equal(shown, mine[["month", "value"]].to_numpy(dtype=float))


def test_a_band_spans_its_quantiles(from_opening: Forecast) -> None:
    axes = accrual_forecast(from_opening)
    frame = from_opening.counts
    for percent, low, high in ((50, "p25", "p75"), (80, "p10", "p90"), (95, "p2.5", "p97.5")):
        [band] = [
            one
            for one in axes.collections
            if isinstance(one, PolyCollection) and one.get_label() == f"{percent} % of trials"
        ]
        heights = set(np.unique(band.get_paths()[0].vertices[:, 1]))
        mine = frame[(frame["state"] == "enrolled") & frame["statistic"].isin([low, high])]
        assert heights == set(mine["value"])


def test_what_has_happened_is_a_line_that_the_bands_go_on_from(mid_trial: Forecast) -> None:
    axes = accrual_forecast(mid_trial)
    assert mid_trial.plan.cut is not None
    known = len(mid_trial.plan.cut.known_days["enrolled"])
    so_far, ahead = line(axes, "so far"), line(axes, "median")
    assert so_far[-1, 1] == known
    assert ahead[0].tolist() == so_far[-1].tolist()
    assert "so far" not in [
        one.get_label() for one in accrual_forecast(mid_trial, state="enrolled").collections
    ]


def test_another_state_or_design_is_refused(from_opening: Forecast) -> None:
    with pytest.raises(
        SimulatorError, match="state must be one of enrolled, infused, evaluable, got 'eligible'"
    ):
        accrual_forecast(from_opening, state="eligible")
    with pytest.raises(SimulatorError, match="design must be one of boin, got '3"):
        accrual_forecast(from_opening, design="3+3")


@pytest.mark.parametrize(("width_cm", "height_cm"), [(COLUMN_CM, 7.0), (PAGE_CM, 9.0)])
def test_every_text_is_inside_the_figure_and_large_enough(
    mid_trial: Forecast, width_cm: float, height_cm: float
) -> None:
    axes = accrual_forecast(mid_trial, new_axes(width_cm, height_cm))
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    legend = axes.get_legend()
    assert legend is not None
    first, last = axes.get_xlim()  # a tick beyond the axis has a label that is not drawn
    ticks = [tick for tick in axes.get_xticklabels() if first <= tick.get_position()[0] <= last]
    texts = [*legend.get_texts(), axes.xaxis.label, axes.yaxis.label, *ticks]
    assert min(float(text.get_fontsize()) for text in texts) >= 7
    boxes = np.array([text.get_window_extent().extents for text in texts if text.get_text()])
    assert (boxes[:, :2] >= -1).all()
    assert (boxes[:, 2:] <= [figure.bbox.width + 1, figure.bbox.height + 1]).all()
    area, keys = axes.get_window_extent().extents, legend.get_window_extent().extents
    assert keys[3] < area[1]  # below the drawing, over no band
