"""Selection and allocation by level: one point a design and level, with its error."""

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
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
from simulator.measures import OVERDOSE_MARGIN, overly_toxic
from simulator.report.figures.chosen import chosen_truth, truth_target
from simulator.report.figures.style import (
    GREY,
    MOST_ENTRIES,
    PALE_GREY,
    WHISKER,
    drawn_of,
    is_narrow,
    legend_above,
    look,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words
from simulator.runs.results import TruthTarget

Floats = NDArray[np.float64]

SPREAD: Final = 0.72  # of the width of a level, over which the designs stand side by side
HATCH: Final = "////"
CORRECT: Final = "correct"
OVERLY_TOXIC: Final = f"P(DLT) above target + {OVERDOSE_MARGIN:g}"
MARKS: Final = {
    CORRECT: "shaded: {label}",
    OVERLY_TOXIC: "hatched: {label}",
    WHISKER: "upright lines: {label}",
}
"""By the beginning of a mark's legend entry, its words where the legend has no room for it."""


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
        Of a comparison; by default the balanced set, or the first truth where there is no such set. Under one
        truth the correct level and the overly toxic ones are marked.
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

    Parameters, whiskers and errors as in `selection_by_level`. Of exact operating characteristics it is the
    share of the patients treated.
    """
    ylabel = "infused in escalation, % of patients"
    if isinstance(result, OperatingCharacteristics):
        return _drawn(ax, exact_allocation(result), 1, ylabel, _exact_title(result), only_truth(result))
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


def side_by_side(axes: Axes, series: list[LevelSeries], levels: NDArray[np.int64]) -> list[Line2D]:
    """Draw the series next to each other at each level; return their legend entries."""
    places = SPREAD * (np.arange(len(series)) + 0.5) / len(series) - SPREAD / 2
    return [
        _points(axes, one, levels + place, k)
        for k, (one, place) in enumerate(zip(series, places, strict=True))
    ]


def mark_words(handle: Artist) -> str:
    """Return what the legend entry of a mark says, in words that stand without it."""
    label = str(handle.get_label())
    return next(words.format(label=label) for start, words in MARKS.items() if label.startswith(start))


def whisker_entry() -> Line2D:
    """Return the legend entry of the whiskers."""
    return Line2D([], [], color=GREY, linestyle="none", marker="|", markersize=8, label=WHISKER)


def _points(axes: Axes, series: LevelSeries, x: Floats, position: int) -> Line2D:
    """Draw a point on a stem for every level, and its whisker; return the legend entry."""
    of = look(position)
    stem: dict[str, Any] = {"colors": of.colour, "zorder": 2}
    axes.vlines(x, 0, series.value, linewidth=0.6, alpha=0.45, **stem)
    known = np.isfinite(series.low)
    # An end at 0 or 100 % lies on the edge of the plot, and is drawn whole.
    axes.vlines(x[known], series.low[known], series.high[known], linewidth=1.3, clip_on=False, **stem)
    drawn: dict[str, Any] = {"color": of.colour, "marker": of.marker, "linestyle": "none", "markersize": 4}
    axes.plot(x, series.value, label=series.name, zorder=3, clip_on=False, **drawn)
    return Line2D([], [], label=series.name, **drawn)


def marked(axes: Axes, levels: NDArray[np.int64], truth: TruthTarget | None) -> list[Patch | Line2D]:
    """Shade the correct level and hatch the overly toxic ones; return the legend entries."""
    if truth is None:
        return []
    handles: list[Patch | Line2D] = []
    if truth.correct in levels:
        style: dict[str, Any] = {"facecolor": PALE_GREY, "alpha": 0.45, "linewidth": 0}
        axes.axvspan(truth.correct - 0.5, truth.correct + 0.5, zorder=0, gid="correct", **style)
        handles.append(Patch(label=CORRECT if truth.correct else f"{CORRECT}: none", **style))
    toxic = 1 + np.flatnonzero(overly_toxic(truth.p_dlt, truth.target))
    style = {"facecolor": "none", "edgecolor": PALE_GREY, "hatch": HATCH, "linewidth": 0}
    for level in toxic.tolist():
        axes.axvspan(level - 0.5, level + 0.5, zorder=0, gid="overly toxic", **style)
    if len(toxic):
        handles.append(Patch(label=OVERLY_TOXIC, **style))
    return handles


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
