"""How a design that looks early is asked: what it reads at an instant, its answer, and that answer in words."""

from math import ceil
from typing import Any, Final, assert_never

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Action, Observed, Reason
from simulator.designs.early_look import FollowUpRead
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.durations import TICKS_PER_DAY
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.early_looks import EarlyLooks, Look
from simulator.trial.escalation import Escalation, Verdict, missing
from simulator.trial.infused_records import copied
from simulator.trial.ledger import NEVER
from simulator.trial.trial_state import Trial


def ask(trial: Trial, early: EarlyLooks) -> Verdict:
    """Return what the design decides on the data of this instant."""
    verdict = _remembered(trial, early, early.records.on(trial.clock.now))
    if early.looks is not None:
        early.looks.append(
            Look(trial.clock.now, early.from_level, copied(early.records.on(trial.clock.now)), verdict)
        )
    early.backfill_level, early.backfill_day = verdict.backfill_level, trial.clock.now
    return verdict


def _remembered(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Verdict:
    """Ask the design, or remember what it answered where its answer is settled by what is the same again."""
    memory = trial.escalation.rulebook.early_memory
    total, shortest, settled = _follow_up_read(early, patients, memory.reads)
    if early.draws or not (settled or memory.reads is FollowUpRead.SUM_AND_SHORTEST):
        return _ask(trial, early, patients)
    with_responses = memory.reads in (FollowUpRead.WITH_RESPONSES, FollowUpRead.ALL)
    key = (*_state(trial, early), _tally(patients, with_responses=with_responses))
    verdict = memory.recall(key, total, shortest)
    if verdict is None:
        verdict = _ask(trial, early, patients)
        memory.keep(key, total, shortest, verdict, counts_suffice=settled)
    return verdict


def _follow_up_read(
    early: EarlyLooks, patients: PatientRecords, reads: FollowUpRead
) -> tuple[float, float, bool]:
    """Return sum and shortest of the pending follow-up that is read, and whether counts settle the answer."""
    match reads:
        case FollowUpRead.COUNTS | FollowUpRead.WITH_RESPONSES:
            return 0.0, 1.0, True
        case FollowUpRead.SUM_AND_SHORTEST:
            shares = patients.followup[(patients.dlt == PENDING) & (patients.level == early.from_level)]
            return (float(shares.sum()), float(shares.min()), False) if len(shares) else (0.0, 1.0, True)
        case FollowUpRead.ALL:
            pending = (patients.dlt == PENDING) | (patients.response == PENDING)
            return 0.0, 1.0, not (pending & (patients.level > 0)).any()
        case _:
            assert_never(reads)


def _tally(of: PatientRecords, *, with_responses: bool) -> bytes:
    """Return how many patients there are of each level and DLT state, and response state and way in, as a key."""
    kind = of.level * 3 + of.dlt
    if with_responses:
        kind = (kind * 3 + of.response) * 2 + of.backfill
    # Padding and what is pending make codes below 0 of level 0 alone.
    return np.bincount(kind[of.level > 0]).tobytes()


def _ask(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Verdict:
    decision = trial.escalation.rulebook.design.decide(_observed(trial, early, patients))
    return Verdict(
        Action(int(decision.action[0])),
        int(decision.level[0]),
        int(decision.cohort_size[0]),
        int(decision.closed_from[0]),
        Reason(int(decision.reason[0])),
        0 if decision.backfill_level is None else int(decision.backfill_level[0]),
    )


def _state(trial: Trial, early: EarlyLooks) -> tuple[int, int, int, int, int]:
    """Return level treated last, lowest closed level, the last cohort's outcomes and DLTs, and its missing places."""
    escalation = trial.escalation
    lacking = missing(escalation) if early.cohort_open and early.cohort_begun else 0
    last_n, last_dlt = _last_cohort(trial, early)
    return early.from_level, escalation.closed_from, last_n, last_dlt, lacking


def _observed(trial: Trial, early: EarlyLooks, patients: PatientRecords) -> Observed:
    level, closed_from, last_n, last_dlt, lacking = _state(trial, early)
    return Observed.of_patients(
        trial.escalation.rulebook.design.n_doses,
        np.array([level]),
        patients,
        np.array([closed_from]),
        np.array([last_n]),
        np.array([last_dlt]),
        np.array([lacking]),
        np.array([_draw(trial, early)]) if early.draws else None,
    )


def _draw(trial: Trial, early: EarlyLooks) -> float:
    """Return the draw of the next patient for backfill, by which the design may choose the level."""
    waiting = (
        [one for one in trial.unplaced if one.backfill] if early.backfilling is None else [early.backfilling]
    )
    return trial.candidates.dosing.backfill[waiting[0].i] if waiting else 0.5


def _last_cohort(trial: Trial, early: EarlyLooks) -> tuple[int, int]:
    """Return the complete outcomes and DLTs of the last cohort treated; 0 where the design reads neither."""
    n = dlt = 0
    if not trial.escalation.rulebook.reads_last:
        return n, dlt
    for patient in reversed(trial.infused):
        if patient.cohort == early.last_cohort and patient.exited and patient.follow_up.counted:
            n += 1
            dlt += patient.follow_up.dlt
        elif 0 < patient.cohort < early.last_cohort:
            break
    return n, dlt


def select_now(trial: Trial, early: EarlyLooks) -> int:
    """Return the design's selection on what is known at this instant, 0 for none."""
    return int(
        trial.escalation.rulebook.design.select(_observed(trial, early, early.records.on(trial.clock.now)))[0]
    )


def open_cohort(escalation: Escalation, early: EarlyLooks, verdict: Verdict) -> None:
    """Open a cohort, or open the one of which nobody has been treated at another level."""
    if early.last_cohort == escalation.cohorts:
        escalation.cohorts += 1
    escalation.level = verdict.level
    escalation.size = min(verdict.cohort_size, escalation.max_n - escalation.total)
    escalation.cohort_n = escalation.cohort_dlt = 0
    escalation.held_level = NOT_HELD
    early.cohort_open, early.cohort_begun = True, False


def close_cohort(escalation: Escalation, early: EarlyLooks) -> None:
    """Close the cohort: no place of it is open any more."""
    escalation.size = escalation.cohort_n
    early.cohort_open = False


def hold_if_decided(trial: Trial, early: EarlyLooks) -> bool:
    """Hold the cohort if every completion leads away from its level; return whether it is held now.

    A completion: each place still to be treated and each pending patient of the level has a DLT or has none, a
    response or none; what is pending at other levels stays so. As `Escalation.hold_if_decided` of complete cohorts.
    """
    escalation = trial.escalation
    lacking = missing(escalation)
    if not (early.cohort_open and escalation.cohort_dlt) or escalation.held_level != NOT_HELD:
        return False
    if lacking == 0 and not len(early.records.pending_days(escalation.level)):
        return False
    leads_to = 0
    for completed in _completions(early.records.on(trial.clock.now), escalation.level, lacking):
        verdict = _remembered(trial, early, completed)
        stops = verdict.action is Action.STOP
        if verdict.closed_from > escalation.level if stops else verdict.level >= escalation.level:
            return False
        leads_to = max(leads_to, 0 if stops else verdict.level)
    escalation.held_level = leads_to
    return True


def _completions(known: PatientRecords, level: int, lacking: int) -> list[PatientRecords]:
    """Return the records with the cohort completed: by no DLT more, by one, ..., by all.

    Each twice: with no response among those whose response is not known, and with one of each.
    """

    def with_more(column: NDArray[Any], value: float) -> NDArray[Any]:
        return np.concatenate([column, np.full((1, lacking), value, dtype=column.dtype)], axis=1)

    levels, backfill = with_more(known.level, level), with_more(known.backfill, False)
    onset = with_more(known.values("onset"), 1.0)
    dlt, response = with_more(known.dlt, PENDING), with_more(known.response, PENDING)
    here = levels == level
    unknown, unanswered = (dlt == PENDING) & here, (response == PENDING) & here
    followup = np.where(unknown, 1.0, with_more(known.followup, 0.0))
    share = np.where(unanswered, 1.0, with_more(known.response_followup, 0.0))
    found = []
    for more in range(int(unknown.sum()) + 1):
        toxic = unknown & (np.cumsum(unknown, axis=1) <= more)
        ended = np.where(toxic, 1, np.where(unknown, 0, dlt))
        for answer in (0, 1):
            answers = np.where(unanswered, answer, response)
            found.append(PatientRecords(levels, ended, followup, answers, share, backfill, onset))
    return found


def next_instant(early: EarlyLooks, window_days: float, now: float) -> float:
    """Return the next instant at which a waiting design is asked again without an outcome; infinity for none.

    That is when the shortest pending follow-up at the level reaches a share that the design names, or when a
    response becomes known.
    """
    instants = [early.records.next_response_day(now)]
    pending = early.records.pending_days(early.from_level)
    if len(pending):
        last = float(pending.max())
        # Rounded up to the clock's tick, so that the share is reached then.
        instants += [
            last + ceil(share * window_days * TICKS_PER_DAY) / TICKS_PER_DAY for share in early.ask_again_at
        ]
    return min((day for day in instants if day > now), default=NEVER)


_SHOWN: Final = {Action.WAIT: "wait", Action.STOP: "stop"}


def shown_ask(trial: Trial, early: EarlyLooks, verdict: Verdict) -> str:
    """Return in words what the design was asked, and its answer."""
    records = early.records.on(trial.clock.now)
    there = records.level == early.from_level
    open_windows = there & (records.dlt == PENDING)
    pending = int(open_windows.sum())
    answer = _SHOWN.get(verdict.action, f"level {verdict.level}")
    followed = float(records.followup[open_windows].sum())
    windows = "windows" if pending != 1 else "window"
    of = f"level {early.from_level}: {pending} of {int(there.sum())} pending"
    return f"{of}, follow-up {followed:.1f} of {pending} {windows}: {answer} ({verdict.reason.text})"
