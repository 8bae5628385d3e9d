"""The continual reassessment method, CRM (O'Quigley, Pepe & Fisher 1990), read as the R package dfcrm reads it."""

from dataclasses import dataclass
from functools import partial
from math import sqrt
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.closest_risk import closest_risk
from simulator.designs.crm_posterior import (
    EMPIRIC,
    LOGISTIC,
    Fits,
    OneParameterModel,
    fit,
    fit_one,
    probability_above,
)
from simulator.designs.crm_risk_posterior import risk_posterior
from simulator.designs.design import Action, Decision, Floats, Ints, Observed, Reason
from simulator.designs.fit_memory import remembered
from simulator.designs.parameter_checks import (
    check_sizes,
    require_between,
    require_choice,
    require_flag,
    require_integer,
)
from simulator.designs.risk_posterior import RiskPosterior
from simulator.designs.skeleton import empiric_skeleton, logistic_skeleton, logit
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

DEFAULT_HALFWIDTH: Final = 0.25  # of the target
DEFAULT_SAFETY_CUTOFF: Final = 0.95  # the field's, as in the elimination of BOIN and Keyboard
LARGEST_PRIOR_SD: Final = 5.0  # up to which the lattice is tested
TOO_TOXIC_MARGIN: Final = 0.05  # above the target, as `measures.OVERDOSE_MARGIN`: designs know no measures
RATE_TOLERANCE: Final = 1e-12  # a last cohort's DLT rate this close below the target counts as at it


