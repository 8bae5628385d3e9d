"""True DLT curves and what a design's trials observe of them: a block a truth, a point a level."""

import textwrap
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from numpy.typing import NDArray

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.observed_rates import SELDOM, ObservedRates, exact_rates, simulated_rates
from simulator.exact import OperatingCharacteristics
from simulator.measures import OVERDOSE_MARGIN
from simulator.report.figures.chosen import one_of
from simulator.report.figures.style import (
    COLOURS,
    PALE_GREY,
    WHISKER,
    drawn_limits,
    legend_above,
    new_axes,
    styled,
    width_cm,
)

Floats = NDArray[np.float64]

GAP: Final = 1.0  # between blocks, in levels
CM_PER_LETTER: Final = 0.16
CM_OF_LEVEL: Final = 0.22  # least width of a level whose number is written
TRUE: Final[dict[str, Any]] = {"color": "black", "linewidth": 0.9, "marker": "_", "markersize": 5}
SEEN: Final[dict[str, Any]] = {"color": COLOURS[0], "linestyle": "none", "marker": "o", "markersize": 3.5}


def truths_and_estimates(
    result: ComparisonTables | OperatingCharacteristics, design: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw every truth's DLT curve and, level by level, the DLT rate that the design's trials observe.

    Of a comparison: the realised rate among the DLT-evaluable patients at a level, of all trials together, with
    2 MCSE on either side or its 95 % bound. It differs from the truth where patients who leave the window
    without a DLT are replaced, or products fall short of the dose.

    Of exact operating characteristics: the observed rate at a level over the trials that select it, mean and
    range of the middle 95 % of these trials, the mark open where few trials select it. It differs from the
    truth since a level is selected for its rate.

    The correct level of each truth is shaded.

    Parameters
    ----------
    design
        Of a comparison; by default the first. The title names it.
    ax
        Axes to draw on; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        The design was not run.
    """
    if isinstance(result, OperatingCharacteristics):
        label = f"observed where selected: mean, middle 95 % of trials; open: in under {100 * SELDOM:g} % of trials"
        name, target = f"{result.prepared.design.name}, exact", result.target
        curves = exact_rates(result)
    else:
        label = f"observed among the DLT-evaluable, {WHISKER}"
        name, target = one_of("design", design, result.results.designs), result.scenario.trial.target
        curves = simulated_rates(result, name)
    axes = new_axes() if ax is None else ax
    with styled():
        starts = _blocks(axes, curves)
        handles: list[Artist] = [
            Line2D([], [], label="true P(DLT)", **TRUE),
            Line2D([], [], label=label, **SEEN),
            Patch(facecolor=PALE_GREY, alpha=0.45, linewidth=0, label="correct level"),
            *_limits(axes, target),
        ]
        _finish(axes, curves, starts)
        legend_above(axes, handles, name)
    return axes


def _blocks(axes: Axes, curves: list[ObservedRates]) -> list[float]:
    """Draw the truths side by side; return where each begins."""
    starts = []
    start = 0.0
    for curve in curves:
        x = start + np.arange(len(curve.risk))
        if curve.correct:
            at = start + curve.correct - 1
            axes.axvspan(
                at - 0.5, at + 0.5, facecolor=PALE_GREY, alpha=0.45, linewidth=0, zorder=0, gid="correct"
            )
        axes.plot(x, curve.risk, label=f"{curve.name}, true", zorder=2, **TRUE)
        known = np.isfinite(curve.low)
        axes.vlines(
            x[known], curve.low[known], curve.high[known], color=SEEN["color"], linewidth=1.2, zorder=3
        )
        axes.plot(x, curve.value, label=f"{curve.name}, observed", zorder=4, **SEEN)
        open_marks = SEEN | {"markerfacecolor": "white"}
        axes.plot(x[curve.seldom], curve.value[curve.seldom], zorder=5, gid="seldom", **open_marks)
        starts.append(start)
        start += len(curve.risk) + GAP
    return starts


def _limits(axes: Axes, target: float) -> list[Artist]:
    at, toxic = 100 * target, 100 * (target + OVERDOSE_MARGIN)
    lines = {
        f"target {at:g} %": (at, (0, (8, 2))),
        f"overly toxic above {toxic:g} %": (toxic, (0, (1, 1))),
    }
    return drawn_limits(axes, lines, 1, width=0.9)


def _finish(axes: Axes, curves: list[ObservedRates], starts: list[float]) -> None:
    levels = len(curves[0].risk)
    end = starts[-1] + levels - 1
    axes.set_xlim(-0.5 - GAP / 2, end + 0.5 + GAP / 2)
    top = max(np.nanmax(np.concatenate([curve.risk, curve.high, curve.value])) for curve in curves)
    axes.set_ylim(0, min(100.0, 10 * np.ceil(top / 10 + 0.1)))
    plot_cm = width_cm(axes) - 1.6
    cm_of_level = plot_cm / (end + 1 + GAP)
    middles = [start + (levels - 1) / 2 for start in starts]
    letters = int(cm_of_level * (levels + GAP) / CM_PER_LETTER)
    upright = max(len(word) for curve in curves for word in curve.name.split() or [""]) > letters
    names = [
        curve.name if upright else "\n".join(textwrap.wrap(curve.name, max(letters, 1))) for curve in curves
    ]
    shows_levels = cm_of_level >= CM_OF_LEVEL
    axes.set_xticks(middles, names, rotation=90 if upright else 0)
    if shows_levels:
        every = [start + at for start in starts for at in range(levels)]
        axes.set_xticks(every, [str(at + 1) for _ in starts for at in range(levels)], minor=True)
    axes.xaxis.remove_overlapping_locs = False
    axes.tick_params(labelsize="medium")
    axes.tick_params(axis="x", which="both", length=0)
    axes.tick_params(axis="x", which="minor", labelsize="medium", pad=2)
    axes.tick_params(axis="x", which="major", pad=14 if shows_levels else 3)
    which = "level" if shows_levels else f"levels 1 to {levels}"
    axes.set_xlabel(f"dose {which}" if len(curves) == 1 else f"{which} of each truth")
    axes.set_ylabel("DLT risk and rate, %")
