"""The Bayesian logistic regression model with overdose control, BLRM (Neuenschwander, Branson & Gsponer 2008)."""

from dataclasses import dataclass, replace
from functools import partial
from math import exp, log
from typing import TYPE_CHECKING, ClassVar, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.blrm_posterior import Intervals, TwoParameterModel, fit
from simulator.designs.blrm_risk_posterior import ParameterPosterior, parameter_posterior, risk_posterior
from simulator.designs.design import Action, Decision, Floats, Ints, Observed, Reason
from simulator.designs.fit_memory import remembered
from simulator.designs.parameter_checks import MAX_PATIENTS, check_sizes, require_between, require_integer
from simulator.designs.risk_posterior import RiskPosterior
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd

# Probabilities closer together than this are equal; the quadrature is good to 1e-6, rounding to 1e-14.
TIE_TOLERANCE: Final = 1e-9
OVERDOSE_MARGIN: Final = 0.05  # above the target, as `measures.OVERDOSE_MARGIN`: designs know no measures
DIGITS: Final = 12  # of a limit that follows the target: 0.3 * 2 / 3 is 0.2
# Of log alpha and of log beta: within these the lattice is tested, and no exp(log beta) loses digits.
MEAN_LIMITS: Final = ((-10.0, 10.0), (-3.0, 3.0))
SD_LIMITS: Final = ((0.05, 5.0), (0.05, 2.0))


