"""Paired differences between designs: a forest plot, with the interval of each and the line of no difference."""

import textwrap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes

from simulator.analysis.changes import MONTHS
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.differences import MEASURES, SIZE, PairedDifference, differences_of
from simulator.analysis.unfinished import MOST_CUT, share_cut
from simulator.errors import SimulatorError
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    broken,
    finished_rows,
    is_narrow,
    new_axes,
    styled,
    wrapped,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words
from simulator.runs.results import BALANCED

Apart = Mapping[str, list[float]]
"""By pair of designs its difference under each truth of a set."""
CM_PER_LINE: Final = 0.34
GAP_LINES: Final = 0.7
CM_AROUND: Final = 2.5
NAME_LETTERS: Final = 60
COLUMN_LETTERS: Final = 46


@in_words_of_its_trial
def paired_differences(
    comparison: ComparisonTables, measure: str = "pcs", truth: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the paired differences of all pairs of designs with their 95 % intervals, and the line at 0.

    A filled mark's interval leaves out 0; an open one's does not, or is unknown.

    Parameters
    ----------
    measure
        A measure of `ComparisonTables.differences`: pcs, overdose_selection, none, patients_above_correct, dlts,
        screened, enrolled, infused, evaluable_before_expansion, months_to_recommendation, months_without_limit.
    truth
        By default the balanced set, or the first truth where there is no such set. Of the balanced set every pair
        also has a grey mark for each of its truths, and the lowest and the highest of them in numbers.
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.

    Raises
    ------
    SimulatorError
        The truth was not run, there is no such measure, or there is but one design.
    """
    truth = chosen_truth(comparison, truth)
    if len(comparison.results.designs) < 2:
        raise SimulatorError("paired differences need at least two designs; the comparison has one")
    one_of("measure", measure, list(MEASURES))
    frame = comparison.differences
    narrow = ax is not None and is_narrow(ax)
    words, scale, unit = MEASURES[measure]
    found = differences_of(frame, truth, measure, scale)
    apart: dict[str, list[float]] = {}
    if truth == BALANCED:
        for one in comparison.results.balanced_truths():
            for row in differences_of(frame, one, measure, scale):
                apart.setdefault(row.label, []).append(row.value)
    lines = sum(1 + _label(row, narrow, apart).count("\n") + GAP_LINES for row in found)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * lines) if ax is None else ax
    with styled():
        _draw(axes, found, narrow, apart)
        letters = COLUMN_LETTERS if narrow else 2 * NAME_LETTERS
        cut = measure == MONTHS and any(
            share_cut(comparison.results, arms) > MOST_CUT
            for arms in (_arms(comparison, name, truth) for name in comparison.results.designs)
        )
        if cut:
            words += f" within {comparison.scenario.trial.calendar_limit_months:g}"
        title = broken(f"{words}, {truth_words(truth)}", letters)
        axes.set_title(title, loc="left", fontweight="bold")
        size = frame[(frame["truth"] == truth) & (frame["measure"] == SIZE) & (frame["statistic"] == "mean")]
        differ = " (the designs differ in size)" if size["value"].any() else ""
        label = (
            f"difference on the same patients as conducted{differ}, {unit}; 95 % interval, filled where it "
            "leaves out 0"
        )
        if apart:
            label += "; grey: under each truth"
        axes.set_xlabel(wrapped(label, COLUMN_LETTERS if narrow else NAME_LETTERS))
    return axes


def _arms(comparison: ComparisonTables, design: str, truth: str) -> list[int]:
    balanced = comparison.results.balanced_truths()
    return comparison.results.positions_of(design, balanced if truth == BALANCED else [truth])


def _text(one: PairedDifference, apart: Apart) -> str:
    """Return the difference with its interval, and between what it is under the truths of a set."""
    interval = "interval unknown" if np.isnan(one.low) else f"[{one.low:.1f}, {one.high:.1f}]"
    shown = f"{one.value:.1f}{',' if np.isnan(one.low) else ''} {interval}"
    values = apart.get(one.label)
    return shown if values is None else f"{shown}\ntruths {min(values):.1f} to {max(values):.1f}"


def _label(row: PairedDifference, narrow: bool, apart: Apart) -> str:
    """Return what stands next to a row on a page, or above it in a column."""
    if narrow:
        return broken(f"{row.label}: {_text(row, apart)}", COLUMN_LETTERS)
    whole = textwrap.wrap(row.label, NAME_LETTERS)
    other, minus, design = row.label.partition(" minus ")
    parts = [*textwrap.wrap(other, NAME_LETTERS), *textwrap.wrap(f"{minus.strip()} {design}", NAME_LETTERS)]
    shown = whole if len(whole) == 1 else parts
    # What stands to the right may need two lines.
    return "\n".join([*shown, *[""] * (len(shown) < 2 and row.label in apart)])


def _draw(axes: Axes, rows: list[PairedDifference], narrow: bool, apart: Apart) -> None:
    """Draw the rows from top to bottom, each as high as its text has lines."""
    top = 0.0
    ticks = []
    for row in rows:
        label = _label(row, narrow, apart)
        lines = 1 + label.count("\n")
        top += GAP_LINES / 2 + lines * (1.0 if narrow else 0.5)
        at = top + (0.5 if narrow else 0.0)
        if narrow:
            axes.text(0, top, label, transform=axes.get_yaxis_transform(), va="bottom")
        else:
            axes.text(1.02, at, _text(row, apart), transform=axes.get_yaxis_transform(), va="center")
            ticks.append((at, label))
        _interval(axes, row, at, 0.45 if narrow else lines)
        values = apart.get(row.label, [])
        axes.plot(
            values,
            [at + 0.3] * len(values),
            linestyle="none",
            marker="|",
            markersize=5,
            color=GREY,
            alpha=0.8,
        )
        top = at + GAP_LINES / 2 + (0.5 if narrow else lines * 0.5)
    finished_rows(axes, top, [at for at, _ in ticks], [label for _, label in ticks])
    axes.spines["left"].set_visible(not narrow)
    shown = [end for row in rows for end in (row.value, row.low, row.high, *apart.get(row.label, []))]
    ends = [0.0, *(end for end in shown if not np.isnan(end))]
    margin = 0.04 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - margin, max(ends) + margin)


def _interval(axes: Axes, row: PairedDifference, at: float, half: float) -> None:
    """Draw the interval, and the line of no difference as far as it does not run through text."""
    axes.plot([0, 0], [at - half, at + half], color=GREY, linewidth=0.8, zorder=1)
    axes.plot([row.low, row.high], [at, at], color=COLOURS[0], linewidth=1.3, zorder=2)
    face = COLOURS[0] if row.told else "white"
    mark: dict[str, Any] = {"linestyle": "none", "marker": "s", "markersize": 4.5, "markerfacecolor": face}
    axes.plot([row.value], [at], color=COLOURS[0], label=row.label, zorder=3, **mark)
