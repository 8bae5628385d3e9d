"""One outcome over the values of one number, each against the scenario as it is on the same patients."""

from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.analysis.formatted_change import outcome_label
from simulator.analysis.what_if_tables import SweepTables
from simulator.report.figures.chosen import checked_outcome, chosen_keys, scale_of
from simulator.report.figures.style import (
    GREY,
    HOLLOW,
    Marks,
    broken,
    drawn_of,
    hollow_entry,
    is_narrow,
    legend_above,
    look,
    mark_of,
    new_axes,
    styled,
)
from simulator.report.words import title_words
from simulator.scenario.parameter_words import BARE, parameter_words

BAND: Final = 0.18
"""How opaque a band is."""


def sweep_curve(
    sweep: SweepTables,
    outcome: str,
    design: str | None = None,
    truth: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw one outcome over the values of a sweep, a line a design.

    The dashed line is the scenario as it is; the band is the 95 % interval of the paired difference from it, so
    that a difference can be told where the band leaves the dashed line. Such points are filled, the others
    hollow; where too few replicates differ there is no band.

    Parameters
    ----------
    outcome
        One of `simulator.analysis.changes.OUTCOMES`.
    design
        By default every design.
    truth
        By default the balanced set, or the first truth where there is no such set.
    ax
        Axes to draw on; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        The outcome is unknown, or the design or truth was not run.
    """
    checked_outcome(outcome)
    designs, of, every = chosen_keys(
        ((name, of) for name, of, _ in sweep.found.variants[0].found), design, truth
    )
    order = np.argsort(sweep.values, kind="stable")
    axes = new_axes() if ax is None else ax
    with styled():
        handles: list[Any] = []
        designs, left_out = drawn_of(designs)
        for name in designs:
            changes = [sweep.found.variants[k].found[name, of, outcome] for k in order]
            at = np.array(sweep.values, dtype=np.float64)[order]
            handles.append(_curve(axes, at, changes, scale_of(outcome), name, every.index(name)))
        narrow = is_narrow(axes)
        axes.set_xlabel(broken(_named(sweep), 40 if narrow else 90))
        shown = [one.found[name, of, outcome] for one in sweep.found.variants for name in designs]
        axes.set_ylabel(broken(outcome_label(outcome, shown), 32 if narrow else 44))
        axes.tick_params(labelsize="medium")
        legend_above(axes, handles, title_words(of), _marks(), left_out)
    return axes


def _curve(
    axes: Axes, at: np.ndarray[Any, Any], changes: list[Change], scale: float, name: str, position: int
) -> Line2D:
    drawn = look(position)
    values = scale * np.array([one.after.value for one in changes])
    [line] = axes.plot(at, values, color=drawn.colour, zorder=3)
    ends = [
        scale * np.array([one.before.value + getattr(one, end) for one in changes]) for end in ("low", "high")
    ]
    # A value at which no replicate differs from the scenario as it is has a band of no height.
    same = np.array([one.told is ChangeEvidence.SAME for one in changes])
    low, high = (np.where(same, values, end) for end in ends)
    axes.fill_between(at, low, high, color=drawn.colour, alpha=BAND, linewidth=0, label=name)
    told = np.array([one.told is ChangeEvidence.DIFFERENT for one in changes])
    for which, filled in ((told, True), (~told, False)):
        axes.plot(at[which], values[which], zorder=4, **mark_of(drawn, 4.5, filled=filled))
    axes.axhline(scale * changes[0].before.value, color=drawn.colour, linewidth=0.9, linestyle=drawn.dashes)
    return Line2D([], [], color=line.get_color(), marker=drawn.marker, markersize=4.5, label=name)


def _named(sweep: SweepTables) -> str:
    known = sweep.found.scenario.provenance.get(sweep.path)
    unit = known.unit if known is not None else "number"
    words = parameter_words(sweep.path, unit)
    return words if unit in BARE else f"{words} ({'%' if unit == 'percent' else unit})"


def _marks() -> Marks:
    base, band = "the scenario as it is", "95 %, paired difference from it"
    line = Line2D([], [], color=GREY, linewidth=0.9, linestyle=(0, (4, 2)), label=base)
    patch = Patch(color=GREY, alpha=2 * BAND, linewidth=0, label=band)
    return [(line, f"dashed: {base}"), (patch, f"band: {band}"), (hollow_entry(4.5), HOLLOW)]
