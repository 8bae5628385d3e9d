"""Cumulative patients against months, with the bands of a forecast."""

from typing import Final

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.ticker import MaxNLocator

from simulator.analysis.accrual_tables import BANDS
from simulator.analysis.forecast_tables import Forecast
from simulator.report.figures.chosen import one_of
from simulator.report.figures.style import COLOURS, GREY, is_narrow, new_axes, styled
from simulator.report.words import truth_words
from simulator.runs.results import AVERAGE

STATES: Final = {"enrolled": "enrolled", "infused": "infused", "evaluable": "DLT-evaluable"}
TINTS: Final = {95: 0.80, 80: 0.60, 50: 0.35}
"""Share of white in each band: solid tints, so that bands are told apart in grey too."""


def accrual_forecast(
    forecast: Forecast, ax: Axes | None = None, *, state: str = "enrolled", design: str | None = None
) -> Axes:
    """Draw the cumulative number of patients by month: median and 50, 80 and 95 % bands over all trials.

    Parameters
    ----------
    ax
        Axes to draw on; by default a new figure of page width.
    state
        enrolled, infused or evaluable.
    design
        By default the first of the forecast.

    Raises
    ------
    SimulatorError
        For a state or design that the forecast does not hold.
    """
    design = one_of("design", design, forecast.designs)
    one_of("state", state, list(STATES))
    axes = new_axes(height_cm=9.0) if ax is None else ax
    with styled():
        _draw(axes, forecast, state, design)
    return axes


def _draw(axes: Axes, forecast: Forecast, state: str, design: str) -> None:
    by = forecast.ahead(design, state)
    months = by.index.to_numpy(dtype=np.float64)
    colour = np.array(to_rgb(COLOURS[0]))
    for percent, (low, high) in reversed(BANDS.items()):
        axes.fill_between(
            months,
            by[low].to_numpy(),
            by[high].to_numpy(),
            step="post",
            color=colour + (1 - colour) * TINTS[percent],
            linewidth=0,
            label=f"{percent} % of trials",
        )
    axes.plot(months, by["median"].to_numpy(), color=COLOURS[0], drawstyle="steps-post", label="median")
    _mark_milestones(axes, forecast, float(by["p97.5"].max()))
    _mark_cut(axes, forecast, state)
    axes.set_xlim(0, float(months[-1]))
    axes.set_ylim(0, max(1.08 * float(by["p97.5"].max()), 1.0))
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.set_ylabel(f"patients {STATES[state]}")
    opened = "" if forecast.first_opened is None else f" ({forecast.first_opened})"
    narrow = is_narrow(axes)
    axes.set_xlabel(f"months after the first site opened{'' if narrow else opened}")
    axes.set_title(f"{design}, {_truth(forecast)}", loc="left")
    handles, labels = axes.get_legend_handles_labels()
    axes.legend(
        handles,
        labels,
        loc="upper center",
        bbox_to_anchor=(0.5, -0.26 if narrow else -0.17),
        ncols=3 if narrow else len(labels),
        handlelength=1.6,
        columnspacing=1.2,
    )


def _mark_milestones(axes: Axes, forecast: Forecast, most: float) -> None:
    for n in forecast.asked:
        if n <= most:
            axes.axhline(n, color=GREY, linewidth=0.5, linestyle=(0, (1, 2)), zorder=1.5)


def _mark_cut(axes: Axes, forecast: Forecast, state: str) -> None:
    """Draw what has happened: the cut as a line, the patients so far as a solid staircase."""
    if forecast.history is None:
        return
    months, count = forecast.so_far(state)
    axes.plot(months, count, color="black", drawstyle="steps-post", linewidth=1.8, label="so far", zorder=3)
    axes.axvline(months[-1], color=GREY, linewidth=0.8, linestyle=(0, (4, 2)))


def _truth(forecast: Forecast) -> str:
    return "several truths" if forecast.truth == AVERAGE else truth_words(forecast.truth)
