"""How many patients, and how many months, the trials of each design take: distributions, not only medians."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, MultipleLocator
from numpy.typing import NDArray

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.used import QUANTILES, count_of_trials, counts, distribution
from simulator.report.figures.chosen import chosen_truth, one_of
from simulator.report.figures.panels import finished_panels, page_of_panels, panels_in, titled
from simulator.report.figures.style import drawn_limits, drawn_of, legend_above, look, new_axes, styled
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words
from simulator.scenario.wording import worded

Floats = NDArray[np.float64]
Limits = Mapping[str, tuple[float, Any]]
YLABEL: Final = "at most so many, % of trials"

BEFORE: Final = "_before_expansion"
LIMIT_DASHES: Final = {"floor": (0, (1, 1)), "cap": (0, (8, 2)), "limit": (0, (8, 2))}
DASH_WORDS: Final = {(0, (1, 1)): "dotted upright", (0, (8, 2)): "dashed upright"}
WORDS: Final = {
    "months_to_recommendation": "months to the recommendation",
    "months_to_end_of_enrolment": "months to the end of enrolment",
    "months_to_last_outcome": "months to the last outcome",
}


@in_words_of_its_trial
def patients_used(
    comparison: ComparisonTables, count: str = "enrolled", truth: str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw which share of trials takes at most so many patients, one step line a design.

    Marks stand at the 10th percentile, the median and the 90th percentile, those of `ComparisonTables.used`.

    Parameters
    ----------
    count
        A count of `ComparisonTables.used`: referred, prescreened, screened (consented), eligible, enrolled, infused,
        evaluable; of the whole trial, or with "_before_expansion" up to the recommendation. For enrolled
        patients the floor and the cap of enrolment are drawn.
    truth
        By default every truth, in a panel of its own; "balanced" draws the average over the balanced set.
    ax
        Axes to draw on, or whose place the panels take; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        The truth was not run, or there is no such count.
    """
    legal = [name for name, _ in counts(comparison.results, [0]) if not name.startswith("months")]
    one_of("count", count, legal)
    rules = comparison.scenario.trial
    limits = {}
    if count.removesuffix(BEFORE) == "enrolled":
        limits[f"least enrolled, {rules.enrolment_min}"] = (rules.enrolment_min, LIMIT_DASHES["floor"])
        limits[f"most enrolled, {rules.enrolment_max}"] = (rules.enrolment_max, LIMIT_DASHES["cap"])
    when = ", before expansion" if count.endswith(BEFORE) else ""
    label = f"patients {count.removesuffix(BEFORE)}{when}"
    if truth is None and len(comparison.results.truths()) > 1:
        return _by_truth(comparison, count, ax, label, limits)
    return _drawn(comparison, count, chosen_truth(comparison, truth), ax, label, limits)


