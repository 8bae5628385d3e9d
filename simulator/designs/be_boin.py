"""BE-BOIN (Chen et al. 2026): backfill and TITE-BOIN at once, every count with imputed DLTs."""

from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

import numpy as np

from simulator.designs.backfill import (
    backfill_sentences,
    check_backfill,
    level_by_the_paper,
    pool_sentences,
    with_next,
)
from simulator.designs.boundary_tables import EQUAL_WITHIN, BoundaryTables
from simulator.designs.design import Decision, Floats, Ints, Observed
from simulator.designs.early_look import FollowUpRead, waiting, with_pending
from simulator.designs.follow_up_design import AtLevel
from simulator.designs.late_onset_weights import weighted_follow_up
from simulator.designs.parameter_checks import require_choice
from simulator.designs.patient_records import backfilled_per_level, follow_up_sums, shortest_pending
from simulator.designs.pooled_levels import Bools, Pooled, Signals, pooled_level, reason_of_move
from simulator.designs.tite_boin import TITEBOIN
from simulator.designs.up_and_down import MAX_INT, closed_from, concluded


class _Judged(NamedTuple):
    """What the data say: of each level, of the pool, which levels are shut for backfill, which surely too toxic."""

    own: Signals
    pooled: Pooled
    shut: Bools
    certain: Bools

    def wanted(self, level: Ints) -> Ints:
        """Return the level that the current one, or the pool, leads to. Shape (S,)."""
        at = np.arange(len(level)), level - 1
        return np.where(self.pooled.conflict, self.pooled.level, level + self.own.few[at] - self.own.many[at])

    def agrees(self, other: "_Judged", level: Ints) -> Bools:
        """Return where another says the same of the levels up to the current one, and of the pool. Shape (S,)."""
        same = (self.own.few == other.own.few) & (self.own.many == other.own.many)
        above = np.arange(1, same.shape[1] + 1) > level[:, None]
        return np.asarray((same | above).all(axis=1) & (self.pooled.level == other.pooled.level))


