"""Accuracy against the number infused: one line a design, with the limits the question sets."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.needed import Accuracy
from simulator.errors import SimulatorError
from simulator.report.figures.style import GREY, Look, drawn_limits, legend_above, look, new_axes, styled
from simulator.report.figures.words import in_words_of_its_trial
from simulator.runs.results import AVERAGE
from simulator.scenario.question import Question

if TYPE_CHECKING:
    import pandas as pd


Floats = NDArray[np.float64]

MCSES: Final = 2
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
    mean = needed[needed["statistic"] == "mean"]
    designs = list(dict.fromkeys(mean["design"]))
    if not designs:
        raise SimulatorError("needed holds no accuracy: no design was run to the largest cap")
    axes = new_axes() if ax is None else ax
    handles: list[Artist] = []
    with styled():
        for position, design in enumerate(designs):
            of_design = mean[mean["design"] == design]
            every = (position % MARK_EVERY, MARK_EVERY)  # shifted, so that markers do not hide one another
            if truth is None:
                handles.append(_draw_design(axes, of_design, look(position), every, question))
            else:
                handles.append(_draw_line(axes, of_design, truth, look(position), every, question))
        handles += _draw_limits(axes, question, truth)
        title = "" if truth is None else f"truth {truth}"
        _finish(axes, question, handles, title)
    return axes


def _draw_line(
    axes: Axes, of_design: "pd.DataFrame", truth: str, of: Look, every: tuple[int, int], question: Question
) -> Line2D:
    """Draw a design's accuracy under one truth, or the average, with its band; return its legend entry."""
    design = str(of_design["design"].iloc[0])
    caps = np.arange(question.caps_from, question.caps_to + 1)
    value = 100 * _by_cap(of_design, "pcs", [truth], caps)[0]
    error = 100 * _by_cap(of_design, "pcs", [truth], caps, "mcse")[0]
    low, high = value - MCSES * error, value + MCSES * error
    axes.fill_between(caps, low, high, color=of.colour, alpha=0.22, linewidth=0, label=f"{design}, band")
    drawn: dict[str, Any] = {"color": of.colour, "marker": of.marker, "markersize": 3.5}
    axes.plot(caps, value, markevery=every, label=design, zorder=3, **drawn)
    return Line2D([], [], label=design, **drawn)


def _draw_design(
    axes: Axes, of_design: "pd.DataFrame", of: Look, every: tuple[int, int], question: Question
) -> Line2D:
    """Draw one design; return its legend entry."""
    design = str(of_design["design"].iloc[0])
    caps = np.arange(question.caps_from, question.caps_to + 1)
    truths = [truth for truth in dict.fromkeys(of_design["truth"]) if truth != AVERAGE]
    average = 100 * _by_cap(of_design, "pcs", [AVERAGE], caps)[0]
    accuracy = Accuracy(
        _by_cap(of_design, "pcs", truths, caps)[None], _by_cap(of_design, "overdose", truths, caps)[None]
    )
    handle = _draw_line(axes, of_design, AVERAGE, of, every, question)
    worst = 100 * accuracy.pcs[0].min(axis=0)
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
    axes.plot(caps, worst, label=f"{design}, worst truth", zorder=2, **thin)
    found = int(accuracy.first_cap(question)[0])
    if found:
        _mark_needed(axes, found, float(average[found - question.caps_from]), of, design)
    handle.set_label(_in_words(design, accuracy, question))
    return handle


def _mark_needed(axes: Axes, cap: int, average: float, of: Look, design: str) -> None:
    axes.vlines(cap, 0, average, color=of.colour, linewidth=0.6, zorder=1)
    axes.plot(
        [cap],
        [average],
        linestyle="none",
        marker=of.marker,
        markersize=8,
        markerfacecolor="white",
        markeredgecolor=of.colour,
        markeredgewidth=1.5,
        label=f"{design}, needed",
        zorder=4,
    )


def _in_words(design: str, accuracy: Accuracy, question: Question) -> str:
    """Return in words what the design needs, and whether it is the overdose limit that decides."""
    found = int(accuracy.first_cap(question)[0])
    without = int(Accuracy(accuracy.pcs, np.zeros_like(accuracy.overdose)).first_cap(question)[0])
    decides = " (overdose limit)" if found != without else ""
    return f"{design}: needs N = {found}{decides}" if found else f"{design}: not reached{decides}"


def _by_cap(
    of_design: "pd.DataFrame",
    measure: str,
    truths: list[str],
    caps: NDArray[np.int64],
    column: str = "value",
) -> Floats:
    """Return a measure of one design, shape (truths, caps)."""
    rows = of_design[of_design["measure"] == measure]
    table = rows.pivot(index="truth", columns="cap", values=column).reindex(index=truths, columns=caps)
    if not truths or (column == "value" and table.isna().to_numpy().any()):
        raise SimulatorError(
            f"needed: {measure} of design {of_design['design'].iloc[0]} is not given for every truth "
            f"({', '.join(truths) or 'none'}) at every cap from {caps[0]} to {caps[-1]}"
        )
    return table.to_numpy(dtype=np.float64)


def _draw_limits(axes: Axes, question: Question, truth: str | None) -> list[Artist]:
    """Draw the limits on accuracy; return the legend entries that explain the lines."""
    limits = {
        f"limit on the average, {100 * question.pcs_mean:g} %": (
            100 * question.pcs_mean,
            LIMIT_DASHES["mean"],
        ),
        f"limit on each truth, {100 * question.pcs_each:g} %": (
            100 * question.pcs_each,
            LIMIT_DASHES["each"],
        ),
    }
    if truth is not None:
        limits.pop(next(iter(limits)))
    handles = drawn_limits(axes, limits, 1.5, "black")
    band = Patch(color=GREY, alpha=0.3, linewidth=0, label=f"± {MCSES} MCSE")
    if truth is not None:
        return [band, *handles]
    band.set_label(f"± {MCSES} MCSE of the average")
    return [
        Line2D([], [], color=GREY, label="average over truths"),
        band,
        Line2D([], [], color=GREY, linewidth=0.8, linestyle=look(0).dashes, label="worst truth at each N"),
        *handles,
    ]


def _finish(axes: Axes, question: Question, handles: list[Artist], title: str) -> None:
    """Set scales, labels and the legend."""
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
    legend_above(axes, handles, title)
