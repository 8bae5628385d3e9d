"""BE-BOIN (Chen et al. 2026): backfill and TITE-BOIN at once, every count with imputed DLTs."""

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np

from simulator.designs.backfill import (
    backfill_sentences,
    check_backfill,
    draw_by_priority,
    pool_sentences,
)
from simulator.designs.backfill_rule import BackfillRule, decision_by
from simulator.designs.boundary_tables import EQUAL_WITHIN, table_size
from simulator.designs.design import Decision, Observed
from simulator.designs.early_look import FollowUpRead
from simulator.designs.level_tallies import LevelTallies
from simulator.designs.parameter_checks import require_choice
from simulator.designs.tite_boin import TITEBOIN


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

    def backfill_rule(self, largest_n: int) -> BackfillRule | None:
        """Return the rule where follow-up counts as it is, with bounds up to `largest_n` patients, or further."""
        return _rule(self, table_size(largest_n)) if self.follow_up_weights is None else None

    def decide(self, observed: Observed) -> Decision:
        """Close levels by all patients, wait, or move by the current level or by pooled ones. All arrays (S,)."""
        current = np.where(observed.level == 0, self.start_dose, observed.level)
        by = _rule(self, table_size(observed.infused.sum(axis=1).max(initial=0)))
        draw = observed.draw if self.backfill == "random" else None
        of = LevelTallies(
            observed, current, by.draw if draw is None else draw, weights=self.follow_up_weights
        )
        return decision_by(by, of)

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


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _rule(design: BEBOIN, size: int) -> BackfillRule:
    tables, n = design.boundary_tables(size), np.arange(size + 1)
    bounds, slack, nothing = design.dlt_bounds(n), EQUAL_WITHIN * (1 + n), np.zeros(size + 1)
    return BackfillRule(
        levels=design.n_doses,
        start=design.start_dose,
        cohort_size=design.cohort_size,
        stop_n=design.stop_n,
        n_cap=design.n_cap,
        target=design.target,
        backfills=True,
        by_size=False,
        waits=False,
        imputes=True,
        pools_from_lowest=True,
        draw=draw_by_priority(design.backfill),
        as_package=False,
        **design.waits._asdict(),
        **tables.by_name(size),
        # A rate of lambda_d stays.
        few_at_most=np.where(n > 0, bounds.escalate + slack, -np.inf),
        many_above=np.where(n > 0, bounds.deescalate + slack, np.inf),
        dlts_escalate=np.asarray(bounds.escalate, dtype=np.float64),
        dlts_deescalate=np.asarray(bounds.deescalate, dtype=np.float64),
        sizes_escalate=nothing,
        sizes_deescalate=nothing,
    )
