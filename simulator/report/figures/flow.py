"""From referral to evaluable: how many patients reach each stage, and why the others leave there."""

import math
import textwrap
from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.flow import REACHED, STAGES
from simulator.errors import SimulatorError
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    LETTERS_NARROW,
    LETTERS_WIDE,
    PALE_GREY,
    is_narrow,
    new_axes,
    styled,
)
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import stage_words, truth_words
from simulator.trial.ledger import Exit

if TYPE_CHECKING:
    import pandas as pd


MAY_BE_ABSENT: Final = frozenset({"prescreened", "eligible"})
"""Stages that a trial without a desk pre-screen, or without criteria, does not have."""
REASONS_SHOWN: Final = 4
TOLERANCE: Final = 1e-6
CM_PER_LINE: Final = 0.36
CM_AROUND: Final = 1.6


class Kind(Enum):
    """What a line of the figure counts."""

    STAGE = COLOURS[0]
    EXIT = PALE_GREY
    OUTCOME = COLOURS[5]


@dataclass(frozen=True, slots=True)
class Bar:
    """One line of the figure: a stage, the patients who leave after it for one reason, or an outcome.

    Attributes
    ----------
    start, length
        Mean patients per trial; the bars of a stage's exits fill the step down to the next stage.
    mcse
        nan where it is not known, as for several reasons together.
    kind
        How the line is drawn.
    """

    label: str
    start: float
    length: float
    mcse: float
    kind: Kind


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
    rows = flow[(flow["design"] == design) & (flow["truth"] == truth) & (flow["statistic"] == "mean")]
    if rows.empty:
        raise SimulatorError(f"flow holds no design {design!r} under truth {truth!r}")
    narrow = ax is not None and is_narrow(ax)
    bars = [_wrapped(bar, 22 if narrow else 60) for bar in _bars(rows)]
    lines = sum(1 + bar.label.count("\n") for bar in bars)
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * lines) if ax is None else ax
    with styled():
        _draw(axes, bars)
        title = textwrap.wrap(
            f"{design}, {truth_words(truth)}", LETTERS_NARROW if narrow else 2 * LETTERS_WIDE
        )
        axes.set_title("\n".join(title), loc="left")
    return axes


def _bars(rows: "pd.DataFrame") -> list[Bar]:
    """Return the lines of the figure from top to bottom; check that patients add up."""
    by_key = {(row["stage"], row["reason"]): row for row in rows.to_dict("records")}
    if len(by_key) != len(rows):
        raise SimulatorError("flow holds a stage and reason twice")
    present = {stage for stage, _ in by_key}
    stages = [stage for stage in STAGES if stage not in MAY_BE_ABSENT or stage in present]
    missing = [stage for stage in stages if (stage, REACHED) not in by_key]
    if missing:
        raise SimulatorError(f"flow holds no count of patients who reached: {', '.join(missing)}")
    bars = []
    for stage, after in zip(stages, [*stages[1:], None], strict=True):
        reached = by_key[stage, REACHED]
        bars.append(Bar(stage_words(stage), 0.0, reached["value"], reached["mcse"], Kind.STAGE))
        left = 0.0 if after is None else by_key[after, REACHED]["value"]
        exits = [row for (at, reason), row in by_key.items() if at == stage and reason != REACHED]
        lost = sum(row["value"] for row in exits)
        if abs(reached["value"] - left - lost) > TOLERANCE * max(1.0, reached["value"]):
            raise SimulatorError(
                f"flow does not add up: {reached['value']:g} {stage}, {lost:g} of them leave and {left:g} go on"
            )
        bars += _exit_bars(exits, reached["value"]) if after else _outcome_bars(exits)
    return bars


def _exit_bars(exits: list[dict[Any, Any]], reached: float) -> list[Bar]:
    """Return the largest exits of a stage one by one and the others together."""
    ordered = sorted((row for row in exits if row["value"] > 0), key=lambda row: -row["value"])
    lines = [(_text(row), row["value"], row["mcse"]) for row in ordered]
    if len(lines) > REASONS_SHOWN:
        rest = lines[REASONS_SHOWN - 1 :]
        lines = lines[: REASONS_SHOWN - 1]
        lines.append((f"{len(rest)} other reasons", sum(value for _, value, _ in rest), math.nan))
    bars = []
    end = reached
    for label, value, mcse in lines:
        end -= value
        bars.append(Bar(label, end, value, mcse, Kind.EXIT))
    return bars


def _outcome_bars(outcomes: list[dict[Any, Any]]) -> list[Bar]:
    """Return the outcomes of the evaluable: nobody is lost here."""
    ordered = sorted(outcomes, key=lambda row: row["reason"])
    return [Bar(f"of these, {_text(row)}", 0.0, row["value"], row["mcse"], Kind.OUTCOME) for row in ordered]


def _text(row: dict[Any, Any]) -> str:
    return Exit[row["reason"].upper()].text


def _wrapped(bar: Bar, width: int) -> Bar:
    label = "\n".join(textwrap.wrap(bar.label, width, break_on_hyphens=False))
    return replace(bar, label=label)


def _draw(axes: Axes, bars: list[Bar]) -> None:
    """Draw the bars from top to bottom, each as high as its label has lines."""
    ticks = []
    top = 0.0
    largest = bars[0].length
    for bar in bars:
        lines = 1 + bar.label.count("\n")
        middle = top + lines / 2
        ticks.append(middle)
        top += lines
        axes.barh(middle, bar.length, left=bar.start, height=0.78, color=bar.kind.value, label=bar.label)
        axes.text(
            bar.start + bar.length + 0.012 * largest,
            middle,
            _number(bar),
            va="center_baseline",
            fontweight="bold" if bar.kind is Kind.STAGE else "normal",
            color="black" if bar.kind is Kind.STAGE else GREY,
        )
    axes.set_ylim(top, 0)
    axes.set_xlim(0, 1.22 * largest)
    axes.set_yticks(ticks, [bar.label for bar in bars])
    for tick, bar in zip(axes.get_yticklabels(), bars, strict=True):
        tick.set_fontweight("bold" if bar.kind is Kind.STAGE else "normal")
        tick.set_color("black" if bar.kind is Kind.STAGE else GREY)
    axes.tick_params(axis="y", length=0)
    axes.tick_params(labelsize="medium")
    axes.set_xlabel("patients per trial, mean (MCSE)")


def _number(bar: Bar) -> str:
    """Return the mean with its error, to the first decimal in which the error shows."""
    decimals = next((d for d in (1, 2) if bar.mcse >= 0.5 * 10.0**-d), 3) if bar.mcse > 0 else 1
    sign = "−" if bar.kind is Kind.EXIT else ""
    error = "" if math.isnan(bar.mcse) else f" ({bar.mcse:.{decimals}f})"
    return f"{sign}{bar.length:.{decimals}f}{error}"
