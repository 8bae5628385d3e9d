"""A job: trials of several replicates under one design and truth, in memory that compiled code reads and writes."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc

from simulator.trial.arm_pass import TrialArm
from simulator.trial.candidates import Candidates
from simulator.trial.compiled.block import Block, Room
from simulator.trial.compiled.kernel import run_trials
from simulator.trial.compiled.layout import JOB, RISKS, SETTING, TRIAL
from simulator.trial.compiled.memory import address, copied, new_record, write
from simulator.trial.compiled.row_layout import RowLayout
from simulator.trial.dosing import DosingDraws
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks, OutcomeLists
from simulator.trial.product import ProductDraws
from simulator.trial.run import new_escalation, trial_at
from simulator.trial.setting import Pass, Setting


@dataclass(frozen=True, slots=True)
class Task:
    """One design under one truth, how far its trials run, and what is asked of them.

    Attributes
    ----------
    layout
        The columns of their rows.
    asked
        What a job is told of it: one of `criteria`, `caps`, `accrual`.
    which
        Places of the replicates to run; None for all.
    """

    arm: TrialArm
    limits: Pass
    layout: RowLayout
    asked: dict[str, int]
    which: NDArray[np.int64] | None = None


class Job:
    """The trials of a task, and their rows.

    Parameters
    ----------
    rulebook
        Address of the design's tables.
    wanted
        The replicates to run; changed as they are done.
    rows
        Whole numbers and floats, all 0, one row of each a replicate of the block, into which results are written.
    """

    def __init__(
        self,
        task: Task,
        block: Block,
        room: Room,
        rulebook: int,
        wanted: NDArray[np.int64],
        rows: tuple[NDArray[np.int64], NDArray[np.float64]],
    ) -> None:
        self._ints, floats = self._rows = rows
        # Columns of selections, which stand first in a row.
        self._selected = 0 if "accrual" in task.asked else task.asked.get("caps", 1)
        # What the job points to is kept alive here until it has run.
        self._wanted = wanted
        self._records = _records(task.limits, *task.arm)
        self._new_trial, self._trial = copied(self._records.trial, TRIAL), new_record(TRIAL)
        new_trial, job = self._new_trial, new_record(JOB)
        new_trial["escalation"]["rulebook"] = rulebook
        room.give(new_trial)
        job["trial"], job["new_trial"] = address(self._trial), address(new_trial)
        job["replicates"], job["wanted"], job["count"] = block.address, address(wanted), len(wanted)
        self._slots = np.zeros_like(wanted)
        job["slots"] = address(self._slots)
        job["ints"], job["int_width"] = address(self._ints), self._ints.shape[1]
        job["floats"], job["float_width"] = address(floats), floats.shape[1]
        for name, value in task.asked.items():
            job[name] = value
        self._record = job

    def fill_in(self, selections: NDArray[np.int64]) -> None:
        """Put in what the design selects where a row names its place in the table of selections, as -1 - place."""
        rows = self._ints[:, : self._selected]
        open_ = rows < 0
        if open_.any():
            rows[open_] = selections[-1 - rows[open_], 0]

    @staticmethod
    def run(jobs: "Sequence[Job]") -> None:
        """Run the trials under way until each has ended or has a question."""
        records = [job._record for job in jobs]
        addresses = np.array([address(record) for record in records])
        run_trials(address(addresses), len(jobs))
        for record in records:
            record["count"] = record["unfinished"]

    @property
    def has_ended(self) -> bool:
        """Whether every trial has ended."""
        return not self._record["count"][0]


_NOBODY: Final = Candidates(
    horizon_days=0.0,  # compiled code sets the limit that depends on it
    site=[],
    index=[],
    ready_day=[],
    expiry_day=[],
    death_day=[],
    leaves_day=[],
    leaves_for=[],
    queues=[],
    bridged=[],
    products=ProductDraws([], [], [], [], [], []),
    dosing=DosingDraws([], [], []),
    outcomes=OutcomeLists(*([] for _ in OutcomeLists.__slots__)),
)


class _Records(NamedTuple):
    """A trial before its opening, and what its record points to."""

    trial: NDArray[Any]
    setting: NDArray[Any]
    risk_table: NDArray[np.float64]
    risks: NDArray[Any]


@lru_cache(maxsize=512)
def _records(limits: Pass, setting: Setting, rulebook: Rulebook, risks: DoseRisks) -> _Records:
    """Return a trial before its opening, the same as SimPy's begins with; compiled code only copies it."""
    record = new_record(TRIAL)
    trial = trial_at(setting, limits, _NOBODY, new_escalation(rulebook, limits), risks)
    write(record, TRIAL, trial, levels=rulebook.design.n_doses)
    record["limits"]["infusion_cap"] = -1 if limits.infusion_cap is None else limits.infusion_cap
    record["escalation"]["levels"] = rulebook.design.n_doses
    record["early"]["present"] = trial.early is not None
    if trial.early is not None:
        record["early"]["instants"] = len(trial.early.ask_again_at)
    found = _Records(record, *_setting_record(setting, limits), _risks_record(risks))
    record["setting"], record["risks"] = address(found.setting), address(found.risks)
    return found


def _setting_record(setting: Setting, limits: Pass) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Return the setting's record, and the table to which it points."""
    record = new_record(SETTING)
    table, width = _risk_table(setting, limits)
    write(record, SETTING, setting, risk_table=address(table), risk_width=width)
    return record, table


def _risks_record(risks: DoseRisks) -> NDArray[Any]:
    record = new_record(RISKS)
    lengths = {"judged": len(risks.aplasia), "responding": len(risks.p_response)}
    write(record, RISKS, risks, levels=len(risks.doses), **lengths)
    return record


def _risk_table(setting: Setting, limits: Pass) -> tuple[NDArray[np.float64], int]:
    """Return P(p > target) by patients and DLTs, as `Setting.risk_above_target`, as far as expansion asks."""
    return _risks_above(setting.rules.target, setting.rules.enrolment_max if limits.expansion else 0)


@lru_cache(maxsize=64)
def _risks_above(target: float, most: int) -> tuple[NDArray[np.float64], int]:
    n, dlt = np.indices((most + 1, most + 1))
    return betaincc(1 + np.minimum(n, dlt), 1 + np.maximum(n - dlt, 0), target), most + 1
