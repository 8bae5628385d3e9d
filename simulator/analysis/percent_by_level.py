"""Percentages by level as figures draw them: value and the ends of what is known of its error."""

from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MCSES: Final = 2
WHISKER: Final = f"± {MCSES} MCSE, or 95 % bound"


class Percentages(NamedTuple):
    """Value and ends per level, in percent; ends are nan where the error is unknown."""

    value: Floats
    low: Floats
    high: Floats


def percent_by_level(rows: "pd.DataFrame") -> Percentages:
    """Read the shares of one design, truth and measure, levels ascending.

    The ends are 2 MCSE on either side. Where no trial, or every trial, had the event an MCSE of 0 says
    nothing: there they are the 95 % bounds of the frame.
    """
    table = rows.pivot(index="level", columns="statistic", values="value")
    means = rows[rows["statistic"] == "mean"].set_index("level")["mcse"].reindex(table.index)
    value = 100 * table["mean"].to_numpy(dtype=np.float64)
    error = 100 * MCSES * means.to_numpy(dtype=np.float64)
    low, high = np.maximum(value - error, 0), np.minimum(value + error, 100)
    if "mean_bound95" in table:
        bound = 100 * table["mean_bound95"].to_numpy(dtype=np.float64)
        low, high = np.fmin(low, bound), np.fmax(high, bound)
    for end, column in ((low, "mean_low95"), (high, "mean_high95")):
        if column in table:
            given = 100 * table[column].to_numpy(dtype=np.float64)
            end[np.isfinite(given)] = given[np.isfinite(given)]
    return Percentages(value, low, high)
