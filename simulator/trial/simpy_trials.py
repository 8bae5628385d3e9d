"""The trials of several replicates run by SimPy, one after the other; their rows as columns."""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.trial.caps import CapRows, read_caps
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, State
from simulator.trial.patient import Patient
from simulator.trial.record import UsedRow, needed_row, used_row
from simulator.trial.run import run_trial
from simulator.trial.setting import Pass, Setting

Columns = dict[str, NDArray[Any]]
Which = Sequence[NDArray[np.int64]]
"""The places, in a group, of the replicates of which an arm's trials are run: of each arm some."""

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


class TrialArm(NamedTuple):
    """What the trials of one design under one truth are run by."""

    setting: Setting
    rulebook: Rulebook
    risks: DoseRisks


class SimPyTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._intakes = list(intakes)

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the columns of `UsedRow`, one row a replicate."""
        return self._used(TrialArm(setting, rulebook, risks), limits, criteria, range(len(self._intakes)))

    def _used(self, of: TrialArm, limits: Pass, criteria: int, which: Iterable[int]) -> Columns:
        rows = [
            used_row(run_trial(of.setting, limits, self._intakes[k], of.rulebook, of.risks), criteria)
            for k in which
        ]
        return {one.name: np.array([getattr(row, one.name) for row in rows]) for one in fields(UsedRow)}

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the columns of `CapRows`, one row a replicate, for every cap up to `caps`."""
        rows = [needed_row(run_trial(setting, limits, intake, rulebook, risks)) for intake in self._intakes]
        found = read_caps(rows, rulebook.design, caps, setting.review_days)
        return {one.name: getattr(found, one.name) for one in fields(CapRows)}

    def used_by_arm(
        self, arms: Sequence[TrialArm], limits: Pass, criteria: int, which: Which | None = None
    ) -> list[Columns]:
        """Return the columns of `UsedRow` of several arms; of each those at the places in `which`, by default all."""
        wanted = [np.arange(len(self._intakes))] * len(arms) if which is None else which
        return [
            self._used(of, limits, criteria, places.tolist()) for of, places in zip(arms, wanted, strict=True)
        ]

    def needed_by_arm(self, arms: Sequence[TrialArm], limits: Pass, caps: int) -> list[Columns]:
        """Return the columns of `CapRows` of several arms."""
        return [self.needed(of.setting, limits, of.rulebook, of.risks, caps) for of in arms]

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
        trials = [run_trial(setting, limits, self._intakes[int(k)], rulebook, risks) for k in which]
        most = setting.rules.enrolment_max
        return {
            "ending": np.array([int(trial.ending) for trial in trials]),
            "recommended_day": np.array([trial.recommended_day for trial in trials]),
            "waited": np.array([trial.waiting_times.days for trial in trials]),
            "days": np.stack([milestone_days(trial.patients, most) for trial in trials]),
        }