def months_used(
    comparison: ComparisonTables,
    count: str = "months_to_recommendation",
    truth: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw which share of trials takes at most so many months, one step line a design.

    A trial that is not finished at the calendar limit counts with the limit, which is drawn where any gets
    there.

    Parameters
    ----------
    count
        months_to_recommendation, months_to_end_of_enrolment or months_to_last_outcome.
    truth, ax
        As in `patients_used`.

    Raises
    ------
    SimulatorError
        The truth was not run, or there is no such count.
    """
    one_of("count", count, list(WORDS))
    by_truth = truth is None and len(comparison.results.truths()) > 1
    months = comparison.scenario.trial.calendar_limit_months
    limits = {f"calendar limit, {months:g} months": (months, LIMIT_DASHES["limit"])}
    truths = comparison.results.truths() if by_truth else [chosen_truth(comparison, truth)]
    if max(_longest(comparison, count, one) for one in truths) < months:
        limits = {}
    if by_truth:
        return _by_truth(comparison, count, ax, WORDS[count], limits)
    return _drawn(comparison, count, truths[0], ax, WORDS[count], limits)


def _longest(comparison: ComparisonTables, count: str, truth: str) -> float:
    return max(float(values.max()) for values in count_of_trials(comparison.results, count, truth).values())


def _drawn(
    comparison: ComparisonTables,
    count: str,
    truth: str,
    ax: Axes | None,
    label: str,
    limits: Limits,
) -> Axes:
    axes = new_axes() if ax is None else ax
    with styled():
        handles, lines, left_out = _lines(
            comparison, count, truth, axes, limits, _right(comparison, count, [truth], limits)
        )
        axes.set_ylim(0, 101)
        axes.yaxis.set_major_locator(MultipleLocator(20))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10], integer=True))
        axes.set_xlabel(label)
        axes.set_ylabel(YLABEL)
        title = f"{truth_words(truth)}; median (P10-P90)"
        legend_above(axes, handles, title, _in_words(lines, limits), left_out)
    return axes


def _by_truth(comparison: ComparisonTables, count: str, ax: Axes | None, label: str, limits: Limits) -> Axes:
    """Draw a panel a truth, on one scale; return the axes whose place they take."""
    truths = comparison.results.truths()
    with styled():
        frame_axes = page_of_panels(len(truths)) if ax is None else ax
        panels = panels_in(len(truths), frame_axes)
        right = _right(comparison, count, truths, limits)
        for panel, truth in zip(panels, truths, strict=True):
            handles, lines, left_out = _lines(comparison, count, truth, panel, limits, right)
            panel.set_yticks([0, 50, 100])
            panel.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True))
            titled(panel, truth)
        panels[0].set_ylim(0, 101)
        for handle, name in zip(handles, comparison.results.designs, strict=False):
            handle.set_label(name)
        words = (f"{label}; marks: 10th percentile, median, 90th", YLABEL)
        xlabel, ylabel = (worded(text, comparison.scenario.parts) for text in words)
        finished_panels(panels, handles, _in_words(lines, limits), (xlabel, ylabel), left_out)
    return frame_axes


def _right(comparison: ComparisonTables, count: str, truths: list[str], limits: Limits) -> float:
    """Return where the scale ends."""
    longest = (_longest(comparison, count, truth) for truth in truths)
    return 1.02 * max([1.0, *longest, *(at for at, _ in limits.values())])


def _lines(
    comparison: ComparisonTables, count: str, truth: str, axes: Axes, limits: Limits, right: float
) -> tuple[list[Artist], list[Artist], str]:
    """Draw the designs under one truth, and the limits; return their legend entries, and which are left out."""
    values = count_of_trials(comparison.results, count, truth)
    frame = comparison.used
    rows = frame[(frame["truth"] == truth) & (frame["count"] == count)]
    names, left_out = drawn_of(list(values))
    handles: list[Artist] = []
    for position, design in enumerate(names):
        of_design = rows[rows["design"] == design].set_index("statistic")["value"]
        quantiles = {name: float(of_design[name]) for name in QUANTILES}
        handles.append(_steps(axes, design, values[design], quantiles, position, right))
    lines = drawn_limits(axes, limits, 1, upright=True)
    axes.set_xlim(0, right)
    axes.grid(axis="y", color="#DDDDDD", linewidth=0.5, zorder=0)
    axes.tick_params(labelsize="medium")
    return handles, lines, left_out


def _in_words(lines: list[Artist], limits: Limits) -> list[tuple[Artist, str]]:
    """Return the legend entries of the limits, each with its words for below the plot."""
    return [
        (line, f"{DASH_WORDS[dashes]}: {line.get_label()}")
        for line, (_, dashes) in zip(lines, limits.values(), strict=True)
    ]


def _steps(
    axes: Axes, design: str, ascending: Floats, quantiles: dict[str, float], position: int, right: float
) -> Line2D:
    """Draw one design's distribution function and its quantiles; return the legend entry."""
    of = look(position)
    at, share = distribution(ascending)
    # Designs may take the same patients in every trial: thin over thick, and gaps, show both.
    line: dict[str, Any] = {"color": of.colour, "linewidth": max(2.2 - 0.25 * position, 1.0)}
    line["linestyle"] = look(position - 1).dashes if position else "solid"
    x, y = np.concatenate([[0.0], at, [right]]), np.concatenate([[0.0], share, [100.0]])
    axes.step(x, y, where="post", label=design, zorder=2, **line)
    mark: dict[str, Any] = {
        "color": of.colour,
        "marker": of.marker,
        "markersize": max(7.0 - 0.6 * position, 4.0),
        "markeredgecolor": "white",
    }
    axes.plot(
        [quantiles[name] for name in QUANTILES],
        [100 * level for level in QUANTILES.values()],
        linestyle="none",
        markeredgewidth=0.5,
        label=f"{design}, quantiles",
        zorder=3,
        **mark,
    )
    middle, low, high = (f"{quantiles[name]:.0f}" for name in ("median", "p10", "p90"))
    return Line2D([], [], label=f"{design}: {middle} ({low}-{high})", **(line | mark))
