"""What every design that looks early does alike: count pending patients, and wait."""

from dataclasses import replace

import numpy as np

from simulator.designs.design import Action, Decision, Ints, Observed


def with_pending(observed: Observed) -> Observed:
    """Return the data with pending patients counted as treated and without a DLT: a paper's n."""
    return observed if observed.pending is None else replace(observed, n=observed.n + observed.pending)


def waiting(decision: Decision, reason: Ints, level: Ints) -> Decision:
    """Return the decision with WAIT at the current level where there is a reason to wait; 0 is none."""
    wait = reason > 0
    if not wait.any():
        return decision
    return replace(
        decision,
        action=np.where(wait, Action.WAIT, decision.action).astype(np.int64),
        level=np.where(wait, level, decision.level),
        cohort_size=np.where(wait, 0, decision.cohort_size),
        reason=np.where(wait, reason, decision.reason),
    )
