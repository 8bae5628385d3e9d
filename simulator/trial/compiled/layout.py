"""The trial's objects as structs: the same names as in the SimPy model, and what compiled code needs beside them."""

from typing import Final

from simulator.trial.compiled.layout_parts import HEAD, MOST_LEVELS, Rows, numbers
from simulator.trial.compiled.lines import LineStruct, new_line
from simulator.trial.compiled.rulebook_layout import KEY_WIDTH, RULEBOOK
from simulator.trial.compiled.structs import (
    FLAG,
    FLOAT,
    INT,
    array,
    inside,
    new_struct,
    number,
    pointer,
    view,
)
from simulator.trial.early_looks import MOST_INSTANTS
from simulator.trial.waiting_times import Waiting

MOST_MANUFACTURING_SLOTS: Final = 100
ATTEMPTS: Final = 3


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

PATHS: Final = new_struct("Paths", numbers(INT, *HEAD) | PATH_ROWS.fields(*(PATH_ROWS.dtype.names or ())))
PRODUCTS: Final = new_struct("Products", numbers(INT, *HEAD) | CANDIDATE_ROWS.fields(*_PRODUCTS))
DOSING: Final = new_struct("Dosing", numbers(INT, *HEAD) | CANDIDATE_ROWS.fields(*_DOSING))
OUTCOMES: Final = new_struct(
    "Outcomes",
    numbers(INT, *HEAD)
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
    numbers(
        INT, "i", "leaves_for", "state", "reason", "batch", "order", "cohort", "level", "level_at_slot",
        "closed_from", "enrolled_so_far", "cohort_level", "column",
    )
    | numbers(
        FLAG, "exited", "has_place", "rechecked", "passed_recheck", "started", "expansion", "backfill",
    )
    | numbers(
        FLOAT, "death_day", "leaves_day", "expiry_day", "enrolled_day", "leukapheresed_day", "released_day",
        "lymphodepleted_day", "infused_day", "exit_day", "collected_day", "cells_day", "backup_day",
        "batch_known_day", "slot_from", "slot_until", "stagger_gate_before", "dose",
    )
    | {"follow_up": inside(FOLLOW_UP)},
)  # fmt: skip
MAKING: Final = new_struct(
    "Making",
    numbers(INT, "attempt", "failures", "donors")
    | numbers(FLAG, "from_backup", "collected")
    | numbers(FLOAT, "wait_days"),
)
STEPS: Final = new_struct(
    "Steps", {"patient": inside(PATIENT), "making": inside(MAKING), "under_way": number(INT)}
)
"""A patient, and where their journey stands: manufacture, and the address of the batch under way."""

ATTEMPT: Final = new_struct(
    "Attempt",
    {"patient": pointer(PATIENT), "end": number(INT)}
    | numbers(FLOAT, "collected_day", "slot_from", "slot_until"),
)
PATIENTS: Final = new_line(PATIENT)
BATCHES: Final = new_struct(
    "Batches",
    numbers(INT, "storage", "first", "last", "capacity", "attempts"),
    base=LineStruct,
)
BATCHES.element = ATTEMPT

