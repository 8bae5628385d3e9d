"""The trial's objects as structs: the same names as in the SimPy model, and what compiled code needs beside them."""

from typing import Any, Final

import numpy as np

from simulator.designs.pending_levels import MOST_PATIENTS
from simulator.trial.compiled.lines import LineStruct, new_line
from simulator.trial.compiled.structs import (
    DTYPES,
    FLAG,
    FLOAT,
    INT,
    Field,
    array,
    column,
    inside,
    new_struct,
    number,
    pointer,
    view,
)
from simulator.trial.early_looks import MOST_INSTANTS
from simulator.trial.waiting_times import Waiting

MOST_LEVELS: Final = 10
MOST_MANUFACTURING_SLOTS: Final = 100
ATTEMPTS: Final = 3


def _numbers(type_: Any, *names: str) -> dict[str, Field]:
    return {name: number(type_) for name in names}


class Rows:
    """A table of rows in memory, each column 8 bytes wide or a few of them."""

    def __init__(self, columns: dict[str, tuple[Any, int]]) -> None:
        self.dtype: Final = np.dtype(
            [
                (name, DTYPES[kind], (width,)) if width else (name, DTYPES[kind])
                for name, (kind, width) in columns.items()
            ]
        )
        self._columns = columns

    def fields(self, *names: str) -> dict[str, Field]:
        """Return the columns as fields of a struct that begins with the rows' address and number."""
        offsets = self.dtype.fields
        assert offsets is not None
        return {
            name: column(
                self._columns[name][0], offsets[name][1], self.dtype.itemsize, self._columns[name][1]
            )
            for name in names
        }


_PRODUCTS: Final = (
    "to_leukapheresis",
    "manufacture",
    "release",
    "outcome",
    "other_donor_workup",
    "donor_fails",
)
_DOSING: Final = ("recheck", "recheck_delay", "dose", "backfill")
_OUTCOMES: Final = {
    "toxicity": FLOAT,
    "onset_days": FLOAT,
    "aplasia": FLOAT,
    "fatal": FLAG,
    "response": FLOAT,
    "mrd_negative": FLAG,
    "consolidated": FLAG,
    "consolidative_days": FLOAT,
    "rescued": FLAG,
    "rescue_share": FLOAT,
    "new_therapy": FLAG,
    "new_therapy_share": FLOAT,
    "dlt_odds": FLOAT,
}
_CANDIDATE: Final = {
    "ready_day": FLOAT,
    "expiry_day": FLOAT,
    "death_day": FLOAT,
    "leaves_day": FLOAT,
    "leaves_for": INT,
    "queues": FLAG,
    "path": INT,
}
CANDIDATE_ROWS: Final = Rows(
    {name: (kind, 0) for name, kind in _CANDIDATE.items()}
    | {
        "to_leukapheresis": (FLOAT, ATTEMPTS),
        "manufacture": (FLOAT, ATTEMPTS),
        "release": (FLOAT, ATTEMPTS),
        "outcome": (INT, ATTEMPTS),
        "other_donor_workup": (FLOAT, 0),
        "donor_fails": (FLAG, 2),
        "recheck": (INT, 0),
        "recheck_delay": (FLOAT, 0),
        "dose": (FLOAT, 0),
        "backfill": (FLOAT, 0),
    }
    | {f"outcome_{name}": (kind, 0) for name, kind in _OUTCOMES.items()}
)
"""One row a candidate; those of a replicate follow each other."""
PATH_ROWS: Final = Rows(
    {
        "referred_day": (FLOAT, 0),
        "prescreened_day": (FLOAT, 0),
        "consented_day": (FLOAT, 0),
        "eligible_day": (FLOAT, 0),
        "ready_day": (FLOAT, 0),
        "exit_day": (FLOAT, 0),
        "verdict_day": (FLOAT, 0),
        "consents": (FLOAT, 0),
        "reason": (INT, 0),
        "criterion": (INT, 0),
        "rescreened": (FLAG, 0),
        "candidate": (INT, 0),
    }
)
"""One row a referral. `consents` are the days of consent in order; `candidate` is -1 where the path ended before."""

_HEAD: Final = ("rows", "count")
PATHS: Final = new_struct("Paths", _numbers(INT, *_HEAD) | PATH_ROWS.fields(*(PATH_ROWS.dtype.names or ())))
PRODUCTS: Final = new_struct("Products", _numbers(INT, *_HEAD) | CANDIDATE_ROWS.fields(*_PRODUCTS))
DOSING: Final = new_struct("Dosing", _numbers(INT, *_HEAD) | CANDIDATE_ROWS.fields(*_DOSING))
OUTCOMES: Final = new_struct(
    "Outcomes",
    _numbers(INT, *_HEAD)
    | {name: CANDIDATE_ROWS.fields(f"outcome_{name}")[f"outcome_{name}"] for name in _OUTCOMES},
)

