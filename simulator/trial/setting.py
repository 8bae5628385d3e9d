"""One trial's setting: the stages' parameters compiled into the plain numbers the calendar reads."""

from dataclasses import dataclass
from functools import cache

from scipy.special import betaincc

from simulator.durations import DAYS_PER_MONTH, tick
from simulator.outcomes.outcomes import OutcomeParameters
from simulator.trial.dosing import DosingParameters
from simulator.trial.follow_up import Observation, observation_of
from simulator.trial.product import ProductParameters
from simulator.trial.rules import ClosedLevel, MidCohort, StaggerGates, TrialRules


@dataclass(frozen=True, slots=True)
class Pass:
    """How far one run goes.

    Attributes
    ----------
    own_size
        The design's own size limit ends escalation.
    enrolment_cap
        Most patients who may be enrolled; None for no cap.
    infusion_cap
        The trial closes at this infusion, patients under way exit; None for no cap.
    expansion
        Whether expansion follows escalation.
    calendar_limit
        Whether the calendar limit ends the trial; else it runs as long as patients are referred.
    """

    own_size: bool
    enrolment_cap: int | None
    infusion_cap: int | None
    expansion: bool
    calendar_limit: bool


def used_pass(rules: TrialRules) -> Pass:
    """The trial as it would be conducted."""
    return Pass(True, rules.enrolment_max, None, rules.expansion, True)


def needed_pass(infusions: int) -> Pass:
    """A pass to a number of infusions, without the design's size limit and the enrolment cap (D32).

    It runs without the calendar limit too, so that a slow site is not read as an inaccurate design.
    """
    return Pass(False, None, infusions, False, False)


@dataclass(frozen=True, slots=True)
class Setting:
    """Rules and stage parameters of one trial, times as multiples of 1/1024 day.

    Attributes
    ----------
    gated_by_infusion
        The stagger runs from an infusion to the next patient's lymphodepletion; else from one start of
        lymphodepletion to the next, so that infusions keep it too (D11).
    holds_decided_cohort
        Whether a cohort that can no longer change the decision is held.
    late_toxicity_share
        Of all toxicities that would be DLTs, the share that comes after the window.
    lower_if_closed
        Whether a patient whose level has closed is infused at a lower one (D12).
    """

    rules: TrialRules
    product: ProductParameters
    observation: Observation
    lymphodepletion_days: float
    inpatient_days: float
    stagger_first_days: float
    stagger_other_days: float
    review_days: float
    expansion_known_days: float
    calendar_limit_days: float
    gated_by_infusion: bool
    holds_decided_cohort: bool
    lower_if_closed: bool
    late_toxicity_share: float = 0.0

    @classmethod
    def of(
        cls,
        rules: TrialRules,
        product: ProductParameters,
        dosing: DosingParameters,
        outcomes: OutcomeParameters,
    ) -> "Setting":
        """Compile the stages' parameters."""
        return cls(
            rules=rules,
            product=product,
            observation=observation_of(rules, outcomes, dosing.tolerance),
            lymphodepletion_days=tick(dosing.lymphodepletion_days),
            inpatient_days=tick(dosing.inpatient_days_after_infusion),
            stagger_first_days=tick(rules.stagger_first_days),
            stagger_other_days=tick(rules.stagger_other_days),
            review_days=tick(rules.review_days),
            expansion_known_days=tick(product.expansion_known_days),
            calendar_limit_days=tick(rules.calendar_limit_months * DAYS_PER_MONTH),
            gated_by_infusion=rules.stagger_gates is StaggerGates.LYMPHODEPLETION,
            holds_decided_cohort=rules.mid_cohort is MidCohort.HOLD_IF_DECIDED,
            lower_if_closed=rules.closed_level is ClosedLevel.LOWER,
            late_toxicity_share=outcomes.late_toxicity_share,
        )

    def risk_above_target(self, n: int, dlt: int) -> float:
        """Return P(p > target) under Beta(1 + dlt, 1 + n - dlt) (D38)."""
        return _risk_above(self.rules.target, n, dlt)


@cache
def _risk_above(target: float, n: int, dlt: int) -> float:
    # betaincc is the upper tail itself: 1 - betainc would lose digits of small probabilities.
    return float(betaincc(1 + dlt, 1 + n - dlt, target))
