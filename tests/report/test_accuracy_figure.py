"""The accuracy figure shows the numbers of the frame, and the needed N that the analysis gives."""

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, PAGE_CM, accuracy_by_cap, accuracy_by_truth, new_axes
from simulator.report.figures.accuracy import accuracy_of
from simulator.scenario.question import Question
from tests.analysis.runs import comparison
from tests.report.crowded import crowded
from tests.report.legible import assert_legible, panels_of

QUESTION = Question(caps_from=15, caps_to=20)
CAPS = list(range(15, 21))
MCSE = 0.013


def frame(pcs: dict[str, dict[str, list[float]]], overdose: float | list[float] = 0.1) -> pd.DataFrame:
    """Tabulate the PCS of designs, truths and caps; the average is added, the overdose share is the same."""
    rows: list[tuple[str, str, int, str, str, float, float]] = []
    for design, truths in pcs.items():
        all_truths = {**truths, "average": list(np.mean(list(truths.values()), axis=0))}
        for truth, values in all_truths.items():
            shares = overdose if isinstance(overdose, list) else [overdose] * len(values)
            for cap, value, share in zip(CAPS, values, shares, strict=True):
                rows.append((design, truth, cap, "pcs", "mean", value, MCSE))
                rows.append((design, truth, cap, "overdose", "mean", share, MCSE))
                rows.append((design, truth, cap, "screened", "mean", 80.0, 1.0))
                rows.append((design, truth, cap, "pcs", "other", 0.0, 0.0))
    return pd.DataFrame(rows, columns=["design", "truth", "cap", "measure", "statistic", "value", "mcse"])


TRUTHS = {"M1": [0.50, 0.64, 0.58, 0.66, 0.70, 0.70], "M2": [0.60, 0.58, 0.56, 0.60, 0.62, 0.64]}


def line(axes: Axes, label: str) -> Line2D:
    found = [one for one in axes.lines if one.get_label() == label]
    assert len(found) == 1, [one.get_label() for one in axes.lines]
    return found[0]


def y(axes: Axes, label: str) -> list[float]:
    return [float(value) for value in np.asarray(line(axes, label).get_ydata())]


def legend(axes: Axes) -> list[str]:
    found = axes.get_legend()
    assert found is not None
    return [text.get_text() for text in found.get_texts()]


def test_the_line_is_the_average_in_percent_at_every_cap() -> None:
    axes = accuracy_of(frame({"boin": TRUTHS}), QUESTION)
    assert list(np.asarray(line(axes, "boin").get_xdata())) == CAPS
    assert y(axes, "boin") == pytest.approx([55, 61, 57, 63, 66, 67])


def test_the_thin_line_is_the_lowest_truth_at_each_cap() -> None:
    axes = accuracy_of(frame({"boin": TRUTHS}), QUESTION)
    assert y(axes, "boin, worst truth") == pytest.approx([50, 58, 56, 60, 62, 64])
    assert line(axes, "boin, worst truth").get_linewidth() < line(axes, "boin").get_linewidth()
    assert line(axes, "boin, worst truth").is_dashed()


def test_the_band_is_two_mcse_on_either_side() -> None:
    axes = accuracy_of(frame({"boin": TRUTHS}), QUESTION)
    band = next(one for one in axes.collections if one.get_label() == "boin, band")
    corners = np.asarray(band.get_paths()[0].vertices)
    heights = corners[corners[:, 0] == 16][:, 1]
    assert {round(float(h), 6) for h in heights} == {round(61 - 2.6, 6), round(61 + 2.6, 6)}


def test_the_limits_stand_where_the_question_puts_them() -> None:
    question = Question(caps_from=15, caps_to=20, pcs_mean=0.625, pcs_each=0.57)
    axes = accuracy_of(frame({"boin": TRUTHS}), question)
    assert y(axes, "limit on the average, 62.5 %") == [62.5, 62.5]
    assert y(axes, "limit on each truth, 57 %") == pytest.approx([57, 57])


def test_the_mark_stands_at_the_cap_from_which_all_larger_ones_hold() -> None:
    # N = 16 meets the limits too, but N = 17 does not: a first crossing is no answer.
    axes = accuracy_of(frame({"boin": TRUTHS}), QUESTION)
    marked = line(axes, "boin, needed")
    assert np.asarray(marked.get_xdata()).tolist() == [18]
    assert y(axes, "boin, needed") == pytest.approx([63])
    assert "boin: needs N = 18" in legend(axes)


def test_a_design_that_does_not_get_there_has_no_mark_and_says_so() -> None:
    axes = accuracy_of(frame({"3+3": {"M1": [0.4] * 6}, "boin": TRUTHS}), QUESTION)
    labels = [one.get_label() for one in axes.lines]
    assert "3+3, needed" not in labels
    assert "boin, needed" in labels
    assert "3+3: not reached" in legend(axes)


def test_the_truth_of_lowest_accuracy_holds_the_mark_back() -> None:
    truths = {"M1": [0.9] * 6, "M2": [0.45, 0.45, 0.45, 0.45, 0.5, 0.5]}
    axes = accuracy_of(frame({"boin": truths}), QUESTION)
    assert "boin: needs N = 19" in legend(axes)


