"""The keyboard design (Yan, Mandrekar & Yuan 2017), read as the R package Keyboard 0.1.3 reads it."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.designs.design import Ints
from simulator.designs.interval_design import Elimination, IntervalDesign
from simulator.designs.parameter_checks import check_margins
from simulator.designs.statement import moves_by
from simulator.designs.unit_mass import equal_intervals, largest_mass_bounds


@dataclass(frozen=True, slots=True)
class Keyboard(IntervalDesign):
    """Keyboard design (Yan, Mandrekar & Yuan 2017, Clinical Cancer Research 23, 3994-4003).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    margin_low, margin_high
        The target key is [target - margin_low, target + margin_high].
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on; a cutoff of None closes no level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    Keys as long as the target key are laid out from it to both ends. The key with the largest posterior
    probability decides: below the target key escalates, above it de-escalates.
    """

    name: ClassVar[str] = "keyboard"
    title: ClassVar[str] = "the keyboard design"
    references: ClassVar[tuple[str, ...]] = (
        "Yan F, Mandrekar SJ, Yuan Y. Keyboard: a novel Bayesian toxicity probability interval design for phase I "
        "clinical trials. Clinical Cancer Research 2017;23:3994-4003.",
    )

    margin_low: float = 0.05
    margin_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 3

    def check_options(self) -> None:
        """Refuse margins that leave the risks between 0 and 1."""
        check_margins(self.name, self.target, margin_low=self.margin_low, margin_high=self.margin_high)

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return Elimination(self.elimination_cutoff, self.elimination_min_n)

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the bounds by the strongest key."""
        keys = equal_intervals(self.target - self.margin_low, self.target + self.margin_high)
        return largest_mass_bounds(keys, len(n) - 1)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the strongest key."""
        return self.key_sentences("uniform prior, data of the current level")

    def key_sentences(self, posterior: str) -> tuple[str, ...]:
        """Return the rule of the strongest key under a posterior, given in words."""
        low, high = self.target - self.margin_low, self.target + self.margin_high
        return (
            f"The target key is a DLT risk of {low:.4g} to {high:.4g}; keys of the same length are laid out from it "
            "to 0 and 1.",
            moves_by(
                f"the key with the largest posterior probability for its length ({posterior})",
                "lies below the target key",
                "lies above it",
                "where it is the target key",
            ),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the keys."""
        return {
            "target key": f"target - {self.margin_low:g} to target + {self.margin_high:g}",
            "end keys": "shorter than the others; compared by posterior probability per unit length",
            "equal keys": "the highest decides",
            "decision": "by the strongest key under a uniform prior, at the current level only",
        }
