"""The Bayesian optimal interval design, BOIN (Liu & Yuan 2015), read as the R package BOIN 2.7.2 reads it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boin_boundaries import BoundaryRule, BoundaryTables, boundary_tables
from simulator.designs.design import Action, Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import (
    MAX_DOSES,
    MAX_PATIENTS,
    require_between,
    require_flag,
    require_integer,
)
from simulator.designs.selection import closest_to_target
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

SMALLEST_TABLE: Final = 64
MAX_INT: Final = np.iinfo(np.int64).max


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
        require_integer("BOIN", "n_doses", self.n_doses, 1, MAX_DOSES)
        require_integer("BOIN", "max_n", self.max_n, 1, MAX_PATIENTS)
        require_integer("BOIN", "cohort_size", self.cohort_size, 1, MAX_PATIENTS)
        require_integer("BOIN", "start_dose", self.start_dose, 1, self.n_doses)
        if self.stop_n_at_dose is not None:
            require_integer("BOIN", "stop_n_at_dose", self.stop_n_at_dose, 1, MAX_PATIENTS)
        for flag in ("extra_safe", "titration", "bound_mtd", "stay_on_one_of_three"):
            require_flag("BOIN", flag, getattr(self, flag))
        self._check_risks()

    def _check_risks(self) -> None:
        require_between("BOIN", "target", self.target, (0, 1), "0 < target < 1")
        if self.p_saf is not None:
            legal = f"0 < p_saf < target = {self.target}"
            require_between("BOIN", "p_saf", self.p_saf, (0, self.target), legal)
        if self.p_tox is not None:
            legal = f"target = {self.target} < p_tox < 1"
            require_between("BOIN", "p_tox", self.p_tox, (self.target, 1), legal)
        elif 1.4 * self.target >= 1:
            raise DesignError(
                f"BOIN: target = {self.target!r}: default p_tox = 1.4 * target must be below 1: give p_tox"
            )
        cutoff = self.elimination_cutoff
        require_between("BOIN", "elimination_cutoff", cutoff, (0, 1), "0 < elimination_cutoff < 1")
        legal = f"0 < extra_safe_offset < elimination_cutoff = {cutoff}"
        require_between("BOIN", "extra_safe_offset", self.extra_safe_offset, (0, cutoff), legal)

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

    @property
    def _titrates(self) -> bool:
        return self.titration and self.cohort_size > 1

    def boundaries(self, n: int) -> Boundaries:
        """Return the bounds with `n` patients at the level, n >= 1."""
        require_integer("BOIN", "n", n, 1, MAX_PATIENTS)
        tables = self._tables(n)
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
        closed = self._closed_from(observed)
        first = 1 if self._titrates else self.start_dose
        level, reason = self._move(observed, np.where(observed.level > 0, observed.level, first), closed)
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        if self._titrates:
            self._titrate(observed, closed, level, size, reason)
        start = observed.level == 0
        level[start] = np.minimum(first, closed[start] - 1)
        reason[start] = Reason.START
        reason[closed == 1] = Reason.STOP_TOO_TOXIC
        stop = (reason == Reason.STOP_TOO_TOXIC) | (reason == Reason.STOP_PRECISION)
        level[stop] = 0
        size[stop] = 0
        action = np.where(stop, Action.STOP, Action.TREAT).astype(np.int64)
        return Decision(action, level, size, closed, reason)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        at_most = self.lambda_d if self.bound_mtd else None
        closed = self._closed_from(observed)
        return closest_to_target(observed.n, observed.dlt, closed, self.target, at_most)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the bounds for n = 1..max_n, <NA> where a level cannot be eliminated.

        Columns n, escalate_if_at_most, deescalate_if_at_least, eliminate_if_at_least, all Int64. The stricter
        bound of `extra_safe` at level 1 and `stop_n_at_dose` are not in it: see `boundaries`.
        """
        import pandas as pd

        require_integer("BOIN", "max_n", max_n, 1, MAX_PATIENTS)
        rows = [self.boundaries(n) for n in range(1, max_n + 1)]
        columns = ("n", "escalate_if_at_most", "deescalate_if_at_least", "eliminate_if_at_least")
        return pd.DataFrame({c: pd.array([getattr(r, c) for r in rows], dtype="Int64") for c in columns})

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

    def _tables(self, largest_n: int) -> BoundaryTables:
        # Powers of two, so that a growing trial makes few tables.
        return boundary_tables(self.rule, max(SMALLEST_TABLE, 1 << int(largest_n).bit_length()))

    def _closed_from(self, observed: Observed) -> Ints:
        """Return the lowest closed level: by all data, and once closed stays closed."""
        n, dlt = observed.n, observed.dlt
        tables = self._tables(n.max(initial=0))
        too_toxic = dlt >= tables.eliminate_at_least[n]
        if self.extra_safe:
            too_toxic[:, 0] = dlt[:, 0] >= tables.stop_at_least[n[:, 0]]
        lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, self.n_doses + 1)
        return np.minimum(observed.closed_from, lowest).astype(np.int64)

    def _move(self, observed: Observed, level: Ints, closed: Ints) -> tuple[Ints, Ints]:
        """Move one level by the data at `level`, then down to the highest open level; or stop early there."""
        tables = self._tables(observed.n.max(initial=0))
        states = np.arange(len(level))
        n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
        few = dlt <= tables.escalate_at_most[n]
        many = dlt >= tables.deescalate_at_least[n]
        at_top = level == self.n_doses
        # closed - 1 is the highest open level: at most the top, and 0 only where the trial stops.
        moved = np.clip(level + few - many, 1, np.maximum(closed - 1, 1))
        never = MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose
        cases: list[tuple[NDArray[np.bool_], Reason]] = [
            (moved > level, Reason.ESCALATE),
            (moved < level, Reason.DE_ESCALATE),
            (n >= never, Reason.STOP_PRECISION),
            (n == 0, Reason.FILL_COHORT),
            (few & at_top, Reason.STAY_HIGHEST_LEVEL),
            (few, Reason.STAY_NEXT_CLOSED),
            (many, Reason.STAY_LOWEST_LEVEL),
        ]
        conditions, reasons = zip(*cases, strict=True)
        return moved, np.select(conditions, reasons, Reason.STAY).astype(np.int64)

    def _titrate(self, observed: Observed, closed: Ints, level: Ints, size: Ints, reason: Ints) -> None:
        """Overwrite level, size and reason in place where the data are those of a titration.

        Below the current level one patient each without DLT, at it at most one patient, above it nobody: no
        trial in cohorts of two or more has such data otherwise.
        """
        current = np.maximum(observed.level, 1)
        levels = np.arange(1, self.n_doses + 1)
        alone = (observed.n == 1) & (observed.dlt == 0) | (levels >= current[:, None])
        nobody_above = (observed.n == 0) | (levels <= current[:, None])
        states = np.arange(len(current))
        n, dlt = observed.n[states, current - 1], observed.dlt[states, current - 1]
        titrating = (alone & nobody_above).all(axis=1) & (n <= 1) & (current < closed)
        blocked = (current == self.n_doses) | (current + 1 >= closed)
        up = titrating & (n == 1) & (dlt == 0) & ~blocked
        fill = titrating & (n == 1) & ~up
        repeat = titrating & (n == 0)
        level[titrating] = current[titrating] + up[titrating]
        size[up | repeat] = 1
        size[fill] = self.cohort_size - 1
        reason[titrating] = Reason.FILL_COHORT
        reason[up] = Reason.TITRATE
