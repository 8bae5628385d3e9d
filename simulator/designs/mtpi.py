"""The modified toxicity probability interval design, mTPI (Ji, Liu, Li & Bekele 2010)."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.designs.unit_mass import Intervals, three_intervals
from simulator.designs.unit_mass_design import UnitMassDesign


@dataclass(frozen=True, slots=True)
class MTPI(UnitMassDesign):
    """Modified toxicity probability interval design (Ji et al. 2010, Clinical Trials 7, 653-663).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    epsilon_low, epsilon_high
        The equivalence interval is [target - epsilon_low, target + epsilon_high].
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on; a cutoff of None closes no level.
    selection_prior
        The a of the prior Beta(a, a) of the estimates that selection pools, 0 < a < 10.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The unit probability mass of an interval is its posterior probability divided by its length. The largest
    of the three decides: below the equivalence interval escalates, above it de-escalates.
    """

    name: ClassVar[str] = "mtpi"
    title: ClassVar[str] = "the modified toxicity probability interval design (mTPI)"
    references: ClassVar[tuple[str, ...]] = (
        "Ji Y, Liu P, Li Y, Bekele BN. A modified toxicity probability interval method for dose-finding trials. "
        "Clinical Trials 2010;7:653-663.",
    )
    compared: ClassVar[str] = "three: below the equivalence interval, it, and above it"

    def partition(self, low: float, high: float) -> Intervals:
        """Return the equivalence interval and one on either side."""
        return three_intervals(low, high)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the largest unit probability mass."""
        return self.mass_sentences("the intervals below and above it are judged whole")
