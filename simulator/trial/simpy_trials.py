"""The trials of several replicates run by SimPy, one after the other; their rows as columns."""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.caps import CapRows, read_caps
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, State
from simulator.trial.patient import Patient
from simulator.trial.record import UsedRow, needed_row, used_row
from simulator.trial.run import run_trial
from simulator.trial.setting import Pass, Setting
from simulator.trial.trial_state import Trial

Columns = dict[str, NDArray[Any]]

MILESTONES: Final = (State.ENROLLED, State.INFUSED, State.EVALUABLE)
"""Whose days are told patient by patient."""


def milestone_days(
    patients: Sequence[Patient], most: int, before: Sequence[Sequence[float]] = ((), (), ())
) -> NDArray[np.float64]:
    """Return the ascending days of each of `MILESTONES`, shape (3, most), infinity behind the last.

    `before` are days of patients before these.
    """
    reached: list[list[float]] = [
        [patient.enrolled_day for patient in patients],
        [patient.infused_day for patient in patients],
        [patient.exit_day for patient in patients if patient.state == State.EVALUABLE],
    ]
    found = np.full((len(MILESTONES), most), NEVER)
    for row, (days, past) in enumerate(zip(reached, before, strict=True)):
        ordered = np.sort(np.array([day for day in (*past, *days) if day < NEVER]))[:most]
        found[row, : len(ordered)] = ordered
    return found


class SimPyTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._intakes = list(intakes)

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the columns of `UsedRow`, one row a replicate."""
        return self._used(ArmPass(TrialArm(setting, rulebook, risks), limits, criteria))

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the columns of `CapRows`, one row a replicate, for every cap up to `caps`."""
        return self._needed(ArmPass(TrialArm(setting, rulebook, risks), limits, caps=caps))

    def by_arm(self, wanted: Sequence[ArmPass]) -> list[Columns]:
        """Return the columns of several arms and passes, one row a replicate."""
        return [self._needed(one) if one.caps else self._used(one) for one in wanted]

    def _trials(self, of: ArmPass) -> Iterator[Trial]:
        places = range(len(self._intakes)) if of.which is None else of.which.tolist()
        arm = of.arm
        return (run_trial(arm.setting, of.limits, self._intakes[k], arm.rulebook, arm.risks) for k in places)

    def _used(self, of: ArmPass) -> Columns:
        rows = [used_row(trial, of.criteria) for trial in self._trials(of)]
        return {one.name: np.array([getattr(row, one.name) for row in rows]) for one in fields(UsedRow)}

    def _needed(self, of: ArmPass) -> Columns:
        rows = [needed_row(trial) for trial in self._trials(of)]
        found = read_caps(rows, of.arm.rulebook.design, of.caps, of.arm.setting.review_days)
        return {one.name: getattr(found, one.name) for one in fields(CapRows)}

    def accrual(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        which: NDArray[np.int64],
    ) -> Columns:
        """Return when patients reach their milestones, in the trials of some of the replicates.

        `days` is of shape (trials, 3, most who may be enrolled): ascending days of enrolment, infusion and outcome,
        then infinity.
        """
        trials = list(self._trials(ArmPass(TrialArm(setting, rulebook, risks), limits, which=which)))
        most = setting.rules.enrolment_max
        return {
            "ending": np.array([int(trial.ending) for trial in trials]),
            "recommended_day": np.array([trial.recommended_day for trial in trials]),
            "waited": np.array([trial.waiting_times.days for trial in trials]),
            "days": np.stack([milestone_days(trial.patients, most) for trial in trials]),
        }
