"""The change of one outcome under every variant of a what-if, paired, with its interval."""

import math
from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.analysis.formatted_change import outcome_label
from simulator.analysis.what_if_tables import WhatIfTables
from simulator.report.figures.chosen import checked_outcome, chosen_keys, scale_of
from simulator.report.figures.style import (
    HOLLOW,
    PALE_GREY,
    Look,
    broken,
    drawn_of,
    finished_rows,
    hollow_entry,
    is_narrow,
    legend_above,
    line_count,
    look,
    mark_of,
    new_axes,
    spread_rows,
    styled,
)
from simulator.report.words import title_words

CM_PER_LINE: Final = 0.36
CM_AROUND: Final = 2.6
SPREAD: Final = 0.7
"""How much of a variant's line its designs share."""


def variant_changes(
    what_if: WhatIfTables,
    outcome: str = "months_to_recommendation",
    design: str | None = None,
    truth: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the change of one outcome against the scenario as it is, a line a variant, a marker a design.

    Markers whose interval leaves out 0 are filled, the others hollow; where too few replicates differ there is no
    interval.

    Parameters
    ----------
    outcome
        One of `simulator.analysis.changes.OUTCOMES`.
    design
        By default every design.
    truth
        By default the balanced set, or the first truth where there is no such set.
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.

    Raises
    ------
    SimulatorError
        The outcome is unknown, or the design or truth was not run.
    """
    checked_outcome(outcome)
    designs, of, every = chosen_keys(((name, of) for name, of, _ in what_if.variants[0].found), design, truth)
    designs, left_out = drawn_of(designs)
    narrow = ax is not None and is_narrow(ax)
    labels = [broken(one.name, 24 if narrow else 48) for one in what_if.variants]
    lines = [max(line_count(label), 0.6 * len(designs)) for label in labels]
    middles, bottom = spread_rows(lines)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * bottom) if ax is None else ax
    with styled():
        for variant, height, middle in zip(what_if.variants, lines, middles, strict=True):
            for k, name in enumerate(designs):
                shift = SPREAD * height * ((k + 0.5) / len(designs) - 0.5)
                change = variant.found[name, of, outcome]
                _mark(axes, change, middle + shift, scale_of(outcome), look(every.index(name)))
        axes.axvline(0, color=PALE_GREY, linewidth=0.9, zorder=1)
        finished_rows(axes, bottom, middles, labels)
        shown = [one.found[name, of, outcome] for one in what_if.variants for name in designs]
        axes.set_xlabel(broken(f"change of: {outcome_label(outcome, shown)}", 36 if narrow else 90))
        keys = [_key(name, every.index(name)) for name in designs]
        legend_above(axes, keys, _title(of), [(hollow_entry(5), HOLLOW)], left_out)
    return axes


def _title(truth: str) -> str:
    return f"{title_words(truth)}, 95 % intervals of one comparison each"


def _mark(axes: Axes, change: Change, at: float, scale: float, drawn: Look) -> None:
    if not math.isnan(change.low):
        ends = [scale * change.low, scale * change.high]
        axes.plot(ends, [at, at], color=drawn.colour, linewidth=1.1, zorder=2)
    told = change.told is ChangeEvidence.DIFFERENT
    axes.plot([scale * change.value], [at], zorder=3, **mark_of(drawn, 5, filled=told))


def _key(name: str, position: int) -> Line2D:
    drawn = look(position)
    return Line2D([], [], color=drawn.colour, marker=drawn.marker, markersize=5, linewidth=1.1, label=name)
