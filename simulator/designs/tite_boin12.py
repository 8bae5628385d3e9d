"""TITE-BOIN12 (Zhou et al. 2022): BOIN12 that weighs pending DLTs and responses by their follow-up."""

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np

from simulator.designs.benefit_risk_data import LevelData
from simulator.designs.benefit_risk_rule import Judged, judged
from simulator.designs.boin12 import BOIN12
from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Ints, Reason
from simulator.designs.parameter_checks import require_between, require_choice
from simulator.designs.pending_limits import FIRST_FOLLOW_UP

EFFECTIVE: Final = "ess"
ENROLLED: Final = "enrolled"
_FROM_0_TO_1: Final = (float(np.nextafter(0, -1)), float(np.nextafter(1, 2)))


@dataclass(frozen=True, slots=True)
class TITEBOIN12(BOIN12):
    """BOIN12 with late-onset outcomes (Zhou et al. 2022, Statistics in Medicine 41), by the approximate likelihood.

    Parameters
    ----------
    n_doses, phi_t, phi_e, utilities, n_star, c_t, c_e, p_saf, p_tox, exploration_from, stop_n_at_dose, obd
        As of `BOIN12`; cohort_size, max_n, start_dose too.
    max_pending_dlt, max_pending_response
        The trial waits where a larger share of the patients at the level has a pending DLT, or response.
    admissibility
        The patients of the posteriors that exclude a level: "ess", those with a known outcome and the follow-up of
        the others; "enrolled", all, pending outcomes counted as no DLT and no response.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    A rate is events / effective sample size; a pending outcome counts as rate (1 - w) / (1 - rate w) of an event, w
    its follow-up as a share of its own window, and two pending ones of a patient are independent. With nobody pending
    it is BOIN12.
    """

    name: ClassVar[str] = "tite-boin12"
    title: ClassVar[str] = "the time-to-event Bayesian optimal interval phase I/II design (TITE-BOIN12)"
    references: ClassVar[tuple[str, ...]] = (
        "Zhou Y, Lin R, Lee JJ, Li D, Wang L, Li R, Yuan Y. TITE-BOIN12: a Bayesian phase I/II trial design to find "
        "the optimal biological dose with late-onset toxicity and efficacy. Statistics in Medicine "
        "2022;41:1918-1931.",
        *BOIN12.references,
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from", "patients"})

    waits_for_outcomes: ClassVar[bool] = False
    waits_for_all: ClassVar[bool] = False

    max_pending_dlt: float = 0.5
    max_pending_response: float = 0.5
    admissibility: str = EFFECTIVE

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Shares of the window at which the shortest pending follow-up at the level may change the answer."""
        return (FIRST_FOLLOW_UP,)

    def check_options(self) -> None:
        """Refuse options outside their range."""
        for argument in ("max_pending_dlt", "max_pending_response"):
            legal = f"0 <= {argument} <= 1"
            require_between(self.name, argument, getattr(self, argument), _FROM_0_TO_1, legal)
        require_choice(self.name, "admissibility", self.admissibility, (EFFECTIVE, ENROLLED))

    @property
    def counts_enrolled(self) -> bool:
        """Whether a level is excluded by all patients, not by the effective sample."""
        return self.admissibility == ENROLLED

    def judge(self, data: LevelData) -> Judged:
        """Return which levels are admissible by their own data, (S, J)."""
        if self.counts_enrolled:
            enrolled = data.n.astype(np.float64)
            return judged(data, self.limits, enrolled, enrolled)
        return judged(data, self.limits, data.dlt_known, data.response_known)

    def wait_for(self, data: LevelData, level: Ints) -> Ints:
        """Return the reason to wait for outcomes at the level (S,), 0 for none. Shape (S,)."""
        here = np.arange(len(level)), level - 1
        n = data.n[here]
        slack = EQUAL_WITHIN * (1 + n)
        many = (data.dlt_pending[here] > self.max_pending_dlt * n + slack) | (
            data.response_pending[here] > self.max_pending_response * n + slack
        )
        # Nobody complete and no follow-up: a rate would be 0 / 0.
        nothing_known = (n > 0) & ((data.dlt_known[here] <= 0) | (data.response_known[here] <= 0))
        reason = np.where(nothing_known, Reason.WAIT_FOLLOW_UP, 0)
        return np.where(many, Reason.WAIT_PENDING, reason).astype(np.int64)

    def statement(self) -> tuple[str, ...]:
        """Return utilities, admissible levels, pending outcomes, moves and selection in sentences for a protocol."""
        return BOIN12.statement(self)

    def pending_sentences(self) -> tuple[str, ...]:
        """Return how pending outcomes count, and when new patients wait, in sentences for a protocol."""
        posteriors = (
            "the effective sample size, complete outcomes and the follow-up of the others,"
            if self.admissibility == EFFECTIVE
            else "all patients, pending outcomes as no DLT and no response,"
        )
        return (
            "With pending outcomes a rate is the number of events over the effective sample size: patients with a "
            "known outcome and the follow-up of the others, each as a share of the window of that outcome. A pending "
            "outcome, followed for a share w, counts as rate (1 - w) / (1 - rate w) of an event; the two outcomes of "
            f"a patient are taken as independent. Which levels are admissible is judged by {posteriors}.".replace(
                ",.", "."
            ),
            f"New patients wait where more than {100 * self.max_pending_dlt:g} % of the patients at the current "
            f"level have a pending DLT outcome, or more than {100 * self.max_pending_response:g} % a pending "
            "response, or where nothing is known yet of one of the two.",
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of pending outcomes."""
        return {
            "pending outcomes": "approximate likelihood: events / effective sample size, imputed by follow-up,"
            " two pending outcomes of a patient independent",
            "waiting": f"where more than {self.max_pending_dlt:g} of the DLTs or {self.max_pending_response:g} of the"
            " responses at the level are pending, or nothing is known there; before any move",
            "patients of admissibility": "effective sample size"
            if self.admissibility == EFFECTIVE
            else "all infused: pending outcomes count as no DLT and no response",
        }
