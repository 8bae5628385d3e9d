"""Many trials of one design under one truth, run by compiled code; their rows as columns."""

from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import betaincc

from simulator.trial.batches import Fate
from simulator.trial.compiled.block import Block, Room
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


class CompiledTrials:
    """The trials of several replicates, ready to run under any design and truth."""

    def __init__(self, intakes: list[Intake]) -> None:
        self._intakes = intakes
        self._block = Block(intakes)
        self._room = Room(self._block.most)

    def used(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, criteria: int
    ) -> Columns:
        """Return the rows of `used_row`, one a replicate."""
        widths = _used_widths(rulebook.design.n_doses, criteria, setting.rules.enrolment_max)
        ints, floats = self._run(setting, limits, rulebook, risks, widths, criteria=criteria)
        columns = {name: _cut(ints, floats, place) for name, place in _places(widths).items()}
        columns["expansion_stopped"] = columns["expansion_stopped"] != 0
        return columns

    def needed(
        self, setting: Setting, limits: Pass, rulebook: Rulebook, risks: DoseRisks, caps: int
    ) -> Columns:
        """Return the rows of `read_caps`, one a replicate, with every cap up to `caps`."""
        widths: Widths = {name: (kind, (caps,)) for name, kind in _CAPS.items()}
        ints, floats = self._run(setting, limits, rulebook, risks, widths, caps=caps)
        columns = {name: _cut(ints, floats, place) for name, place in _places(widths).items()}
        columns["reached"] = columns["reached"] != 0
        return columns

    def _run(
        self,
        setting: Setting,
        limits: Pass,
        rulebook: Rulebook,
        risks: DoseRisks,
        widths: "Widths",
        criteria: int = 0,
        caps: int = 0,
    ) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        number = len(self._intakes)
        ints = np.zeros((number, _width(widths, "int")), dtype=np.int64)
        floats = np.zeros((number, _width(widths, "float")), dtype=np.float64)
        tables = design_tables(rulebook.design)
        records = [new_record(struct) for struct in (SETTING, RISKS, TRIAL, TRIAL)]
        of_setting, of_risks, new_trial, trial = records
        table, width = _risk_table(setting, limits)
        write(of_setting, SETTING, setting, risk_table=address(table), risk_width=width)
        lengths = {"judged": len(risks.aplasia), "responding": len(risks.p_response)}
        write(of_risks, RISKS, risks, levels=len(risks.doses), **lengths)
        _write_trial(new_trial, setting, limits, self._intakes[0], rulebook, risks)
        new_trial["setting"], new_trial["risks"] = address(of_setting), address(of_risks)
        new_trial["escalation"]["rulebook"] = tables.address
        self._room.give(new_trial)
        wanted = np.arange(number)
        job = new_record(JOB)
        job["trial"], job["new_trial"] = address(trial), address(new_trial)
        job["replicates"], job["wanted"], job["count"] = self._block.address, address(wanted), number
        job["ints"], job["int_width"] = address(ints), ints.shape[1]
        job["floats"], job["float_width"] = address(floats), floats.shape[1]
        job["criteria"], job["caps"] = criteria, caps
        while job["count"][0]:
            run_trials(address(job))
            job["count"] = job["unfinished"]
            tables.learn()
        return ints, floats


def _write_trial(
    record: Any, setting: Setting, limits: Pass, intake: Intake, rulebook: Rulebook, risks: DoseRisks
) -> None:
    """Write a trial before its opening: the same as SimPy's begins with."""
    trial = trial_at(setting, limits, intake.candidates, new_escalation(rulebook, limits), risks)
    write(record, TRIAL, trial, levels=rulebook.design.n_doses)
    record["limits"]["infusion_cap"] = -1 if limits.infusion_cap is None else limits.infusion_cap
    record["escalation"]["levels"] = rulebook.design.n_doses


def _risk_table(setting: Setting, limits: Pass) -> tuple[NDArray[np.float64], int]:
    """Return P(p > target) by patients and DLTs, as `Setting.risk_above_target`, as far as expansion asks."""
    return _risks_above(setting.rules.target, setting.rules.enrolment_max if limits.expansion else 0)


@lru_cache(maxsize=64)
def _risks_above(target: float, most: int) -> tuple[NDArray[np.float64], int]:
    n, dlt = np.indices((most + 1, most + 1))
    return betaincc(1 + np.minimum(n, dlt), 1 + np.maximum(n - dlt, 0), target), most + 1


Widths = dict[str, tuple[str, tuple[int, ...]]]
"""Each column's kind, and its shape."""
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
