"""True DLT curves, and the DLT rates that trials observe, level by level."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.percent_by_level import percent_by_level
from simulator.exact import OperatingCharacteristics
from simulator.exact.selected_rate import selected_rate

Floats = NDArray[np.float64]

SELDOM: Final = 0.05


@dataclass(frozen=True, slots=True)
class ObservedRates:
    """One truth: risks and what is observed per level, in percent; nan where nothing is.

    `seldom` marks levels that a smaller share of trials than `SELDOM` selects.
    """

    name: str
    risk: Floats
    value: Floats
    low: Floats
    high: Floats
    correct: int
    seldom: NDArray[np.bool_]


def simulated_rates(comparison: ComparisonTables, design: str) -> list[ObservedRates]:
    """Return per truth the realised rate among the DLT-evaluable patients of all trials together."""
    frame = comparison.operating_characteristics
    of_design = frame[(frame["design"] == design) & (frame["measure"] == "realised_dlt_rate")]
    rates = []
    for truth in comparison.results.truths():
        one = comparison.judged(truth)
        seen = percent_by_level(of_design[of_design["truth"] == truth])
        seldom = np.full(len(one.p_dlt), False)
        rates.append(ObservedRates(truth, 100 * np.array(one.p_dlt), *seen, one.correct, seldom))
    return rates


def exact_rates(exact: OperatingCharacteristics) -> list[ObservedRates]:
    """Return per truth the rate over the trials that select a level: mean and middle 95 %."""
    rate = selected_rate(exact)
    several = len(exact.truths) > 1
    return [
        ObservedRates(
            f"truth {k + 1}" if several else "",
            100 * exact.truths[k],
            100 * rate.mean[k],
            100 * rate.low[k],
            100 * rate.high[k],
            right,
            rate.probability[k] < SELDOM,
        )
        for k, right in enumerate(np.atleast_1d(exact.correct_dose).tolist())
    ]
