"""Selection and allocation under each truth: a panel a truth, for truths that are unlike are never averaged."""

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import series_by_level
from simulator.report.figures.by_level import CORRECT, mark_words, marked, side_by_side, whisker_entry
from simulator.report.figures.chosen import truth_target
from simulator.report.figures.style import (
    CM_PER_INCH,
    COLUMN_CM,
    LETTERS_BELOW,
    MOST_ENTRIES,
    PAGE_CM,
    PALE_GREY,
    SMALLEST_PT,
    drawn_of,
    is_narrow,
    new_axes,
    styled,
    width_cm,
    wrapped,
)
from simulator.scenario.wording import worded

if TYPE_CHECKING:
    import pandas as pd

PANEL_CM: Final = {True: 2.6, False: 4.2}
"""Least width of a panel, by whether the figure is narrow."""
HEIGHT_CM: Final = 2.9
LEGEND_CM: Final = 2.0
LETTERS: Final = {True: 14, False: 24}


def selection_by_truth(comparison: ComparisonTables, ax: Axes | None = None) -> Axes:
    """Draw how often each level is selected under each truth, and how often none is: a panel a truth.

    Marks, whiskers and errors as in `selection_by_level`. Of more than six designs the first six are drawn.

    Parameters
    ----------
    ax
        Axes whose place the panels take; by default a new figure of page width.

    Returns
    -------
        These axes, empty; the panels are the axes behind them in their figure.
    """
    frame = comparison.operating_characteristics
    rows = frame[frame["measure"] == "selected"]
    return _drawn(comparison, rows, 0, ("dose level, 0: none is selected", "selected, % of trials"), ax)


def allocation_by_truth(comparison: ComparisonTables, ax: Axes | None = None) -> Axes:
    """Draw which share of the patients is infused at each level under each truth: a panel a truth.

    Parameters and what is returned as in `selection_by_truth`.
    """
    words = ("dose level", "infused in escalation, % of patients")
    return _drawn(comparison, comparison.allocation, 1, words, ax)


def _drawn(
    comparison: ComparisonTables, frame: "pd.DataFrame", first: int, words: tuple[str, str], ax: Axes | None
) -> Axes:
    designs, truths = comparison.results.designs, comparison.results.truths()
    shown, left_out = drawn_of(designs)
    handles: dict[str, Artist] = {}
    with styled():
        frame_axes = (
            new_axes(PAGE_CM, _rows(len(truths), PAGE_CM) * HEIGHT_CM + LEGEND_CM) if ax is None else ax
        )
        panels = _panels(len(truths), frame_axes)
        for panel, truth in zip(panels, truths, strict=True):
            series = series_by_level(frame[frame["truth"] == truth], shown)
            levels = np.arange(first, first + len(series[0].value))
            marks = marked(panel, levels, truth_target(comparison, truth))
            entries = side_by_side(panel, series, levels)
            for handle in (*entries, *marks):
                label = str(handle.get_label())
                handle.set_label(CORRECT if label.startswith(CORRECT) and handle in marks else label)
                handles.setdefault(str(handle.get_label()), handle)
            _finish_panel(panel, levels, truth)
        listed = [*handles.values(), whisker_entry()]
        xlabel, ylabel = (worded(text, comparison.scenario.parts) for text in words)
        _finish(panels, listed, designs, (xlabel, ylabel), left_out)
    return frame_axes


def _columns(count: int, cm: float) -> int:
    return min(count, max(1, int(cm / PANEL_CM[cm < 1.5 * COLUMN_CM])))


def _rows(count: int, cm: float) -> int:
    return -(-count // _columns(count, cm))


def _panels(count: int, frame_axes: Axes) -> list[Axes]:
    """Return so many axes in rows, with one scale upwards, in the place of the given ones, which are emptied."""
    figure, place = frame_axes.get_figure(root=True), frame_axes.get_subplotspec()
    assert isinstance(figure, Figure)
    assert place is not None
    frame_axes.set_axis_off()
    columns, rows = (of(count, width_cm(frame_axes)) for of in (_columns, _rows))
    grid = place.subgridspec(rows, columns)
    found: list[Axes] = []
    for k in range(count):
        share = found[0] if found else None
        found.append(figure.add_subplot(grid[k // columns, k % columns], sharey=share))
        found[-1].tick_params(labelleft=k % columns == 0)
    return found


def _finish_panel(panel: Axes, levels: "np.ndarray", truth: str) -> None:
    panel.set_xticks(levels, [str(level) for level in levels.tolist()])
    panel.set_xlim(levels[0] - 0.5, levels[-1] + 0.5)
    panel.set_ylim(0, 100)
    panel.set_yticks([0, 50, 100])
    for edge in (levels[:-1] + 0.5).tolist():
        panel.axvline(edge, color=PALE_GREY, linewidth=0.5, zorder=1)
    panel.tick_params(labelsize="medium")
    panel.tick_params(axis="x", length=0)
    panel.set_title(wrapped(truth, LETTERS[is_narrow(panel)]), loc="left", fontsize=SMALLEST_PT + 1)


def _finish(
    axes: list[Axes], handles: list[Artist], designs: list[str], words: tuple[str, str], left_out: str
) -> None:
    """Name the scales of all panels once, and put one legend above them."""
    figure = axes[0].get_figure(root=True)
    assert isinstance(figure, Figure)
    xlabel, ylabel = words
    narrow = figure.get_figwidth() * CM_PER_INCH < 1.5 * COLUMN_CM
    explained = [left_out] if left_out else []
    if len(handles) > MOST_ENTRIES:
        explained += [mark_words(one) for one in handles if str(one.get_label()) not in designs]
        handles = [one for one in handles if str(one.get_label()) in designs]
    text = wrapped("; ".join(explained), LETTERS_BELOW[narrow])
    figure.supxlabel("\n".join(filter(None, (xlabel, text))), fontsize=SMALLEST_PT + 1)
    figure.supylabel(ylabel, fontsize=SMALLEST_PT + 1)
    figure.legend(handles=handles, loc="outside upper left", ncols=1 if narrow else 3)
