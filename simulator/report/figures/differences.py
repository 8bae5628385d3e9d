"""Paired differences between designs: a forest plot, with the interval of each and the line of no difference."""

import textwrap
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from simulator.analysis.changes import MONTHS
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.differences import MEASURES, SIZE, PairedDifference, differences_of
from simulator.analysis.unfinished import MOST_CUT, share_cut
from simulator.errors import SimulatorError
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.panels import finished_panels, page_of_panels, panels_in, titled
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    broken,
    finished_rows,
    is_narrow,
    line_count,
    new_axes,
    spread_rows,
    styled,
    wrapped,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words
from simulator.runs.results import BALANCED
from simulator.scenario.wording import worded

Apart = Mapping[str, list[float]]
"""By pair of designs its difference under each truth of a set."""
CM_PER_LINE: Final = 0.34
GAP_LINES: Final = 0.7
CM_AROUND: Final = 2.5
NAME_LETTERS: Final = 60
COLUMN_LETTERS: Final = 46
PANEL_CM_AROUND: Final = 1.1
PANEL_LETTERS: Final = {True: 18, False: 26}
LABELS_CM: Final = {True: 2.8, False: 4.0}
"""Of the panels, by whether the figure is narrow."""


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
        By default every truth, in a panel of its own. "balanced" draws the average over the balanced set, every
        pair with a grey mark for each of its truths, and the lowest and the highest of them in numbers.
    ax
        Axes to draw on, or whose place the panels take; by default a new figure of page width, as high as it needs.

    Raises
    ------
    SimulatorError
        The truth was not run, there is no such measure, or there is but one design.
    """
    if len(comparison.results.designs) < 2:
        raise SimulatorError("paired differences need at least two designs; the comparison has one")
    one_of("measure", measure, list(MEASURES))
    truths = comparison.results.truths()
    if truth is None and len(truths) > 1:
        return _by_truth(comparison, measure, truths, ax)
    truth = chosen_truth(comparison, truth)
    frame = comparison.differences
    narrow = ax is not None and is_narrow(ax)
    _, scale, _ = MEASURES[measure]
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
        title = broken(f"{_measured(comparison, measure, [truth])}, {truth_words(truth)}", letters)
        axes.set_title(title, loc="left", fontweight="bold")
        label = _scale_words(comparison, measure, [truth])
        if apart:
            label += "; grey: under each truth"
        axes.set_xlabel(wrapped(label, COLUMN_LETTERS if narrow else NAME_LETTERS))
    return axes


def _by_truth(comparison: ComparisonTables, measure: str, truths: list[str], ax: Axes | None) -> Axes:
    """Draw a panel a truth, on one scale; return the axes whose place they take."""
    scale = MEASURES[measure][1]
    rows = {truth: differences_of(comparison.differences, truth, measure, scale) for truth in truths}
    narrow = ax is not None and is_narrow(ax)
    pairs = list(dict.fromkeys(row.label for of_truth in rows.values() for row in of_truth))
    labels = [wrapped(pair, PANEL_LETTERS[narrow]) for pair in pairs]
    middles, bottom = spread_rows([line_count(label) for label in labels])
    with styled():
        height = PANEL_CM_AROUND + CM_PER_LINE * bottom
        frame_axes = page_of_panels(len(truths), height, LABELS_CM[narrow]) if ax is None else ax
        panels = panels_in(len(truths), frame_axes, LABELS_CM[narrow])
        limits = _limits([row for of_truth in rows.values() for row in of_truth], {})
        for panel, (truth, of_truth) in zip(panels, rows.items(), strict=True):
            panel.plot([0, 0], [0, bottom], color=GREY, linewidth=0.8, zorder=1)
            for row in of_truth:
                _interval(panel, row, middles[pairs.index(row.label)])
            panel.set_xlim(*limits)
            panel.xaxis.set_major_locator(MaxNLocator(nbins=4))
            panel.tick_params(axis="y", length=0)
            panel.tick_params(labelsize="medium")
            titled(panel, truth)
        finished_rows(panels[0], bottom, middles, labels)
        xlabel = f"{_measured(comparison, measure, truths)}: {_scale_words(comparison, measure, truths)}"
        finished_panels(panels, [], [], (worded(xlabel, comparison.scenario.parts), ""), "")
    return frame_axes


def _measured(comparison: ComparisonTables, measure: str, truths: list[str]) -> str:
    """Return what is compared, with the calendar limit where it cuts trials under any of the truths."""
    words, _, _ = MEASURES[measure]
    cut = measure == MONTHS and any(
        share_cut(comparison.results, _arms(comparison, design, truth)) > MOST_CUT
        for design in comparison.results.designs
        for truth in truths
    )
    return f"{words} within {comparison.scenario.trial.calendar_limit_months:g}" if cut else words


def _scale_words(comparison: ComparisonTables, measure: str, truths: list[str]) -> str:
    """Return what the scale is, and how a mark is read."""
    frame = comparison.differences
    size = frame[frame["truth"].isin(truths) & (frame["measure"] == SIZE) & (frame["statistic"] == "mean")]
    differ = " (the designs differ in size)" if size["value"].any() else ""
    return (
        f"difference on the same patients as conducted{differ}, {MEASURES[measure][2]}; 95 % interval, filled "
        "where it leaves out 0"
    )


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
        half = 0.45 if narrow else lines
        # The line of no difference, as far as it does not run through text.
        axes.plot([0, 0], [at - half, at + half], color=GREY, linewidth=0.8, zorder=1)
        _interval(axes, row, at)
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
    axes.set_xlim(*_limits(rows, apart))


def _limits(rows: list[PairedDifference], apart: Apart) -> tuple[float, float]:
    """Return the ends of the scale: 0 and everything drawn, with a margin."""
    shown = [end for row in rows for end in (row.value, row.low, row.high, *apart.get(row.label, []))]
    ends = [0.0, *(end for end in shown if not np.isnan(end))]
    margin = 0.04 * (max(ends) - min(ends)) or 1.0
    return min(ends) - margin, max(ends) + margin


def _interval(axes: Axes, row: PairedDifference, at: float) -> None:
    """Draw a difference and its interval."""
    axes.plot([row.low, row.high], [at, at], color=COLOURS[0], linewidth=1.3, zorder=2)
    face = COLOURS[0] if row.told else "white"
    mark: dict[str, Any] = {"linestyle": "none", "marker": "s", "markersize": 4.5, "markerfacecolor": face}
    axes.plot([row.value], [at], color=COLOURS[0], label=row.label, zorder=3, **mark)