CANDIDATES: Final = new_struct(
    "Candidates",
    numbers(INT, *HEAD)
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
    numbers(INT, "slots_ahead", "enrolment_min", "enrolment_max")
    | numbers(FLOAT, "expansion_stop_probability"),
)
PRODUCT: Final = new_struct(
    "ProductRules", numbers(INT, "repeats", "other_donors", "backup_leukaphereses_per_cohort")
)
OBSERVATION: Final = new_struct(
    "Observation",
    numbers(
        FLOAT, "window_days", "haematological_day", "rescue_from_days", "new_therapy_from_days", "response_day",
        "fatal_after_days", "tolerance", "death_hazard_response", "death_hazard_no_response",
    )
    | numbers(FLAG, "counts_not_evaluable", "not_evaluable_is_dlt", "aplasia_given_response"),
)  # fmt: skip
SETTING: Final = new_struct(
    "Setting",
    {"rules": inside(RULES), "product": inside(PRODUCT), "observation": inside(OBSERVATION)}
    | numbers(
        FLOAT, "lymphodepletion_days", "inpatient_days", "stagger_first_days", "stagger_other_days",
        "review_days", "expansion_known_days", "calendar_limit_days", "late_toxicity_share",
    )
    | numbers(FLAG, "gated_by_infusion", "holds_decided_cohort", "lower_if_closed")
    | numbers(INT, "risk_table", "risk_width"),
)  # fmt: skip
LIMITS: Final = new_struct(
    "Limits", numbers(FLAG, "own_size", "expansion", "calendar_limit") | numbers(INT, "infusion_cap")
)
RISKS: Final = new_struct(
    "Risks",
    numbers(INT, "levels", "judged", "responding")
    | {
        "doses": array(FLOAT, MOST_LEVELS, "levels"),
        "p_dlt": array(FLOAT, MOST_LEVELS, "levels"),
        "p_response": array(FLOAT, MOST_LEVELS, "responding"),
        "aplasia": array(FLOAT, MOST_LEVELS, "judged"),
        "odds_ratio": number(FLOAT),
    },
)
ESCALATION: Final = new_struct(
    "Escalation",
    {"rulebook": pointer(RULEBOOK)}
    | numbers(
        INT, "levels", "max_n", "closed_from", "level", "size", "cohort_n", "cohort_dlt", "cohorts", "total",
        "held_level", "reason",
    )
    | {"n": array(INT, MOST_LEVELS, "levels"), "dlt": array(INT, MOST_LEVELS, "levels")},
)  # fmt: skip
MANUFACTURING: Final = new_struct(
    "ManufacturingSlots",
    {"slots": number(INT), "free_from": array(FLOAT, MOST_MANUFACTURING_SLOTS, "slots")},
)
BACKUPS: Final = new_struct("Backups", numbers(INT, "cohort", "in_cohort", "total"))
WAITING_TIMES: Final = new_struct(
    "WaitingTimes", {"since": number(FLOAT), "days": array(FLOAT, len(Waiting))}
)
SLOT_USE: Final = new_struct("SlotUse", numbers(FLOAT, "idle", "held"))
CLOCK: Final = new_struct(
    "Clock", {"now": number(FLOAT)} | numbers(INT, "events", "pending", "scheduled", "ending", "happened")
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
    numbers(INT, *HEAD)
    | numbers(FLAG, "reads_responses")
    | numbers(FLOAT, "window_days", "response_days")
    | RECORD_ROWS.fields(*(RECORD_ROWS.dtype.names or ())),
)
SETTLED: Final = new_struct("Settled", {"count": number(INT), "words": array(INT, KEY_WIDTH)})
"""The first so many infused, nothing of whom is awaited any more: counted as in a key, or level by level."""
EARLY_STEPS: Final = new_struct("EarlySteps", {})
EARLY: Final = new_struct(
    "EarlyLooks",
    {"records": inside(RECORDS), "settled": inside(SETTLED), "steps": view(EARLY_STEPS)}
    | numbers(
        FLAG, "present", "cohort_open", "cohort_begun", "treated", "news", "late_dlt", "complete_when_asked",
        "backfills", "draws", "selects_when_assessed",
    )
    | numbers(
        INT, "from_level", "last_cohort", "following", "awaited", "backfill_level", "said_level", "instants",
        "asked", "answered",
    )
    | numbers(FLOAT, "asked_day", "due_day", "wake_day", "backfill_day")
    | {
        "ask_again_at": array(FLOAT, MOST_INSTANTS, "instants"),
        "backfill_slots": inside(PATIENTS),
        "backfilling": pointer(PATIENT),
    },
)  # fmt: skip
"""`present`: the design looks early. `asked` counts its questions, `answered` the answers taken from the slot."""
SLOT: Final = new_struct("Slot", numbers(INT, "number", "kept", "kept_at", "stopped_at", "answers", "count"))
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
    | numbers(
        INT, "enrolment_cap", "phase", "enrolled", "preparing", "places_held", "places_waiting", "depleting",
        "infused_outside_cohort", "other_donors", "reviews", "leukaphereses", "selected", "ending", "expansion_n",
        "expansion_dlt",
    )
    | numbers(FLAG, "books_time", "expansion_stopped")
    | numbers(FLOAT, "limit_day", "stagger_gate_day", "stagger_gate_wakes", "recommended_day", "closed_day"),
)  # fmt: skip
JOB: Final = new_struct(
    "Job",
    {"trial": pointer(TRIAL), "new_trial": pointer(TRIAL)}
    | numbers(
        INT, "replicates", "wanted", "count", "unfinished", "ints", "floats", "int_width", "float_width", "criteria",
        "caps", "accrual", "slots",
    ),
)  # fmt: skip
"""Trials to run: addresses of the replicates' candidates and of the rows of results, and whom to run.

`slots`: where the slots of trials that stopped before are, 0 for none.
"""
