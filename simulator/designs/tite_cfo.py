"""TITE-CFO (Jin & Yin 2023): CFO that imputes the DLTs of pending patients by their follow-up."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from simulator.designs.cfo import CFO
from simulator.designs.design import Decision, Floats, Ints, Observed
from simulator.designs.early_look import FollowUpRead, same_answers, with_pending
from simulator.designs.imputed_dlts import assumed_rate, imputed_dlt
from simulator.designs.patient_records import sum_per_level
from simulator.designs.pending_limits import (
    ask_again_at,
    check_pending_limits,
    follow_up_may_wait,
    pending_limits_in_words,
    wait_reasons,
    waiting_sentence,
)


@dataclass(frozen=True, slots=True)
class TITECFO(CFO):
    """CFO with late-onset DLTs (Jin & Yin 2023, Pharmaceutical Statistics 22, 773-783), imputed by follow-up.

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose, elimination_cutoff, stop_n_at_dose
        As of `CFO`; all patients infused at a level count.
    max_pending
        Where a larger share of the patients at the level is pending the trial waits, unless it goes down. 1, as in
        the paper and the package: never.
    min_follow_up
        The trial does not go up before the shortest pending follow-up at the level is this share of the window.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    A pending patient counts as p (1 - w) / (1 - p w) of a DLT, w their follow-up as a share of the window and
    p = (y + target / 2) / (known outcomes + 1) at their level, in moves, elimination and selection alike. With nobody
    pending it is CFO.
    """

    name: ClassVar[str] = "tite-cfo"
    title: ClassVar[str] = "the time-to-event calibration-free odds design (TITE-CFO)"
    references: ClassVar[tuple[str, ...]] = (
        "Jin H, Yin G. Time-to-event calibration-free odds design: a robust efficient design for phase I trials with "
        "late-onset outcomes. Pharmaceutical Statistics 2023;22:773-783.",
        *CFO.references,
    )
    selects_by_follow_up: ClassVar[bool] = True
    selects_by_counts: ClassVar[bool] = True
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "pending", "patients"})

    max_pending: float = 1.0
    min_follow_up: float = 0.0

    def check_options(self) -> None:
        """Refuse limits that are no shares."""
        check_pending_limits(self.name, self.max_pending, self.min_follow_up)

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Shares of the window at which the shortest pending follow-up at the level changes the answer."""
        return ask_again_at(self.min_follow_up)

    def counts(self, observed: Observed) -> tuple[Ints, Ints | Floats]:
        """Return all patients infused, and DLTs with those imputed, each (S, J)."""
        records = observed.patients
        if records is None or not records.dlt_pending.any():
            return observed.n, observed.dlt
        rate = self._rate(observed)
        state, place = np.nonzero(records.dlt_pending)
        p, w = rate[state, records.level[state, place] - 1], records.followup[state, place]
        imputed = np.zeros(records.level.shape)
        imputed[state, place] = imputed_dlt(p, w)
        return with_pending(observed).n, observed.dlt + sum_per_level(records, self.n_doses, imputed)

    @property
    def follow_up_read(self) -> FollowUpRead:
        """That of every level; responses are not read."""
        return FollowUpRead.DLT_FOLLOW_UP

    @property
    def answers_between(self) -> bool:
        """Imputed DLTs fall with every follow-up, and more of them at any level lead down."""
        return True

    @property
    def moves_by_pulls(self) -> bool:
        """Whether it never waits: DLTs with those imputed then settle everything."""
        return self.max_pending == 1 and self.min_follow_up == 0

    @property
    def never_waits(self) -> bool:
        """Whether it treats on unless level 1 is closed."""
        return self.moves_by_pulls and self.stop_n_at_dose is None

    def settled_by_counts(self, observed: Observed) -> NDArray[np.bool_]:
        """Return where the DLTs imputed at no and at full follow-up lead to one decision: more lead down. (S,)."""
        return self.decided_by_counts(observed)[1]

    def decided_by_counts(self, observed: Observed) -> tuple[Decision, NDArray[np.bool_]]:
        """Return decisions with pending patients followed up in full; and where no follow-up leads to the same."""
        n = with_pending(observed).n
        full = self.decided(observed, n, observed.dlt)
        if observed.pending is None:
            return full, np.ones(len(observed.level), dtype=np.bool_)
        same = same_answers(
            full, self.decided(observed, n, observed.dlt + observed.pending * self._rate(observed))
        )
        return full, same & ~follow_up_may_wait(observed, self.min_follow_up, self.start_dose)

    def _rate(self, observed: Observed) -> Floats:
        rate: Floats = assumed_rate(observed.dlt, observed.n, self.target)
        return rate

    def wait_for(self, observed: Observed, level: Ints, moved: Ints) -> Ints:
        """Return why to wait instead of going from `level` to `moved`, 0 for not at all. Shape (S,)."""
        return wait_reasons(observed, level, moved, self.max_pending, self.min_follow_up)

    def statement(self) -> tuple[str, ...]:
        """Return odds, thresholds, imputation, moves, elimination and selection in sentences for a protocol."""
        return CFO.statement(self)

    def pending_sentences(self) -> tuple[str, ...]:
        """Return the imputation, and when new patients wait, in sentences for a protocol."""
        return (
            "A patient with a pending outcome, followed for a share w of the DLT window, counts as p (1 - w) / (1 - "
            f"p w) of a DLT in moves and closing, with p = (y + {self.target / 2:g}) / (known outcomes + 1) and y "
            "the DLTs at their level; numbers of patients are those of all patients infused.",
            waiting_sentence(self.max_pending, self.min_follow_up),
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of pending outcomes."""
        return {
            "pending outcomes": "imputed: p (1 - w) / (1 - p w), p = (y + target / 2) / (known + 1); not the odds"
            " form of TITE-BOIN 2018",
            "thresholds with pending patients": "by all patients infused",
            "elimination with pending patients": "by imputed DLTs",
            "waiting": pending_limits_in_words(self.max_pending, self.min_follow_up),
        }
