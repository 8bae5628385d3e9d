"""What the DLT rate at the selected level says of that level: its distribution over trials, level by level."""

from dataclasses import dataclass

import numpy as np

from simulator import measures
from simulator.designs.design import Floats
from simulator.exact.evaluate import OperatingCharacteristics

TOLERANCE = 1e-12
COVERED = 0.95


@dataclass(frozen=True, slots=True)
class SelectedRate:
    """The observed rate DLT / n at a level over the trials that select it, each of shape (truths, J).

    Attributes
    ----------
    probability
        P(the level is selected, and patients were treated at it).
    mean
        Its mean over those trials; nan where there are none.
    low, high
        Its 2.5th and 97.5th percentile, order statistics; nan where there are none.
    """

    probability: Floats
    mean: Floats
    low: Floats
    high: Floats


def selected_rate(exact: OperatingCharacteristics) -> SelectedRate:
    """Return the distribution of the rate at the selected level, per truth and level.

    Weighted over levels, mean minus true risk is `StateMeasures.rate_bias`.
    """
    ends = exact.prepared.factored.ends
    selection = ends.selection.astype(np.int64)
    n, dlt = measures.at_selected(ends.n, selection), measures.at_selected(ends.dlt, selection)
    has = n > 0
    rate = np.where(has, dlt / np.maximum(n, 1), np.nan)
    shape = exact.truths.shape
    found = SelectedRate(np.zeros(shape), *(np.full(shape, np.nan) for _ in range(3)))
    ascending = np.argsort(rate, kind="stable")
    for truth, probability in enumerate(exact.prepared.factored.states(exact.truths)):
        for at in range(shape[1]):
            rows = ascending[(has & (selection == at + 1))[ascending]]
            weight = probability[rows]
            total = weight.sum()
            if not total > 0:
                continue
            found.probability[truth, at] = total
            found.mean[truth, at] = (weight * rate[rows]).sum() / total
            below = np.cumsum(weight) / total
            for end, share in ((found.low, (1 - COVERED) / 2), (found.high, (1 + COVERED) / 2)):
                end[truth, at] = rate[rows][min(np.searchsorted(below, share - TOLERANCE), len(rows) - 1)]
    return found
