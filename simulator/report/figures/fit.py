"""Fitted against assumed: every setting learnt from a log beside the range that the scenario gave it."""

from typing import Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from simulator.analysis.fitting.fit_tables import FitTables
from simulator.analysis.fitting.setting import FittedSetting
from simulator.report.figures.style import (
    COLOURS,
    GREY,
    PALE_GREY,
    broken,
    finished_rows,
    is_narrow,
    legend_above,
    line_count,
    new_axes,
    spread_rows,
    styled,
)

LETTERS: Final = {True: 24, False: 44}
CM_PER_LINE: Final = 0.36
CM_AROUND: Final = 2.6
HALF: Final = 0.5
MARGIN: Final = 1.2
TICKS: Final = (0.1, 0.2, 0.5, 1, 2, 5, 10)


def fitted_against_assumed(found: FitTables, ax: Axes | None = None) -> Axes:
    """Draw every setting as a multiple of what was assumed; of a share its odds.

    Parameters
    ----------
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.
    """
    narrow = ax is not None and is_narrow(ax)
    labels = [broken(f"{one.what} ({one.n})", LETTERS[narrow]) for one in found.settings]
    middles, bottom = spread_rows([line_count(label) for label in labels])
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * bottom) if ax is None else ax
    with styled():
        for one, middle in zip(found.settings, middles, strict=True):
            _row(axes, one, middle)
        axes.axvline(1.0, color="black", linewidth=0.8, zorder=1)
        axes.set_xscale("log")
        ends = [one.quantity.relative(end) for one in found.settings for end in (one.low, one.high)]
        highs = [one.quantity.relative(one.between.high) for one in found.settings]
        axes.set_xlim(min(*ends, HALF) / MARGIN, max(*ends, *highs) * MARGIN)  # a low of 0 is cut
        axes.xaxis.set_major_locator(FixedLocator(TICKS))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _at: f"{value:g}"))
        finished_rows(axes, bottom, middles, labels)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(
            broken("Multiple of the value assumed (of a share: of its odds)", 36 if narrow else 90)
        )
        legend_above(axes, _legend(), "Fitted against assumed (in brackets: how many it rests on)")
    return axes


def _row(axes: Axes, one: FittedSetting, middle: float) -> None:
    low, high = one.quantity.relative(max(one.between.low, 1e-6)), one.quantity.relative(one.between.high)
    colour = PALE_GREY if one.between.is_stated else "white"
    axes.barh(middle, high - low, left=low, height=0.7, facecolor=colour, edgecolor=PALE_GREY, zorder=0)
    ends = [one.quantity.relative(one.low), one.quantity.relative(one.high)]
    axes.plot(ends, [middle, middle], color=COLOURS[0], linewidth=1.4, marker="|", markersize=5, zorder=3)
    axes.plot(
        [one.quantity.relative(one.fitted)], [middle], color=COLOURS[0], marker="o", markersize=3.5, zorder=4
    )


def _legend() -> list[Patch | Line2D]:
    return [
        Line2D(
            [], [], color=COLOURS[0], linewidth=1.4, marker="o", markersize=3.5, label="fitted, 80 % interval"
        ),
        Patch(facecolor=PALE_GREY, edgecolor=PALE_GREY, label="range stated"),
        Patch(facecolor="white", edgecolor=GREY, label="no range stated: half to twice"),
    ]
