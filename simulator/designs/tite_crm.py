"""The time-to-event CRM, TITE-CRM (Cheung & Chappell 2000), read as the R package dfcrm reads it."""

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.crm import CRM, DEFAULT_SAFETY_CUTOFF
from simulator.designs.crm_places import FitPlaces, fit_places
from simulator.designs.crm_posterior import EMPIRIC, Fits, Partial, fit, fit_one
from simulator.designs.design import Decision, Floats, Ints, Observed
from simulator.designs.early_look import FollowUpRead, same_answers, waiting
from simulator.designs.follow_up_weights import ADAPTIVE, LINEAR, partial_outcomes
from simulator.designs.parameter_checks import require_choice, require_flag
from simulator.designs.pending_limits import (
    ask_again_at,
    check_pending_limits,
    follow_up_may_wait,
    pending_limits_in_words,
    wait_reasons,
    waiting_sentence,
)
from simulator.designs.statement import as_sentence
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

_LAST_DLTS: Final = "last cohort's DLTs"
_CHEUNG_2000: Final = (
    "Cheung YK, Chappell R. Sequential designs for phase I clinical trials with late-onset toxicities. Biometrics "
    "2000;56:1177-1182."
)
_CHEUNG_2005: Final = "Cheung YK. Coherence principles in dose-finding studies. Biometrika 2005;92:863-873."


