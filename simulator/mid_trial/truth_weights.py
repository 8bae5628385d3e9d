"""What the outcomes so far say of the truths."""

import numpy as np
from numpy.typing import NDArray

from simulator.mid_trial.cut import Cut
from simulator.outcomes.outcomes import Truth, estimand_risk
from simulator.trial.arm import setting
from simulator.trial.intake import Stages
from simulator.trial.ledger import NEVER

Floats = NDArray[np.float64]


def truth_weights(cut: Cut, stages: Stages, truths: tuple[Truth, ...]) -> tuple[float, ...] | None:
    """Return the probability of each truth given the outcomes so far, each equally likely before.

    A DLT at risk p counts p, none in the whole window 1 - p, none by day t of the window 1 - p F(t), F the law
    of the onset. None where levels or outcomes are not recorded: then nothing is learnt of the truth.
    """
    if not (cut.history.has_levels and cut.outcomes_recorded) or len(truths) < 2:
        return None
    outcomes = stages.outcomes
    window = setting(stages, outcomes).observation.window_days
    log_weight = np.zeros(len(truths))
    for one in cut.treated:
        if one.infused_day == NEVER:
            continue
        until = min(one.outcome_day, cut.day) - one.infused_day
        share = -np.expm1(-((min(until, window) / outcomes.onset_scale_days) ** outcomes.onset_shape))
        share /= -np.expm1(-((window / outcomes.onset_scale_days) ** outcomes.onset_shape)) if window else 1.0
        if one.counted:
            share = 1.0
        for k, truth in enumerate(truths):
            p = estimand_risk(truth, outcomes)[(one.level_given or one.level_assigned) - 1]
            with np.errstate(divide="ignore"):  # log 0: a truth that the data rule out
                log_weight[k] += np.log(p if one.counted and one.dlt else 1 - p * share)
    if not np.isfinite(log_weight.max()):
        return None
    weights = np.exp(log_weight - log_weight.max())  # the largest is 1, so that none overflows
    return tuple((weights / weights.sum()).tolist())
