"""The i3+3 design (Liu, Wang & Ji 2020)."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from simulator.designs.boundary_tables import largest_count_at_most, smallest_count_at_least
from simulator.designs.design import Floats, Ints
from simulator.designs.interval_design import Elimination, IntervalDesign
from simulator.designs.parameter_checks import check_margins
from simulator.designs.statement import moves_by


@dataclass(frozen=True, slots=True)
class IThreePlusThree(IntervalDesign):
    """i3+3 design (Liu, Wang & Ji 2020, Journal of Biopharmaceutical Statistics 30, 294-304).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    epsilon_low, epsilon_high
        The equivalence interval is [target - epsilon_low, target + epsilon_high].
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on; a cutoff of None closes no level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The observed rate y / n escalates below the equivalence interval and stays inside. Above it, it stays if
    one DLT fewer would be below, since the interval then lies between two possible rates, and otherwise
    de-escalates.
    """

    name: ClassVar[str] = "i3+3"
    title: ClassVar[str] = "the i3+3 design"
    references: ClassVar[tuple[str, ...]] = (
        "Liu M, Wang SJ, Ji Y. The i3+3 design for phase I clinical trials. Journal of Biopharmaceutical Statistics "
        "2020;30:294-304.",
    )

    epsilon_low: float = 0.05
    epsilon_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 3

    def check_options(self) -> None:
        """Refuse an interval that leaves the risks between 0 and 1."""
        check_margins(self.name, self.target, epsilon_low=self.epsilon_low, epsilon_high=self.epsilon_high)

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return Elimination(self.elimination_cutoff, self.elimination_min_n)

    def bounds(self, n: Ints) -> tuple[Floats, Floats]:
        """Return the bounds by y / n, and above the interval by (y - 1) / n; exactly at an end is inside."""
        escalate = smallest_count_at_least(self.target - self.epsilon_low, n) - 1
        above = largest_count_at_most(self.target + self.epsilon_high, n) + 1
        # y de-escalates where y / n is above the interval and (y - 1) / n is not below it.
        return escalate, np.maximum(above, escalate + 2)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the equivalence interval."""
        low, high = self.target - self.epsilon_low, self.target + self.epsilon_high
        return (
            moves_by(
                "the observed DLT rate at the current level",
                f"is below the equivalence interval, {low:.4g} to {high:.4g}",
                "is above it and would not be below it with one DLT fewer",
                "otherwise",
            ),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the interval."""
        return {
            "equivalence interval": f"target - {self.epsilon_low:g} to target + {self.epsilon_high:g}",
            "ends of the interval": "a rate within 1e-12 of an end is inside",
            "above the interval": "stays where one DLT fewer would be below it, else de-escalates",
            "decision": "by the observed rate at the current level only",
        }