FOLLOW_UP: Final = new_struct(
    "FollowUp",
    {
        "day": number(FLOAT),
        "dlt": number(FLAG),
        "counted": number(FLAG),
        "reason": number(INT),
        "response": number(FLAG),
        "mrd_negative": number(FLAG),
        "death_day": number(FLOAT),
    },
)
PATIENT: Final = new_struct(
    "Patient",
    _numbers(
        INT, "i", "leaves_for", "state", "reason", "batch", "order", "cohort", "level", "level_at_slot",
        "closed_from", "enrolled_so_far", "cohort_level", "column",
    )
    | _numbers(
        FLAG, "exited", "has_place", "rechecked", "passed_recheck", "started", "expansion", "backfill",
    )
    | _numbers(
        FLOAT, "death_day", "leaves_day", "expiry_day", "enrolled_day", "leukapheresed_day", "released_day",
        "lymphodepleted_day", "infused_day", "exit_day", "collected_day", "cells_day", "backup_day",
        "batch_known_day", "slot_from", "slot_until", "stagger_gate_before", "dose",
    )
    | {"follow_up": inside(FOLLOW_UP)},
)  # fmt: skip
MAKING: Final = new_struct(
    "Making",
    _numbers(INT, "attempt", "failures", "donors")
    | _numbers(FLAG, "from_backup", "collected")
    | _numbers(FLOAT, "wait_days"),
)
STEPS: Final = new_struct(
    "Steps", {"patient": inside(PATIENT), "making": inside(MAKING), "under_way": number(INT)}
)
"""A patient, and where their journey stands: manufacture, and the address of the batch under way."""

ATTEMPT: Final = new_struct(
    "Attempt",
    {"patient": pointer(PATIENT), "end": number(INT)}
    | _numbers(FLOAT, "collected_day", "slot_from", "slot_until"),
)
PATIENTS: Final = new_line(PATIENT)
BATCHES: Final = new_struct(
    "Batches",
    _numbers(INT, "storage", "first", "last", "capacity", "attempts"),
    base=LineStruct,
)
BATCHES.element = ATTEMPT

CANDIDATES: Final = new_struct(
    "Candidates",
    _numbers(INT, *_HEAD)
    | {
        "horizon_days": number(FLOAT),
        "new_patient": pointer(STEPS),
        "patients": number(INT),
        "paths": inside(PATHS),
    }
    | {"products": view(PRODUCTS), "dosing": view(DOSING), "outcomes": view(OUTCOMES)}
    | CANDIDATE_ROWS.fields(*_CANDIDATE),
)

RULES: Final = new_struct(
    "Rules",
    _numbers(INT, "slots_ahead", "enrolment_min", "enrolment_max")
    | _numbers(FLOAT, "expansion_stop_probability"),
)
PRODUCT: Final = new_struct(
    "ProductRules", _numbers(INT, "repeats", "other_donors", "backup_leukaphereses_per_cohort")
)
OBSERVATION: Final = new_struct(
    "Observation",
    _numbers(
        FLOAT, "window_days", "haematological_day", "rescue_from_days", "new_therapy_from_days", "response_day",
        "fatal_after_days", "tolerance", "death_hazard_response", "death_hazard_no_response",
    )
    | _numbers(FLAG, "counts_not_evaluable", "not_evaluable_is_dlt", "aplasia_given_response"),
)  # fmt: skip
SETTING: Final = new_struct(
    "Setting",
    {"rules": inside(RULES), "product": inside(PRODUCT), "observation": inside(OBSERVATION)}
    | _numbers(
        FLOAT, "lymphodepletion_days", "inpatient_days", "stagger_first_days", "stagger_other_days",
        "review_days", "expansion_known_days", "calendar_limit_days", "late_toxicity_share",
    )
    | _numbers(FLAG, "gated_by_infusion", "holds_decided_cohort", "lower_if_closed")
    | _numbers(INT, "risk_table", "risk_width"),
)  # fmt: skip
LIMITS: Final = new_struct(
    "Limits", _numbers(FLAG, "own_size", "expansion", "calendar_limit") | _numbers(INT, "infusion_cap")
)
RISKS: Final = new_struct(
    "Risks",
    _numbers(INT, "levels", "judged", "responding")
    | {
        "doses": array(FLOAT, MOST_LEVELS, "levels"),
        "p_dlt": array(FLOAT, MOST_LEVELS, "levels"),
        "p_response": array(FLOAT, MOST_LEVELS, "responding"),
        "aplasia": array(FLOAT, MOST_LEVELS, "judged"),
        "odds_ratio": number(FLOAT),
    },
)

