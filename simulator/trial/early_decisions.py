"""When a design that looks early is asked, and what its answer does.

It is asked when everybody of the cohort is infused and the review is over; then, until somebody takes a place of
the next cohort, at each arrival of a patient for a place, at each outcome, and at the instants it names. The first
patient who takes a place fixes the level of the cohort. Everything that becomes known at an instant is read there.
"""

from collections.abc import Callable

from simulator.designs.design import Action, Design
from simulator.trial.backfill import end_backfill
from simulator.trial.clock import Priority
from simulator.trial.closing import end_if_over
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.decisions import conclude, nobody_can_follow, refill, stop_for
from simulator.trial.early_asks import ask, close_cohort, next_instant, open_cohort, select_now, shown_ask
from simulator.trial.early_counts import enter_infused, enter_outcome
from simulator.trial.early_looks import EarlyLooks, EarlySteps, backfills, looks_early
from simulator.trial.escalation import Verdict, missing
from simulator.trial.infused_records import InfusedRecords
from simulator.trial.ledger import NEVER, Stop
from simulator.trial.places import take_places_back
from simulator.trial.setting import Setting
from simulator.trial.time_booking import pass_time
from simulator.trial.trial_state import Trial, note
from simulator.trial.waiting_times import Phase


def early_looks_of(design: Design, setting: Setting, *, logged: bool) -> EarlyLooks | None:
    """Return what a trial keeps for a design that looks early; None for one of complete cohorts."""
    if not looks_early(design):
        return None
    observation = setting.observation
    return EarlyLooks(
        records=InfusedRecords(observation.window_days, observation.response_day),
        steps=EarlySteps(decide, review_if_due, look, enter_infused, enter_outcome, _select),
        ask_again_at=tuple(getattr(design, "ask_again_at", ())),
        backfills=backfills(design),
        looks=[] if logged else None,
        draws=getattr(design, "priority", None) == "random",
    )


def _select(trial: Trial) -> int:
    return select_now(trial, _of(trial))


def review_if_due(trial: Trial) -> None:
    """After an outcome or an exit: begin a review, or have the design asked once all of the instant is known."""
    early, escalation = _of(trial), trial.escalation
    if trial.phase != Phase.ESCALATION:
        if early.backfills:
            _ask_if_news(trial, early)
        return
    treated = trial.places_held == 0 and missing(escalation) == 0
    if early.following is None and early.cohort_open and treated:
        close_cohort(escalation, early)
        _begin_review(trial, _end_review)
        return
    if early.following is Stop.MAX_N and escalation.total < escalation.max_n:
        early.following = None  # somebody is not DLT-evaluable, and may be replaced
    if early.following is None and trial.places_held == 0 and nobody_can_follow(trial):
        end_backfill(trial, early)
        early.following = Stop.ENROLMENT_CAP
    if early.following is not None:
        if early.awaited == 0 and trial.depleting == 0:
            _begin_review(trial, _end_follow_up)
    else:
        _ask_if_news(trial, early)


def _ask_if_news(trial: Trial, early: EarlyLooks) -> None:
    """Have the design asked once all outcomes of this instant are in."""
    if early.news and early.due_day != trial.clock.now:
        early.due_day = trial.clock.now
        trial.clock.call(trial.clock.now, Priority.DECISION, look, trial)


def _of(trial: Trial) -> EarlyLooks:
    assert trial.early is not None
    return trial.early


def _begin_review(trial: Trial, end: Callable[[Trial], None]) -> None:
    trial.phase = Phase.REVIEW
    note(trial, None, "review of level {}", trial.escalation.level)
    trial.clock.call(trial.clock.now + trial.setting.review_days, Priority.DECISION, end, trial)


def _end_review(trial: Trial) -> None:
    pass_time(trial)
    trial.reviews += 1
    decide(trial)


def _end_follow_up(trial: Trial) -> None:
    pass_time(trial)
    trial.reviews += 1
    following = _of(trial).following
    assert following is not None
    conclude(trial, following)


