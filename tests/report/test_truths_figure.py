"""Selection and allocation under each truth: a panel a truth with its own numbers, whole whiskers, a short legend."""

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from simulator.report.figures import (
    COLUMN_CM,
    PAGE_CM,
    accuracy_by_cap,
    allocation_by_level,
    allocation_by_truth,
    months_used,
    new_axes,
    patients_used,
    selection_by_level,
    selection_by_truth,
)
from simulator.report.figures.style import MOST_ENTRIES, drawn_of
from tests.analysis.runs import comparison
from tests.report.crowded import crowded


def panels(axes: Axes) -> list[Axes]:
    figure = axes.get_figure(root=True)
    assert figure is not None
    return [one for one in figure.axes if one is not axes]


def entries(axes: Axes) -> list[str]:
    figure = axes.get_figure(root=True)
    assert figure is not None
    legends = [*figure.legends, *(one.get_legend() for one in figure.axes)]
    return [text.get_text() for one in legends if one is not None for text in one.get_texts()]


def test_every_truth_has_a_panel_with_its_own_shares_and_none_is_an_average() -> None:
    found = panels(selection_by_truth(comparison()))
    assert [one.get_title(loc="left") for one in found] == comparison().results.truths()
    frame = comparison().operating_characteristics
    of = frame[(frame["measure"] == "selected") & (frame["statistic"] == "mean")]
    for panel in found:
        rows = of[(of["truth"] == panel.get_title(loc="left")) & (of["design"] == "boin")]
        [line] = [one for one in panel.lines if one.get_label() == "boin"]
        shares = 100 * rows.sort_values("level")["value"]
        assert np.asarray(line.get_ydata()).tolist() == pytest.approx(shares.tolist())


def test_patients_at_the_levels_of_each_truth_add_up() -> None:
    for panel in panels(allocation_by_truth(comparison())):
        [line] = [one for one in panel.lines if one.get_label() == "3+3"]
        assert float(np.sum(line.get_ydata())) == pytest.approx(100)


@pytest.mark.parametrize("draw", [selection_by_truth, selection_by_level])
def test_whiskers_at_the_edge_of_the_plot_are_drawn_whole(draw: object) -> None:
    axes = draw(comparison())  # type: ignore[operator]
    lines = [
        one
        for panel in (panels(axes) or [axes])
        for one in panel.collections
        if isinstance(one, LineCollection) and float(one.get_linewidth()[0]) > 1  # type: ignore[index]
    ]
    ends = [end for one in lines for segment in one.get_segments() for end in segment[:, 1]]
    assert min(ends) == 0  # one does end at the edge
    assert not any(one.get_clip_on() for one in lines)


@pytest.mark.parametrize("width_cm", [PAGE_CM, COLUMN_CM])
@pytest.mark.parametrize(
    "draw",
    [
        *(selection_by_truth, allocation_by_truth, selection_by_level, allocation_by_level),
        *(accuracy_by_cap, patients_used, months_used),
    ],
)
def test_a_legend_has_at_most_six_entries_and_what_it_leaves_out_stands_below(
    draw: object, width_cm: float
) -> None:
    axes = draw(crowded(), ax=new_axes(width_cm, 12))  # type: ignore[operator]
    assert 0 < len(entries(axes)) <= MOST_ENTRIES
    figure = axes.get_figure(root=True)
    assert figure is not None
    below = " ".join((axes.get_xlabel(), figure.get_supxlabel() or "")).replace("\n", " ")
    if draw is not months_used:  # no trial of its is cut by the calendar limit
        assert any(word in below for word in ("upright", "band: ± 2 MCSE"))


def test_of_more_than_six_designs_the_first_six_are_drawn_and_it_says_so() -> None:
    assert drawn_of(list("abcdef")) == (list("abcdef"), "")
    assert drawn_of(list("abcdefgh")) == (list("abcdef"), "the first 6 of 8 are drawn")
