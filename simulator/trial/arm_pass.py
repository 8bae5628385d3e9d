"""The trials of a design under a truth in one pass, and the rows that are wanted of them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.setting import Pass, Setting


class TrialArm(NamedTuple):
    """What the trials of one design under one truth are run by."""

    setting: Setting
    rulebook: Rulebook
    risks: DoseRisks


class ArmPass(NamedTuple):
    """The trials of an arm up to the limits of a pass.

    Attributes
    ----------
    criteria
        How many criteria the rows of `UsedRow` count failures by.
    caps
        The largest cap, where rows of `CapRows` are wanted; 0 for those of `UsedRow`.
    which
        Places of the replicates of which trials are run; None for all.
    """

    arm: TrialArm
    limits: Pass
    criteria: int = 0
    caps: int = 0
    which: NDArray[np.int64] | None = None