def look(trial: Trial) -> None:
    """Ask the design where its answer can change what happens next."""
    early, escalation = _of(trial), trial.escalation
    if early.following is not None or trial.phase not in (Phase.ESCALATION, Phase.REVIEW):
        return
    # Without news the answer is the same at one instant, and as long as nothing is pending.
    if not early.news and (early.complete_when_asked or early.asked_day == trial.clock.now):
        return
    begun = early.cohort_open and (early.cohort_begun or trial.places_held > 0)
    if trial.phase == Phase.ESCALATION and not begun:
        pass_time(trial)
        decide(trial)
        end_if_over(trial)
        return
    # The cohort keeps its level unless a late DLT has closed it. Its own DLTs hold it where they decide.
    holds = trial.setting.holds_decided_cohort and begun and escalation.held_level == NOT_HELD
    closes, early.news, early.late_dlt = holds and early.late_dlt, False, False
    if closes:
        pass_time(trial)
        _abandon_closed_level(trial, early)
    elif early.backfills:
        pass_time(trial)
        ask(trial, early)
        refill(trial)


def _abandon_closed_level(trial: Trial, early: EarlyLooks) -> None:
    escalation = trial.escalation
    verdict = ask(trial, early)
    escalation.closed_from = min(escalation.closed_from, verdict.closed_from)
    if escalation.closed_from <= escalation.level:
        open_below = escalation.closed_from - 1
        escalation.held_level = (
            open_below if verdict.action is not Action.TREAT else min(verdict.level, open_below)
        )
        take_places_back(trial)
        review_if_due(trial)
        refill(trial)


def decide(trial: Trial) -> None:
    """Ask the design; open the next cohort, wait, or end escalation."""
    early, escalation = _of(trial), trial.escalation
    early.news = early.late_dlt = False
    early.asked_day = trial.clock.now
    early.complete_when_asked = early.records.complete_on(early.asked_day)
    trial.phase = Phase.ESCALATION
    if escalation.total >= escalation.max_n:
        _follow_up(trial, early, Stop.MAX_N)
        return
    verdict = ask(trial, early)
    _note(trial, early, verdict)
    escalation.closed_from = min(escalation.closed_from, verdict.closed_from)  # once closed, closed for good
    escalation.reason = verdict.reason
    if verdict.action is Action.STOP:
        _follow_up(trial, early, Stop(stop_for(verdict.reason)))
    elif nobody_can_follow(trial):
        _follow_up(trial, early, Stop.ENROLMENT_CAP)
    else:
        if verdict.action is Action.WAIT:
            _wait(trial, early)
        else:
            open_cohort(escalation, early, verdict)
        refill(trial)


def _wait(trial: Trial, early: EarlyLooks) -> None:
    close_cohort(trial.escalation, early)
    early.waiting = True
    trial.escalation.level = early.from_level
    now = trial.clock.now
    day = next_instant(early, trial.setting.observation.window_days, now)
    if day < NEVER and (early.wake_day <= now or day < early.wake_day):
        early.wake_day = day
        trial.clock.call(day, Priority.DECISION, _wake, trial)


def _wake(trial: Trial) -> None:
    early = _of(trial)
    if early.waiting:
        early.news = True
        look(trial)


def _follow_up(trial: Trial, early: EarlyLooks, stop: Stop) -> None:
    """End escalation, once everybody infused is followed up; a stop for safety at once."""
    end_backfill(trial, early)
    close_cohort(trial.escalation, early)
    if stop is Stop.SAFETY or (early.awaited == 0 and trial.depleting == 0):
        conclude(trial, stop)
    else:
        early.following = stop
        note(trial, None, "escalation ends: outcomes of {} patients awaited", early.awaited)


def _note(trial: Trial, early: EarlyLooks, verdict: Verdict) -> None:
    if trial.log is None:
        return
    if early.records.count:
        note(trial, None, "asks again, {}", shown_ask(trial, early, verdict))
    # A level is decided once, however often the design is asked before somebody takes a place at it.
    if verdict.action is not Action.WAIT and verdict.level != early.said_level:
        note(trial, None, "decision: {}; level {}", verdict.reason.text, verdict.level or "none")
    early.said_level = verdict.level if verdict.action is not Action.WAIT else -1