def test_the_overdose_limit_moves_the_mark_and_is_named() -> None:
    late = accuracy_of(frame({"boin": TRUTHS}, [0.3, 0.3, 0.3, 0.3, 0.3, 0.25]), QUESTION)
    assert "boin: needs N = 20 (overdose limit)" in legend(late)
    never = accuracy_of(frame({"boin": TRUTHS}, 0.26), QUESTION)
    assert "boin: not reached (overdose limit)" in legend(never)
    assert "boin, needed" not in [one.get_label() for one in never.lines]


def test_designs_differ_in_colour_marker_and_dashes() -> None:
    designs = {f"design {k}": TRUTHS for k in range(5)}
    axes = accuracy_of(frame(designs), QUESTION)
    lines = [line(axes, design) for design in designs]
    assert len({str(one.get_color()) for one in lines}) == 5
    assert len({str(one.get_marker()) for one in lines}) == 5
    thin = [line(axes, f"{design}, worst truth") for design in designs]
    assert len({str(one._dash_pattern) for one in thin}) == 5  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("column", "value"), [("cap", 17), ("truth", "M2"), ("measure", "overdose"), ("truth", "average")]
)
def test_missing_accuracy_is_an_error_and_not_a_gap(column: str, value: object) -> None:
    whole = frame({"boin": TRUTHS})
    holes = whole[(whole[column] != value) | ((value == "M2") & (whole["cap"] != 20))]
    with pytest.raises(SimulatorError, match=r"design boin is not given for every truth .* from 15 to 20"):
        accuracy_of(holes, QUESTION)


def test_no_design_at_all_is_an_error() -> None:
    with pytest.raises(SimulatorError, match="no accuracy"):
        accuracy_of(frame({"boin": TRUTHS}).iloc[:0], QUESTION)


def test_one_replicate_without_an_error_is_drawn_without_a_band() -> None:
    axes = accuracy_of(frame({"boin": TRUTHS}).assign(mcse=np.nan), QUESTION)
    assert y(axes, "boin") == pytest.approx([55, 61, 57, 63, 66, 67])


def test_axes_that_are_given_are_drawn_on_and_the_labels_carry_units() -> None:
    given = new_axes(COLUMN_CM, 8)
    axes = accuracy_of(frame({"boin": TRUTHS}), QUESTION, given)
    assert axes is given
    assert axes.get_xlabel() == "cap N, patients infused"
    assert axes.get_ylabel() == "correct selections, % of trials"


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
def test_all_text_lies_in_the_figure_and_is_at_least_seven_points(width_cm: float) -> None:
    designs = {"boin": TRUTHS, "3+3": TRUTHS, "a design with quite a long name of its own": TRUTHS}
    axes = accuracy_of(frame(designs, 0.3), QUESTION, new_axes(width_cm, 11))
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    found = axes.get_legend()
    assert found is not None
    texts = [*found.get_texts(), axes.xaxis.label, axes.yaxis.label]
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        texts += [tick.label1 for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    assert len(texts) > 15
    assert min(float(text.get_fontsize()) for text in texts) >= 7
    for text in texts:
        box = text.get_window_extent()
        assert box.x0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y0 >= 0, text
        assert box.y1 <= figure.bbox.height, text
    assert axes.get_window_extent().width > 0.7 * figure.bbox.width


def test_the_figure_of_a_comparison_is_that_of_its_frame() -> None:
    found = comparison()
    axes = accuracy_by_cap(found)
    of_frame = accuracy_of(found.needed, found.scenario.question)
    for design in found.results.designs:
        assert y(axes, design) == y(of_frame, design)
    assert legend(axes) == legend(of_frame)


def test_one_truth_shows_its_own_accuracy_and_no_needed_n() -> None:
    found = comparison()
    axes = accuracy_by_cap(found, "M1")
    frame = found.needed
    rows = frame[(frame["truth"] == "M1") & (frame["measure"] == "pcs") & (frame["statistic"] == "mean")]
    for design in found.results.designs:
        assert y(axes, design) == pytest.approx((100 * rows[rows["design"] == design]["value"]).tolist())
    assert [one.get_label() for one in axes.lines][len(found.results.designs) :] == [
        "limit on each truth, 50 %"
    ]
    assert not any("needs" in text or "reached" in text for text in legend(axes))
    title = axes.get_legend()
    assert title is not None
    assert title.get_title().get_text() == "truth M1"


@pytest.mark.parametrize("truth", ["S2", "M9", "average"])
def test_a_truth_that_is_not_the_questions_is_refused(truth: str) -> None:
    with pytest.raises(
        SimulatorError, match=f"one of the question's that were run, M0, M1, M4, got '{truth}'"
    ):
        accuracy_by_cap(comparison(), truth)


def test_every_truth_of_the_question_has_a_panel_with_its_own_accuracy() -> None:
    found = comparison()
    whole = accuracy_by_truth(found)
    panels = panels_of(whole)
    asked = found.results.question_truths()
    assert [panel.get_title(loc="left") for panel in panels] == asked
    for panel, truth in zip(panels, asked, strict=True):
        drawn = {str(line.get_label()): line for line in panel.lines}
        for design in found.results.designs:
            rows = found.needed[
                (found.needed["design"] == design)
                & (found.needed["truth"] == truth)
                & (found.needed["measure"] == "pcs")
                & (found.needed["statistic"] == "mean")
            ].sort_values("cap")
            assert np.asarray(drawn[design].get_ydata()) == pytest.approx(100 * rows["value"].to_numpy())
    assert_legible(whole)
    assert_legible(accuracy_by_truth(found, new_axes(COLUMN_CM, 14)))
    assert_legible(accuracy_by_truth(crowded()))
