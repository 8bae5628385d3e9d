"""The dose-escalation chart of one simulated trial: every infused patient at the level given, and what followed."""

from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from simulator.analysis.replayed_patients import cohorts_of, infused_in_order, outcomes_of
from simulator.analysis.trial_replay import TrialReplay
from simulator.report.figures.chosen import replay_words
from simulator.report.figures.style import COLOURS, GREY, PALE_GREY, is_narrow, legend_above, new_axes, styled
from simulator.report.figures.words import in_words_of_its_trial

CM_AROUND: Final = 4.0
CM_PER_LEVEL: Final = 0.9
MARKS: Final[dict[str, dict[str, Any]]] = {
    "DLT": {"marker": "X", "color": COLOURS[4], "markersize": 6, "markeredgecolor": "black"},
    "no DLT": {"marker": "o", "color": "white", "markersize": 5, "markeredgecolor": "black"},
    "not DLT-evaluable": {"marker": "|", "color": GREY, "markersize": 6, "markeredgecolor": GREY},
}
STAR: Final[dict[str, Any]] = {"marker": "*", "color": "black", "markersize": 9, "linestyle": "none"}
SHADE_WORDS: Final = {"every other cohort": "shaded", "expansion": "hatched"}


@in_words_of_its_trial
def dose_escalation_chart(replay: TrialReplay, ax: Axes | None = None) -> Axes:
    """Draw the level of every infused patient of one simulated trial, in order of infusion.

    Shaded by turns: the cohorts, which one decision each assigned; then expansion. A patient moved to another
    level, since their own had closed, stands at the level given. A star stands at the recommended level.

    Parameters
    ----------
    ax
        Axes to draw on; by default a new figure of page width.
    """
    book = replay.ledger
    infused = infused_in_order(book)
    height = CM_AROUND + CM_PER_LEVEL * len(replay.p_dlt)
    axes = new_axes(height_cm=height) if ax is None else ax
    order = np.arange(1, len(infused) + 1)
    levels = book.level_assigned[infused]
    with styled():
        cohorts = cohorts_of(replay, infused)
        shades = _shade(axes, order, cohorts)
        handles: list[Artist] = []
        axes.plot(order, levels, color=PALE_GREY, linewidth=0.8, zorder=1, label="in order of infusion")
        for name, which in outcomes_of(book, infused).items():
            entry = _marks(axes, name, order, levels, which)
            handles += [entry] if which.any() else []
        if replay.selected:
            axes.plot(
                [len(infused) + 1.2], [replay.selected], label="recommended", zorder=3, clip_on=False, **STAR
            )
            handles.append(Line2D([], [], label=f"recommended: level {replay.selected}", **STAR))
        else:
            handles.append(Patch(facecolor="none", edgecolor="none", label="recommended: none"))
        _finish(axes, replay, len(infused))
        marks = [(one, f"{SHADE_WORDS[str(one.get_label())]}: {one.get_label()}") for one in shades]
        legend_above(axes, handles, replay_words(replay), marks)
    return axes


def _shade(axes: Axes, order: NDArray[np.int64], cohorts: NDArray[np.int64]) -> list[Artist]:
    """Shade every other cohort, and hatch expansion; return the legend entries."""
    shade: dict[str, Any] = {"facecolor": PALE_GREY, "alpha": 0.3, "linewidth": 0}
    hatch: dict[str, Any] = {"facecolor": "none", "edgecolor": PALE_GREY, "hatch": "///", "linewidth": 0}
    handles: list[Artist] = []
    numbers = list(dict.fromkeys(cohorts.tolist()))
    for turn, number in enumerate(number for number in numbers if number):
        at = order[cohorts == number]
        if turn % 2:
            axes.axvspan(at[0] - 0.5, at[-1] + 0.5, zorder=0, gid="cohort", **shade)
    if len([number for number in numbers if number]) > 1:
        handles.append(Patch(label="every other cohort", **shade))
    if 0 in numbers:
        at = order[cohorts == 0]
        axes.axvspan(at[0] - 0.5, at[-1] + 0.5, zorder=0, gid="expansion", **hatch)
        handles.append(Patch(label="expansion", **hatch))
    return handles


def _marks(
    axes: Axes, name: str, order: NDArray[np.int64], levels: NDArray[np.int64], which: NDArray[np.bool_]
) -> Line2D:
    style = {"linestyle": "none", "markeredgewidth": 0.8, **MARKS[name]}
    if is_narrow(axes):
        style["markersize"] *= 0.75
    axes.plot(order[which], levels[which], label=name, zorder=3, **style)
    return Line2D([], [], label=name, **style)


def _finish(axes: Axes, replay: TrialReplay, infused: int) -> None:
    count = len(replay.p_dlt)
    axes.set_ylim(0.5, count + 0.5)
    axes.set_yticks(
        range(1, count + 1), [f"{level} ({risk:.2g})" for level, risk in enumerate(replay.p_dlt, start=1)]
    )
    axes.set_xlim(0.4, infused + (1.8 if replay.selected else 0.6))
    places = MaxNLocator(nbins=10, steps=[1, 2, 5, 10], integer=True).tick_values(1, max(infused, 2))
    axes.set_xticks([place for place in places if 1 <= place <= infused])
    axes.tick_params(labelsize="medium")
    axes.set_xlabel("patients infused, in order")
    axes.set_ylabel("level (true P(DLT))")
