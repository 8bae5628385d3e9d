"""The cumulative cohort design, CCD (Ivanova, Flournoy & Chung 2007)."""

from dataclasses import dataclass
from typing import ClassVar

from simulator.designs.boundary_tables import EQUAL_WITHIN, largest_count_at_most, smallest_count_at_least
from simulator.designs.design import Floats, Ints
from simulator.designs.interval_design import Elimination, IntervalDesign, Selection
from simulator.designs.parameter_checks import require_between
from simulator.designs.statement import moves_by
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class CumulativeCohort(IntervalDesign):
    """Cumulative cohort design (Ivanova, Flournoy & Chung 2007, J Stat Plan Inference 137, 2316-2327).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`.
    delta
        Half-width of the interval of rates at which to stay; the paper's for the target if None.
    elimination_cutoff, elimination_min_n
        Close a level and all above where P(p > target) exceeds the cutoff under a uniform prior, from
        `elimination_min_n` patients at it on. None, as in the paper: no level is ever closed and the trial
        never stops for toxicity; 0.95 gives it the rule of the other interval designs.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The observed rate y / n escalates at target - delta or below, de-escalates at target + delta or above, and
    stays between.
    """

    name: ClassVar[str] = "ccd"
    title: ClassVar[str] = "the cumulative cohort design"
    references: ClassVar[tuple[str, ...]] = (
        "Ivanova A, Flournoy N, Chung Y. Cumulative cohort design for dose-finding. Journal of Statistical Planning "
        "and Inference 2007;137:2316-2327.",
    )

    delta: float | None = None
    elimination_cutoff: float | None = None
    elimination_min_n: int = 3

    def check_options(self) -> None:
        """Refuse an interval that leaves the risks between 0 and 1."""
        if self.delta is not None:
            most = min(self.target, 1 - self.target)
            legal = f"0 < delta < {most:g}, so that target - delta and target + delta are risks"
            require_between(self.name, "delta", self.delta, (0, most), legal)
        elif not 0 < self.target - self.half_width < self.target + self.half_width < 1:
            raise DesignError(
                f"{self.name}: target = {self.target!r}: default delta = {self.half_width} reaches beyond"
                " 0 or 1: give delta"
            )

    @property
    def half_width(self) -> float:
        """Half-width of the interval of rates at which to stay."""
        return recommended_delta(self.target) if self.delta is None else self.delta

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return Elimination(self.elimination_cutoff, self.elimination_min_n)

    @property
    def selection(self) -> Selection:
        """The observed rates, as in the paper."""
        return Selection(0.0, "observed rates y / n weighted by n")

    def bounds(self, n: Ints) -> tuple[Floats, Floats]:
        """Return the bounds by y / n: up at most at target - delta, down at least at target + delta."""
        return (
            largest_count_at_most(self.target - self.half_width, n),
            smallest_count_at_least(self.target + self.half_width, n),
        )

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the interval around the target."""
        return (
            moves_by(
                "the observed DLT rate at the current level",
                f"is at most {self.target - self.half_width:.4g}",
                f"is at least {self.target + self.half_width:.4g}",
                "otherwise",
            ),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the interval."""
        return {
            "interval": "the paper's half-width for the target"
            if self.delta is None
            else f"half-width {self.delta:g}",
            "ends of the interval": "a rate of exactly target - delta escalates, of exactly target + delta"
            " de-escalates",
            "decision": "by the observed rate at the current level only",
        }


def recommended_delta(target: float) -> float:
    """Return the half-width Ivanova et al. (2007) recommend: .09, from .30 on .10, .40 .12, .45 .13."""
    steps = ((0.45, 0.13), (0.40, 0.12), (0.30, 0.10))
    return next((delta for least, delta in steps if target >= least - EQUAL_WITHIN), 0.09)
