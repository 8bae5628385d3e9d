"""The trials of several replicates run by SimPy, one after the other; their rows as columns."""

from collections.abc import Sequence
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.trial.caps import CapRows, read_caps
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.record import UsedRow, needed_row, used_row
from simulator.trial.run import run_trial
from simulator.trial.setting import Pass, Setting

Columns = dict[str, NDArray[Any]]


class SimPyTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._intakes = intakes

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the columns of `UsedRow`, one row a replicate."""
        rows = [
            used_row(run_trial(setting, limits, intake, rulebook, risks), criteria)
            for intake in self._intakes
        ]
        return {one.name: np.array([getattr(row, one.name) for row in rows]) for one in fields(UsedRow)}

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the columns of `CapRows`, one row a replicate, for every cap up to `caps`."""
        rows = [needed_row(run_trial(setting, limits, intake, rulebook, risks)) for intake in self._intakes]
        found = read_caps(rows, rulebook.design, caps, setting.review_days)
        return {one.name: getattr(found, one.name) for one in fields(CapRows)}
