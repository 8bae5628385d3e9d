"""The tornado: what the low and the high of every uncertain number do to one outcome, largest swing first."""

import math
from typing import Any, Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.analysis.formatted_change import outcome_label
from simulator.analysis.sensitivity_tables import SensitivityTables, Swing
from simulator.errors import SimulatorError
from simulator.report.figures.chosen import chosen_keys, scale_of
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    HOLLOW,
    broken,
    finished_rows,
    is_narrow,
    legend_above,
    line_count,
    new_axes,
    spread_rows,
    styled,
)
from simulator.report.words import truth_words
from simulator.scenario.parameter_words import parameter_words, range_words

MOST: Final = 12
UNBROKEN: Final = "\N{NO-BREAK SPACE}"
LOW_COLOUR: Final = COLOURS[0]
HIGH_COLOUR: Final = COLOURS[1]
WHOLE: Final = 0.64
"""Height of a bar, of 1 between two parameters."""
CM_PER_LINE: Final = 0.36
CM_AROUND: Final = 2.9
LETTERS: Final = {True: 24, False: 52}
"""Letters of a parameter in one line, in a narrow figure and in a wide one."""


def tornado(
    sensitivity: SensitivityTables,
    design: str | None = None,
    truth: str | None = None,
    ax: Axes | None = None,
    *,
    most: int = MOST,
) -> Axes:
    """Draw one outcome at the low and at the high of every number, one at a time, largest swing first.

    A bar runs from the outcome of the scenario as it is to that at the end of the range; the whisker is the 95 %
    interval of high minus low, paired, set on the low end. A pair whose interval does not leave out 0 is drawn
    hollow. Numbers that change no replicate are counted below and not drawn.

    Parameters
    ----------
    design
        By default the first.
    truth
        By default the balanced set, or the first truth where there is no such set.
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.
    most
        Numbers drawn at most.

    Raises
    ------
    SimulatorError
        The design or truth was not run, or no number states a low and a high.
    """
    if not sensitivity.swings:
        raise SimulatorError("tornado: no number of the scenario states a low and a high that could be run")
    keys = [(one.design, one.truth) for one in sensitivity.swings]
    [name, *_], of, _ = chosen_keys(keys, design, truth)
    moving, same = sensitivity.moving(name, of)
    shown = moving[:most]
    narrow = ax is not None and is_narrow(ax)
    labels = [_label(sensitivity, one, narrow) for one in shown]
    middles, bottom = spread_rows([line_count(label) for label in labels])
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * bottom) if ax is None else ax
    with styled():
        scale = scale_of(sensitivity.outcome)
        for one, middle in zip(shown, middles, strict=True):
            _bars(axes, one, middle, scale)
            _whisker(axes, one.change, middle, scale)
        axes.axvline(scale * shown[0].base if shown else 0.0, color="black", linewidth=0.8, zorder=3)
        finished_rows(axes, max(bottom, 1.0), middles, labels)
        axes.spines["left"].set_visible(False)
        axes.margins(x=0.06)
        outcome = outcome_label(sensitivity.outcome, (one.change for one in shown))
        notes = [outcome, _rest(len(same), len(moving) - len(shown))]
        axes.set_xlabel("\n".join(broken(note, 36 if narrow else 90) for note in notes if note))
        legend_above(axes, _legend(), f"{name}, {truth_words(of)}")
    return axes


def _label(sensitivity: SensitivityTables, one: Swing, narrow: bool) -> str:
    known = sensitivity.scenario.provenance.get(one.parameter)
    unit = "" if known is None else known.unit
    ends = one.words if one.ends else range_words(one.low, one.high, unit)
    ends = ends.replace(" ", UNBROKEN)
    words = f"{parameter_words(one.parameter, unit)}, {ends}"
    return broken(words, LETTERS[narrow], at_hyphens=False)


def _bars(axes: Axes, one: Swing, middle: float, scale: float) -> None:
    """Draw the way from the base to either end; where both go the same way, one above the other."""
    low, high = one.change.before.value, one.change.after.value
    if math.isnan(low) or math.isnan(high):
        return
    apart = (low - one.base) * (high - one.base) <= 0
    height, shift = (WHOLE, 0.0) if apart else (WHOLE / 2, WHOLE / 4)
    told = one.change.told is ChangeEvidence.DIFFERENT
    for end, at, colour in ((low, -shift, LOW_COLOUR), (high, shift, HIGH_COLOUR)):
        look: dict[str, Any] = {"color": colour} if told else {"facecolor": "white", "edgecolor": colour}
        axes.barh(
            middle + at,
            scale * (end - one.base),
            left=scale * one.base,
            height=height,
            linewidth=0.9,
            label=one.parameter,
            zorder=2,
            **look,
        )


def _whisker(axes: Axes, change: Change, middle: float, scale: float) -> None:
    if math.isnan(change.low):
        return
    ends = [scale * (change.before.value + end) for end in (change.low, change.high)]
    axes.plot(ends, [middle, middle], color="black", linewidth=0.9, marker="|", markersize=4, zorder=4)


def _rest(same: int, hidden: int) -> str:
    """Return what is not drawn, for below the axis."""
    parts = []
    if hidden:
        parts.append(f"{hidden} more with a smaller swing not drawn")
    if same:
        parts.append(f"{same} more change no replicate")
    return f"({'; '.join(parts)})" if parts else ""


def _legend() -> list[Any]:
    return [
        Patch(color=LOW_COLOUR, label="number at its low"),
        Patch(color=HIGH_COLOUR, label="number at its high"),
        Patch(facecolor="white", edgecolor=GREY, label=HOLLOW),
        Line2D([], [], color="black", linewidth=0.9, marker="|", markersize=4, label="95 %, high minus low"),
    ]
