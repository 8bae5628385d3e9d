"""From referral to evaluable: how many patients reach each stage, and why the others leave there."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.flow import REACHED
from simulator.analysis.flow_lines import FlowLine, Kind, flow_lines_of
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.flow_by_truth import flow_by_truth
from simulator.report.figures.flow_numbers import mean_with_error
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
from simulator.runs.results import BALANCED

if TYPE_CHECKING:
    import pandas as pd


Spread = Mapping[str, tuple[float, float]]
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
    """Draw the mean number of patients per stage, and of one truth between stages those who left, by reason.

    Parameters
    ----------
    design
        By default the first; the title names it.
    truth
        By default every truth, in a panel of its own: at each stage those who go on and those who leave there.
        "balanced" draws the average over the balanced set, every stage with a line from its lowest to its highest
        mean under one of the truths, in numbers too.
    ax
        Axes to draw on, or whose place the panels take; by default a new figure of page width, as high as it needs.

    Raises
    ------
    SimulatorError
        The design or the truth was not run.
    """
    of_design = one_of("design", design, comparison.results.designs)
    truths = comparison.results.truths()
    if truth is None and len(truths) > 1:
        return flow_by_truth(comparison.flow, of_design, truths, ax, comparison.scenario.parts)
    of_truth = chosen_truth(comparison, truth)
    members = comparison.results.balanced_truths() if of_truth == BALANCED else []
    return flow_of(comparison.flow, of_design, of_truth, ax, members)


def flow_of(
    flow: "pd.DataFrame", design: str, truth: str, ax: Axes | None = None, members: Sequence[str] = ()
) -> Axes:
    """Draw `patient_flow` from its frame.

    Parameters
    ----------
    flow
        Columns design, truth, stage, reason, statistic, value, mcse; one row per stage (referred, prescreened,
        consented, eligible, enrolled, infused, evaluable) with reason "reached", and one per stage and reason
        (an `Exit` by name, lower case) for the patients whose last stage it is. The statistic drawn is "mean".
    members
        Truths over which `truth` is an average; the spread over them is named.

    Raises
    ------
    SimulatorError
        The design or truth is not in the frame, or patients do not add up from one stage to the next.
    """
    lines = flow_lines_of(flow, design, truth)
    spread = _spread(flow, design, members)
    narrow = ax is not None and is_narrow(ax)
    labels = [broken(_label(one), 22 if narrow else 60, at_hyphens=False) for one in lines]
    height = CM_AROUND + CM_PER_LINE * sum(map(line_count, labels))
    axes = new_axes(height_cm=height) if ax is None else ax
    with styled():
        _draw(axes, lines, labels, spread)
        letters = LETTERS_NARROW if narrow else 2 * LETTERS_WIDE
        axes.set_title(broken(f"{design}, {truth_words(truth)}", letters), loc="left")
    return axes


def _spread(flow: "pd.DataFrame", design: str, members: Sequence[str]) -> Spread:
    """Return by stage the lowest and the highest mean under one of the truths; empty of a single one."""
    if len(members) < 2:
        return {}
    reached = flow[
        (flow["design"] == design)
        & flow["truth"].isin(list(members))
        & (flow["reason"] == REACHED)
        & (flow["statistic"] == "mean")
    ]
    by_stage = reached.groupby("stage")["value"]
    ends = zip(by_stage.min().items(), by_stage.max(), strict=True)
    return {str(stage): (float(low), float(high)) for (stage, low), high in ends}


def _label(one: FlowLine) -> str:
    match one.kind:
        case Kind.STAGE:
            return stage_words(one.name)
        case Kind.EXIT:
            return one.name
        case Kind.OUTCOME:
            return f"of these, {one.name}"


def _draw(axes: Axes, lines: list[FlowLine], labels: list[str], spread: Spread) -> None:
    """Draw the lines from top to bottom, each as high as its label has lines."""
    ticks = []
    top = 0.0
    largest = max([lines[0].length, *(high for _, high in spread.values())])
    looks = [("bold", "black") if one.kind is Kind.STAGE else ("normal", GREY) for one in lines]
    for one, label, (weight, colour) in zip(lines, labels, looks, strict=True):
        middle = top + line_count(label) / 2
        ticks.append(middle)
        top += line_count(label)
        axes.barh(middle, one.length, left=one.start, height=0.78, color=COLOUR_OF[one.kind], label=label)
        end = one.start + one.length
        number = mean_with_error(one)
        if one.kind is Kind.STAGE and one.name in spread:
            low, high = spread[one.name]
            axes.plot([low, high], [middle, middle], color="black", linewidth=0.9, marker="|", markersize=5)
            end, number = max(end, high), f"{number}; {low:.1f}-{high:.1f}"
        axes.text(
            end + 0.012 * largest, middle, number, va="center_baseline", fontweight=weight, color=colour
        )
    finished_rows(axes, top, ticks, labels)
    axes.set_xlim(0, (1.22 if not spread else 2.8 if is_narrow(axes) else 1.7) * largest)
    for tick, (weight, colour) in zip(axes.get_yticklabels(), looks, strict=True):
        tick.set_fontweight(weight)
        tick.set_color(colour)
    over = "; line: lowest to highest mean under one truth" if spread else ""
    axes.set_xlabel(
        broken(f"patients per trial, mean (MCSE){over}", 26 if is_narrow(axes) else 2 * LETTERS_WIDE)
    )
