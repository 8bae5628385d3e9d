"""Many trials of one design under one truth, run by compiled code; their rows as columns."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc

from simulator.trial.batches import Fate
from simulator.trial.candidates import Candidates
from simulator.trial.compiled.block import Block, Room
from simulator.trial.compiled.early_questions import Slots
from simulator.trial.compiled.kernel import run_trials
from simulator.trial.compiled.layout import JOB, RISKS, SETTING, TRIAL
from simulator.trial.compiled.memory import address, new_record, write
from simulator.trial.compiled.tables import design_tables
from simulator.trial.escalation import Rulebook
from simulator.trial.follow_up import DoseRisks
from simulator.trial.intake import Intake
from simulator.trial.ledger import Exit, State
from simulator.trial.run import new_escalation, trial_at
from simulator.trial.setting import Pass, Setting
from simulator.trial.waiting_times import Waiting

Columns = dict[str, NDArray[Any]]


Widths = dict[str, tuple[str, tuple[int, ...]]]
"""Each column's kind, and its shape."""


@dataclass(frozen=True, slots=True)
class _Task:
    """One design under one truth, how far its trials run, and what is asked of them.

    Attributes
    ----------
    widths
        The columns of their rows.
    asked
        What a `Job` is told of it: one of `criteria`, `caps`, `accrual`.
    """

    setting: Setting
    limits: Pass
    rulebook: Rulebook
    risks: DoseRisks
    widths: Widths
    asked: dict[str, int]


class CompiledTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: Sequence[Intake]) -> None:
        self._first = intakes[0].candidates
        self._number = len(intakes)
        self._block = Block(intakes)
        self._room = Room(self._block.most)

    @cached_property
    def _kept(self) -> NDArray[np.uint8]:
        """Room for what is kept of every trial; the pages that no trial fills are never touched."""
        return np.empty((self._number, self._room.kept_bytes), dtype=np.uint8)

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the rows of `used_row`, one a replicate."""
        widths = _used_widths(rulebook.design.n_doses, criteria, setting.rules.enrolment_max)
        ints, floats = self._run(_Task(setting, limits, rulebook, risks, widths, {"criteria": criteria}))
        columns = {name: _cut(ints, floats, place) for name, place in _places(widths).items()}
        columns["expansion_stopped"] = columns["expansion_stopped"] != 0
        return columns

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the rows of `read_caps`, one a replicate, with every cap up to `caps`."""
        widths: Widths = {name: (kind, (caps,)) for name, kind in _CAPS.items()}
        ints, floats = self._run(_Task(setting, limits, rulebook, risks, widths, {"caps": caps}))
        columns = {name: _cut(ints, floats, place) for name, place in _places(widths).items()}
        columns["reached"] = columns["reached"] != 0
        return columns

    def accrual(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        which: NDArray[np.int64],
    ) -> Columns:
        """Return when patients reach their milestones, in the trials of some of the replicates.

        `days` is of shape (trials, 3, most who may be enrolled): ascending days of enrolment, infusion and outcome.
        """
        most = setting.rules.enrolment_max
        widths = _accrual_widths(most)
        task = _Task(setting, limits, rulebook, risks, widths, {"accrual": most})
        ints, floats = self._run(task, which)
        columns = {name: _cut(ints, floats, place)[which] for name, place in _places(widths).items()}
        columns["days"] = np.sort(columns["days"].reshape(len(which), 3, most), axis=2)
        return columns

    def _run(
        self, task: "_Task", which: NDArray[np.int64] | None = None
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Run the trials of some replicates, by default of all; their rows stand at the replicates' places."""
        number = self._number
        ints = np.zeros((number, _width(task.widths, "int")), dtype=np.int64)
        floats = np.zeros((number, _width(task.widths, "float")), dtype=np.float64)
        wanted = np.arange(number) if which is None else which.astype(np.int64)
        tables = design_tables(task.rulebook.design)
        job = new_record(JOB)
        # What the job points to is kept alive here, by name, until it has run.
        of_setting, table = _setting_record(task.setting, task.limits)
        of_risks = _risks_record(task.risks)
        new_trial, trial = new_record(TRIAL), new_record(TRIAL)
        _write_trial(new_trial, task, self._first)
        new_trial["setting"], new_trial["risks"] = address(of_setting), address(of_risks)
        new_trial["escalation"]["rulebook"] = tables.address
        self._room.give(new_trial)
        job["trial"], job["new_trial"] = address(trial), address(new_trial)
        job["replicates"], job["wanted"], job["count"] = self._block.address, address(wanted), len(wanted)
        job["ints"], job["int_width"] = address(ints), ints.shape[1]
        job["floats"], job["float_width"] = address(floats), floats.shape[1]
        for name, value in task.asked.items():
            job[name] = value
        slots = Slots(self._kept) if tables.early else None
        job["slots"] = slots.address if slots else 0
        # Threads share a design's tables: what one misses is asked before another goes on.
        with tables.lock:
            while job["count"][0]:
                run_trials(address(job))
                job["count"] = job["unfinished"]
                if tables.early and slots:
                    tables.early.answer(slots, task.setting.observation)
                else:
                    tables.learn()
        del table
        return ints, floats


def _write_trial(record: NDArray[Any], task: "_Task", candidates: Candidates) -> None:
    """Write a trial before its opening: the same as SimPy's begins with."""
    limits, rulebook = task.limits, task.rulebook
    escalation = new_escalation(rulebook, limits)
    trial = trial_at(task.setting, limits, candidates, escalation, task.risks)
    write(record, TRIAL, trial, levels=rulebook.design.n_doses)
    record["limits"]["infusion_cap"] = -1 if limits.infusion_cap is None else limits.infusion_cap
    record["escalation"]["levels"] = rulebook.design.n_doses
    record["early"]["present"] = trial.early is not None
    if trial.early is not None:
        record["early"]["instants"] = len(trial.early.ask_again_at)


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


_CAPS: Final = {
    "selected": "int",
    "infused": "int",
    "evaluable": "int",
    "enrolled": "int",
    "screened": "int",
    "known_day": "float",
    "reached": "int",
}


def _used_widths(levels: int, criteria: int, most: int) -> Widths:
    """Return the columns of `write_used` in the order in which they are written."""
    one: tuple[int, ...] = ()
    ints: dict[str, tuple[int, ...]] = {
        "selected": one,
        "stop": one,
        "at_recommendation": (len(State),),
        "at_end": (len(State),),
        "ended": (len(State) * len(Exit),),
        "criteria": (criteria,),
        "verdicts": one,
        "rescreened": one,
        "n": (levels,),
        "dlt": (levels,),
        "treated": (levels,),
        "responses": (levels,),
        "backfilled": (levels,),
        "late_toxicities": (levels,),
        "expansion_n": one,
        "expansion_dlt": one,
        "expansion_stopped": one,
        "reviews": one,
        "other_donors": one,
        "leukaphereses": one,
        "backups": one,
        "assessed": one,
        "batches": (len(Fate),),
    }
    floats: dict[str, tuple[int, ...]] = {
        "recommended_day": one,
        "closed_day": one,
        "last_day": one,
        "waited": (len(Waiting),),
        "slot_days": (2,),
        "manufacturing_days": one,
        "inpatient_days": one,
        "consent_to_infusion_days": (most,),
        "vein_to_vein_days": (most,),
    }
    return {name: ("int", shape) for name, shape in ints.items()} | {
        name: ("float", shape) for name, shape in floats.items()
    }


def _accrual_widths(most: int) -> Widths:
    """Return the columns of `write_accrual` in the order in which they are written."""
    return {
        "ending": ("int", ()),
        "recommended_day": ("float", ()),
        "waited": ("float", (len(Waiting),)),
        "days": ("float", (3 * most,)),
    }


def _cells(shape: tuple[int, ...]) -> int:
    return shape[0] if shape else 1


def _width(widths: Widths, kind: str) -> int:
    return sum(_cells(shape) for of, shape in widths.values() if of == kind)


def _places(widths: Widths) -> dict[str, tuple[str, int, tuple[int, ...]]]:
    found, at = {}, {"int": 0, "float": 0}
    for name, (kind, shape) in widths.items():
        found[name] = (kind, at[kind], shape)
        at[kind] += _cells(shape)
    return found


def _cut(
    ints: NDArray[np.int64], floats: NDArray[np.float64], place: tuple[str, int, tuple[int, ...]]
) -> NDArray[Any]:
    kind, at, shape = place
    of: NDArray[Any] = ints if kind == "int" else floats
    return of[:, at].copy() if not shape else of[:, at : at + shape[0]].copy()
