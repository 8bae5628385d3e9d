"""What a clinician needs about a trial under way whose design looks early: the decision, why, and who is pending."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simulator.designs.conduct import NextDose, answer_of
from simulator.designs.design import Design, Observed
from simulator.designs.patient_records import (
    PatientRecords,
    backfilled_per_level,
    follow_up_sums,
    responses_per_level,
)
from simulator.designs.patient_rows import Windows
from simulator.scenario.chosen_design import Chosen


@dataclass(frozen=True, slots=True)
class EarlyLevel:
    """One level.

    Attributes
    ----------
    complete, dlt, pending
        Patients with a complete outcome, DLTs, patients whose DLT window is open without one.
    follow_up
        Summed follow-up of the pending, in windows.
    responses
        Responses seen; None where none is recorded of anybody.
    """

    level: int
    complete: int
    dlt: int
    pending: int
    follow_up: float
    responses: int | None
    backfilled: int
    closed: bool


@dataclass(frozen=True, slots=True)
class EarlyLook:
    """The answer.

    Attributes
    ----------
    ask_again_days
        Where it waits: days until the next outcome at the level is complete, or the shortest follow-up there is long
        enough, whichever comes first; None where it does not wait. A DLT, or a patient who arrives, may come before.
    selected
        Level selected if the trial ended now; 0 none.
    notes
        What was read otherwise than it stood in the file.
    """

    chosen: Chosen
    windows: Windows
    answer: NextDose
    ask_again_days: float | None
    selected: int
    levels: tuple[EarlyLevel, ...]
    notes: tuple[str, ...] = ()


def early_look(
    chosen: Chosen, observed: Observed, windows: Windows, notes: tuple[str, ...] = ()
) -> EarlyLook:
    """Put the answer together; the decision is the design's own."""
    design, records = chosen.design, observed.patients
    answer = answer_of(design, observed)
    waits = answer.action == "wait" and records is not None
    return EarlyLook(
        chosen=chosen,
        windows=windows,
        answer=answer,
        ask_again_days=_ask_again(design, records, answer.dose, windows) if waits and records else None,
        selected=int(design.select(observed)[0]),
        levels=_levels(observed, answer.closed_from),
        notes=notes,
    )


def early_look_data(look: EarlyLook) -> dict[str, Any]:
    """Return the whole answer as mappings and lists; levels are 1-based, 0 is none."""
    chosen = look.chosen
    return {
        "design": {
            "name": chosen.name,
            "design": chosen.design.name,
            "n_doses": chosen.design.n_doses,
            "max_n": chosen.design.max_n,
            "target": chosen.target,
            "doses": None if chosen.doses is None else list(chosen.doses),
            "conventions": chosen.design.conventions(),
        },
        "windows": {"dlt_days": look.windows.dlt, "response_days": look.windows.response},
        "decision": asdict(look.answer),
        "ask_again_days": look.ask_again_days,
        "selected_if_ended_now": look.selected,
        "levels": [asdict(one) for one in look.levels],
        "notes": list(look.notes),
    }


def _levels(observed: Observed, closed_from: int) -> tuple[EarlyLevel, ...]:
    n_doses = observed.n.shape[1]
    records = PatientRecords.of([], []) if observed.patients is None else observed.patients
    pending = np.zeros_like(observed.n) if observed.pending is None else observed.pending
    follow_up = follow_up_sums(records, n_doses)
    responses, backfilled = responses_per_level(records, n_doses), backfilled_per_level(records, n_doses)
    recorded = bool((records.response[records.infused] >= 0).any())
    return tuple(
        EarlyLevel(
            level=k + 1,
            complete=int(observed.n[0, k]),
            dlt=int(observed.dlt[0, k]),
            pending=int(pending[0, k]),
            follow_up=float(follow_up[0, k]),
            responses=int(responses[0, k]) if recorded else None,
            backfilled=int(backfilled[0, k]),
            closed=k + 1 >= closed_from,
        )
        for k in range(n_doses)
    )


def _ask_again(design: Design, records: PatientRecords, level: int, windows: Windows) -> float | None:
    """Return the days until follow-up alone may change the answer at a level; None where nobody is pending there."""
    shares = records.followup[records.dlt_pending & (records.level == level)]
    if not len(shares):
        return None
    instants = [1 - float(shares.max())]
    instants += [share - float(shares.min()) for share in _named_instants(design)]
    return min(instant for instant in instants if instant > 0) * windows.dlt


def _named_instants(design: Design) -> tuple[float, ...]:
    """Return the shares of the window at which a design asks to be asked, also inside wrappers."""
    named = getattr(design, "ask_again_at", None)
    if named is not None:
        return tuple(named)
    inner: Design | None = getattr(design, "design", None)
    return () if inner is None else _named_instants(inner)
