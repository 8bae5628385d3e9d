"""Accuracy against the number infused: one line a design, with the limits the question sets."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator

from simulator.analysis.accuracy_curves import AccuracyCurve, accuracy_curves
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import MCSES
from simulator.errors import SimulatorError
from simulator.report.figures.style import (
    GREY,
    Look,
    Marks,
    drawn_limits,
    drawn_of,
    legend_above,
    look,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.scenario.question import Question

if TYPE_CHECKING:
    import pandas as pd


MARK_EVERY: Final = 5
LIMIT_DASHES: Final = {"mean": (0, (8, 2)), "each": (0, (1, 1))}


@in_words_of_its_trial
def accuracy_by_cap(comparison: ComparisonTables, truth: str | None = None, ax: Axes | None = None) -> Axes:
    """Draw the probability of correct selection against the number infused, and the N each design needs.

    Per design: the average over the question's truths with a band of 2 MCSE on either side, and thin and
    dashed the lowest of the truths at each N. Large open markers stand at the needed N, judged as
    `analysis.needed` judges it, the overdose limit included; the legend gives it in words.

    Parameters
    ----------
    truth
        One of the question's truths: only its line and the limit on each truth are drawn, and no needed N,
        since that is judged over all of them.
    ax
        Axes to draw on; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        None of the question's truths was run, or not this one.
    """
    question = comparison.scenario.question
    if truth is None:
        return accuracy_of(comparison.needed, question, ax)
    asked = comparison.results.question_truths()
    if truth not in asked:
        raise SimulatorError(
            f"truth must be one of the question's that were run, {', '.join(asked) or 'none'}, got {truth!r}"
        )
    return accuracy_of(comparison.needed, question, ax, truth)


def accuracy_of(
    needed: "pd.DataFrame", question: Question, ax: Axes | None = None, truth: str | None = None
) -> Axes:
    """Draw `accuracy_by_cap` from its frame.

    Parameters
    ----------
    needed
        Columns design, truth ("average" and each truth), cap, measure (pcs, overdose), statistic, value, mcse;
        every cap from question.caps_from to question.caps_to.

    Raises
    ------
    SimulatorError
        Accuracy is missing for a design, a truth or a cap.
    """
    curves = accuracy_curves(needed, question, truth)
    names, left_out = drawn_of([curve.design for curve in curves])
    axes = new_axes() if ax is None else ax
    with styled():
        handles = [draw_curve(axes, curve, position) for position, curve in enumerate(curves[: len(names)])]
        marks = draw_limits(axes, question, truth)
        _finish(axes, question)
        legend_above(axes, handles, "" if truth is None else f"truth {truth}", marks, left_out)
    return axes


def draw_curve(axes: Axes, curve: AccuracyCurve, position: int) -> Line2D:
    """Draw a design's accuracy with its band, the worst truth and the needed N; return its legend entry."""
    of, design, caps = look(position), curve.design, curve.caps
    every = (position % MARK_EVERY, MARK_EVERY)  # shifted, so that markers do not hide one another
    low, high = curve.value - MCSES * curve.mcse, curve.value + MCSES * curve.mcse
    axes.fill_between(caps, low, high, color=of.colour, alpha=0.22, linewidth=0, label=f"{design}, band")
    drawn: dict[str, Any] = {"color": of.colour, "marker": of.marker, "markersize": 3.5}
    axes.plot(caps, curve.value, markevery=every, label=design, zorder=3, **drawn)
    if curve.worst is None:
        return Line2D([], [], label=design, **drawn)
    thin: dict[str, Any] = {
        "linestyle": of.dashes,
        "linewidth": 0.8,
        "color": of.colour,
        "marker": of.marker,
        "markevery": every,
        "markersize": 2.5,
        "markerfacecolor": "white",
        "markeredgewidth": 0.6,
    }
    axes.plot(caps, curve.worst, label=f"{design}, worst truth", zorder=2, **thin)
    if curve.needed:
        _mark_needed(axes, curve, of)
    found = f"needs N = {curve.needed}" if curve.needed else "not reached"
    decides = " (overdose limit)" if curve.overdose_decides else ""
    return Line2D([], [], label=f"{design}: {found}{decides}", **drawn)


def _mark_needed(axes: Axes, curve: AccuracyCurve, of: Look) -> None:
    average = float(curve.value[curve.needed - curve.caps[0]])
    axes.vlines(curve.needed, 0, average, color=of.colour, linewidth=0.6, zorder=1)
    mark: dict[str, Any] = {"linestyle": "none", "marker": of.marker, "markersize": 8, "zorder": 4}
    mark |= {"markerfacecolor": "white", "markeredgecolor": of.colour, "markeredgewidth": 1.5}
    axes.plot([curve.needed], [average], label=f"{curve.design}, needed", **mark)


def draw_limits(axes: Axes, question: Question, truth: str | None) -> Marks:
    """Draw the limits on accuracy; return the legend entries that explain the lines, and their words."""
    mean, each = 100 * question.pcs_mean, 100 * question.pcs_each
    limits = {f"limit on each truth, {each:g} %": (each, LIMIT_DASHES["each"])}
    if truth is None:
        limits = {f"limit on the average, {mean:g} %": (mean, LIMIT_DASHES["mean"])} | limits
    lines = drawn_limits(axes, limits, 1.5, "black")
    if truth is not None:
        [line] = lines
        return [
            (Patch(color=GREY, alpha=0.3, linewidth=0, label=f"± {MCSES} MCSE"), f"band: ± {MCSES} MCSE"),
            (line, f"black, dotted: {line.get_label()}"),
        ]
    band = f"± {MCSES} MCSE of the average"
    worst = "worst truth at each N"
    thin: dict[str, Any] = {"color": GREY, "linewidth": 0.8, "linestyle": look(0).dashes}
    return [
        (Line2D([], [], color=GREY, label="average over truths"), "thick: average over truths"),
        (Patch(color=GREY, alpha=0.3, linewidth=0, label=band), f"band: {band}"),
        (Line2D([], [], label=worst, **thin), f"thin: {worst}"),
        *(
            (line, f"black, {how}: {line.get_label()}")
            for how, line in zip(("dashed", "dotted"), lines, strict=True)
        ),
    ]


def _finish(axes: Axes, question: Question) -> None:
    """Set scales and labels."""
    bands = [np.asarray(path.vertices)[:, 1] for band in axes.collections for path in band.get_paths()]
    shown = np.concatenate([*(np.asarray(line.get_ydata(), dtype=np.float64) for line in axes.lines), *bands])
    axes.set_xlim(question.caps_from - 0.5, question.caps_to + 0.5)
    axes.set_ylim(
        max(0.0, 10 * np.floor(shown.min() / 10 - 0.05)), min(100.0, 10 * np.ceil(shown.max() / 10 + 0.05))
    )
    axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10], integer=True))
    axes.yaxis.set_major_locator(MultipleLocator(10))
    axes.set_xlabel("cap N, patients infused")
    axes.set_ylabel("correct selections, % of trials")
    axes.tick_params(labelsize="medium")
