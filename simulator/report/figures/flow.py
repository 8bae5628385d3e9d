"""From referral to evaluable: how many patients reach each stage, and why the others leave there."""

import math
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.flow_lines import FlowLine, Kind, flow_lines_of
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    LETTERS_NARROW,
    LETTERS_WIDE,
    PALE_GREY,
    broken,
    finished_rows,
    is_narrow,
    line_count,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import stage_words, truth_words

if TYPE_CHECKING:
    import pandas as pd


CM_PER_LINE: Final = 0.36
CM_AROUND: Final = 1.6
COLOUR_OF: Final = {Kind.STAGE: COLOURS[0], Kind.EXIT: PALE_GREY, Kind.OUTCOME: COLOURS[5]}


@in_words_of_its_trial
def patient_flow(
    comparison: ComparisonTables,
    design: str | None = None,
    truth: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the mean number of patients per stage, and between stages those who left, by reason.

    Parameters
    ----------
    design
        By default the first; the title names it.
    truth
        By default the balanced set, or the first truth where there is no such set.
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.

    Raises
    ------
    SimulatorError
        The design or the truth was not run.
    """
    of_design = one_of("design", design, comparison.results.designs)
    return flow_of(comparison.flow, of_design, chosen_truth(comparison, truth), ax)


def flow_of(flow: "pd.DataFrame", design: str, truth: str, ax: Axes | None = None) -> Axes:
    """Draw `patient_flow` from its frame.

    Parameters
    ----------
    flow
        Columns design, truth, stage, reason, statistic, value, mcse; one row per stage (referred, prescreened,
        consented, eligible, enrolled, infused, evaluable) with reason "reached", and one per stage and reason
        (an `Exit` by name, lower case) for the patients whose last stage it is. The statistic drawn is "mean".

    Raises
    ------
    SimulatorError
        The design or truth is not in the frame, or patients do not add up from one stage to the next.
    """
    lines = flow_lines_of(flow, design, truth)
    narrow = ax is not None and is_narrow(ax)
    labels = [broken(_label(one), 22 if narrow else 60, at_hyphens=False) for one in lines]
    height = CM_AROUND + CM_PER_LINE * sum(map(line_count, labels))
    axes = new_axes(height_cm=height) if ax is None else ax
    with styled():
        _draw(axes, lines, labels)
        letters = LETTERS_NARROW if narrow else 2 * LETTERS_WIDE
        axes.set_title(broken(f"{design}, {truth_words(truth)}", letters), loc="left")
    return axes


def _label(one: FlowLine) -> str:
    match one.kind:
        case Kind.STAGE:
            return stage_words(one.name)
        case Kind.EXIT:
            return one.name
        case Kind.OUTCOME:
            return f"of these, {one.name}"


def _draw(axes: Axes, lines: list[FlowLine], labels: list[str]) -> None:
    """Draw the lines from top to bottom, each as high as its label has lines."""
    ticks = []
    top = 0.0
    largest = lines[0].length
    looks = [("bold", "black") if one.kind is Kind.STAGE else ("normal", GREY) for one in lines]
    for one, label, (weight, colour) in zip(lines, labels, looks, strict=True):
        middle = top + line_count(label) / 2
        ticks.append(middle)
        top += line_count(label)
        axes.barh(middle, one.length, left=one.start, height=0.78, color=COLOUR_OF[one.kind], label=label)
        end = one.start + one.length + 0.012 * largest
        axes.text(end, middle, _number(one), va="center_baseline", fontweight=weight, color=colour)
    finished_rows(axes, top, ticks, labels)
    axes.set_xlim(0, 1.22 * largest)
    for tick, (weight, colour) in zip(axes.get_yticklabels(), looks, strict=True):
        tick.set_fontweight(weight)
        tick.set_color(colour)
    axes.set_xlabel("patients per trial, mean (MCSE)")


def _number(one: FlowLine) -> str:
    """Return the mean with its error, to the first decimal in which the error shows."""
    decimals = next((d for d in (1, 2) if one.mcse >= 0.5 * 10.0**-d), 3) if one.mcse > 0 else 1
    sign = "−" if one.kind is Kind.EXIT else ""
    error = "" if math.isnan(one.mcse) else f" ({one.mcse:.{decimals}f})"
    return f"{sign}{one.length:.{decimals}f}{error}"
