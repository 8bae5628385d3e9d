"""Percentages by level: value and the ends of what is known of its error."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.exact import OperatingCharacteristics
from simulator.runs.results import TruthTarget

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MCSES: Final = 2


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


@dataclass(frozen=True, slots=True)
class LevelSeries:
    """Percentages of one design, or of one truth, by level; nan ends where no error is known."""

    name: str
    value: Floats
    low: Floats
    high: Floats


def series_by_level(rows: "pd.DataFrame", designs: list[str]) -> list[LevelSeries]:
    """Read a series a design from the rows of one truth and one measure."""
    return [LevelSeries(design, *percent_by_level(rows[rows["design"] == design])) for design in designs]


def exact_selection(exact: OperatingCharacteristics) -> list[LevelSeries]:
    """Return how often each level is selected, none first, a series a truth."""
    return _exact(exact, 100 * np.atleast_2d(exact.selection))


def exact_allocation(exact: OperatingCharacteristics) -> list[LevelSeries]:
    """Return the share of the patients treated at each level, a series a truth."""
    n = np.atleast_2d(exact.n_per_dose)
    return _exact(exact, 100 * n / n.sum(axis=1, keepdims=True))


def _exact(exact: OperatingCharacteristics, percent: Floats) -> list[LevelSeries]:
    unknown = np.full(percent.shape[1], np.nan)
    return [
        LevelSeries(", ".join(f"{p:g}" for p in risks), values, unknown, unknown)
        for risks, values in zip(exact.truths.tolist(), percent, strict=True)
    ]


def only_truth(exact: OperatingCharacteristics) -> TruthTarget | None:
    """Return the one truth, whose levels can be marked; None where there are several."""
    if not exact.single:
        return None
    return TruthTarget(tuple(exact.p_dlt.tolist()), int(exact.correct_dose), exact.target)
