"""The calibration-free odds design, CFO (Jin & Yin 2022), read as the R package CFO 2.2.0 but for one fault."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import table_size
from simulator.designs.cfo_rule import MIN_N_TO_CLOSE, closing_from, lowest_too_toxic, moved_level
from simulator.designs.cfo_tables import pair_tables
from simulator.designs.design import Decision, Floats, Ints, Observed, Reason
from simulator.designs.early_look import waiting
from simulator.designs.parameter_checks import (
    MAX_PATIENTS,
    check_elimination,
    check_sizes,
    require_integer,
)
from simulator.designs.selection import closest_to_target
from simulator.designs.statement import selection_sentence
from simulator.designs.up_and_down import concluded
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class CFO:
    """Calibration-free odds design (Jin & Yin 2022, Statistical Methods in Medical Research 31, 1051-1066).

    Parameters
    ----------
    n_doses, target
        Dose levels, 1..20; DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it); first level.
    elimination_cutoff
        Close a level and all above where P(p > target) is at least this, from 3 patients on, under
        Beta(target, 1 - target).
    stop_n_at_dose
        Stop where this many are at the level and the decision would keep the trial there; None never, as in the
        package.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The odds that the level below is the better place, and those of the level above, are each held against the
    threshold that minimises the sum of both error probabilities. `CFO.next` of the package sends patients to a
    closed level below; here the trial goes on to the highest open level.
    """

    name: ClassVar[str] = "cfo"
    title: ClassVar[str] = "the calibration-free odds design (CFO)"
    references: ClassVar[tuple[str, ...]] = (
        "Jin H, Yin G. CFO: calibration-free odds design for phase I/II clinical trials. Statistical Methods "
        "in Medical Research 2022;31:1051-1066.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    elimination_cutoff: float = 0.95
    stop_n_at_dose: int | None = None

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        check_elimination(self.name, self.elimination_cutoff, MIN_N_TO_CLOSE)
        if self.stop_n_at_dose is not None:
            require_integer(self.name, "stop_n_at_dose", self.stop_n_at_dose, 1, MAX_PATIENTS)
        self.check_options()

    def check_options(self) -> None:
        """Raise DesignError for an option outside its range that a design derived from this one adds."""
        return

    def counts(self, observed: Observed) -> tuple[Ints, Ints | Floats]:
        """Return the patients and DLTs that the rule reads, each (S, J)."""
        return observed.n, observed.dlt

    def wait_for(self, observed: Observed, level: Ints, moved: Ints) -> Ints:
        """Return why to wait instead of going from `level` to `moved`, 0 for not at all. Shape (S,)."""
        return np.zeros(len(level), dtype=np.int64)

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n."""
        return self.decided(observed, *self.counts(observed))

    def decided(self, observed: Observed, n: Ints, dlt: Ints | Floats) -> Decision:
        """Return what to do next by these patients and DLTs, each (S, J). All arrays (S,)."""
        closed = self._closed(observed, n, dlt)
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        level, reason = moved_level(current, n, dlt, closed, self.pulls)
        wait = self.wait_for(observed, current, level)
        if self.stop_n_at_dose is not None:
            treated = n[np.arange(len(current)), current - 1]
            reason[(level == current) & (treated >= self.stop_n_at_dose)] = Reason.STOP_PRECISION
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        return waiting(concluded(observed, self.start_dose, closed, level, size, reason), wait, current)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        n, dlt = self.counts(observed)
        closed = self._closed(observed, n, dlt)
        target = self.target
        # A level at which no outcome is known is not selected.
        known = np.where(observed.n > 0, n, 0)
        return closest_to_target(known, dlt, closed, target, prior=target, prior_safe=1 - target)

    def pulls(self, n: Ints, dlt: Ints | Floats, down: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return where the odds of pairs of neighbours, down or up, exceed their threshold. Shape (pairs,).

        Parameters
        ----------
        n, dlt : (2, pairs)
            Patients and DLTs, possibly fractions, of the lower levels and of the upper ones.
        """
        return pair_tables(self.target).pulls(n, dlt, down)

    def too_toxic_from(self, most: int) -> Floats:
        """Return the smallest real numbers of DLTs that close levels with 0..`most` patients. Shape (most + 1,)."""
        return closing_from(self.target, self.elimination_cutoff, most + 1)

    def _closed(self, observed: Observed, n: Ints, dlt: Ints | Floats) -> Ints:
        found = lowest_too_toxic(n, dlt, self.too_toxic_from(table_size(n.max(initial=0))))
        closed: Ints = np.minimum(observed.closed_from, found)
        return closed

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: a decision depends on the data of the neighbouring levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows depends on the data of the neighbouring"
            " levels"
        )

    def statement(self) -> tuple[str, ...]:
        """Return odds, thresholds, moves, elimination and selection in sentences for a protocol."""
        target, early = self.target, self.conventions()["early stop"]
        enough = () if self.stop_n_at_dose is None else (f"Escalation ends early {early}.",)
        return (
            f"The DLT risk of each level has the prior Beta({target:g}, {1 - target:g}). Of two neighbouring levels "
            f"P is the posterior probability that the risk of a level is at most {target:g}, given that the lower "
            "level has the lower risk. The odds for de-escalation are the product of (1 - P) / P of the level below "
            "and of the current level; the odds for escalation the product of P / (1 - P) of the current level and "
            "of the level above.",
            "Odds count where they exceed a threshold: of the values that they can take with these numbers of "
            "patients, the one that minimises the sum of both error probabilities, of staying where the trial should "
            f"move and of moving where it should stay. De-escalation is right with a risk of {target:g} at the level "
            f"below and one uniform between {target:g} and {min(1.0, 2 * target):g} at the current level, wrong "
            f"with {target:g} at the current level and one uniform below {target:g} at the level below; "
            "escalation is right and wrong likewise for the current level and the one above.",
            *self.pending_sentences(),
            "The next cohort is treated one level lower where only the odds for de-escalation count, one level "
            "higher where only those for escalation do, and at the same level otherwise.",
            f"A level and all above it are closed for good where, with {MIN_N_TO_CLOSE} or more patients treated "
            f"there, the posterior probability that its DLT risk exceeds {target:g} is at least "
            f"{self.elimination_cutoff:g}; the trial then goes on at the highest open level at most, and stops, with "
            "no level selected, where level 1 is closed.",
            *enough,
            selection_sentence(target, f"(y + {target:g}) / (n + 1) with weights 1 / variance"),
        )

    def pending_sentences(self) -> tuple[str, ...]:
        """Return what is done while outcomes are pending, in sentences for a protocol."""
        return ("The trial waits for the outcomes of each cohort.",)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        target = self.target
        return {
            "prior": f"Beta({target:g}, {1 - target:g}) at every level",
            "odds": "of two neighbouring levels under the order of their risks, integrated up to 0.999",
            "thresholds": "the attained odds that minimise the sum of both error probabilities; the first of equal"
            " ones; 0 where every sum is above 1",
            "odds at the threshold": "stay: odds must exceed it by a billionth of itself",
            "both neighbours pull": "stay",
            **self.readings(),
            "elimination": f"closes a level and all above for good, from {MIN_N_TO_CLOSE} patients at it on, where"
            f" P(p > target) >= {self.elimination_cutoff:g}, not strictly, under the design's prior",
            "closed level below": "never treated: on to the highest open level; stop where level 1 is closed",
            "move": "one level at a time; further down only to leave closed levels",
            "early stop": "never on patients at a level"
            if self.stop_n_at_dose is None
            else f"with {self.stop_n_at_dose} or more at the level, if the decision would keep the trial there",
            "last cohort": "truncated to the cap; no decision after it; selection judges elimination again",
            "selection": "isotonic estimate closest to the target, (y + target) / (n + 1) with weights 1 / variance,"
            " pooled over treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
        }

    def readings(self) -> dict[str, str]:
        """Name the readings of pending outcomes."""
        return {"pending outcomes": "none: it waits for complete cohorts"}
