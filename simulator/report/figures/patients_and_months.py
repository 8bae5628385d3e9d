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
from simulator.report.figures.style import drawn_limits, drawn_of, legend_above, look, new_axes, styled
from simulator.report.figures.words import in_words_of_its_trial
from simulator.report.words import truth_words

Floats = NDArray[np.float64]

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
        By default the balanced set, or the first truth where there is no such set.
    ax
        Axes to draw on; by default a new figure of page width.

    Raises
    ------
    SimulatorError
        The truth was not run, or there is no such count.
    """
    truth = chosen_truth(comparison, truth)
    legal = [name for name, _ in counts(comparison.results, [0]) if not name.startswith("months")]
    one_of("count", count, legal)
    rules = comparison.scenario.trial
    limits = {}
    if count.removesuffix(BEFORE) == "enrolled":
        limits[f"least enrolled, {rules.enrolment_min}"] = (rules.enrolment_min, LIMIT_DASHES["floor"])
        limits[f"most enrolled, {rules.enrolment_max}"] = (rules.enrolment_max, LIMIT_DASHES["cap"])
    when = ", before expansion" if count.endswith(BEFORE) else ""
    return _drawn(comparison, count, truth, ax, f"patients {count.removesuffix(BEFORE)}{when}", limits)


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
    truth = chosen_truth(comparison, truth)
    one_of("count", count, list(WORDS))
    months = comparison.scenario.trial.calendar_limit_months
    limits = {f"calendar limit, {months:g} months": (months, LIMIT_DASHES["limit"])}
    longest = max(values.max() for values in count_of_trials(comparison.results, count, truth).values())
    return _drawn(comparison, count, truth, ax, WORDS[count], limits if longest >= months else {})


def _drawn(
    comparison: ComparisonTables,
    count: str,
    truth: str,
    ax: Axes | None,
    label: str,
    limits: Mapping[str, tuple[float, Any]],
) -> Axes:
    axes = new_axes() if ax is None else ax
    values = count_of_trials(comparison.results, count, truth)
    right = max([1.0, *(one[-1] for one in values.values()), *(at for at, _ in limits.values())])
    frame = comparison.used
    rows = frame[(frame["truth"] == truth) & (frame["count"] == count)]
    names, left_out = drawn_of(list(values))
    handles: list[Artist] = []
    with styled():
        for position, design in enumerate(names):
            ascending = values[design]
            of_design = rows[rows["design"] == design].set_index("statistic")["value"]
            quantiles = {name: float(of_design[name]) for name in QUANTILES}
            handles.append(_steps(axes, design, ascending, quantiles, position, 1.02 * right))
        lines = drawn_limits(axes, limits, 1, upright=True)
        axes.set_xlim(0, 1.02 * right)
        axes.set_ylim(0, 101)
        axes.yaxis.set_major_locator(MultipleLocator(20))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=9, steps=[1, 2, 5, 10], integer=True))
        axes.grid(axis="y", color="#DDDDDD", linewidth=0.5, zorder=0)
        axes.set_xlabel(label)
        axes.set_ylabel("at most so many, % of trials")
        axes.tick_params(labelsize="medium")
        marks = [
            (line, f"{DASH_WORDS[dashes]}: {line.get_label()}")
            for line, (_, dashes) in zip(lines, limits.values(), strict=True)
        ]
        legend_above(axes, handles, f"{truth_words(truth)}; median (P10-P90)", marks, left_out)
    return axes


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
