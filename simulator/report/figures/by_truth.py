"""Selection and allocation under each truth: a panel a truth, for truths that are unlike are never averaged."""

from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import series_by_level
from simulator.report.figures.by_level import CORRECT, MARKS, marked, side_by_side, whisker_entry
from simulator.report.figures.chosen import truth_target
from simulator.report.figures.style import (
    CM_PER_INCH,
    COLUMN_CM,
    MOST_ENTRIES,
    PAGE_CM,
    PALE_GREY,
    SMALLEST_PT,
    new_axes,
    styled,
    width_cm,
    wrapped,
)

if TYPE_CHECKING:
    import pandas as pd

PANEL_CM: Final = 4.2
"""Least width of a panel."""
HEIGHT_CM: Final = 2.9
LEGEND_CM: Final = 2.0
LETTERS: Final = 24


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
    shown = designs[:MOST_ENTRIES]
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
        left_out = f"the first {len(shown)} of {len(designs)} designs" if len(shown) < len(designs) else ""
        _finish(panels, listed, designs, words, left_out)
    return frame_axes


def _columns(count: int, cm: float) -> int:
    return min(count, max(1, int(cm / PANEL_CM)))


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
    panel.set_title(wrapped(truth, LETTERS), loc="left", fontsize=SMALLEST_PT + 1)


def _finish(
    axes: list[Axes], handles: list[Artist], designs: list[str], words: tuple[str, str], left_out: str
) -> None:
    """Name the scales of all panels once, and put one legend above them."""
    figure = axes[0].get_figure(root=True)
    assert isinstance(figure, Figure)
    xlabel, ylabel = words
    explained = [text for text in (left_out,) if text]
    if len(handles) > MOST_ENTRIES:
        explained += [
            MARKS[label] for label in map(str, (one.get_label() for one in handles)) if label in MARKS
        ]
        handles = [one for one in handles if str(one.get_label()) in designs]
    narrow = figure.get_figwidth() * CM_PER_INCH < 1.5 * COLUMN_CM
    text = wrapped("; ".join(explained), 55 if narrow else 110)
    figure.supxlabel("\n".join(filter(None, (xlabel, text))), fontsize=SMALLEST_PT + 1)
    figure.supylabel(ylabel, fontsize=SMALLEST_PT + 1)
    figure.legend(handles=handles, loc="outside upper left", ncols=1 if narrow else 3)
