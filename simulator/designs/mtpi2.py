"""The mTPI-2 design (Guo, Wang, Yang, Lynn & Ji 2017)."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.designs.unit_mass import Intervals, equal_intervals
from simulator.designs.unit_mass_design import UnitMassDesign


@dataclass(frozen=True, slots=True)
class MTPI2(UnitMassDesign):
    """mTPI-2 design (Guo et al. 2017, Contemporary Clinical Trials 58, 23-33).

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
    Both sides of the equivalence interval are cut into intervals of its length. The one with the largest
    unit probability mass decides: below the equivalence interval escalates, above it de-escalates.
    """

    name: ClassVar[str] = "mtpi-2"
    title: ClassVar[str] = "the mTPI-2 design"
    references: ClassVar[tuple[str, ...]] = (
        "Guo W, Wang SJ, Yang S, Lynn H, Ji Y. A Bayesian interval dose-finding design addressing Ockham's razor: "
        "mTPI-2. Contemporary Clinical Trials 2017;58:23-33.",
    )
    compared: ClassVar[str] = (
        "as long as the equivalence interval, from it outwards; the end ones are shorter and judged by their own "
        "length"
    )

    def partition(self, low: float, high: float) -> Intervals:
        """Return intervals of the same length, from the equivalence interval outwards."""
        return equal_intervals(low, high)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the largest unit probability mass."""
        return self.mass_sentences("both sides of it are cut into intervals of its length")
