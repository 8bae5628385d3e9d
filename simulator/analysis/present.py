"""Which rows mean something in a run: those of parts that its trial has."""

from simulator.eligibility.own_criteria import OwnCriteria
from simulator.runs.replicates import RunPlan
from simulator.trial.ledger import State
from simulator.trial.waiting_times import Waiting

COUNTS = {
    "referred": State.REFERRED,
    "prescreened": State.PRESCREENED,
    "screened": State.CONSENTED,
    "eligible": State.ELIGIBLE,
    "enrolled": State.ENROLLED,
    "infused": State.INFUSED,
    "evaluable": State.EVALUABLE,
}
"""Counts printed under a name, and the state each means; screening starts with consent."""


def has_product(plan: RunPlan) -> bool:
    """Return whether the trial makes a cell product."""
    return plan.stages.product is not None


def has_response(plan: RunPlan) -> bool:
    """Return whether a response is modelled."""
    return any(arm.truth.p_response is not None for arm in plan.design_truths)


def has_criteria(plan: RunPlan) -> bool:
    """Return whether anybody can fail a criterion."""
    return plan.criteria > 0


def has_built_in_criteria(plan: RunPlan) -> bool:
    """Return whether the criteria, the desk pre-screen and the re-screen are those of NCT07144020."""
    return not isinstance(plan.stages.eligibility, OwnCriteria)


def counted(plan: RunPlan) -> dict[str, State]:
    """Return the counts of patients: no pre-screen without one, nobody eligible where nobody is screened."""
    without = set() if has_built_in_criteria(plan) else {"prescreened"}
    without |= set() if has_criteria(plan) else {"eligible"}
    return {name: state for name, state in COUNTS.items() if name not in without}


def waited_for(plan: RunPlan) -> tuple[Waiting, ...]:
    """Return what the trial may wait for."""
    return tuple(one for one in Waiting if one is not Waiting.PRODUCT or has_product(plan))
