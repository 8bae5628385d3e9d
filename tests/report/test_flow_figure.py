"""The flow figure shows the counts of the frame, and refuses a frame whose patients do not add up."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from simulator.analysis.flow import STAGES
from simulator.errors import SimulatorError
from simulator.report.figures import COLUMN_CM, PAGE_CM, new_axes, patient_flow
from simulator.report.figures.flow import flow_of
from simulator.report.words import stage_words
from simulator.trial.ledger import Exit
from tests.analysis.runs import comparison
from tests.report.crowded import crowded
from tests.report.legible import assert_legible, panels_of

LOST = {
    "referred": {"prescreen": 48.0, "died": 2.0},
    "prescreened": {"refused": 6.0},
    "consented": {"screen_failure": 18.0, "incomplete": 2.0, "window": 1.0, "died": 1.5, "withdrew": 0.5},
    "eligible": {"no_donor": 3.0, "no_slot": 4.0, "trial_closed": 0.0},
    "enrolled": {"no_product": 1.5, "recheck": 1.5},
    "infused": {"new_therapy": 0.75, "dose": 0.25},
    "evaluable": {"dlt": 8.0, "no_dlt": 22.0},
}
REACHED = [120.0, 70.0, 64.0, 41.0, 34.0, 31.0, 30.0]
NAMES = [stage_words(stage) for stage in STAGES]
COLUMNS = ["design", "truth", "stage", "reason", "statistic", "value", "mcse"]


def frame(design: str = "boin", truth: str = "balanced") -> pd.DataFrame:
    rows: list[tuple[str, str, str, str, str, float, float]] = []
    for (stage, reasons), reached in zip(LOST.items(), REACHED, strict=True):
        rows.append((design, truth, stage, "reached", "mean", reached, 1.23))
        rows += [(design, truth, stage, reason, "mean", lost, 0.04) for reason, lost in reasons.items()]
        rows.append((design, truth, stage, "reached", "median", 0.0, 0.0))
    return pd.DataFrame(rows, columns=COLUMNS)


def bars(axes: Axes) -> list[Rectangle]:
    return [bar for container in axes.containers for bar in container.patches]  # type: ignore[attr-defined]


def labels(axes: Axes) -> list[str]:
    return [text.get_text().replace("\n", " ") for text in axes.get_yticklabels()]


def numbers(axes: Axes) -> dict[str, str]:
    return dict(zip(labels(axes), [text.get_text() for text in axes.texts], strict=True))


def test_every_stage_has_a_bar_of_its_count() -> None:
    axes = flow_of(frame(), "boin", "balanced")
    by_label = dict(zip(labels(axes), bars(axes), strict=True))
    for name, reached in zip(NAMES, REACHED, strict=True):
        assert by_label[name].get_width() == reached
        assert by_label[name].get_x() == 0


def test_the_exits_fill_the_step_from_each_stage_to_the_next() -> None:
    axes = flow_of(frame(), "boin", "balanced")
    of_stage = {name: k for k, name in enumerate(labels(axes)) if name in NAMES}
    places = [*of_stage.values()]
    for k, (here, after) in enumerate(pairwise(places)):
        end = REACHED[k]
        for bar in bars(axes)[here + 1 : after]:
            assert bar.get_x() + bar.get_width() == pytest.approx(end)
            end = bar.get_x()
        assert end == pytest.approx(REACHED[k + 1])


def test_exits_are_listed_by_size_in_words_and_the_small_ones_together() -> None:
    axes = flow_of(frame(), "boin", "balanced")
    shown = labels(axes)
    at = shown.index("consented")
    assert shown[at : at + 5] == [
        "consented",
        "screen failure",
        "screening incomplete",
        "died",
        "2 other reasons",
    ]
    assert numbers(axes)["2 other reasons"] == "−1.5"
    assert Exit.NO_SLOT.text in shown
    assert Exit.TRIAL_CLOSED.text not in shown  # nobody


def test_numbers_carry_their_error_to_the_decimal_where_it_shows() -> None:
    axes = flow_of(frame(), "boin", "balanced")
    assert numbers(axes)["referred"] == "120.0 (1.2)"
    assert numbers(axes)["refused consent"] == "−6.00 (0.04)"


def test_outcomes_of_the_evaluable_are_no_losses() -> None:
    axes = flow_of(frame(), "boin", "balanced")
    assert numbers(axes)["of these, DLT"] == "8.00 (0.04)"
    assert numbers(axes)["of these, no DLT in the whole window"] == "22.00 (0.04)"


@pytest.mark.parametrize("stage", list(STAGES))
def test_patients_that_do_not_add_up_are_refused(stage: str) -> None:
    wrong = frame()
    exits = wrong[(wrong["stage"] == stage) & (wrong["reason"] != "reached")]
    wrong.loc[exits.index[0], "value"] += 0.001
    with pytest.raises(SimulatorError, match=rf"does not add up: .* {stage}"):
        flow_of(wrong, "boin", "balanced")


def test_a_stage_without_a_count_is_refused() -> None:
    whole = frame()
    with pytest.raises(SimulatorError, match="reached: eligible"):
        flow_of(whole[(whole["stage"] != "eligible") | (whole["reason"] != "reached")], "boin", "balanced")


def test_a_row_given_twice_is_refused() -> None:
    with pytest.raises(SimulatorError, match="twice"):
        flow_of(pd.concat([frame(), frame()]), "boin", "balanced")


def test_a_comparison_is_drawn_for_its_first_design_with_a_panel_a_truth_unless_told() -> None:
    found = comparison()
    whole = patient_flow(found)
    assert [panel.get_title(loc="left") for panel in panels_of(whole)] == found.results.truths()
    figure = whole.get_figure(root=True)
    assert figure is not None
    assert figure.get_supxlabel() == "3+3: patients per trial, mean (MCSE)"
    assert patient_flow(found, truth="balanced").get_title(loc="left") == "3+3, balanced set of truths"
    axes = patient_flow(found, "boin", "S2")
    assert axes.get_title(loc="left") == "boin, truth S2"
    rows = found.flow[(found.flow["design"] == "boin") & (found.flow["truth"] == "S2")]
    enrolled = rows[(rows["stage"] == "enrolled") & (rows["reason"] == "reached")]["value"].item()
    assert dict(zip(labels(axes), bars(axes), strict=True))["enrolled"].get_width() == enrolled


def test_a_panel_holds_the_means_of_its_truth_and_pale_who_leaves_at_each_stage() -> None:
    found = comparison()
    whole = patient_flow(found, "boin")
    for panel, truth in zip(panels_of(whole), found.results.truths(), strict=True):
        rows = found.flow[
            (found.flow["design"] == "boin")
            & (found.flow["truth"] == truth)
            & (found.flow["reason"] == "reached")
            & (found.flow["statistic"] == "mean")
        ].set_index("stage")["value"]
        reached = [rows[stage] for stage in STAGES if stage in rows]
        drawn = bars(panel)
        kept, left = drawn[0::2], drawn[1::2]
        assert [bar.get_x() + bar.get_width() for bar in left] == pytest.approx(reached)
        assert [bar.get_width() for bar in kept] == pytest.approx([*reached[1:], reached[-1]])
        assert [float(text.get_text().partition(" ")[0]) for text in panel.texts] == pytest.approx(
            reached, abs=0.051
        )
    assert labels(panels_of(whole)[0]) == NAMES


def test_the_spread_over_unlike_truths_is_named_where_their_average_is_asked_for() -> None:
    found = comparison()
    axes = patient_flow(found, "boin", "balanced")
    reached = found.flow[
        (found.flow["design"] == "boin")
        & found.flow["truth"].isin(found.results.balanced_truths())
        & (found.flow["stage"] == "enrolled")
        & (found.flow["reason"] == "reached")
        & (found.flow["statistic"] == "mean")
    ]["value"]
    assert numbers(axes)["enrolled"].endswith(f"; {reached.min():.1f}-{reached.max():.1f}")
    assert [reached.min(), reached.max()] in [np.asarray(one.get_xdata()).tolist() for one in axes.lines]
    assert "lowest to highest mean under one truth" in axes.get_xlabel()
    assert not patient_flow(found, "boin", "S2").lines


def test_the_spread_is_legible_in_a_column_and_on_a_page() -> None:
    for design in comparison().results.designs:
        for truth in (None, "balanced"):
            assert_legible(patient_flow(comparison(), design, truth))
            assert_legible(patient_flow(comparison(), design, truth, ax=new_axes(COLUMN_CM, 22)))


def test_ten_truths_are_legible() -> None:
    assert_legible(patient_flow(crowded()))
    assert_legible(patient_flow(crowded(), ax=new_axes(COLUMN_CM, 40)))


def test_what_was_not_run_is_refused() -> None:
    with pytest.raises(SimulatorError, match="design must be one of 3\\+3, boin, got 'crm'"):
        patient_flow(comparison(), "crm")
    with pytest.raises(
        SimulatorError, match="truth must be one of balanced, M0, M1, M4, S2, S2 day 42, got 'S1'"
    ):
        patient_flow(comparison(), "boin", "S1")
    with pytest.raises(SimulatorError, match="no design 'crm'"):
        flow_of(frame(), "crm", "balanced")


@pytest.mark.parametrize("width_cm", [COLUMN_CM, PAGE_CM])
def test_no_text_overlaps_another_or_leaves_the_figure(width_cm: float) -> None:
    axes = flow_of(frame(), "boin", "balanced", None if width_cm == PAGE_CM else new_axes(width_cm, 16))
    figure = axes.get_figure(root=True)
    assert figure is not None
    figure.draw_without_rendering()
    texts = [*axes.get_yticklabels(), *axes.texts]
    assert min(float(text.get_fontsize()) for text in texts) >= 7
    boxes = np.array([text.get_window_extent().extents for text in texts])
    assert (boxes[:, :2] >= 0).all()
    assert (boxes[:, 2:] <= [figure.bbox.width, figure.bbox.height]).all()
    wide = np.minimum(boxes[:, None, 2], boxes[None, :, 2]) - np.maximum(boxes[:, None, 0], boxes[None, :, 0])
    high = np.minimum(boxes[:, None, 3], boxes[None, :, 3]) - np.maximum(boxes[:, None, 1], boxes[None, :, 1])
    overlap = (wide > 0) & (high > 0) & ~np.eye(len(boxes), dtype=bool)
    assert not overlap.any(), [texts[k].get_text() for k in np.flatnonzero(overlap.any(axis=1))]
