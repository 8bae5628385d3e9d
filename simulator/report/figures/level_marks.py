"""Marks of figures by level: points with whiskers, the correct level, the overly toxic ones."""

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from simulator.analysis.percent_by_level import LevelSeries
from simulator.measures import OVERDOSE_MARGIN, overly_toxic
from simulator.report.figures.style import GREY, PALE_GREY, WHISKER, look
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
