"""Selection and allocation under each truth: a panel a truth, for truths that are unlike are never averaged."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import series_by_level
from simulator.report.figures.chosen import truth_target
from simulator.report.figures.level_marks import CORRECT, mark_words, marked, side_by_side, whisker_entry
from simulator.report.figures.panels import finished_panels, page_of_panels, panels_in, titled
from simulator.report.figures.style import PALE_GREY, drawn_of, styled
from simulator.scenario.wording import worded

if TYPE_CHECKING:
    import pandas as pd


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
        frame_axes = page_of_panels(len(truths)) if ax is None else ax
        panels = panels_in(len(truths), frame_axes)
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
        of_designs = [one for one in listed if str(one.get_label()) in designs]
        others = [(one, mark_words(one)) for one in listed if one not in of_designs]
        xlabel, ylabel = (worded(text, comparison.scenario.parts) for text in words)
        finished_panels(panels, of_designs, others, (xlabel, ylabel), left_out)
    return frame_axes


def _finish_panel(panel: Axes, levels: "np.ndarray", truth: str) -> None:
    panel.set_xticks(levels, [str(level) for level in levels.tolist()])
    panel.set_xlim(levels[0] - 0.5, levels[-1] + 0.5)
    panel.set_ylim(0, 100)
    panel.set_yticks([0, 50, 100])
    for edge in (levels[:-1] + 0.5).tolist():
        panel.axvline(edge, color=PALE_GREY, linewidth=0.5, zorder=1)
    panel.tick_params(labelsize="medium")
    panel.tick_params(axis="x", length=0)
    titled(panel, truth)
