"""What the mTPI designs share: the interval with the largest unit probability mass decides."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from simulator.designs.design import Ints
from simulator.designs.interval_design import Elimination, IntervalDesign, Selection
from simulator.designs.parameter_checks import check_margins, require_between
from simulator.designs.statement import moves_by
from simulator.designs.unit_mass import Intervals, largest_mass_bounds


@dataclass(frozen=True, slots=True)
class UnitMassDesign(IntervalDesign):
    """A design that moves by the interval whose posterior probability is largest for its length.

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
    """

    compared: ClassVar[str]
    """Which intervals are compared, as a reading."""

    epsilon_low: float = 0.05
    epsilon_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 1
    selection_prior: float = 0.005

    def check_options(self) -> None:
        """Refuse an interval that leaves the risks between 0 and 1, and a prior outside its range."""
        check_margins(self.name, self.target, epsilon_low=self.epsilon_low, epsilon_high=self.epsilon_high)
        prior = self.selection_prior
        require_between(self.name, "selection_prior", prior, (0, 10), "0 < selection_prior < 10")

    @abstractmethod
    def partition(self, low: float, high: float) -> Intervals:
        """Return the intervals that are compared, given the ends of the equivalence interval."""

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return Elimination(self.elimination_cutoff, self.elimination_min_n)

    @property
    def selection(self) -> Selection:
        """The estimates under the design's own prior."""
        return Selection.under_prior(self.selection_prior)

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the bounds by the largest unit probability mass of the intervals."""
        return largest_mass_bounds(self.partition(*self._equivalence), len(n) - 1)

    def mass_sentences(self, beside: str) -> tuple[str, ...]:
        """Return the rule of the largest unit probability mass, given what becomes of both sides, as a clause."""
        low, high = self._equivalence
        return (
            f"The equivalence interval is a DLT risk of {low:.4g} to {high:.4g}; {beside}.",
            moves_by(
                "the interval with the largest posterior probability for its length (uniform prior, data of the "
                "current level)",
                "lies below the equivalence interval",
                "lies above it",
                "where it is that interval",
            ),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the intervals."""
        return {
            "equivalence interval": f"target - {self.epsilon_low:g} to target + {self.epsilon_high:g}",
            "intervals": self.compared,
            "equal masses": "the highest interval decides",
            "decision": "by the largest unit probability mass under a uniform prior, at the current level only",
        }

    @property
    def _equivalence(self) -> tuple[float, float]:
        return self.target - self.epsilon_low, self.target + self.epsilon_high
