"""BF-BOIN (Zhao et al. 2024): BOIN with backfill of lower levels at which a response was seen."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

from simulator.designs.backfill import (
    backfill_sentences,
    check_backfill,
    level_by_the_paper,
    level_to_backfill,
    open_levels,
    pool_sentences,
    with_next,
)
from simulator.designs.boin import BOIN
from simulator.designs.boundary_tables import BoundaryTables
from simulator.designs.design import Decision, Floats, Ints, Observed, Reason
from simulator.designs.early_look import waiting, with_pending
from simulator.designs.parameter_checks import require_choice
from simulator.designs.patient_records import (
    backfilled_per_level,
    count_per_level,
)
from simulator.designs.pooled_levels import Bools, Pooled, Signals, pooled_level, reason_of_move
from simulator.designs.statement import CLOSED_BY_ALL
from simulator.designs.up_and_down import MAX_INT, closed_from, concluded
from simulator.errors import DesignError

_Value = TypeVar("_Value", bound=np.generic)
PAPER: Final = "paper"
PACKAGE: Final = "bfboin"


@dataclass(frozen=True, slots=True)
class BFBOIN(BOIN):
    """BOIN with backfill (Zhao, Yuan, Korn & Freidlin 2024, Clinical Cancer Research 30, 673-679).

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose, p_saf, p_tox, elimination_cutoff
        As of `BOIN`; extra_safe, extra_safe_offset, stop_n_at_dose, bound_mtd, stay_on_one_of_three too. There is no
        titration.
    n_cap
        Patients at a level, backfilled and pending ones included, up to which it is backfilled.
    backfill
        Of several open levels "highest", "lowest" or "random" comes first.
    conflict
        "paper": levels that received backfill may disagree with the current one; a response at or below a level opens
        it; all levels close by their own data. "bfboin": as the R package bfboin 0.1.1, see Notes.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    The trial waits for the escalation cohort and decides on complete outcomes, those of backfilled patients included.
    bfboin 0.1.1 compares all lower levels, closes by the current level's data only, opens a level by a response of an
    escalation patient at the level itself, and lets it have one patient more than the cap.
    """

    name: ClassVar[str] = "bf-boin"
    title: ClassVar[str] = "the Bayesian optimal interval design with backfill (BF-BOIN)"
    references: ClassVar[tuple[str, ...]] = (
        "Zhao Y, Yuan Y, Korn EL, Freidlin B. Backfilling patients in phase I dose-escalation trials using "
        "Bayesian optimal interval design (BOIN). Clinical Cancer Research 2024;30:673-679.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending", "outcomes"})
    selects_by_responses: ClassVar[bool] = False

    waits_for_outcomes: ClassVar[bool] = True

    n_cap: int = 12
    backfill: str = "highest"
    conflict: str = PAPER

    @property
    def opens_by_first_response(self) -> bool:
        """Return whether any response at or below a level opens it; the package asks for an escalation patient's."""
        return self.conflict == PAPER

    def check_options(self) -> None:
        """Refuse options outside their range."""
        BOIN.check_options(self)
        if self.titration:
            raise DesignError(f"{self.name}: titration = True: must be False: BF-BOIN has no titration")
        check_backfill(self.name, self.n_cap, self.backfill)
        require_choice(self.name, "conflict", self.conflict, (PAPER, PACKAGE))

    def closing_dlts_above(self, most: int) -> Ints | None:
        """Return the DLTs that close levels: of those above the current one the paper reads nothing else."""
        return self.boundary_tables(most).closing(most) if self.conflict == PAPER else None

    def decide(self, observed: Observed) -> Decision:
        """Wait for the cohort, else move by the current level or by pooled levels. All arrays (S,)."""
        enrolled = with_pending(observed)
        tables = self.boundary_tables(enrolled.n.max(initial=0))
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        own = self._signals(observed, current, tables)
        pooled = pooled_level(
            current, observed.n, observed.dlt, own, self._compared(observed), self._judge, lowest=False
        )
        pending = _cohort_is_pending(observed) & (observed.level > 0)
        closed = self._closed(enrolled, current, tables, pooled, pending)
        step = _at(own.few, current).astype(np.int64) - _at(own.many, current)
        wanted = np.where(pooled.conflict, pooled.level, current + step)
        level = np.clip(wanted, 1, np.maximum(closed - 1, 1))
        stop_n = MAX_INT if self.stop_n_at_dose is None else self.stop_n_at_dose
        reason = reason_of_move(
            current, level, step, pooled.conflict, _at(observed.n, current), stop_n, self.n_doses
        )
        size = np.full(level.shape, self.cohort_size, dtype=np.int64)
        decision = concluded(observed, self.start_dose, closed, level, size, reason)
        # A closed level is left at once, whatever is pending.
        wait = pending & (current < closed)
        decision = waiting(decision, np.where(wait, Reason.WAIT_OUTCOME_UNDECIDED, 0), current)
        return replace(
            decision, backfill_level=self._backfill_level(observed, enrolled, current, decision, own)
        )

    def _signals(self, observed: Observed, current: Ints, tables: BoundaryTables) -> Signals:
        """Return what each level's own data say, (S, J)."""
        n, dlt = observed.n, observed.dlt
        lower = self._judge(n, dlt)
        here = np.arange(1, self.n_doses + 1) == current[:, None]
        return Signals(
            np.where(here, dlt <= tables.escalate_at_most[n], lower.few),
            np.where(here, dlt >= tables.deescalate_at_least[n], lower.many),
        )

    def _judge(self, n: Ints, dlt: Ints | Floats) -> Signals:
        """Return what patients and DLTs (S, J) of lower levels, or of pools, say."""
        tables = _without_current_level(self).boundary_tables(n.max(initial=0))
        return Signals(dlt <= tables.escalate_at_most[n], dlt >= tables.deescalate_at_least[n])

    def _compared(self, observed: Observed) -> Bools:
        """Return which levels may disagree with a higher current one. Shape (S, J)."""
        if self.conflict == PACKAGE:
            return observed.n > 0
        records = observed.patients
        if records is None:
            return np.zeros(observed.n.shape, dtype=np.bool_)
        return (observed.n > 0) & (backfilled_per_level(records, self.n_doses) > 0)

    def _closed(
        self, enrolled: Observed, current: Ints, tables: BoundaryTables, pooled: Pooled, pending: Bools
    ) -> Ints:
        """Return the lowest closed level; the package judges once the cohort is complete. Shape (S,)."""
        if self.conflict == PAPER:
            return closed_from(enrolled, tables)
        n = enrolled.n if enrolled.pending is None else enrolled.n - enrolled.pending
        dlt = enrolled.dlt
        eliminate = np.where(
            current == 1, tables.stop_at_least[n[:, 0]], _at(tables.eliminate_at_least[n], current)
        )
        closed = np.where(_at(dlt, current) >= eliminate, current, self.n_doses + 1)
        # The pool leads below level 1, which its own data eliminate.
        none = pooled.conflict & (pooled.level == 0) & (dlt[:, 0] >= tables.eliminate_at_least[n[:, 0]])
        closed = np.where(pending, self.n_doses + 1, np.where(none, 1, closed))
        lowest: Ints = np.minimum(closed, enrolled.closed_from)
        return lowest

    def _backfill_level(
        self, observed: Observed, enrolled: Observed, current: Ints, decision: Decision, own: Signals
    ) -> Ints:
        """Return the level a patient who arrives now may be backfilled at, 0 for none. Shape (S,)."""
        records = observed.patients
        if records is None:
            return np.zeros(len(current), dtype=np.int64)
        pair = self._judge(with_next(observed.n), with_next(observed.dlt))
        below, too_toxic = np.minimum(current, decision.level), own.many & pair.many
        if self.conflict == PAPER:
            return level_by_the_paper(
                observed, below, decision.closed_from, too_toxic, self.n_cap, self.backfill
            )
        seen = (records.response == 1) & ~records.backfill
        responded = count_per_level(records, self.n_doses, seen) > 0
        open_ = open_levels(below, decision.closed_from, responded, enrolled.n <= self.n_cap, too_toxic)
        return level_to_backfill(open_, self.backfill, observed)

    def rule_sentences(self) -> tuple[str, ...]:
        """Return the boundaries with their numbers, what overrules them, and which levels are backfilled."""
        package = self.conflict == PACKAGE
        own = "the observed DLT rate at the current level, backfilled patients included,"
        stays = "With 1 DLT of 3 patients the level is kept, unless that closes it."
        opened = (
            "a patient of an escalation cohort has responded there"
            if package
            else "a patient has responded there or at a lower level"
        )
        return (
            "The trial decides once the outcomes of the escalation cohort are complete, on all complete outcomes.",
            self.moves(own),
            *((stays,) if self.stay_on_one_of_three else ()),
            *pool_sentences(
                "with patients" if package else "that was backfilled", "complete outcomes", False
            ),
            *backfill_sentences(
                opened, self.n_cap + package, "the DLTs among the complete outcomes", self.backfill
            ),
        )

    def stop_sentences(self) -> tuple[str, ...]:
        """Return elimination by all patients, and the stop for enough of them."""
        only = ("Only the current level is judged so, once its cohort is complete.",)
        return (*BOIN.stop_sentences(self), *(only if self.conflict == PACKAGE else (CLOSED_BY_ALL,)))

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        package = self.conflict == PACKAGE
        kept = BOIN.conventions(self)
        del kept["titration"]
        return {
            **kept,
            "elimination": kept["elimination"]
            if not package
            else f"{kept['elimination']}; judged at the current level only",
            "pending outcomes": "the trial waits for its escalation cohort; decisions count complete outcomes,"
            " backfilled patients included, and pending ones count towards elimination as no DLT",
            "conflict": "a lower level with patients disagrees"
            if package
            else "a lower level that received backfill disagrees",
            "pool": "from the highest level that disagrees up to the current one; too toxic: the highest level up to"
            " which the pool is not, else the level below the pool",
            "opening": "a response of an escalation patient at the level itself"
            if package
            else "a response at the level or below",
            "cap": f"{self.n_cap} patients at a level, pending ones included{', and one more' if package else ''}",
            "shutting": "a level too toxic by itself and pooled with the next, and all above it; it can open again",
            "priority": f"{self.backfill} open level"
            + (", by a numbered draw" if self.backfill == "random" else ""),
            "end of backfill": "with escalation; all patients are followed up and count in the selection",
        }


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _without_current_level(design: BFBOIN) -> BFBOIN:
    """Return the design that judges lower levels: the package stays at 1 DLT of 3 at the current level only."""
    return replace(design, stay_on_one_of_three=False) if design.conflict == PACKAGE else design


def _at(values: NDArray[_Value], level: Ints) -> NDArray[_Value]:
    """Return the value (S, J) at each state's level. Shape (S,)."""
    return values[np.arange(len(level)), level - 1]


def _cohort_is_pending(observed: Observed) -> Bools:
    """Return where a patient of an escalation cohort is pending. Shape (S,)."""
    records = observed.patients
    if records is None:
        return np.zeros(len(observed.level), dtype=np.bool_)
    return np.asarray((records.dlt_pending & ~records.backfill).any(axis=1), dtype=np.bool_)
