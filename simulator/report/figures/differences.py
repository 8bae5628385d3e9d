"""Paired differences between designs: a forest plot, with the interval of each and the line of no difference."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.errors import SimulatorError
from simulator.report.figures.chosen import chosen_truth
from simulator.report.figures.style import COLOURS, GREY, is_narrow, new_axes, styled, wrapped
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words

if TYPE_CHECKING:
    import pandas as pd


CM_PER_LINE: Final = 0.34
GAP_LINES: Final = 0.7
CM_AROUND: Final = 2.5
NAME_LETTERS: Final = 60
COLUMN_LETTERS: Final = 46
SIZE: Final = "evaluable_before_expansion"
WORDS: Final = {
    "pcs": ("correct selection", 100.0, "percentage points"),
    "overdose_selection": ("overdose selection", 100.0, "percentage points"),
    "none": ("no level selected", 100.0, "percentage points"),
    "patients_above_correct": ("patients above the correct level", 1.0, "patients per trial"),
    "dlts": ("DLTs", 1.0, "DLTs per trial"),
    "screened": ("screened", 1.0, "patients per trial"),
    "enrolled": ("enrolled", 1.0, "patients per trial"),
    "infused": ("infused", 1.0, "patients per trial"),
    SIZE: ("DLT-evaluable before expansion", 1.0, "patients per trial"),
    "months_to_recommendation": ("months to the recommendation", 1.0, "months"),
}
"""Measures in words, the scale they are drawn on, and the unit."""


@dataclass(frozen=True, slots=True)
class Row:
    """One pair of designs; nan ends where the interval is unknown."""

    label: str
    value: float
    low: float
    high: float

    @property
    def text(self) -> str:
        """The difference with its interval."""
        if np.isnan(self.low):
            return f"{self.value:.1f}, interval unknown"
        return f"{self.value:.1f} [{self.low:.1f}, {self.high:.1f}]"


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
        screened, enrolled, infused, evaluable_before_expansion, months_to_recommendation.
    truth
        By default the balanced set, or the first truth where there is no such set.
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
    if measure not in WORDS:
        raise SimulatorError(f"measure must be one of {', '.join(WORDS)}, got {measure!r}")
    frame = comparison.differences
    narrow = ax is not None and is_narrow(ax)
    words, scale, unit = WORDS[measure]
    found = _rows(frame[(frame["truth"] == truth) & (frame["measure"] == measure)], scale)
    lines = sum(1 + _label(row, narrow).count("\n") + GAP_LINES for row in found)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * lines) if ax is None else ax
    with styled():
        _draw(axes, found, narrow)
        letters = COLUMN_LETTERS if narrow else 2 * NAME_LETTERS
        title = textwrap.wrap(f"{words}, {truth_words(truth)}", letters)
        axes.set_title("\n".join(title), loc="left", fontweight="bold")
        size = frame[(frame["truth"] == truth) & (frame["measure"] == SIZE) & (frame["statistic"] == "mean")]
        differ = " (the designs differ in size)" if size["value"].any() else ""
        label = (
            f"difference on the same patients as conducted{differ}, {unit}; 95 % interval, filled where it "
            "leaves out 0"
        )
        axes.set_xlabel(wrapped(label, COLUMN_LETTERS if narrow else NAME_LETTERS))
    return axes


def _rows(frame: "pd.DataFrame", scale: float) -> list[Row]:
    """Return one row a pair, in the order of the frame."""
    table: dict[tuple[str, str], dict[str, float]] = {}
    for row in frame.to_dict("records"):
        table.setdefault((row["design"], row["other"]), {})[row["statistic"]] = scale * row["value"]
    return [
        Row(f"{other} minus {design}", found["mean"], found["low95"], found["high95"])
        for (design, other), found in table.items()
    ]


def _label(row: Row, narrow: bool) -> str:
    """Return what stands next to a row on a page, or above it in a column."""
    if narrow:
        return "\n".join(textwrap.wrap(f"{row.label}: {row.text}", COLUMN_LETTERS))
    whole = textwrap.wrap(row.label, NAME_LETTERS)
    other, minus, design = row.label.partition(" minus ")
    apart = [*textwrap.wrap(other, NAME_LETTERS), *textwrap.wrap(f"{minus.strip()} {design}", NAME_LETTERS)]
    return "\n".join(whole if len(whole) == 1 else apart)


def _draw(axes: Axes, rows: list[Row], narrow: bool) -> None:
    """Draw the rows from top to bottom, each as high as its text has lines."""
    top = 0.0
    ticks = []
    for row in rows:
        label = _label(row, narrow)
        lines = 1 + label.count("\n")
        top += GAP_LINES / 2 + lines * (1.0 if narrow else 0.5)
        at = top + (0.5 if narrow else 0.0)
        if narrow:
            axes.text(0, top, label, transform=axes.get_yaxis_transform(), va="bottom")
        else:
            axes.text(1.02, at, row.text, transform=axes.get_yaxis_transform(), va="center")
            ticks.append((at, label))
        _interval(axes, row, at, 0.45 if narrow else lines)
        top = at + GAP_LINES / 2 + (0.5 if narrow else lines * 0.5)
    axes.set_ylim(top, 0)
    axes.set_yticks([at for at, _ in ticks], [label for _, label in ticks])
    axes.tick_params(labelsize="medium")
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(not narrow)
    ends = [0.0, *(end for row in rows for end in (row.value, row.low, row.high) if not np.isnan(end))]
    margin = 0.04 * (max(ends) - min(ends)) or 1.0
    axes.set_xlim(min(ends) - margin, max(ends) + margin)


def _interval(axes: Axes, row: Row, at: float, half: float) -> None:
    """Draw the interval, and the line of no difference as far as it does not run through text."""
    axes.plot([0, 0], [at - half, at + half], color=GREY, linewidth=0.8, zorder=1)
    told = row.low > 0 or row.high < 0
    axes.plot([row.low, row.high], [at, at], color=COLOURS[0], linewidth=1.3, zorder=2)
    axes.plot(
        [row.value],
        [at],
        linestyle="none",
        marker="s",
        markersize=4.5,
        color=COLOURS[0],
        markerfacecolor=COLOURS[0] if told else "white",
        label=row.label,
        zorder=3,
    )
