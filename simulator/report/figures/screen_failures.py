"""What each criterion costs: failed, primary reason, failed alone, and the order-free share."""

import math
from typing import TYPE_CHECKING, Any, Final

from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from simulator.analysis.attrition import Attrition
from simulator.analysis.by_key import UNKNOWN, by_key
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.screen_failures import FAILED, failed_criteria
from simulator.eligibility.criterion_topics import TOPICS
from simulator.report.figures.style import (
    COLOURS,
    PALE_GREY,
    finished_rows,
    is_narrow,
    legend_above,
    new_axes,
    styled,
)

if TYPE_CHECKING:
    import pandas as pd


WORDS: Final = {
    "share_failed": "failed, whatever else",
    "share_primary": "primary reason",
    "share_alone": "failed nothing else",
    "share_order_free": "order-free share",
}
MARKS: Final[dict[str, dict[str, Any]]] = {
    "share_primary": {"linestyle": "none", "marker": "s", "color": COLOURS[0], "markersize": 4.5},
    "share_alone": {"linestyle": "none", "marker": "^", "color": COLOURS[4], "markersize": 4.5},
    "share_order_free": {"linestyle": "none", "marker": "o", "color": COLOURS[6], "markersize": 4.0},
}
"""Mark per statistic; the failed are a bar."""
CM_PER_LINE: Final = 0.42
CM_AROUND: Final = 2.6
HEIGHT: Final = 0.66


def screen_failure_reasons(
    result: "Attrition | ComparisonTables | pd.DataFrame", ax: Axes | None = None, *, of: str = ""
) -> Axes:
    """Draw per criterion the share of screened patients who fail it, and how that share is attributed.

    A bar is everybody who fails the criterion; markers are the recorded reason, those who fail nothing else, and
    the order-free (Shapley) share where the result has it. The largest order-free share, or else the largest
    share failed, comes first; criteria that nobody fails are not drawn. Whiskers on the bar: 1.96 standard errors.

    Parameters
    ----------
    result
        An `Attrition`, a `ComparisonTables`, or a frame with columns criterion, statistic, value, mcse.
    ax
        Axes to draw on; by default a new figure of page width, as high as it needs.
    of
        Whose share it is, for the axis.

    Raises
    ------
    SimulatorError
        The frame holds no share of patients who fail a criterion.
    """
    if isinstance(result, ComparisonTables):
        frame, whose = result.screening, "of the consented with a verdict, whatever the trial"
    else:
        frame, whose = (result.criteria if isinstance(result, Attrition) else result), "of the screened"
    shares = failed_criteria(frame)
    ids = list(shares)
    given = set(frame.loc[frame["criterion"] != "any", "statistic"])
    statistics = [name for name in MARKS if name in given]
    axes = new_axes(height_cm=CM_AROUND + CM_PER_LINE * max(len(ids), 2)) if ax is None else ax
    with styled():
        for k, criterion in enumerate(ids):
            _draw(axes, k, shares[criterion], statistics)
        labels = [_label(one) for one in ids]
        finished_rows(axes, max(len(ids), 1) - 0.4, range(len(ids)), labels, top=-0.6)
        axes.set_xlim(left=0)
        axes.set_xlabel(f"% {of or whose}" if not is_narrow(axes) else f"% {(of or whose).split(',')[0]}")
        legend_above(axes, _legend(statistics), _title(frame))
    return axes


def _label(criterion: str) -> str:
    return f"{TOPICS[criterion]} {criterion}" if criterion in TOPICS else criterion.replace("_", " ")


def _draw(axes: Axes, at: int, found: dict[str, tuple[float, float]], statistics: list[str]) -> None:
    value, mcse = found[FAILED]
    axes.barh(at, 100 * value, height=HEIGHT, color=PALE_GREY, label=WORDS[FAILED], zorder=1)
    if mcse > 0:
        half = 196 * mcse
        axes.plot([100 * value - half, 100 * value + half], [at, at], color="black", linewidth=0.8, zorder=2)
    for k, statistic in enumerate(statistics):
        share, _ = found.get(statistic, UNKNOWN)
        shift = HEIGHT * ((k + 0.5) / len(statistics) - 0.5)
        axes.plot([100 * share], [at + shift], zorder=3, clip_on=False, **MARKS[statistic])


def _title(frame: "pd.DataFrame") -> str:
    value, mcse = by_key(frame, "criterion").get(("any",), {}).get(FAILED, UNKNOWN)
    if math.isnan(value):
        return "Screen failure"
    error = f"±{100 * mcse:.1f}" if mcse > 0 else ""
    return f"Screen failure: {100 * value:.1f}{error} %"


def _legend(statistics: list[str]) -> list[Any]:
    keys: list[Any] = [Patch(color=PALE_GREY, label=WORDS[FAILED])]
    keys += [Line2D([], [], label=WORDS[statistic], **MARKS[statistic]) for statistic in statistics]
    return keys
