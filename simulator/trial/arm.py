"""What the trials of one design under one truth share: the memoised design, its risks at the doses, the setting."""

from functools import lru_cache

from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Stages
from simulator.trial.setting import Setting


@lru_cache(maxsize=64)
def rulebook(design: Design) -> Rulebook:
    """Return the memoised design, shared by all trials of this process."""
    return Rulebook(design)


@lru_cache(maxsize=64)
def dose_risks(truth: Truth, outcomes: OutcomeParameters, doses: tuple[float, ...]) -> DoseRisks:
    """Return the truth's risks at the doses."""
    return DoseRisks(truth, outcomes, doses)


def setting(stages: Stages, outcomes: OutcomeParameters) -> Setting:
    """Return the setting of the trials run with these outcome parameters."""
    return Setting.of(stages.rules, stages.made, stages.dosing, outcomes)
