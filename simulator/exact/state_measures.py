"""Measures that need the probability of every end state, not only of what states share."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincinv

from simulator import measures
from simulator.designs.design import Floats, Ints
from simulator.exact.factored import Factored

CONFIDENCE = 0.95


@dataclass(frozen=True, slots=True)
class StateMeasures:
    """Allocation and estimation, all of shape (truths,), or () for one truth.

    Attributes
    ----------
    over_60, over_80
        P(more than 60 % / 80 % of the treated patients are at levels with a risk above the target).
    over_60_of_planned, over_80_of_planned
        The same share of the cap, whatever was treated: the reading of BOIN::get.oc.
    poor_allocation
        P(fewer patients at the correct dose than an equal share over all levels); nan where none is correct.
    selected_below_3, selected_below_6
        P(a level is selected at which fewer than 3 / 6 patients were treated).
    rate_bias
        E[DLT / n - true risk at the selected level, given one with patients is selected]; DLT / n is the raw
        rate.
    rate_coverage
        P(the 95 % Clopper-Pearson interval of DLT / n covers the true risk at the selected level, given one
        with patients is selected).
    """

    over_60: Floats
    over_80: Floats
    over_60_of_planned: Floats
    over_80_of_planned: Floats
    poor_allocation: Floats
    selected_below_3: Floats
    selected_below_6: Floats
    rate_bias: Floats
    rate_coverage: Floats

    @staticmethod
    def of(
        form: Factored, truths: Floats, target: float, correct: Ints, planned: int, single: bool
    ) -> "StateMeasures":
        """Evaluate every truth of (truths, J)."""
        states = _States.of(form)
        rows = [
            states.measures(probability, p_dlt, target, int(right), planned)
            for probability, p_dlt, right in zip(form.states(truths), truths, correct, strict=True)
        ]
        columns = np.array(rows).T
        return StateMeasures(*(columns[:, 0] if single else columns))


@dataclass(frozen=True, slots=True)
class _States:
    """What the measures read of each end state, in the order of `Factored`."""

    n: Ints
    selection: Ints
    selected_n: Ints
    selected_dlt: Ints

    @staticmethod
    def of(form: Factored) -> "_States":
        selection = form.ends.selection.astype(np.int64)
        n = form.ends.n
        return _States(
            n, selection, measures.at_selected(n, selection), measures.at_selected(form.ends.dlt, selection)
        )

    def measures(
        self, probability: Floats, p_dlt: Floats, target: float, correct: int, planned: int
    ) -> list[float]:
        """Return the fields of `StateMeasures`, in order, for one truth."""

        def total(which: NDArray[np.bool_]) -> float:
            return float(probability[which].sum())

        def mostly(percent: int, of_patients: int | None = None) -> float:
            return total(measures.mostly_above_target(self.n, p_dlt, target, percent, of_patients))

        poor = total(measures.is_poorly_allocated(self.n, correct)) if correct else np.nan
        few = [total(measures.selected_on_fewer_than(k, self.n, self.selection)) for k in (3, 6)]
        return [
            mostly(60),
            mostly(80),
            mostly(60, planned),
            mostly(80, planned),
            poor,
            *few,
            *self._estimate(probability, p_dlt),
        ]

    def _estimate(self, probability: Floats, p_dlt: Floats) -> tuple[float, float]:
        """Return bias and coverage of the rate at the selected level."""
        has = self.selected_n > 0
        weight, selected = probability[has], self.selection[has]
        n, dlt = self.selected_n[has], self.selected_dlt[has]
        selected_probability = weight.sum()
        if not selected_probability > 0:
            return np.nan, np.nan
        truth = p_dlt[selected - 1]
        lower, upper = clopper_pearson(int(n.max()))
        covered = (lower[n, dlt] <= truth) & (truth <= upper[n, dlt])
        bias = (weight * (dlt / n - truth)).sum() / selected_probability
        return float(bias), float(weight[covered].sum() / selected_probability)


@cache
def clopper_pearson(largest_n: int) -> tuple[Floats, Floats]:
    """Return the 95 % Clopper-Pearson limits for y of n, each (largest_n + 1,) * 2, nan for y > n."""

    n, y = np.mgrid[0 : largest_n + 1, 0 : largest_n + 1].astype(np.float64)
    tail = (1 - CONFIDENCE) / 2
    inside = (y <= n) & (n > 0)
    # Without a DLT the lower limit is 0, and with DLTs only the upper is 1: no quantile is defined there.
    lower = np.where(inside, 0.0, np.nan)
    upper = np.where(inside, 1.0, np.nan)
    some, not_all = inside & (y > 0), inside & (y < n)
    lower[some] = betaincinv(y[some], (n - y + 1)[some], tail)
    upper[not_all] = betaincinv((y + 1)[not_all], (n - y)[not_all], 1 - tail)
    return lower, upper