COUNTS_A_WORD: Final = 4
KEY_WIDTH: Final = 1 + 18 * MOST_LEVELS // COUNTS_A_WORD
"""Words of the longest key: `keys.py`."""
TABLE: Final = new_struct(
    "Table",
    _numbers(INT, "places", "used", "keys", "values", "width", "words", "misses", "missed", "room")
    | {"key": array(INT, KEY_WIDTH)},
)
"""States and what the design says there: an open-addressing table of `places`, a power of 2.

A state of which the design has still to be asked has the value -1; `misses` are the places of those that are new.
"""
BOUND_ROWS: Final = Rows(
    {
        "escalate_at_most": (INT, 0),
        "deescalate_at_least": (INT, 0),
        "eliminate_at_least": (INT, 0),
        "stop_at_least": (INT, 0),
        "few_at_most": (FLOAT, 0),
        "many_above": (FLOAT, 0),
        "dlts_escalate": (FLOAT, 0),
        "dlts_deescalate": (FLOAT, 0),
    }
)
"""One row for each number of patients, from 0 on."""
BACKFILL_RULE: Final = new_struct(
    "BackfillRule",
    _numbers(INT, *_HEAD)
    | BOUND_ROWS.fields(*(BOUND_ROWS.dtype.names or ()))
    | _numbers(INT, "levels", "start", "cohort_size", "stop_n", "n_cap", "min_complete")
    | _numbers(FLAG, "imputes", "pools_from_lowest", "as_package", "without_dlt")
    | _numbers(FLOAT, "target", "draw", "max_pending", "min_follow_up"),
)
"""A design's `BackfillRule`; `count` is 0 of a design that has none."""
_BY_LEVEL: Final = {
    **dict.fromkeys(("enrolled", "pending", "dlt", "backfilled", "responses"), INT),
    **dict.fromkeys(("counted", "few", "many", "shut"), INT),
    **dict.fromkeys(("follow_up", "imputed"), FLOAT),
}
TALLIES: Final = new_struct(
    "LevelTallies",
    _numbers(INT, "level", "closed_from", "cohort_pending")
    | _numbers(FLOAT, "shortest", "draw")
    | {name: array(type_, MOST_LEVELS) for name, type_ in _BY_LEVEL.items()},
)
PULL_RULE: Final = new_struct(
    "PullRule",
    _numbers(INT, "too_toxic_from", "whole", "stop_n") | {"target": number(FLOAT), "pairs": inside(TABLE)},
)
"""How a design moves by pulls; `too_toxic_from` and `whole` are addresses.

`whole`: which whole numbers of DLTs pull, as `Pulls` has it; `pairs`: whether eighths do.
"""
QUESTIONS: Final = new_struct(
    "Questions", _numbers(INT, "rows", "count", "room", "columns", "columns_used", "columns_room")
)
"""What designs that look early have still to be asked: addresses of the questions, and of the patients' columns."""
MOST_MEASURES: Final = 4
MOST_LATTICES: Final = 5
MOST_PENDING: Final = 64
FIT_PLACES: Final = new_struct(
    "FitPlaces",
    _numbers(FLAG, "present", "of_safe")
    | _numbers(INT, "levels", "number", "cuts", "cut_count", "pending", "filled", "first", "after")
    | _numbers(FLOAT, "cutoff", "score")
    | {name: array(INT, MOST_LATTICES, "number") for name in ("lattices", "points", "patients")}
    | {"slopes": array(FLOAT, MOST_LEVELS, "levels"), "counts": array(FLOAT, MOST_LEVELS, "levels")}
    | {"pending_at": array(INT, MOST_PENDING, "pending"), "weights": array(FLOAT, MOST_PENDING, "pending")},
)
"""What the places of a design's fits follow from (`crm_places.py`): addresses of the lattices and of the cuts.

Of each lattice the points, and the most patients that it is for. `filled` says which holds the density of known
outcomes, of `score` and `counts`, from the point `first` on; -1 none. `pending_at` and `weights` are of the pending.
"""
PENDING_LEVELS: Final = new_struct(
    "PendingLevels",
    _numbers(FLAG, "present", "enrolled")
    | _numbers(INT, "levels", "polynomials", "most_terms")
    | {
        name: array(INT, MOST_PATIENTS + 1)
        for name in ("sizes", "dlt_waits_from", "response_waits_from", "terms")
    }
    | {
        name: array(FLOAT, MOST_PATIENTS + 1)
        for name in ("too_toxic_up_to", "futile_from", "toxic_up_to", "above_up_to")
    }
    | {"utilities": array(FLOAT, 4)}
    | {
        name: array(INT, MOST_LEVELS, "levels")
        for name in ("n", "dlt", "response", "dlt_pending", "response_pending")
    }
    | {
        name: array(FLOAT, MOST_LEVELS, "levels")
        for name in ("dlt_known", "response_known", "quasi_events", "values")
    },
)
"""By what levels with pending outcomes are read (`pending_levels.py`); `polynomials` is an address.

From `n` on, of each level, room for the numbers of `LevelData` at hand, and how desirable it is.
"""
EARLY_RULEBOOK: Final = new_struct(
    "EarlyRulebook",
    {"questions": inside(QUESTIONS)}
    | _numbers(
        FLAG,
        "by_responses",
        "selects_by_responses",
        "selects_by_counts",
        "by_follow_up",
        "by_each",
        "by_pulls",
        "settled_if_complete",
        "settles",
        "waits_for_all",
        "reads_by_level",
        "reads_missing",
        "selection_awaited",
    )
    | _numbers(INT, "closing", "closing_width", "measured")
    | _numbers(FLOAT, "values_equal_within")
    | {"measures": array(FLOAT, MOST_MEASURES, "measured")}
    | {"decisions": inside(TABLE), "between": inside(TABLE), "selections": inside(TABLE)}
    | {"readings": inside(TABLE), "places": array(INT, MOST_LEVELS)}
    | {"backfill_rule": inside(BACKFILL_RULE), "tallies": inside(TALLIES), "pull_rule": inside(PULL_RULE)}
    | {"fits": inside(FIT_PLACES), "pending": inside(PENDING_LEVELS), "by_reading": inside(TABLE)},
)
"""The answers of a design that looks early, by counts, and between follow-up; and what its keys are made of.

`readings`: what is read of one level, by its counts; `places`: where the readings of each level stand.
`by_reading`: answers by what is read, the place of a fit or of each level, where the design says so.
`closing`: where the design's `closing_dlts` stand, in rows of so many numbers; 0 where it has none. `measures`: what
of follow-up at hand answers lie between: sum and shortest at the level, or `by_each` every pending one. Keys count
patients by level and DLT, `by_responses` by response and way in too. `settles`: counts may settle decisions, at any
follow-up; `settled_if_complete`: one is remembered where nobody is pending. `waits_for_all`: the answer is one
while any outcome is pending. `reads_missing`: the places of the cohort that are missing are read.
`selects_by_counts`: keys of selections count patients of whom all is known, in no order and of either way in.
`selection_awaited`: a trial has stopped at such a key.
`backfill_rule`: what decides on the `tallies` at once, where the design has one: it is then asked to select alone.
`pull_rule`: what is read of them `by_pulls`, where the design moves so: its decisions are remembered by these.
"""
RULEBOOK: Final = new_struct(
    "Rulebook",
    _numbers(INT, "levels", "missed", "closing", "closing_width")
    | _numbers(FLAG, "reads_last", "selects_by_counts", "fills_in", "stopped_before")
    | {"decisions": inside(TABLE), "selections": inside(TABLE)}
    | {"early": inside(EARLY_RULEBOOK)},
)
"""A design's tables by complete cohorts, `closing` as in `EARLY_RULEBOOK`; and those of one that looks early.

`fills_in`: nothing in the trial depends on the selection, so that it is filled in after it. `stopped_before`: the
trial stopped before the event of a decision that is not known, so that it can be kept as it is.
"""
ESCALATION: Final = new_struct(
    "Escalation",
    {"rulebook": pointer(RULEBOOK)}
    | _numbers(
        INT, "levels", "max_n", "closed_from", "level", "size", "cohort_n", "cohort_dlt", "cohorts", "total",
        "held_level", "reason",
    )
    | {"n": array(INT, MOST_LEVELS, "levels"), "dlt": array(INT, MOST_LEVELS, "levels")},
)  # fmt: skip
MANUFACTURING: Final = new_struct(
    "ManufacturingSlots",
    {"slots": number(INT), "free_from": array(FLOAT, MOST_MANUFACTURING_SLOTS, "slots")},
)
BACKUPS: Final = new_struct("Backups", _numbers(INT, "cohort", "in_cohort", "total"))
WAITING_TIMES: Final = new_struct(
    "WaitingTimes", {"since": number(FLOAT), "days": array(FLOAT, len(Waiting))}
)
SLOT_USE: Final = new_struct("SlotUse", _numbers(FLOAT, "idle", "held"))
CLOCK: Final = new_struct(
    "Clock", {"now": number(FLOAT)} | _numbers(INT, "events", "pending", "scheduled", "ending", "happened")
)
RECORD_ROWS: Final = Rows(
    {
        "level": (INT, 0),
        "dlt": (INT, 0),
        "day": (FLOAT, 0),
        "response": (INT, 0),
        "response_known_day": (FLOAT, 0),
        "backfill": (INT, 0),
        "onset": (FLOAT, 0),
    }
)
RECORDS: Final = new_struct(
    "InfusedRecords",
    _numbers(INT, *_HEAD)
    | _numbers(FLOAT, "window_days", "response_days")
    | RECORD_ROWS.fields(*(RECORD_ROWS.dtype.names or ())),
)
EARLY_STEPS: Final = new_struct("EarlySteps", {})
EARLY: Final = new_struct(
    "EarlyLooks",
    {"records": inside(RECORDS), "steps": view(EARLY_STEPS)}
    | _numbers(
        FLAG, "present", "cohort_open", "cohort_begun", "treated", "news", "late_dlt", "complete_when_asked",
        "backfills", "draws",
    )
    | _numbers(
        INT, "from_level", "last_cohort", "following", "awaited", "backfill_level", "said_level", "instants",
        "asked", "answered",
    )
    | _numbers(FLOAT, "asked_day", "due_day", "wake_day", "backfill_day")
    | {
        "ask_again_at": array(FLOAT, MOST_INSTANTS, "instants"),
        "backfill_slots": inside(PATIENTS),
        "backfilling": pointer(PATIENT),
    },
)  # fmt: skip
"""`present`: the design looks early. `asked` counts its questions, `answered` the answers taken from the slot."""
SLOT: Final = new_struct("Slot", _numbers(INT, "number", "kept", "kept_at", "stopped_at", "answers", "count"))
"""A trial under way that stops where its design must be asked: what is kept of it, and the answers since.

`kept` is an address; `kept_at` the event before which the trial was kept, 0 the opening; `stopped_at` the one in
which it stopped.
"""
TRIAL: Final = new_struct(
    "Trial",
    {
        "setting": pointer(SETTING),
        "limits": inside(LIMITS),
        "candidates": pointer(CANDIDATES),
        "escalation": inside(ESCALATION),
        "risks": pointer(RISKS),
        "clock": inside(CLOCK),
        "manufacturing": inside(MANUFACTURING),
        "patients": inside(PATIENTS),
        "infused": inside(PATIENTS),
        "queue": inside(PATIENTS),
        "unplaced": inside(PATIENTS),
        "stagger_gate_queue": inside(PATIENTS),
        "started_last": pointer(PATIENT),
        "early": inside(EARLY),
        "slot": pointer(SLOT),
        "batches": inside(BATCHES),
        "backups": inside(BACKUPS),
        "waiting_times": inside(WAITING_TIMES),
        "slot_use": inside(SLOT_USE),
        "levels": number(INT),
        "infused_at": array(INT, MOST_LEVELS, "levels"),
    }
    | _numbers(
        INT, "enrolment_cap", "phase", "enrolled", "preparing", "places_held", "places_waiting", "depleting",
        "infused_outside_cohort", "other_donors", "reviews", "leukaphereses", "selected", "ending", "expansion_n",
        "expansion_dlt",
    )
    | _numbers(FLAG, "books_time", "expansion_stopped")
    | _numbers(FLOAT, "limit_day", "stagger_gate_day", "stagger_gate_wakes", "recommended_day", "closed_day"),
)  # fmt: skip
JOB: Final = new_struct(
    "Job",
    {"trial": pointer(TRIAL), "new_trial": pointer(TRIAL)}
    | _numbers(
        INT, "replicates", "wanted", "count", "unfinished", "ints", "floats", "int_width", "float_width", "criteria",
        "caps", "accrual", "slots", "free",
    ),
)  # fmt: skip
"""Trials to run: addresses of the replicates' candidates and of the rows of results, and whom to run.

`free`: where slots are taken by trials that stop; their number, and their addresses. 0 where Python gives them.
"""
