"""Selection and allocation by level: one point a design and level, with its error."""

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from numpy.typing import NDArray

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import (
    LevelSeries,
    exact_allocation,
    exact_selection,
    only_truth,
    series_by_level,
)
from simulator.exact import OperatingCharacteristics
from simulator.report.figures.by_truth import allocation_by_truth, selection_by_truth
from simulator.report.figures.chosen import chosen_truth, truth_target
from simulator.report.figures.level_marks import mark_words, marked, side_by_side, whisker_entry
from simulator.report.figures.style import (
    MOST_ENTRIES,
    PALE_GREY,
    drawn_of,
    is_narrow,
    legend_above,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words
from simulator.runs.results import TruthTarget


def selection_by_level(
    result: ComparisonTables | OperatingCharacteristics, truth: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw how often each level is selected, in percent of trials, and how often none is.

    Parameters
    ----------
    result
        A comparison: one series a design, whiskers of 2 MCSE on either side, or up to the 95 % bound where no
        trial or every trial selects the level. Exact operating characteristics: one series a truth.
    truth
        Of a comparison; by default every truth in a panel of its own, as `selection_by_truth`. Under one truth the
        correct level and the overly toxic ones are marked; "balanced" draws the average over the balanced set.
    ax
        Axes to draw on; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        The truth was not run.
    """
    ylabel = "selected, % of trials"
    if isinstance(result, OperatingCharacteristics):
        return _drawn(ax, exact_selection(result), 0, ylabel, _exact_title(result), only_truth(result))
    if truth is None and len(result.results.truths()) > 1:
        return selection_by_truth(result, ax)
    truth = chosen_truth(result, truth)
    frame = result.operating_characteristics
    rows = frame[(frame["measure"] == "selected") & (frame["truth"] == truth)]
    series = series_by_level(rows, result.results.designs)
    return _drawn(ax, series, 0, ylabel, truth_words(truth), truth_target(result, truth))


@in_words_of_its_trial
def allocation_by_level(
    result: ComparisonTables | OperatingCharacteristics, truth: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw which share of the patients infused in escalation is infused at each level, in percent.

    Parameters, whiskers and errors as in `selection_by_level`; by default `allocation_by_truth`. Of exact operating
    characteristics it is the share of the patients treated.
    """
    ylabel = "infused in escalation, % of patients"
    if isinstance(result, OperatingCharacteristics):
        return _drawn(ax, exact_allocation(result), 1, ylabel, _exact_title(result), only_truth(result))
    if truth is None and len(result.results.truths()) > 1:
        return allocation_by_truth(result, ax)
    truth = chosen_truth(result, truth)
    rows = result.allocation[result.allocation["truth"] == truth]
    series = series_by_level(rows, result.results.designs)
    return _drawn(ax, series, 1, ylabel, truth_words(truth), truth_target(result, truth))


def _exact_title(exact: OperatingCharacteristics) -> str:
    return f"{exact.prepared.design.name}, exact; by true P(DLT)"


def _drawn(
    ax: Axes | None, series: list[LevelSeries], first: int, ylabel: str, title: str, truth: TruthTarget | None
) -> Axes:
    """Draw the series side by side at each level from `first` on."""
    axes = new_axes() if ax is None else ax
    levels = np.arange(first, first + len(series[0].value))
    _, left_out = drawn_of([one.name for one in series])
    series = series[:MOST_ENTRIES]
    with styled():
        handles: list[Artist] = [*marked(axes, levels, truth)]
        entries = side_by_side(axes, series, levels)
        if any(np.isfinite(one.low).any() for one in series):
            handles.append(whisker_entry())
        _finish(axes, levels, series, ylabel)
        legend_above(axes, entries, title, [(one, mark_words(one)) for one in handles], left_out)
    return axes


def _finish(axes: Axes, levels: NDArray[np.int64], series: list[LevelSeries], ylabel: str) -> None:
    word = "" if is_narrow(axes) else "level "
    axes.set_xticks(levels, ["none" if level == 0 else f"{word}{level}" for level in levels.tolist()])
    axes.set_xlim(levels[0] - 0.5, levels[-1] + 0.5)
    top = max(np.nanmax(np.concatenate([one.value, one.high])) for one in series)
    axes.set_ylim(0, min(100.0, 10 * np.ceil(top / 10 + 0.1)) + 1)
    for edge in (levels[:-1] + 0.5).tolist():
        axes.axvline(edge, color=PALE_GREY, linewidth=0.5, zorder=1)
    axes.set_xlabel("dose level")
    axes.set_ylabel(ylabel)
    axes.tick_params(labelsize="medium")
    axes.tick_params(axis="x", length=0)
