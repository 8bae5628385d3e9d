"""TITE-keyboard: the keyboard design that counts pending patients by their follow-up (Lin & Yuan 2020)."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from simulator.designs.boundary_tables import table_size
from simulator.designs.design import Ints
from simulator.designs.follow_up_design import FollowUpDesign
from simulator.designs.follow_up_limits import RealBounds
from simulator.designs.follow_up_sentences import pending_sentences
from simulator.designs.interval_design import Elimination, IntervalDesign
from simulator.designs.keyboard import Keyboard
from simulator.designs.real_bounds import dlts_between, sizes_between
from simulator.designs.statement import CLOSED_BY_ALL
from simulator.designs.unit_mass import Intervals, equal_intervals
from simulator.errors import DesignError


@dataclass(frozen=True, slots=True)
class TITEKeyboard(FollowUpDesign):
    """Time-to-event keyboard design (Lin & Yuan 2020, Biostatistics 21, 807-824).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose, estimator, suspension, max_pending, min_follow_up
        As of every `FollowUpDesign`; follow_up_weights too. "2020" compares the keys under Beta(1 + y, 1 + ESS - y),
        "2018" under Beta(1 + x, 1 + n - x) with x the DLTs and the imputed ones.
    margin_low, margin_high, elimination_cutoff, elimination_min_n
        As of `Keyboard`. All patients infused at a level count towards elimination.

    Raises
    ------
    DesignError
        For a parameter outside its range.
    """

    name: ClassVar[str] = "tite-keyboard"
    title: ClassVar[str] = "the time-to-event keyboard design (TITE-keyboard)"
    references: ClassVar[tuple[str, ...]] = (
        "Lin R, Yuan Y. Time-to-event model-assisted designs for dose-finding trials with delayed toxicity. "
        "Biostatistics 2020;21:807-824.",
    )

    estimator: str = "2020"
    suspension: str = "titemad"
    margin_low: float = 0.05
    margin_high: float = 0.05
    elimination_cutoff: float | None = 0.95
    elimination_min_n: int = 3

    def check_options(self) -> None:
        """Refuse options outside their range."""
        FollowUpDesign.check_options(self)
        try:
            _keyboard(self)
        except DesignError as error:
            raise DesignError(str(error).replace(Keyboard.name, self.name, 1)) from None

    @property
    def elimination(self) -> Elimination:
        """When a level closes."""
        return _keyboard(self).elimination

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the bounds of the keyboard design, which decide where nobody at the level is pending."""
        return _keyboard(self).bounds(n)

    def dlt_bounds(self, enrolled: Ints) -> RealBounds:
        """Return the real numbers of DLTs among n between which the target key is the strongest."""
        tables = dlts_between(_keys(self), table_size(enrolled.max(initial=0)))
        return RealBounds(tables.escalate[enrolled], tables.deescalate[enrolled])

    def size_bounds(self, dlt: Ints) -> RealBounds:
        """Return the effective sample sizes between which the target key is the strongest with y DLTs."""
        tables = sizes_between(_keys(self), table_size(dlt.max(initial=0)))
        return RealBounds(tables.escalate[dlt], tables.deescalate[dlt])

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the rule of the strongest key, and what is done while outcomes are pending."""
        posterior = (
            "uniform prior, the DLTs seen and imputed among all patients infused at the current level"
            if self.estimator == "2018"
            else "uniform prior, the DLTs at the current level among its effective sample size"
        )
        return (*_keyboard(self).key_sentences(posterior), *pending_sentences(self))

    def stop_sentences(self) -> tuple[str, ...]:
        """Return elimination by all patients."""
        closing = IntervalDesign.stop_sentences(self)
        return closing if self.elimination_cutoff is None else (*closing, CLOSED_BY_ALL)

    def readings(self) -> dict[str, str]:
        """Name the readings of the keys."""
        return _keyboard(self).readings() | {
            "decision": "by the strongest key under a uniform prior, at the current level only; real numbers of"
            " patients or DLTs in the posterior, no asymptotic bound",
        }


@lru_cache(maxsize=256)
def _keyboard(design: TITEKeyboard) -> Keyboard:
    """Return the design of complete cohorts."""
    return Keyboard(
        n_doses=design.n_doses,
        target=design.target,
        cohort_size=design.cohort_size,
        max_n=design.max_n,
        start_dose=design.start_dose,
        margin_low=design.margin_low,
        margin_high=design.margin_high,
        elimination_cutoff=design.elimination_cutoff,
        elimination_min_n=design.elimination_min_n,
    )


def _keys(design: TITEKeyboard) -> Intervals:
    return equal_intervals(design.target - design.margin_low, design.target + design.margin_high)
