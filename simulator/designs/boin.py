"""The Bayesian optimal interval design, BOIN (Liu & Yuan 2015), read as the R package BOIN 2.7.2 reads it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.boin_boundaries import BoundaryRule, boundary_tables
from simulator.designs.boundary_tables import BoundaryTables, table_size
from simulator.designs.design import Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import (
    MAX_DOSES,
    MAX_PATIENTS,
    require_between,
    require_flag,
    require_integer,
)
from simulator.designs.selection import closest_to_target
from simulator.designs.titration import titration_step
from simulator.designs.up_and_down import MAX_INT, closed_from, concluded, decision_table, move
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The bounds at one n; None where no count reaches them."""

    n: int
    escalate_if_at_most: int
    deescalate_if_at_least: int
    eliminate_if_at_least: int | None
    stop_at_level_1_if_at_least: int | None


@dataclass(frozen=True, slots=True)
class BOIN:
    """Bayesian optimal interval design (Liu & Yuan 2015, Applied Statistics 64, 507-523).

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.
    p_saf, p_tox
        Highest risk that is underdosing, lowest that is overdosing; 0.6 and 1.4 times the target if None.
    elimination_cutoff
        Close a level and all above where P(p > target) exceeds it, from 3 patients on, under a uniform prior.
    extra_safe, extra_safe_offset
        Judge level 1 at elimination_cutoff - extra_safe_offset.
    titration
        One patient a level from level 1 (whatever start_dose) until the first DLT or the top level, whose
        cohort is then filled. Cohorts of 1 are that already, so cohort_size = 1 turns it off.
    stop_n_at_dose
        Stop where this many are at the level and the decision would keep the trial there; None never.
    bound_mtd
        Select only a level whose estimate is at most lambda_d.
    stay_on_one_of_three
        Stay at 1 DLT of 3, unless that eliminates the level.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    `decide` reads level, n, dlt and closed_from. In a trial of complete cohorts closed_from follows from n
    and dlt (a closed level's data cannot change), so with or without it a state key merges the same states.
    """

    name: ClassVar[str] = "boin"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    p_saf: float | None = None
    p_tox: float | None = None
    elimination_cutoff: float = 0.95
    extra_safe: bool = False
    extra_safe_offset: float = 0.05
    titration: bool = False
    stop_n_at_dose: int | None = None
    bound_mtd: bool = False
    stay_on_one_of_three: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_integer(self.name, "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer(self.name, "max_n", self.max_n, 1, MAX_PATIENTS)
        require_integer(self.name, "cohort_size", self.cohort_size, 1, MAX_PATIENTS)
        require_integer(self.name, "start_dose", self.start_dose, 1, self.n_doses)
        if self.stop_n_at_dose is not None:
            require_integer(self.name, "stop_n_at_dose", self.stop_n_at_dose, 1, MAX_PATIENTS)
        for flag in ("extra_safe", "titration", "bound_mtd", "stay_on_one_of_three"):
            require_flag(self.name, flag, getattr(self, flag))
        self._check_risks()

    def _check_risks(self) -> None:
        require_between(self.name, "target", self.target, (0, 1), "0 < target < 1")
        if self.p_saf is not None:
            legal = f"0 < p_saf < target = {self.target}"
            require_between(self.name, "p_saf", self.p_saf, (0, self.target), legal)
        if self.p_tox is not None:
            legal = f"target = {self.target} < p_tox < 1"
            require_between(self.name, "p_tox", self.p_tox, (self.target, 1), legal)
        elif 1.4 * self.target >= 1:
            raise DesignError(
                f"{self.name}: target = {self.target!r}: default p_tox = 1.4 * target must be below 1: give p_tox"
            )
        cutoff = self.elimination_cutoff
        require_between(self.name, "elimination_cutoff", cutoff, (0, 1), "0 < elimination_cutoff < 1")
        legal = f"0 < extra_safe_offset < elimination_cutoff = {cutoff}"
        require_between(self.name, "extra_safe_offset", self.extra_safe_offset, (0, cutoff), legal)

    @property
    def rule(self) -> BoundaryRule:
        """What the boundaries follow from, defaults filled in."""
        return BoundaryRule(
            target=self.target,
            p_saf=0.6 * self.target if self.p_saf is None else self.p_saf,
            p_tox=1.4 * self.target if self.p_tox is None else self.p_tox,
            elimination_cutoff=self.elimination_cutoff,
            stop_cutoff=self.elimination_cutoff - self.extra_safe_offset if self.extra_safe else None,
            stay_on_one_of_three=self.stay_on_one_of_three,
        )

    @property
    def lambda_e(self) -> float:
        """Highest observed DLT rate at which to escalate."""
        return self.rule.lambda_e

    @property
    def lambda_d(self) -> float:
        """Observed DLT rate above which to de-escalate; exactly at it the trial stays."""
        return self.rule.lambda_d

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return boundary_tables(self.rule, table_size(largest_n))

    @property
    def _titrates(self) -> bool:
        return self.titration and self.cohort_size > 1

    def boundaries(self, n: int) -> Boundaries:
        """Return the bounds with `n` patients at the level, n >= 1."""
        require_integer(self.name, "n", n, 1, MAX_PATIENTS)
        tables = self.boundary_tables(n)
        eliminate, stop = int(tables.eliminate_at_least[n]), int(tables.stop_at_least[n])
        return Boundaries(
            n=n,
            escalate_if_at_most=int(tables.escalate_at_most[n]),
            deescalate_if_at_least=int(tables.deescalate_at_least[n]),
            eliminate_if_at_least=eliminate if eliminate <= n else None,
            stop_at_level_1_if_at_least=stop if stop <= n else None,
        )

    def decide(self, observed: Observed) -> Decision:
        """Say what to do next, in the order of `get.oc`: eliminate, stop early, move. All arrays (S,)."""
        tables = self.boundary_tables(observed.n.max(initial=0))
        closed = closed_from(observed, tables)
        first = 1 if self._titrates else self.start_dose
        current = np.where(observed.level > 0, observed.level, first)
        stop_n = MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose
        level, reason = move(observed, current, closed, tables, stop_n)
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        if self._titrates:
            step = titration_step(observed, closed)
            level[step.titrating] = (step.level + step.up)[step.titrating]
            size[step.up | step.repeat] = 1
            size[step.fill] = self.cohort_size - 1
            reason[step.titrating] = Reason.FILL_COHORT
            reason[step.up] = Reason.TITRATE
        return concluded(observed, first, closed, level, size, reason)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        at_most = self.lambda_d if self.bound_mtd else None
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        return closest_to_target(observed.n, observed.dlt, closed, self.target, at_most)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, <NA> where a level cannot be eliminated.

        Columns n, escalate_if_at_most, deescalate_if_at_least, eliminate_if_at_least, all Int64. The stricter
        bound of `extra_safe` at level 1 and `stop_n_at_dose` are not in it: see `boundaries`.
        """
        return decision_table(self, max_n)

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        safe = "0.6 times the target" if self.p_saf is None else f"{self.p_saf:g}"
        toxic = "1.4 times the target" if self.p_tox is None else f"{self.p_tox:g}"
        return {
            "escalation boundary": f"p_saf is {safe}; a DLT rate of exactly lambda_e escalates",
            "de-escalation boundary": f"p_tox is {toxic}; a DLT rate of exactly lambda_d stays",
            "one DLT of three": "stays, unless it eliminates the level"
            if self.stay_on_one_of_three
            else "judged by the boundaries like any other count",
            "elimination": "closes a level and all above for good, from 3 patients at it and 1 DLT on, where"
            f" P(p > target) > {self.elimination_cutoff:g}, strictly, under a uniform prior",
            "extra safety at level 1": f"judged at the elimination cutoff minus {self.extra_safe_offset:g}"
            if self.extra_safe
            else "none: judged like any other level",
            "early stop": "never on patients at a level"
            if self.stop_n_at_dose is None
            else f"with {self.stop_n_at_dose} or more at the level just treated, before any move, if the"
            " decision would keep the trial there",
            "titration": "one patient a level from level 1, whatever the start level, until the first DLT or"
            " the top level, whose cohort is then filled"
            if self._titrates
            else "none",
            "move": "one level at a time; further down only to leave closed levels",
            "last cohort": "truncated to the cap; no early stop after it; selection judges elimination again",
            "selection": "isotonic estimate closest to the target, (y + 0.05) / (n + 0.1) with weights"
            " 1 / variance, pooled over treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
            "selection bound": "only estimates of at most lambda_d" if self.bound_mtd else "none",
        }
