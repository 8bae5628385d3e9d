"""BF-BOIN (Zhao et al. 2024): BOIN with backfill of lower levels at which a response was seen."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import ClassVar, Final

import numpy as np

from simulator.designs.backfill import (
    backfill_sentences,
    check_backfill,
    draw_by_priority,
    pool_sentences,
)
from simulator.designs.backfill_rule import BackfillRule, decision_by
from simulator.designs.boin import BOIN
from simulator.designs.boundary_tables import table_size
from simulator.designs.design import Decision, Observed
from simulator.designs.level_tallies import LevelTallies
from simulator.designs.parameter_checks import require_choice
from simulator.designs.statement import CLOSED_BY_ALL
from simulator.designs.suspension import Suspension
from simulator.designs.up_and_down import MAX_INT
from simulator.errors import DesignError

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

    def check_options(self) -> None:
        """Refuse options outside their range."""
        BOIN.check_options(self)
        if self.titration:
            raise DesignError(f"{self.name}: titration = True: must be False: BF-BOIN has no titration")
        check_backfill(self.name, self.n_cap, self.backfill)
        require_choice(self.name, "conflict", self.conflict, (PAPER, PACKAGE))

    def backfill_rule(self, largest_n: int) -> BackfillRule:
        """Return the rule, with bounds up to `largest_n` patients, or further."""
        return _rule(self, table_size(largest_n))

    def decide(self, observed: Observed) -> Decision:
        """Wait for the cohort, else move by the current level or by pooled levels. All arrays (S,)."""
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        by = self.backfill_rule(observed.infused.sum(axis=1).max(initial=0))
        draw = observed.draw if self.backfill == "random" else None
        of = LevelTallies(
            observed, current, by.draw if draw is None else draw, of_escalation=self.conflict == PACKAGE
        )
        return decision_by(by, of)

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
def _rule(design: BFBOIN, size: int) -> BackfillRule:
    package = design.conflict == PACKAGE
    # The package stays at 1 DLT of 3 at the current level only.
    elsewhere = replace(design, stay_on_one_of_three=False) if package else design
    tables, lower = (one.boundary_tables(size) for one in (design, elsewhere))
    nothing = np.zeros(size + 1)
    return BackfillRule(
        levels=design.n_doses,
        start=design.start_dose,
        cohort_size=design.cohort_size,
        stop_n=MAX_INT if design.stop_n_at_dose is None else design.stop_n_at_dose,
        n_cap=design.n_cap,
        target=design.target,
        backfills=True,
        by_size=False,
        waits=False,
        imputes=False,
        pools_from_lowest=False,
        draw=draw_by_priority(design.backfill),
        as_package=package,
        **Suspension()._asdict(),
        **tables.by_name(size),
        few_at_most=lower.escalate_at_most[: size + 1].astype(np.float64),
        many_above=lower.deescalate_at_least[: size + 1].astype(np.float64) - 1,
        dlts_escalate=nothing,
        dlts_deescalate=nothing,
        sizes_escalate=nothing,
        sizes_deescalate=nothing,
    )
