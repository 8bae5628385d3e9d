"""How a design that looks early is asked at an instant, what its answer opens and closes, and it in words."""

from math import ceil
from typing import Final

from simulator.designs.design import Action
from simulator.designs.patient_records import PENDING
from simulator.durations import TICKS_PER_DAY
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.early_answers import answer_completed, answer_now, answer_to_go_on
from simulator.trial.early_looks import EarlyLooks, Look
from simulator.trial.escalation import Escalation, Verdict, missing
from simulator.trial.infused_records import copied
from simulator.trial.ledger import NEVER
from simulator.trial.trial_state import Trial, note


def ask(trial: Trial, early: EarlyLooks) -> Verdict:
    """Return what the design decides on the data of this instant."""
    return _answered(trial, early, answer_now(trial, early))


def ask_to_go_on(trial: Trial, early: EarlyLooks) -> Verdict:
    """Return the same where its action alone is read."""
    return _answered(trial, early, answer_to_go_on(trial, early))


def _answered(trial: Trial, early: EarlyLooks, verdict: Verdict) -> Verdict:
    note_look(trial, early, verdict)
    early.backfill_level, early.backfill_day = verdict.backfill_level, trial.clock.now
    return verdict


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
    if not early.cohort_open or escalation.cohort_dlt == 0 or escalation.held_level != NOT_HELD:
        return False
    lacking = missing(escalation)
    unknown = lacking + early.records.pending_at(escalation.level)
    if unknown == 0:
        return False
    leads_to = 0
    # The decision depends on the number of DLTs to come alone, not on who has them.
    for more in range(unknown + 1):
        for response in range(2):
            verdict = answer_completed(trial, early, lacking, more, response)
            stops = verdict.action == Action.STOP
            if verdict.closed_from > escalation.level if stops else verdict.level >= escalation.level:
                return False
            leads_to = max(leads_to, 0 if stops else verdict.level)
    escalation.held_level = leads_to
    return True


def next_instant(early: EarlyLooks, window_days: float, now: float) -> float:
    """Return the next instant at which a waiting design is asked again without an outcome; infinity for none.

    That is when the shortest pending follow-up at the level reaches a share that the design names, or when a
    response becomes known.
    """
    first = early.records.next_response_day(now)
    last = early.records.latest_pending_day(early.from_level)
    if last > -NEVER:
        for share in early.ask_again_at:
            # Rounded up to the clock's tick, so that the share is reached then.
            day = last + ceil(share * window_days * TICKS_PER_DAY) / TICKS_PER_DAY
            if now < day < first:
                first = day
    return first


# The log


def note_look(trial: Trial, early: EarlyLooks, verdict: Verdict) -> None:
    """Keep what was read and answered, where a log is kept."""
    if early.looks is not None:
        known = copied(early.records.on(trial.clock.now))
        early.looks.append(Look(trial.clock.now, early.from_level, known, verdict))


def note_ask(trial: Trial, early: EarlyLooks, verdict: Verdict) -> None:
    """Write into the log, where one is kept, what the design was asked, and its decision."""
    if trial.log is None:
        return
    if early.records.count:
        note(trial, None, "asks again, {}", _shown(trial, early, verdict))
    if early.cohort_open and early.cohort_begun:
        return  # it would go on: the review comes first
    # A level is decided once, however often the design is asked before somebody takes a place at it.
    if verdict.action != Action.WAIT and verdict.level != early.said_level:
        note(trial, None, "decision: {}; level {}", verdict.reason.text, verdict.level or "none")
    early.said_level = verdict.level if verdict.action != Action.WAIT else -1


_ANSWERS: Final = {Action.WAIT: "wait", Action.STOP: "stop"}


def _shown(trial: Trial, early: EarlyLooks, verdict: Verdict) -> str:
    """Return in words what the design was asked, and its answer."""
    records = early.records.on(trial.clock.now)
    there = records.level == early.from_level
    open_windows = there & (records.dlt == PENDING)
    pending = int(open_windows.sum())
    answer = _ANSWERS.get(verdict.action, f"level {verdict.level}")
    followed = float(records.followup[open_windows].sum())
    windows = "windows" if pending != 1 else "window"
    of = f"level {early.from_level}: {pending} of {int(there.sum())} pending"
    return f"{of}, follow-up {followed:.1f} of {pending} {windows}: {answer} ({verdict.reason.text})"