@dataclass(frozen=True, slots=True)
class BEBOIN(TITEBOIN):
    """Backfilling and time-to-event BOIN (Chen et al. 2026): TITE-BOIN 2018 with the backfill of BF-BOIN.

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose, p_saf, p_tox, elimination_cutoff
        As of `BOIN`; extra_safe, extra_safe_offset, stop_n_at_dose, bound_mtd too.
    suspension, max_pending, min_follow_up, follow_up_weights
        As of `TITEBOIN`; by default "chen2025". The estimator is "2018". Backfilled patients count in the
        pending share of their level.
    n_cap, backfill
        As of `BFBOIN`.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    Each level's pending patients are imputed with its own p = (y + target / 2) / (n - c + 1); a pool has the imputed
    DLTs of its levels over their patients. The pool begins at the lowest backfilled level that disagrees. Levels
    close by all patients infused. Without backfill it is TITE-BOIN.
    """

    name: ClassVar[str] = "be-boin"
    reads: ClassVar[frozenset[str]] = TITEBOIN.reads
    selects_by_responses: ClassVar[bool] = False
    opens_by_first_response: ClassVar[bool] = True
    title: ClassVar[str] = "the time-to-event Bayesian optimal interval design with backfill (BE-BOIN)"
    references: ClassVar[tuple[str, ...]] = (
        "Chen K, Zhao Y, Takeda K, Yuan Y. BE-BOIN: a dose optimization design accommodating backfill and late-onset "
        "toxicity. Therapeutic Innovation & Regulatory Science 2026. doi:10.1007/s43441-026-00994-0.",
    )

    suspension: str = "chen2025"
    n_cap: int = 12
    backfill: str = "highest"

    @property
    def follow_up_read(self) -> FollowUpRead:
        """Every level is imputed by its own follow-up."""
        return FollowUpRead.ALL

    def check_options(self) -> None:
        """Refuse options outside their range."""
        TITEBOIN.check_options(self)
        require_choice(self.name, "estimator", self.estimator, ("2018",))
        check_backfill(self.name, self.n_cap, self.backfill)

    def closing_dlts_above(self, most: int) -> Ints:
        """Return the DLTs that close levels: of those above the current one nothing else is read."""
        return self.boundary_tables(most).closing(most)

    def decide(self, observed: Observed) -> Decision:
        """Close levels by all patients, wait, or move by the current level or by pooled ones. All arrays (S,)."""
        tables, closed, current, every = self._known(observed)
        judged = self._judged(observed, current, every, tables)
        own, pooled, shut, certain = judged
        here = _at_current(every, current, observed)
        at = np.arange(len(current)), current - 1
        step = own.few[at].astype(np.int64) - own.many[at]
        level = np.clip(judged.wanted(current), 1, np.maximum(closed - 1, 1))
        reason = reason_of_move(
            current, level, step, pooled.conflict, here.enrolled, self.stop_n, self.n_doses
        )
        wait = self._waiting(here, level > current, np.zeros_like(certain[at]), certain[at])
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        decision = concluded(observed, self.start_dose, closed, level, size, reason)
        decision = waiting(decision, np.where((observed.level > 0) & (current < closed), wait, 0), current)
        below = np.minimum(current, decision.level)
        backfill = level_by_the_paper(observed, below, closed, shut, self.n_cap, self.backfill)
        return replace(decision, backfill_level=backfill)

    def settled_by_counts(self, observed: Observed) -> Bools:
        """Return where no and full follow-up say the same of every level, and pool, that is read. Shape (S,)."""
        tables, closed, current, every = self._known(observed)
        none, full = (
            self._judged(observed, current, every._replace(follow_up=follow_up), tables)
            for follow_up in (np.zeros(every.pending.shape), every.pending.astype(np.float64))
        )
        at = np.arange(len(current)), current - 1
        here, certain = _at_current(every, current, observed), none.certain[at]
        no = np.zeros_like(certain)
        up = none.wanted(current) > current
        too_new, old_enough = (
            self._waiting(here._replace(shortest=np.full(len(current), shortest)), up, no, certain)
            for shortest in (0.0, 1.0)
        )
        # More DLTs in one pool lead one way: what both ends say, all between say.
        moves_alike = none.agrees(full, current) & (too_new == old_enough)
        waits = (self._waiting(here, no, no, certain) > 0) & (observed.level > 0) & (current < closed)
        lower = np.arange(1, self.n_doses + 1) < current[:, None]
        return np.asarray((moves_alike | waits) & ((none.shut == full.shut) | ~lower).all(axis=1))

    def settled_by_sum_and_shortest(self, observed: Observed) -> Bools:
        """Return where nobody is pending at a lower level, and one pool at most can be read. Shape (S,)."""
        if self.follow_up_weights is not None:
            return np.zeros(len(observed.level), dtype=np.bool_)
        tables, _, current, every = self._known(observed)
        lower = np.arange(1, self.n_doses + 1) < current[:, None]
        few, many, _ = self._directions(every, tables)
        compared = lower & self._compared(observed)
        # Another pool is read where the current level would go up than where it would not; and a stop for enough
        # patients where a pool keeps the level.
        barred = many if self.stop_n == MAX_INT else many | ~few
        return np.asarray(~((lower & (every.pending > 0)) | (compared & barred)).any(axis=1))

    def _known(self, observed: Observed) -> tuple[BoundaryTables, Ints, Ints, AtLevel]:
        """Return the bounds, lowest closed and current level (S,), and the data at every level (S, J)."""
        enrolled = with_pending(observed)
        tables = self.boundary_tables(enrolled.n.max(initial=0))
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        return tables, closed_from(enrolled, tables), current, self._at_every_level(observed, enrolled.n)

    def _judged(self, observed: Observed, current: Ints, every: AtLevel, tables: BoundaryTables) -> _Judged:
        """Return what the data of every level (S, J) say, by themselves and pooled."""
        up, down, certain = self._directions(every, tables)
        n, imputed = every.enrolled, self._imputed(every)
        # TITE-BOIN judges the current level; of the others the imputed rate alone speaks.
        elsewhere = (every.pending > 0) & (np.arange(1, self.n_doses + 1) != current[:, None])
        by_rate = self._judge(n, imputed)
        own = Signals(np.where(elsewhere, by_rate.few, up), np.where(elsewhere, by_rate.many, down))
        pooled = pooled_level(current, n, imputed, own, self._compared(observed), self._judge, lowest=True)
        pair = self._judge(with_next(n), with_next(imputed))
        return _Judged(own, pooled, own.many & pair.many, certain)

    def _at_every_level(self, observed: Observed, enrolled: Ints) -> AtLevel:
        """Return the data at every level, each (S, J); the shortest follow-up is not read there."""
        records, nothing = observed.patients, np.zeros(enrolled.shape)
        weight = weighted_follow_up(self.follow_up_weights)
        sums = nothing if records is None else follow_up_sums(records, self.n_doses, weight)
        return AtLevel(enrolled, observed.dlt, enrolled - observed.n, sums, nothing)

    def _imputed(self, every: AtLevel) -> Floats:
        """Return the DLTs of each level with those imputed to its pending patients, (S, J)."""
        n, y, c, follow_up, _ = every
        rate = (y + self.target / 2) / (n - c + 1)
        imputed: Floats = y + rate / (1 - rate) * (c - follow_up)
        return imputed

    def _compared(self, observed: Observed) -> np.ndarray:
        """Return which levels may disagree with a higher current one: those that received backfill. (S, J)."""
        records = observed.patients
        if records is None:
            return np.zeros(observed.n.shape, dtype=np.bool_)
        return backfilled_per_level(records, self.n_doses) > 0

    def _judge(self, n: Ints, dlt: Ints | Floats) -> Signals:
        """Return what patients and imputed DLTs (S, J) of pools say; a rate of lambda_d stays."""
        bounds, slack = self.dlt_bounds(n), EQUAL_WITHIN * (1 + n)
        treated = n > 0
        return Signals(
            treated & (dlt <= bounds.escalate + slack), treated & (dlt > bounds.deescalate + slack)
        )

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the boundaries with their numbers, pending patients, what overrules, and what is backfilled."""
        counted = "the DLTs seen and imputed"
        return (
            *TITEBOIN.rule_sentences(self),
            "Backfilled patients count at their level like those of escalation. The pending patients of each level "
            "are counted with that level's own p.",
            *pool_sentences("that was backfilled", "patients and their DLTs, seen and imputed,", True),
            *backfill_sentences(
                "a patient has responded there or at a lower level", self.n_cap, counted, self.backfill
            ),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the boundaries, of BOIN's options and of backfill."""
        return {
            **TITEBOIN.readings(self),
            "conflict": "a lower level that received backfill disagrees",
            "pool": "from the lowest level that disagrees up to the current one, imputed DLTs over all infused; too"
            " toxic: the highest level up to which the pool is not, else the level below the pool",
            "opening": "a response at the level or below",
            "cap": f"{self.n_cap} patients at a level, pending ones included",
            "shutting": "a level too toxic by itself and pooled with the next, imputed DLTs included, and all above"
            " it; it can open again",
            "priority": f"{self.backfill} open level"
            + (", by a numbered draw" if self.backfill == "random" else ""),
            "end of backfill": "with escalation; all patients are followed up and count in the selection",
        }


def _at_current(every: AtLevel, level: Ints, observed: Observed) -> AtLevel:
    """Return the data at the current level, each (S,)."""
    at = np.arange(len(level)), level - 1
    records = observed.patients
    shortest = np.zeros(len(level)) if records is None else shortest_pending(records, level)
    return AtLevel(every.enrolled[at], every.dlt[at], every.pending[at], every.follow_up[at], shortest)