@dataclass(frozen=True, slots=True)
class BLRM:
    """Two-parameter Bayesian logistic regression (Neuenschwander et al. 2008, Stat Med 27, 2420-2439) with EWOC.

    logit p_k = log alpha + beta log(dose_k / reference_dose). The next level is the one most probably in the
    target interval among those whose probability of overdosing is at most `overdose_limit`.

    Parameters
    ----------
    n_doses, target
        Dose levels, 1..20; DLT risk aimed at, inside the target interval (measures refer to it).
    doses
        Dose of each level, rising; a scenario fills in trial.dose_levels. None: each twice the one below.
    reference_dose
        Dose at which log alpha is the logit of the risk. None: the highest.
    prior_mean, prior_sd, prior_correlation
        Of log alpha and log beta, bivariate normal. The default is weakly informative: the median risk at the
        reference dose is the target (its logit to two decimals), median slope 1, and not so wide that 1 DLT of 3 at
        level 1 stops the usual trial.
    under_below, over_from
        Ends of the target interval: risks below are underdosing, risks above overdosing. By default two thirds of
        the target, and target + 0.05: 0.20 and 0.35 at a target of 0.30.
    overdose_limit
        EWOC: the largest probability of overdosing at a level that may be treated or selected.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it); first
        level, treated whatever the prior says of it.
    stop_n_at_dose, stop_target_probability
        Stop where this many are at the level to be treated next and, where the second is given, the risk there
        is in the target interval with at least this probability. None never.

    Raises
    ------
    DesignError
        For a parameter outside its range.

    Notes
    -----
    With two parameters one more DLT at a high level also says that the curve is steep, and so can lower the
    risk at level 1: a trial that would have stopped may go on. A CRM, with one parameter, cannot do this.
    """

    name: ClassVar[str] = "blrm"
    title: ClassVar[str] = "a Bayesian logistic regression model with overdose control (BLRM)"
    references: ClassVar[tuple[str, ...]] = (
        "Neuenschwander B, Branson M, Gsponer T. Critical aspects of the Bayesian approach to phase I cancer trials. "
        "Statistics in Medicine 2008;27:2420-2439.",
        "Babb J, Rogatko A, Zacks S. Cancer phase I clinical trials: efficient dose escalation with overdose "
        "control. Statistics in Medicine 1998;17:1103-1120.",
    )
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})
    fits_every_state: ClassVar[bool] = True  # costly: the exact engine takes fewer patients

    n_doses: int = 5
    target: float = 0.30
    doses: tuple[float, ...] | None = None
    reference_dose: float | None = None
    prior_mean: tuple[float, float] | None = None
    prior_sd: tuple[float, float] = (1.5, 1.0)
    prior_correlation: float = 0.0
    under_below: float | None = None
    over_from: float | None = None
    overdose_limit: float = 0.25
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    stop_n_at_dose: int | None = None
    stop_target_probability: float | None = None

    def __post_init__(self) -> None:
        """Refuse parameters outside their range."""
        check_sizes(self.name, self)
        self._check_interval()
        self._check_prior()
        self._check_doses()
        if self.stop_n_at_dose is not None:
            require_integer(self.name, "stop_n_at_dose", self.stop_n_at_dose, 1, MAX_PATIENTS)
        if self.stop_target_probability is not None:
            value, limits = self.stop_target_probability, "0 < stop_target_probability < 1"
            require_between(self.name, "stop_target_probability", value, (0, 1), limits)
            if self.stop_n_at_dose is None:
                raise DesignError(
                    f"{self.name}: stop_target_probability = {value!r}: must be None without stop_n_at_dose"
                )

    def _check_interval(self) -> None:
        if self.under_below is not None:
            legal = f"0 < under_below < target = {self.target}"
            require_between(self.name, "under_below", self.under_below, (0, self.target), legal)
        if self.over_from is not None:
            legal = f"target = {self.target} < over_from < 1"
            require_between(self.name, "over_from", self.over_from, (self.target, 1), legal)
        require_between(self.name, "overdose_limit", self.overdose_limit, (0, 1), "0 < overdose_limit < 1")

    def _check_prior(self) -> None:
        for argument, limits in (("prior_mean", MEAN_LIMITS), ("prior_sd", SD_LIMITS)):
            pair = getattr(self, argument)
            if pair is None:
                continue
            legal = "two numbers, of log alpha and of log beta, " + " and ".join(
                f"{low:g} to {high:g}" for low, high in limits
            )
            if not isinstance(pair, list | tuple) or len(pair) != 2:
                raise DesignError(f"{self.name}: {argument} = {pair!r}: must be {legal}")
            for value, (low, high) in zip(pair, limits, strict=True):
                require_between(self.name, argument, value, (low, high), legal)
            object.__setattr__(self, argument, (float(pair[0]), float(pair[1])))
        rho = self.prior_correlation
        require_between(
            self.name, "prior_correlation", rho, (-0.95, 0.95), "-0.95 < prior_correlation < 0.95"
        )

    def _check_doses(self) -> None:
        if self.reference_dose is not None:
            legal = "a dose above 0"
            require_between(self.name, "reference_dose", self.reference_dose, (0, np.inf), legal)
        if self.doses is None:
            return
        legal = f"a list of {self.n_doses} doses above 0 that rise from level to level"
        if not isinstance(self.doses, list | tuple) or len(self.doses) != self.n_doses:
            raise DesignError(f"{self.name}: doses = {self.doses!r}: must be {legal}")
        for dose in self.doses:
            require_between(self.name, "doses", dose, (0, np.inf), legal)
        object.__setattr__(self, "doses", tuple(float(dose) for dose in self.doses))
        if any(low >= high for low, high in zip(self.ladder, self.ladder[1:], strict=False)):
            raise DesignError(f"{self.name}: doses = {self.doses!r}: must be {legal}")

    @property
    def ladder(self) -> tuple[float, ...]:
        """The dose of each level."""
        return tuple(2.0**k for k in range(self.n_doses)) if self.doses is None else self.doses

    @property
    def target_interval(self) -> tuple[float, float]:
        """Below the first a risk is underdosing, above the second overdosing: given, or following the target."""
        under = round(self.target * 2 / 3, DIGITS) if self.under_below is None else self.under_below
        # Half of what is left where target + 0.05 would be no risk.
        over = min(round(self.target + OVERDOSE_MARGIN, DIGITS), (1 + self.target) / 2)
        return under, over if self.over_from is None else self.over_from

    @property
    def prior_means(self) -> tuple[float, float]:
        """Prior means of log alpha and log beta: given, or following the target."""
        if self.prior_mean is not None:
            return self.prior_mean
        low, high = MEAN_LIMITS[0]
        return min(max(round(log(self.target / (1 - self.target)), 2), low), high), 0.0

    @property
    def working_model(self) -> TwoParameterModel:
        """The model that is fitted."""
        ladder = self.ladder
        reference = ladder[-1] if self.reference_dose is None else self.reference_dose
        return TwoParameterModel(
            log_doses=tuple(log(dose / reference) for dose in ladder),
            mean=self.prior_means,
            sd=self.prior_sd,
            correlation=self.prior_correlation,
            under_below=self.target_interval[0],
            over_from=self.target_interval[1],
        )

    def intervals(self, n: Ints, dlt: Ints) -> Intervals:
        """Return the probabilities of under-, target and overdosing at each level, for n and dlt (S, J)."""
        model = self.working_model
        return Intervals.unpacked(remembered(model, n, dlt, partial(_fitted, model)))

    def probability_above(self, n: Ints, dlt: Ints, risk: float) -> Floats:
        """Return P(risk of a level > `risk`) of the posterior for n and dlt (S, J). Shape (S, J)."""
        model = self.working_model
        if risk != model.over_from:
            model = replace(model, under_below=min(model.under_below, risk), over_from=risk)
        return Intervals.unpacked(remembered(model, n, dlt, partial(_fitted, model))).over

    def posterior(self, n: Ints, dlt: Ints, probability: float = 0.95) -> RiskPosterior:
        """Return mean, standard deviation and equal-tailed limits of the risk at each level, for n and dlt (S, J).

        Raises
        ------
        DesignError
            A probability that is not between 0 and 1.
        """
        require_between(self.name, "probability", probability, (0, 1), "0 < probability < 1")
        return risk_posterior(self.working_model, np.asarray(n), np.asarray(dlt), probability)

    def parameter_posterior(self, n: Ints, dlt: Ints) -> ParameterPosterior:
        """Return means and standard deviations of log alpha and log beta, for n and dlt (S, J). Each (S, 2)."""
        return parameter_posterior(self.working_model, n, dlt)

    def prior_warnings(self) -> tuple[str, ...]:
        """Return what is odd about the prior before any data: overdose control would allow no level."""
        nobody = np.zeros((1, self.n_doses), dtype=np.int64)
        over = float(self.intervals(nobody, nobody).over[0, 0])
        if over <= self.overdose_limit + TIE_TOLERANCE:
            return ()
        ladder = self.ladder
        reference = ladder[-1] if self.reference_dose is None else self.reference_dose
        median = 1 / (1 + exp(-self.prior_means[0]))
        return (
            "before any data the prior calls level 1 too toxic: "
            f"P(risk > {self.target_interval[1]:.4g}) is {over:.2f} there, above overdose_limit = "
            f"{self.overdose_limit:g}, so that a trial soon stops for toxicity; reference_dose = {reference:g} (the "
            f"dose at which the prior's median risk is {median:.2f}) is to be a dose near the expected MTD of the "
            f"ladder, {ladder[0]:g} to {ladder[-1]:g}; otherwise see prior_mean and prior_sd",
        )

    def decide(self, observed: Observed) -> Decision:
        """Return what to do next. All arrays (S,). Total for 0 <= dlt <= n; up by one level at most."""
        intervals = self.intervals(observed.n, observed.dlt)
        # Before the first outcome the prior stops nothing.
        untreated = observed.total_n == 0
        highest_safe = np.maximum(self._highest_safe(intervals), untreated)
        start = observed.level == 0
        closed = np.where(highest_safe == 0, 1, observed.closed_from).astype(np.int64)
        level = np.where(start, self.start_dose, observed.level)
        levels = np.arange(1, self.n_doses + 1)
        in_reach = (
            (levels < closed[:, None]) & (levels <= highest_safe[:, None]) & (levels <= level[:, None] + 1)
        )
        moved = _most_likely_on_target(intervals, in_reach)
        moved = np.where(start, np.minimum(self.start_dose, closed - 1), moved)
        found = self._found(observed, intervals, moved) & ~start & (moved > 0)
        stop = (closed == 1) | found
        reason = self._reason(level, moved, closed, highest_safe)
        enough = Reason.STOP_ENOUGH_NEXT if self.stop_target_probability is None else Reason.STOP_FOUND
        reason = np.where(found, enough, np.where(start, Reason.START, reason))
        reason = np.where(closed == 1, Reason.STOP_TOO_TOXIC, reason)
        return Decision(
            action=np.where(stop, Action.STOP, Action.TREAT).astype(np.int64),
            level=np.where(stop, 0, moved),
            cohort_size=np.where(stop, 0, self.cohort_size),
            closed_from=closed,
            reason=reason.astype(np.int64),
        )

    def select(self, observed: Observed) -> Ints:
        """Return the open, tried, safe level most probably in the target interval, 0 for none. Shape (S,)."""
        intervals = self.intervals(observed.n, observed.dlt)
        levels = np.arange(1, self.n_doses + 1)
        safe = levels <= self._highest_safe(intervals)[:, None]
        eligible = safe & (levels < observed.closed_from[:, None]) & (observed.n > 0)
        return _most_likely_on_target(intervals, eligible)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Raise DesignError: a decision depends on the data of all levels."""
        raise DesignError(
            f"{self.name}: decision_table({max_n!r}): none: what follows depends on the data of all levels"
        )

    def statement(self) -> tuple[str, ...]:
        """Return model, prior, moves, stops and selection in sentences for a protocol."""
        readings = self.conventions()
        (under, over), mean, sd = self.target_interval, self.prior_means, self.prior_sd
        reference = self.ladder[-1] if self.reference_dose is None else self.reference_dose
        stop = f" It also stops for enough patients: {readings['early stop']}." if self.stop_n_at_dose else ""
        return (
            f"The model of the DLT risk p of a dose is {readings['model']}, with reference dose {reference:g}. A "
            f"priori (log alpha, log beta) is bivariate normal with mean ({mean[0]:g}, {mean[1]:g}), standard "
            f"deviation ({sd[0]:g}, {sd[1]:g}) and correlation {self.prior_correlation:g}.",
            f"A risk below {under:.4g} is underdosing, one above {over:.4g} overdosing, and the target interval lies "
            "between. After each cohort the model is fitted to the data of all levels, and the next cohort is "
            "treated at the level whose risk is most probably in the target interval, among those whose probability "
            f"of overdosing is at most {self.overdose_limit:g}, {readings['escalation']}.",
            f"The trial stops, and no level is selected, where {readings['safety stop']}.{stop}",
            "At the end the level is selected by the same rule, among levels with patients.",
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        mean, sd = self.prior_means, self.prior_sd
        under, over = self.target_interval
        reference = "the highest level's"
        if self.reference_dose is not None:
            reference = f"{self.reference_dose:g}"
        stop = "never"
        if self.stop_n_at_dose is not None:
            stop = f"{self.stop_n_at_dose} or more at the level to be treated next"
            if self.stop_target_probability is not None:
                stop += f", with a probability of targeting of at least {self.stop_target_probability:g}"
        return {
            "model": "logit p = log alpha + beta log(dose / reference dose)",
            "doses": "given" if self.doses is not None else "each level twice the one below",
            "reference dose": reference,
            "prior": f"log alpha, log beta bivariate normal, mean ({mean[0]:g}, {mean[1]:g}), standard deviation"
            f" ({sd[0]:g}, {sd[1]:g}), correlation {self.prior_correlation:g}",
            "target interval": f"underdosing below {under:.4g}, overdosing above {over:.4g}",
            "overdose control": f"P(overdosing) of at most {self.overdose_limit:g}, to treat and to select",
            "next level": "most probably in the target interval, ties to the lower level",
            "escalation": "at most one level above the current one",
            "de-escalation": "to whatever level is allowed and most probably in the target interval",
            "safety stop": "no level meets overdose control, once a patient has been observed",
            "early stop": stop,
            "selection": "as the next level, among levels with patients",
        }

    def _highest_safe(self, intervals: Intervals) -> Ints:
        """Return the highest level up to which all meet overdose control, 0 for none. Shape (S,)."""
        safe = np.logical_and.accumulate(intervals.over <= self.overdose_limit + TIE_TOLERANCE, axis=1)
        return np.asarray(safe.sum(axis=1), dtype=np.int64)

    def _found(self, observed: Observed, intervals: Intervals, moved: Ints) -> NDArray[np.bool_]:
        """Return where the level to be treated next has patients, and probability, enough."""
        if self.stop_n_at_dose is None:
            return np.zeros(len(moved), dtype=np.bool_)
        states, at = np.arange(len(moved)), np.maximum(moved, 1) - 1
        found = observed.n[states, at] >= self.stop_n_at_dose
        if self.stop_target_probability is not None:
            found &= intervals.target[states, at] >= self.stop_target_probability - TIE_TOLERANCE
        return np.asarray(found, dtype=np.bool_)

    def _reason(self, level: Ints, moved: Ints, closed: Ints, highest_safe: Ints) -> Ints:
        cases: list[tuple[NDArray[np.bool_], Reason]] = [
            (moved > level, Reason.ESCALATE),
            (moved < level, Reason.DE_ESCALATE),
            ((level == self.n_doses), Reason.STAY),
            (level + 1 >= closed, Reason.STAY_NEXT_CLOSED),
            (level + 1 > highest_safe, Reason.STAY_OVERDOSE_CONTROL),
        ]
        conditions, reasons = zip(*cases, strict=True)
        return np.asarray(np.select(conditions, reasons, Reason.STAY), dtype=np.int64)


def _most_likely_on_target(intervals: Intervals, eligible: NDArray[np.bool_]) -> Ints:
    """Return the eligible level with the largest probability of targeting, ties to the lower; 0 for none."""
    probability = np.where(eligible, intervals.target, -1.0)
    largest = probability.max(axis=1)
    chosen = np.argmax(probability >= largest[:, None] - TIE_TOLERANCE, axis=1) + 1
    return np.where(largest >= 0, chosen, 0).astype(np.int64)


def _fitted(model: TwoParameterModel, n: Ints, dlt: Ints) -> Floats:
    return fit(model, n, dlt).packed()
