"""The patients of several replicates in the memory of compiled code, and the room that a trial needs."""

from collections.abc import Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.outcomes.outcomes import OutcomeDraws
from simulator.trial.compiled.clock import EVENTS_PER_PATIENT, WORDS
from simulator.trial.compiled.layout import (
    ATTEMPT,
    ATTEMPTS,
    CANDIDATE_ROWS,
    CANDIDATES,
    PATH_ROWS,
    PATIENT,
    RECORD_ROWS,
    SLOT,
    STEPS,
    TRIAL,
)
from simulator.trial.compiled.memory import address, new_record, write
from simulator.trial.dosing import DosingColumns, DosingDraws
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.intake import DrawnReplicates, Intake
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.patient import Patient
from simulator.trial.product import ProductColumns, ProductDraws
from simulator.trial.screening import Pathways

Rows = NDArray[Any]
Ints = NDArray[np.int64]

_OF_PATHS: Final = (
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

    def __init__(self, intakes: Sequence[Intake]) -> None:
        if isinstance(intakes, DrawnReplicates):
            parts, horizons = [_drawn_rows(intakes)], intakes.horizons
            ready_by, referred_by = intakes.ready_by, intakes.referred_by
        else:
            parts = [_listed_rows(intake) for intake in intakes]
            horizons = [intake.candidates.horizon_days for intake in intakes]
            ready_by, referred_by = (np.cumsum([0, *(len(part[k]) for part in parts)]) for k in range(2))
        self._candidates, self._paths = (
            parts[0][k] if len(parts) == 1 else np.concatenate([part[k] for part in parts]) for k in range(2)
        )
        self.most = int(np.diff(ready_by).max(initial=0))
        self._template = new_record(STEPS)
        write(self._template["patient"], PATIENT, Patient(0, "", NEVER, NEVER, Exit.DIED, NEVER))
        self._patients = np.zeros(self.most * STEPS.size, dtype=np.uint8)
        self._heads = np.zeros(len(horizons), dtype=CANDIDATES.dtype)
        heads = self._heads
        heads["rows"] = address(self._candidates) + ready_by[:-1] * CANDIDATE_ROWS.dtype.itemsize
        heads["count"] = np.diff(ready_by)
        heads["paths"]["rows"] = address(self._paths) + referred_by[:-1] * PATH_ROWS.dtype.itemsize
        heads["paths"]["count"] = np.diff(referred_by)
        heads["horizon_days"] = horizons
        heads["new_patient"], heads["patients"] = address(self._template), address(self._patients)
        self._mark_candidates(ready_by, referred_by)
        self.address: Final = address(heads)

    def _mark_candidates(self, ready_by: Ints, referred_by: Ints) -> None:
        """Say of each referral which candidate it is, and sort the days of consent of each replicate."""
        paths, candidates = self._paths, self._candidates
        number = np.arange(len(candidates)) - np.repeat(ready_by[:-1], np.diff(ready_by))
        begin = np.repeat(referred_by[:-1], np.diff(ready_by))
        paths["candidate"] = -1
        paths["candidate"][begin + candidates["path"]] = number
        for first, last in pairwise(referred_by):
            paths["consents"][first:last] = np.sort(paths["consented_day"][first:last])


def _drawn_rows(drawn: DrawnReplicates) -> tuple[Rows, Rows]:
    """Return the rows of candidates and of referrals of replicates that are drawn together."""
    at, paths = drawn.place, drawn.paths
    rows = np.zeros(len(at), dtype=CANDIDATE_ROWS.dtype)
    for name in ("ready_day", "expiry_day", "death_day", "queues"):
        rows[name] = getattr(paths, name)[at]
    rows["leaves_day"], rows["leaves_for"] = drawn.leaves_day, drawn.leaves_for
    rows["path"] = at - np.repeat(drawn.referred_by[:-1], np.diff(drawn.ready_by))
    _write_draws(rows, drawn.products, drawn.dosing, drawn.outcomes)
    return rows, _path_rows(paths)


def _listed_rows(intake: Intake) -> tuple[Rows, Rows]:
    """Return the same of one replicate whose candidates stand in lists."""
    of = intake.candidates
    rows = np.zeros(len(of.ready_day), dtype=CANDIDATE_ROWS.dtype)
    for name in ("ready_day", "expiry_day", "death_day", "queues", "leaves_day", "leaves_for"):
        rows[name] = getattr(of, name)
    rows["path"] = intake.position
    _write_draws(rows, of.products, of.dosing, of.outcomes)
    return rows, _path_rows(intake.paths)


def _path_rows(paths: Pathways) -> Rows:
    rows = np.zeros(len(paths.referred_day), dtype=PATH_ROWS.dtype)
    for name in _OF_PATHS:
        rows[name] = getattr(paths, name)
    return rows


def _write_draws(
    rows: Rows,
    products: ProductColumns | ProductDraws,
    dosing: DosingColumns | DosingDraws,
    outcomes: OutcomeDraws | OutcomeLists,
) -> None:
    for name in ("to_leukapheresis", "manufacture", "release", "outcome"):
        for attempt, values in enumerate(getattr(products, name)):
            rows[name][:, attempt] = values
    rows["other_donor_workup"] = products.other_donor_workup
    for donor, fails in enumerate(products.donor_fails):
        rows["donor_fails"][:, donor] = fails
    for name in ("recheck", "recheck_delay", "dose", "backfill"):
        rows[name] = getattr(dosing, name)
    for one in fields(OutcomeLists):
        rows[f"outcome_{one.name}"] = getattr(outcomes, one.name)


class Room:
    """What one trial of up to so many candidates needs: places in lines, batches, events."""

    LINES: Final = ("patients", "infused", "queue", "unplaced", "stagger_gate_queue")

    def __init__(self, most: int) -> None:
        places = max(most, 1)
        self._slots_for_backfill = np.zeros(2 * places, dtype=np.int64)
        self._records = np.zeros(places, dtype=RECORD_ROWS.dtype)
        self._nobody = new_record(SLOT)
        self._nobody["number"] = self._nobody["stopped_at"] = -1
        self.kept_bytes: Final = (
            TRIAL.size
            + places
            * (
                8 * (len(self.LINES) + 2 + ATTEMPTS + WORDS * EVENTS_PER_PATIENT)
                + ATTEMPTS * ATTEMPT.size
                + RECORD_ROWS.dtype.itemsize
                + STEPS.size
            )
            + 8 * 64 * WORDS
        )
        self._lines = np.zeros((len(self.LINES), places), dtype=np.int64)
        self._batches = np.zeros(ATTEMPTS * places, dtype=np.int64)
        self._attempts = np.zeros(ATTEMPTS * places * ATTEMPT.size, dtype=np.uint8)
        self._events = np.zeros((EVENTS_PER_PATIENT * places + 64, WORDS), dtype=np.int64)
        self._places = places
        given = new_record(TRIAL)
        self._point(given)
        words = given.view(np.int64)
        self._given_at = np.flatnonzero(words)
        self._given = words[self._given_at]

    def give(self, trial: Any) -> None:
        """Place the lines, batches and events of a trial's record."""
        trial.view(np.int64)[self._given_at] = self._given

    def _point(self, trial: Any) -> None:
        for name, storage in zip(self.LINES, self._lines, strict=True):
            trial[name]["storage"], trial[name]["capacity"] = address(storage), self._places
        trial["batches"]["storage"] = address(self._batches)
        trial["batches"]["capacity"] = len(self._batches)
        trial["batches"]["attempts"] = address(self._attempts)
        trial["clock"]["events"] = address(self._events)
        early = trial["early"]
        early["records"]["rows"] = address(self._records)
        early["backfill_slots"]["storage"] = address(self._slots_for_backfill)
        early["backfill_slots"]["capacity"] = len(self._slots_for_backfill)
        trial["slot"] = address(self._nobody)
