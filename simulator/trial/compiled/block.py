"""The patients of several replicates in the memory of compiled code, and the room that a trial needs."""

from dataclasses import fields
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.trial.candidates import Candidates
from simulator.trial.compiled.clock import EVENTS_PER_PATIENT, WORDS
from simulator.trial.compiled.layout import (
    ATTEMPT,
    ATTEMPTS,
    CANDIDATE_ROWS,
    CANDIDATES,
    PATH_ROWS,
    PATIENT,
    STEPS,
)
from simulator.trial.compiled.memory import address, new_record, write
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.intake import Intake
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient

_OWN: Final = ("ready_day", "expiry_day", "death_day", "leaves_day", "leaves_for", "queues")
_PATHS: Final = (
    "referred_day",
    "prescreened_day",
    "consented_day",
    "eligible_day",
    "ready_day",
    "exit_day",
    "verdict_day",
    "reason",
    "criterion",
    "rescreened",
)


class Block:
    """Replicates whose candidates and referrals stand one behind the other."""

    def __init__(self, intakes: list[Intake]) -> None:
        self.most = max((len(intake.candidates.ready_day) for intake in intakes), default=0)
        rows = sum(len(intake.candidates.ready_day) for intake in intakes)
        self._candidates = np.zeros(rows, dtype=CANDIDATE_ROWS.dtype)
        self._paths = np.zeros(sum(len(intake.site) for intake in intakes), dtype=PATH_ROWS.dtype)
        self._heads = np.zeros(len(intakes), dtype=CANDIDATES.dtype)
        self._template = new_record(STEPS)
        nobody = Patient(0, "", NEVER, NEVER, Exit.DIED, NEVER)
        write(self._template["patient"], PATIENT, nobody)
        self._patients = np.zeros(self.most * STEPS.size, dtype=np.uint8)
        first = first_path = 0
        for k, intake in enumerate(intakes):
            first, first_path = self._add(self._heads[k : k + 1], intake, first, first_path)
        self.address: Final = address(self._heads)

    def _add(self, head: Any, intake: Intake, first: int, first_path: int) -> tuple[int, int]:
        of = intake.candidates
        candidates = self._candidates[first : first + len(of.ready_day)]
        paths = self._paths[first_path : first_path + len(intake.site)]
        _write_candidates(candidates, of)
        candidates["path"] = intake.position
        for name in _PATHS:
            paths[name] = getattr(intake.paths, name)
        paths["consents"] = np.sort(intake.paths.consented_day)
        paths["candidate"] = -1
        paths["candidate"][intake.position] = np.arange(len(of.ready_day))
        head["rows"], head["count"] = address(candidates), len(candidates)
        head["paths"]["rows"], head["paths"]["count"] = address(paths), len(paths)
        head["horizon_days"] = of.horizon_days
        head["new_patient"], head["patients"] = address(self._template), address(self._patients)
        return first + len(candidates), first_path + len(paths)


def _write_candidates(rows: NDArray[Any], of: Candidates) -> None:
    for name in _OWN:
        rows[name] = getattr(of, name)
    products = of.products
    for name in ("to_leukapheresis", "manufacture", "release", "outcome"):
        for attempt, values in enumerate(getattr(products, name)):
            rows[name][:, attempt] = values
    rows["other_donor_workup"] = products.other_donor_workup
    for donor, fails in enumerate(products.donor_fails):
        rows["donor_fails"][:, donor] = fails
    for name in ("recheck", "recheck_delay", "dose"):
        rows[name] = getattr(of.dosing, name)
    for one in fields(OutcomeLists):
        rows[f"outcome_{one.name}"] = getattr(of.outcomes, one.name)


class Room:
    """What one trial of up to so many candidates needs: places in lines, batches, events."""

    LINES: Final = ("patients", "infused", "queue", "unplaced", "stagger_gate_queue")

    def __init__(self, most: int) -> None:
        places = max(most, 1)
        self._lines = np.zeros((len(self.LINES), places), dtype=np.int64)
        self._batches = np.zeros(ATTEMPTS * places, dtype=np.int64)
        self._attempts = np.zeros(ATTEMPTS * places * ATTEMPT.size, dtype=np.uint8)
        self._events = np.zeros((EVENTS_PER_PATIENT * places + 64, WORDS), dtype=np.int64)
        self._places = places

    def give(self, trial: Any) -> None:
        """Place the lines, batches and events of a trial's record."""
        for name, storage in zip(self.LINES, self._lines, strict=True):
            trial[name]["storage"], trial[name]["capacity"] = address(storage), self._places
        trial["batches"]["storage"] = address(self._batches)
        trial["batches"]["capacity"] = len(self._batches)
        trial["batches"]["attempts"] = address(self._attempts)
        trial["clock"]["events"] = address(self._events)
