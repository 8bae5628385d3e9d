"""What a clinician needs about a trial under way whose design looks early: the decision, why, and who is pending."""

from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from simulator.analysis.ask_again import ask_again_days
from simulator.designs.conduct import NextDose, answer_in_words
from simulator.designs.conduct_patients import LastCohort
from simulator.designs.conduct_reasons import awaited_level
from simulator.designs.design import Observed
from simulator.designs.patient_records import (
    PatientRecords,
    backfilled_per_level,
    count_per_level,
    follow_up_sums,
    responses_per_level,
)
from simulator.designs.patient_rows import Windows
from simulator.designs.wrapped import backfills, weighs_response
from simulator.scenario.chosen_design import Chosen

ORDER_NOT_KNOWN: Final = (
    "With the level treated last given, rows are judged as they stand: it cannot be seen whether the last cohort has"
    " all its patients, nor whether a level was closed on earlier data."
)


@dataclass(frozen=True, slots=True)
class EarlyLevel:
    """One level.

    Attributes
    ----------
    complete, dlt, pending
        Patients with a complete outcome, DLTs, patients whose DLT window is open without one.
    follow_up
        Summed follow-up of the pending, in windows.
    responses, pending_responses
        Responses seen, and patients whose response window is open without one; None where no response is recorded of
        anybody and the design does not weigh them.
    """

    level: int
    complete: int
    dlt: int
    pending: int
    follow_up: float
    responses: int | None
    pending_responses: int | None
    backfilled: int
    closed: bool


@dataclass(frozen=True, slots=True)
class WindowSources:
    """Where each window comes from, in words: given, the scenario's, a default."""

    dlt: str
    response: str


@dataclass(frozen=True, slots=True)
class EarlyLook:
    """The answer.

    Attributes
    ----------
    reads_response
        Whether responses count: the design reads them, or the file records some.
    ask_again_days
        Where it waits: days until the next outcome that it awaits is complete, or until the first whole day on which
        longer follow-up of the pending patients changes the answer, whichever comes first; None where it does not
        wait, or nobody is followed. A DLT, or a patient who arrives, may come before.
    selected
        Level selected if the trial ended now; 0 none.
    notes
        What was read otherwise than it stood in the file, or should be looked at there.
    warnings
        What a reader must know before acting.
    """

    chosen: Chosen
    windows: Windows
    sources: WindowSources
    reads_response: bool
    answer: NextDose
    ask_again_days: float | None
    selected: int
    levels: tuple[EarlyLevel, ...]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]


def early_look(
    chosen: Chosen,
    observed: Observed,
    windows: Windows,
    sources: WindowSources,
    cohort: LastCohort | None,
    notes: tuple[str, ...] = (),
) -> EarlyLook:
    """Put the answer together; the decision is the design's own. `cohort` is the last one, None where not known."""
    design = chosen.design
    records = PatientRecords.of([], []) if observed.patients is None else observed.patients
    answer = answer_in_words(design, observed)
    awaited = awaited_level(design, observed, answer.dose)
    recorded = bool((records.response[records.infused] >= 0).any())
    weighs = weighs_response(design)
    if weighs and bool(records.infused.any()) and not (recorded or records.response_followup.any()):
        notes = (*notes, f"no response is recorded of anybody, and {chosen.name} reads them: all are pending")
    return EarlyLook(
        chosen=chosen,
        windows=windows,
        sources=sources,
        reads_response=weighs or backfills(design) or recorded,
        answer=answer,
        ask_again_days=ask_again_days(design, observed, answer.dose, awaited, windows)
        if answer.action == "wait"
        else None,
        selected=int(design.select(observed)[0]),
        levels=_levels(observed, records, answer.closed_from, weighs or recorded),
        notes=notes,
        warnings=_warnings(cohort),
    )


def _warnings(cohort: LastCohort | None) -> tuple[str, ...]:
    if cohort is None:
        return (ORDER_NOT_KNOWN,)
    if not 0 < cohort.treated < cohort.asked:
        return ()
    return (
        f"The last cohort has {cohort.treated} of the {cohort.asked} patients that the design asked for; the decision"
        " takes it as complete. If it is still under way, ask once its other patients are infused.",
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
        "window_sources": asdict(look.sources),
        "decision": asdict(look.answer),
        "ask_again_days": look.ask_again_days,
        "selected_if_ended_now": look.selected,
        "levels": [asdict(one) for one in look.levels],
        "notes": list(look.notes),
        "warnings": list(look.warnings),
    }


def _levels(
    observed: Observed, records: PatientRecords, closed_from: int, with_responses: bool
) -> tuple[EarlyLevel, ...]:
    n_doses = observed.n.shape[1]
    pending = np.zeros_like(observed.n) if observed.pending is None else observed.pending
    follow_up = follow_up_sums(records, n_doses)
    responses, backfilled = responses_per_level(records, n_doses), backfilled_per_level(records, n_doses)
    awaited = count_per_level(records, n_doses, records.response_pending)
    return tuple(
        EarlyLevel(
            level=k + 1,
            complete=int(observed.n[0, k]),
            dlt=int(observed.dlt[0, k]),
            pending=int(pending[0, k]),
            follow_up=float(follow_up[0, k]),
            responses=int(responses[0, k]) if with_responses else None,
            pending_responses=int(awaited[0, k]) if with_responses else None,
            backfilled=int(backfilled[0, k]),
            closed=k + 1 >= closed_from,
        )
        for k in range(n_doses)
    )