@dataclass(frozen=True, slots=True)
class CRM:
    """Continual reassessment method (O'Quigley, Pepe & Fisher 1990, Biometrics 46, 33-48), one parameter.

    Parameters
    ----------
    n_doses, target
        Dose levels, 1..20; DLT risk aimed at, 0 < target < 1.
    model, intercept
        "empiric": p_k = s_k ** exp(a); "logistic": logit p_k = intercept + exp(a) x_k. a ~ N(0, prior_sd**2).
    prior_sd
        Prior standard deviation of a, below 5.
    skeleton
        s_k: the risk of each level at a = 0, rising. None: by the indifference-interval method.
    halfwidth, prior_mtd
        Of that method: half the width of the interval, and the level whose s is the target. None: 0.25 times
        the target, and the middle level (the lower of two). Not with a skeleton.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it); first
        level.
    escalation
        "one level": at most one above the current level. "untried": at most one above the highest level tried.
        "free": to whatever level the model names.
    restrict
        No escalation where the DLT rate of the last cohort is at least the target.
    safety_cutoff
        Stop, and select none, where P(risk at level 1 > target) exceeds it, once a patient has been observed; None
        never, as in the paper and dfcrm: then the design cannot select none.
    select_untried
        Select the level closest to the target even if no patient was treated there.

    Raises
    ------
    DesignError
        For a parameter outside its range.
    """

    name: ClassVar[str] = "crm"
    title: ClassVar[str] = "the continual reassessment method (CRM)"
    reads_every_level: ClassVar[bool] = True  # many states: the exact engine takes fewer patients
    selects_by_counts: ClassVar[bool] = True
    references: ClassVar[tuple[str, ...]] = (
        "O'Quigley J, Pepe M, Fisher L. Continual reassessment method: a practical design for phase 1 clinical "
        "trials in cancer. Biometrics 1990;46:33-48.",
        "Lee SM, Cheung YK. Model calibration in the continual reassessment method. Clinical Trials 2009;6:227-238.",
    )

    n_doses: int = 5
    target: float = 0.30
    model: str = EMPIRIC
    intercept: float = 3.0
    prior_sd: float = sqrt(1.34)
    skeleton: tuple[float, ...] | None = None
    halfwidth: float | None = None
    prior_mtd: int | None = None
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    escalation: str = "one level"
    restrict: bool = True
    safety_cutoff: float | None = DEFAULT_SAFETY_CUTOFF
    select_untried: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        require_choice(self.name, "model", self.model, (EMPIRIC, LOGISTIC))
        require_choice(self.name, "escalation", self.escalation, ("one level", "untried", "free"))
        require_flag(self.name, "restrict", self.restrict)
        require_flag(self.name, "select_untried", self.select_untried)
        legal = f"0 < prior_sd < {LARGEST_PRIOR_SD:g}"
        require_between(self.name, "prior_sd", self.prior_sd, (0, LARGEST_PRIOR_SD), legal)
        require_between(self.name, "intercept", self.intercept, (-20, 20), "-20 < intercept < 20")
        if self.safety_cutoff is not None:
            require_between(self.name, "safety_cutoff", self.safety_cutoff, (0, 1), "0 < safety_cutoff < 1")
        if self.skeleton is None:
            self._check_indifference_interval()
        else:
            self._check_given_skeleton()
        self._check_risks()

    def _check_indifference_interval(self) -> None:
        if self.prior_mtd is not None:
            require_integer(self.name, "prior_mtd", self.prior_mtd, 1, self.n_doses)
        room = min(self.target, 1 - self.target)
        legal = f"0 < halfwidth < {room:.4g}, so that target +- halfwidth is a risk"
        if self.halfwidth is not None:
            require_between(self.name, "halfwidth", self.halfwidth, (0, room), legal)
        elif DEFAULT_HALFWIDTH * self.target >= room:
            raise DesignError(
                f"{self.name}: target = {self.target!r}: default halfwidth = {DEFAULT_HALFWIDTH} * target must leave "
                "target + halfwidth below 1: give halfwidth or skeleton"
            )
        widest = self.target + self._halfwidth
        if self.model == LOGISTIC and logit(widest) >= self.intercept:
            raise DesignError(
                f"{self.name}: intercept = {self.intercept!r}: must be above logit(target + halfwidth) = "
                f"{logit(widest):.4g}"
            )

    def _check_given_skeleton(self) -> None:
        for argument in ("halfwidth", "prior_mtd"):
            if getattr(self, argument) is not None:
                raise DesignError(
                    f"{self.name}: {argument} = {getattr(self, argument)!r}: must be None where a skeleton is given"
                )
        if not isinstance(self.skeleton, list | tuple) or len(self.skeleton) != self.n_doses:
            raise DesignError(
                f"{self.name}: skeleton = {self.skeleton!r}: must be a list of {self.n_doses} risks, one a level"
            )
        for risk in self.skeleton:
            require_between(self.name, "skeleton", risk, (0, 1), "a list of risks between 0 and 1")
        object.__setattr__(self, "skeleton", tuple(float(risk) for risk in self.skeleton))

    def _check_risks(self) -> None:
        risks = self.prior_risks
        argument, value = ("skeleton", self.skeleton) if self.skeleton else ("halfwidth", self.halfwidth)
        if any(low >= high for low, high in zip((0.0, *risks), (*risks, 1.0), strict=True)):
            shown = ", ".join(f"{risk:.3g}" for risk in risks)
            raise DesignError(
                f"{self.name}: {argument} = {value!r}: must be such that risks rise strictly between 0 and 1,"
                f" not {shown}"
            )
        if self.model == LOGISTIC and logit(risks[-1]) >= self.intercept:
            raise DesignError(
                f"{self.name}: {argument} = {value!r}: must be such that logit of every risk is below intercept = "
                f"{self.intercept}: {logit(risks[-1]):.4g} at level {self.n_doses}"
            )

    @property
    def reads(self) -> frozenset[str]:
        """What a decision depends on: the last cohort only with `restrict`."""
        fields = frozenset({"level", "n", "dlt", "closed_from"})
        return fields | {"last_n", "last_dlt"} if self.restrict else fields

    @property
    def prior_risks(self) -> tuple[float, ...]:
        """The skeleton: given, or by the indifference-interval method (Lee & Cheung 2009)."""
        if self.skeleton is not None:
            return self.skeleton
        middle = (self.n_doses + 1) // 2 if self.prior_mtd is None else self.prior_mtd
        if self.model == EMPIRIC:
            return empiric_skeleton(self.target, self._halfwidth, middle, self.n_doses)
        return logistic_skeleton(self.target, self._halfwidth, middle, self.n_doses, self.intercept)

    @property
    def _halfwidth(self) -> float:
        return DEFAULT_HALFWIDTH * self.target if self.halfwidth is None else self.halfwidth

    @property
    def working_model(self) -> OneParameterModel:
        """The model that is fitted."""
        return OneParameterModel(self.model, self.prior_risks, self.prior_sd, self.intercept)

    def risks(self, n: Ints, dlt: Ints) -> Floats:
        """Return the DLT risk per level at the posterior mean of a, for n and dlt (S, J). Shape (S, J)."""
        model = self.working_model
        return model.risk(self._fits(model, n, dlt).mean)

    def probability_above(self, n: Ints, dlt: Ints, risk: float) -> Floats:
        """Return P(risk of a level > `risk`) of the posterior for n and dlt (S, J). Shape (S, J)."""
        model = self.working_model
        return remembered((model, risk), n, dlt, partial(probability_above, model, risk=risk))

    def posterior(self, n: Ints, dlt: Ints, probability: float = 0.95) -> RiskPosterior:
        """Return mean, standard deviation and equal-tailed limits of the risk at each level, for n and dlt (S, J).

        The mean of the risk is not the estimate that the design decides by, which is the risk at the mean of a
        (`risks`).

        Raises
        ------
        DesignError
            A probability that is not between 0 and 1.
        """
        require_between(self.name, "probability", probability, (0, 1), "0 < probability < 1")
        return risk_posterior(self.working_model, np.asarray(n), np.asarray(dlt), probability)

    def parameter_posterior(self, n: Ints, dlt: Ints) -> Fits:
        """Return mean and standard deviation of the parameter a, and P(risk at level 1 > target). Each (S,)."""
        return fit(self.working_model, n, dlt, self.target)

    def prior_warnings(self) -> tuple[str, ...]:
        """Return what is odd about the prior before any data: level 1 too toxic already."""
        if self.safety_cutoff is None:
            return ()
        nobody = np.zeros((1, self.n_doses), dtype=np.int64)
        above = float(self.probability_above(nobody, nobody, self.target)[0, 0])
        if (
            above <= self.safety_cutoff
            and self.prior_risks[0] <= self.target + TOO_TOXIC_MARGIN + RATE_TOLERANCE
        ):
            return ()
        change = "skeleton" if self.skeleton is not None else "prior_mtd and halfwidth"
        return (
            f"before any data the prior calls level 1 too toxic: its risk in the skeleton is "
            f"{self.prior_risks[0]:.3g} at a target of {self.target:g}, P(risk > target) {above:.2f}; see {change}",
        )

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n."""
        return self.decided(observed, *self._risk_and_closed(observed))

    def decided(self, observed: Observed, risk: Floats, closed: Ints) -> Decision:
        """Return what to do next at estimated risks (S, J) and the lowest closed level (S,). All arrays (S,)."""
        level = np.where(observed.level > 0, observed.level, self.start_dose)
        # The model's choice, cut by three rules in turn: no skipping, no escalation after DLTs, no closed level.
        wanted = closest_risk(risk, self.target, np.ones(risk.shape, dtype=np.bool_))
        within = np.minimum(wanted, self._highest_in_reach(observed, level))
        held = self._held(observed)
        allowed = np.where(held, np.minimum(within, level), within)
        moved = np.minimum(allowed, closed - 1)
        start = observed.level == 0
        moved[start] = np.minimum(self.start_dose, closed[start] - 1)
        stop = closed == 1
        return Decision(
            action=np.where(stop, Action.STOP, Action.TREAT).astype(np.int64),
            level=np.where(stop, 0, moved),
            cohort_size=np.where(stop, 0, self.cohort_size),
            closed_from=closed,
            reason=np.where(
                start & ~stop, Reason.START, self._reason(level, moved, wanted, held, risk, stop)
            ),
        )

    def _reason(
        self,
        level: Ints,
        moved: Ints,
        wanted: Ints,
        held: NDArray[np.bool_],
        risk: Floats,
        stop: NDArray[np.bool_],
    ) -> Ints:
        cases: list[tuple[NDArray[np.bool_], Reason]] = [
            (stop, Reason.STOP_TOO_TOXIC),
            (moved > level, Reason.ESCALATE),
            (moved < level, Reason.DE_ESCALATE),
            ((wanted > level) & held, Reason.STAY_AFTER_DLT),
            (wanted > level, Reason.STAY_NEXT_CLOSED),
            ((level == 1) & (risk[:, 0] > self.target), Reason.STAY_LOWEST_LEVEL),
            ((level == self.n_doses) & (risk[:, -1] < self.target), Reason.STAY_HIGHEST_LEVEL),
        ]
        conditions, reasons = zip(*cases, strict=True)
        return np.asarray(np.select(conditions, reasons, Reason.STAY), dtype=np.int64)

    def select(self, observed: Observed) -> Ints:
        """Return the open level, tried unless `select_untried`, with the risk closest to the target. (S,)."""
        return self.selected(observed, *self._risk_and_closed(observed))

    def selected(self, observed: Observed, risk: Floats, closed: Ints) -> Ints:
        """Return the selection at estimated risks (S, J) and the lowest closed level (S,). Shape (S,)."""
        eligible = np.arange(1, self.n_doses + 1) < closed[:, None]
        if not self.select_untried:
            eligible &= observed.n > 0
        return closest_risk(risk, self.target, eligible)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: a decision depends on the data of all levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows depends on the data of all levels"
        )

    def statement(self) -> tuple[str, ...]:
        """Return model, prior, moves, safety stop and selection in sentences for a protocol."""
        readings = self.conventions()
        dlts = (
            f" After a cohort whose DLT rate is at least {self.target:g} there is no escalation."
            if self.restrict
            else ""
        )
        return (
            self.model_sentence(),
            "After each cohort the model is fitted to the data of all levels, and the next cohort is treated at "
            f"the level whose risk at the posterior mean of a is closest to {self.target:g}, "
            f"{readings['escalation']}.{dlts}",
            *self.end_sentences(),
        )

    def model_sentence(self) -> str:
        """Return working model, skeleton and prior as a sentence."""
        skeleton = ", ".join(f"{risk:.3f}" for risk in self.prior_risks)
        model = (
            "the power model p = s^exp(a)"
            if self.model == EMPIRIC
            else f"the logistic model logit p = {self.intercept:g} + exp(a) x, x such that p = s where a = 0"
        )
        return (
            f"The working model of the DLT risk p of a level is {model}, with the skeleton s = {skeleton} of levels "
            f"1 to {self.n_doses}; {self.conventions()['prior']}."
        )

    def end_sentences(self) -> tuple[str, ...]:
        """Return the stop for toxicity and the selection in sentences."""
        readings = self.conventions()
        safety = (
            "There is no stop for toxicity, and a level is always selected."
            if self.safety_cutoff is None
            else f"The trial stops, and no level is selected, {readings['safety stop']}."
        )
        return (safety, f"At the end the level is selected by the {readings['selection']}.")

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        halfwidth = (
            f"{DEFAULT_HALFWIDTH:g} times the target" if self.halfwidth is None else f"{self.halfwidth:g}"
        )
        middle = "the middle level, the lower of two" if self.prior_mtd is None else f"level {self.prior_mtd}"
        given = "" if self.skeleton is None else ", ".join(f"{risk:g}" for risk in self.skeleton)
        return {
            "model": "power: p = s ** exp(a)"
            if self.model == EMPIRIC
            else f"logistic: logit p = {self.intercept:g} + exp(a) x",
            "prior": f"a is normal with mean 0 and standard deviation {self.prior_sd:.6g}",
            "skeleton": f"given: {given}"
            if given
            else f"indifference intervals, half-width {halfwidth}, prior MTD {middle}",
            "estimate": "risks at the posterior mean of a, not their posterior means",
            "next level": "risk closest to the target, ties to the lower level; all at most the target: the"
            " highest; all at least: the lowest",
            "escalation": {
                "one level": "at most one level above the current one",
                "untried": "at most one level above the highest tried",
                "free": "to whatever level the model names, untried levels skipped",
            }[self.escalation],
            "last cohort's DLTs": "no escalation where their rate is at least the target"
            if self.restrict
            else "no rule of their own",
            "de-escalation": "to whatever level the model names",
            "safety stop": "never: cannot select none"
            if self.safety_cutoff is None
            else f"where P(risk at level 1 > target) exceeds {self.safety_cutoff:g}, from the first patient on",
            "selection": "risk closest to the target, whatever was tried"
            if self.select_untried
            else "risk closest to the target, among levels with patients",
        }

    def _risk_and_closed(self, observed: Observed) -> tuple[Floats, Ints]:
        """Return the risk per level, and the lowest closed level: 1 where level 1 is too toxic."""
        model = self.working_model
        fits = self._fits(model, observed.n, observed.dlt)
        closed = observed.closed_from.astype(np.int64)
        if self.safety_cutoff is not None:
            too_toxic = (fits.tail > self.safety_cutoff) & (observed.total_n > 0)
            closed = np.where(too_toxic, 1, closed)
        return model.risk(fits.mean), closed

    def _fits(self, model: OneParameterModel, n: Ints, dlt: Ints) -> Fits:
        threshold = None if self.safety_cutoff is None else self.target
        if len(n) == 1:
            return fit_one(model, tuple(n[0].tolist()), tuple(dlt[0].tolist()), threshold)
        return fit(model, n, dlt, threshold)

    def _highest_in_reach(self, observed: Observed, level: Ints) -> Ints:
        """Return the highest level that may be treated next, by the rule against skipping."""
        if self.escalation == "free":
            return np.full(len(level), self.n_doses, dtype=np.int64)
        if self.escalation == "one level":
            return level + 1
        tried = np.where(observed.n > 0, np.arange(1, self.n_doses + 1), 0).max(axis=1)
        return np.asarray(np.maximum(tried, level) + 1, dtype=np.int64)

    def _held(self, observed: Observed) -> NDArray[np.bool_]:
        """Return where the last cohort's DLTs forbid escalation."""
        if not self.restrict:
            return np.zeros(len(observed.level), dtype=np.bool_)
        limit = (self.target - RATE_TOLERANCE) * observed.last_n
        return np.asarray((observed.last_n > 0) & (observed.last_dlt >= limit), dtype=np.bool_)