@dataclass(frozen=True, slots=True)
class TITECRM:
    """Time-to-event continual reassessment method (Cheung & Chappell 2000, Biometrics 56, 1177-1182).

    Parameters
    ----------
    n_doses, target, model, intercept, prior_sd, skeleton, halfwidth, prior_mtd
        As of `CRM`; safety_cutoff and select_untried too.
    cohort_size, max_n, start_dose
        Patients per decision, by default one at a time; patients of the design's own trial (the caller applies it);
        first level.
    restrict
        At most one level above the level of the last decision.
    coherence
        No escalation where the DLT rate among the known outcomes of the last cohort is at least the target: for
        cohorts of 1, directly after a DLT (Cheung 2005).
    weights
        What follow-up without a DLT counts for: "linear", its share of the window; "adaptive", by the days on which
        DLTs came so far.
    max_pending
        Where a larger share of the patients at the level is pending the trial waits, unless it goes down. 1, as in
        dfcrm: never.
    min_follow_up
        The trial does not go up before the shortest pending follow-up at the level is this share of the window.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    A patient followed for a weight w without a DLT counts as 1 - w p in the likelihood, a DLT as p. With nobody
    pending it is the CRM.
    """

    name: ClassVar[str] = "tite-crm"
    title: ClassVar[str] = "the time-to-event continual reassessment method (TITE-CRM)"
    selects_by_follow_up: ClassVar[bool] = True
    selects_by_counts: ClassVar[bool] = True

    n_doses: int = 5
    target: float = 0.30
    model: str = EMPIRIC
    intercept: float = 3.0
    prior_sd: float = sqrt(1.34)
    skeleton: tuple[float, ...] | None = None
    halfwidth: float | None = None
    prior_mtd: int | None = None
    cohort_size: int = 1
    max_n: int = 30
    start_dose: int = 1
    restrict: bool = True
    coherence: bool = False
    weights: str = LINEAR
    max_pending: float = 1.0
    min_follow_up: float = 0.0
    safety_cutoff: float | None = DEFAULT_SAFETY_CUTOFF
    select_untried: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        require_flag(self.name, "coherence", self.coherence)
        require_flag(self.name, "restrict", self.restrict)
        require_choice(self.name, "weights", self.weights, (LINEAR, ADAPTIVE))
        check_pending_limits(self.name, self.max_pending, self.min_follow_up)
        try:
            crm = _made(self)
        except DesignError as error:
            raise DesignError(self.name + str(error).removeprefix(CRM.name)) from None
        # A list of a file has become a tuple there, which can be hashed.
        object.__setattr__(self, "skeleton", crm.skeleton)

    @property
    def reads(self) -> frozenset[str]:
        """What a decision depends on: the last cohort only with `coherence`."""
        fields = frozenset({"level", "n", "dlt", "closed_from", "pending", "patients"})
        return fields | {"last_n", "last_dlt"} if self.coherence else fields

    @property
    def ask_again_at(self) -> tuple[float, ...]:
        """Shares of the window at which the shortest pending follow-up at the level changes the answer."""
        return ask_again_at(self.min_follow_up)

    @property
    def crm(self) -> CRM:
        """The design of complete cohorts."""
        return _crm(self)

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n."""
        return self._decided(observed, self.fits(observed))

    @property
    def follow_up_read(self) -> FollowUpRead:
        """That of every level; responses are not read."""
        return FollowUpRead.DLT_FOLLOW_UP

    @property
    def answers_between(self) -> bool:
        """Risks fall with every follow-up, where its weight depends on nothing else."""
        return self.weights == LINEAR

    @property
    def never_waits(self) -> bool:
        """Whether it treats on unless level 1 is too toxic."""
        return self.max_pending == 1 and self.min_follow_up == 0

    def fit_places(self) -> FitPlaces | None:
        """Return what places of fits follow from, where an answer follows from level, closing and place alone."""
        if self.weights != LINEAR or not self.never_waits:
            return None
        crm = self.crm

        def select(known: Ints, risk: Floats, closed: Ints) -> Ints:
            none = np.zeros_like(closed)
            return crm.selected(Observed(none, known, np.zeros_like(known), none, none, closed), risk, closed)

        return fit_places(crm.working_model, self.target, self.safety_cutoff, self._threshold, select)

    def settled_by_counts(self, observed: Observed) -> NDArray[np.bool_]:
        """Return where weights of 0 and of 1 lead to one decision: risks fall with every weight. Shape (S,)."""
        return self.decided_by_counts(observed)[1]

    def decided_by_counts(self, observed: Observed) -> tuple[Decision, NDArray[np.bool_]]:
        """Return decisions at weights of 0, as if pending patients were not there; and where 1 leads to the same."""
        n = observed.n if observed.pending is None else np.concatenate([observed.n, observed.infused])
        fits = self._fits_of_complete(n, np.resize(observed.dlt, n.shape))
        states = len(observed.level)
        none = self._decided(observed, fits.of(slice(states)))
        if observed.pending is None:
            return none, np.ones(states, dtype=np.bool_)
        same = same_answers(none, self._decided(observed, fits.of(slice(states, None))))
        return none, same & ~follow_up_may_wait(observed, self.min_follow_up, self.start_dose)

    def _decided(self, observed: Observed, fits: Fits) -> Decision:
        crm = self.crm
        risk, closed = self._risk_and_closed(observed, fits)
        decision = crm.decided(observed, risk, closed)
        level = np.where(observed.level > 0, observed.level, self.start_dose)
        wait = wait_reasons(observed, level, decision.level, self.max_pending, self.min_follow_up)
        return waiting(decision, np.where(closed > 1, wait, 0), level)

    def select(self, observed: Observed) -> Ints:
        """Return the open level, tried unless `select_untried`, with the risk closest to the target. (S,).

        A level of which no outcome is known is not tried.
        """
        return self.crm.selected(observed, *self._risk_and_closed(observed, self.fits(observed)))

    def fits(self, observed: Observed) -> Fits:
        """Return mean and standard deviation of the parameter a, and P(risk at level 1 > target). Each (S,)."""
        return self._fits(observed, self._partial(observed))

    def _partial(self, observed: Observed) -> Partial | None:
        """Return the pending patients with their weights; None where there are none."""
        records = observed.patients
        partial = None if records is None else partial_outcomes(records, self.weights)
        return None if partial is None or not partial.level.shape[1] else partial

    def _fits(self, observed: Observed, partial: Partial | None) -> Fits:
        if partial is None:
            return self._fits_of_complete(observed.n, observed.dlt)
        return fit(self.crm.working_model, observed.n, observed.dlt, self._threshold, partial)

    def _fits_of_complete(self, n: Ints, dlt: Ints) -> Fits:
        model = self.crm.working_model
        if len(n) == 1:
            return fit_one(model, *(tuple(one[0].tolist()) for one in (n, dlt)), self._threshold)
        return fit(model, n, dlt, self._threshold)

    @property
    def _threshold(self) -> float | None:
        return None if self.safety_cutoff is None else self.target

    def estimates(self, observed: Observed) -> dict[str, Floats]:
        """Return what the decision rests on, per level (S, J)."""
        return {"model risk": self._risk_and_closed(observed, self.fits(observed))[0]}

    def prior_warnings(self) -> tuple[str, ...]:
        """Return what is odd about the prior before any data."""
        return self.crm.prior_warnings()

    def _risk_and_closed(self, observed: Observed, fits: Fits) -> tuple[Floats, Ints]:
        """Return the risk per level, and the lowest closed level: 1 where level 1 is too toxic."""
        closed = observed.closed_from.astype(np.int64)
        if self.safety_cutoff is not None:
            pending = 0 if observed.pending is None else observed.pending.sum(axis=1)
            too_toxic = (fits.tail > self.safety_cutoff) & (observed.total_n + pending > 0)
            closed = np.where(too_toxic, 1, closed)
        return self.crm.working_model.risk(fits.mean), closed

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: a decision depends on the data of all levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows depends on the data of all levels"
        )

    @property
    def references(self) -> tuple[str, ...]:
        """The design's publication, and that of coherence."""
        return (_CHEUNG_2000, _CHEUNG_2005) if self.coherence else (_CHEUNG_2000,)

    def statement(self) -> tuple[str, ...]:
        """Return model, prior, follow-up, moves, waiting, safety stop and selection in sentences for a protocol."""
        readings = self.conventions()
        one = self.cohort_size == 1
        follow_up = (
            "w the follow-up as a share of the DLT window"
            if self.weights == LINEAR
            else "w rising with follow-up from 0 to 1 over the DLT window, linearly between the days of the DLTs "
            "seen so far, by an equal amount in each stretch"
        )
        last = f" {as_sentence(readings[_LAST_DLTS])}" if self.coherence else ""
        return (
            self.crm.model_sentence(),
            f"Before each {'patient' if one else f'cohort of {self.cohort_size}'} the model is fitted to the data of "
            "all levels: a patient with a DLT contributes p to the likelihood, a patient without one 1 - w p, "
            f"{follow_up}. The next {'patient' if one else 'cohort'} is treated at the level whose risk at the "
            f"posterior mean of a is closest to {self.target:g}, {readings['escalation']}.{last}",
            waiting_sentence(self.max_pending, self.min_follow_up),
            *self.crm.end_sentences(),
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        shared = self.crm.conventions()
        return {
            **shared,
            "escalation": "at most one level above that of the last decision"
            if self.restrict
            else "to whatever level the model names, untried levels skipped",
            _LAST_DLTS: "no escalation where their rate among known outcomes is at least the target"
            if self.coherence
            else "no rule of their own: a DLT can be followed by escalation",
            "follow-up weights": "linear: follow-up as a share of the window"
            if self.weights == LINEAR
            else "adaptive: linear between the days of the DLTs so far, each stretch of equal weight",
            "DLTs": "count in full from the day they are seen",
            "waiting": pending_limits_in_words(self.max_pending, self.min_follow_up),
            "all patients so far with a DLT": "the prior is kept; dfcrm widens it after an initial scheme",
        }


def _made(design: TITECRM) -> CRM:
    return CRM(
        n_doses=design.n_doses,
        target=design.target,
        model=design.model,
        intercept=design.intercept,
        prior_sd=design.prior_sd,
        skeleton=design.skeleton,
        halfwidth=design.halfwidth,
        prior_mtd=design.prior_mtd,
        cohort_size=design.cohort_size,
        max_n=design.max_n,
        start_dose=design.start_dose,
        escalation="one level" if design.restrict else "free",
        restrict=design.coherence,
        safety_cutoff=design.safety_cutoff,
        select_untried=design.select_untried,
    )


# By the whole design: a calendar asks thousands of times with the same few designs.
@lru_cache(maxsize=256)
def _crm(design: TITECRM) -> CRM:
    return _made(design)
