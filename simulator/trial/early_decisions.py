"""When a design that looks early is asked, and what its answer does.

Once everybody of the cohort is infused it is asked at each outcome, at each arrival of a patient for a place, and at
the instants it names. Where it would go on the review begins, and at its end it decides; a place that opens before,
its patient not being DLT-evaluable, is filled again at the level. After the review it is asked again as before until
somebody takes a place of the next cohort: the first who does fixes its level. Everything that becomes known at an
instant is read there.
"""

from collections.abc import Callable

from simulator.designs.design import Action, Design
from simulator.designs.wrapped import asked_again_at
from simulator.trial.backfill import end_backfill, wants_backfill
from simulator.trial.clock import Priority
from simulator.trial.closing import end_if_over
from simulator.trial.cohort_rules import NOT_HELD
from simulator.trial.decisions import conclude, nobody_can_follow, refill, stop_for
from simulator.trial.early_answers import selection_now
from simulator.trial.early_asks import ask, ask_to_go_on, close_cohort, next_instant, note_ask, open_cohort
from simulator.trial.early_counts import enter_infused, enter_outcome, know_response
from simulator.trial.early_looks import (
    EarlyLooks,
    EarlySteps,
    backfills,
    looks_early,
    reads_responses,
    selects_when_assessed,
)
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
        records=InfusedRecords(
            observation.window_days, observation.response_day, reads_responses=reads_responses(design)
        ),
        steps=EarlySteps(decide, review_if_due, look, ask_at_response, enter_infused, enter_outcome, _select),
        ask_again_at=asked_again_at(design),
        backfills=backfills(design),
        looks=[] if logged else None,
        draws=getattr(design, "backfill", None) == "random",
        selects_when_assessed=selects_when_assessed(design),
    )


def _of(trial: Trial) -> EarlyLooks:
    assert trial.early is not None
    return trial.early


def _select(trial: Trial) -> int:
    return selection_now(trial, _of(trial))


# After an outcome or an exit


def review_if_due(trial: Trial) -> None:
    """Begin the last review, or have the design asked once all of this instant is known."""
    early, escalation = _of(trial), trial.escalation
    if trial.phase == Phase.ESCALATION:
        if early.following == Stop.MAX_N and escalation.total < escalation.max_n:
            early.following = Stop.NOT_ENDED  # somebody is not DLT-evaluable, and may be replaced
        lacking = early.cohort_open and missing(escalation) > 0 and trial.places_held == 0
        if early.following == Stop.NOT_ENDED and lacking and nobody_can_follow(trial):
            end_backfill(trial, early)
            early.following = Stop.ENROLMENT_CAP
        if early.following != Stop.NOT_ENDED:
            _review_what_was_awaited(trial, early)
            return
    elif not early.backfills:
        return
    held = escalation.held_level != NOT_HELD  # nobody more of it is treated, perhaps nobody at all was
    treated = early.cohort_open and (early.cohort_begun or held) and not is_under_way(trial, early)
    early.news |= treated and not early.treated  # the last place may have ended with an exit
    early.treated = treated
    if early.news and early.due_day != trial.clock.now:
        early.due_day = trial.clock.now
        trial.clock.call(trial.clock.now, Priority.DECISION, look_when_due, trial)


def _review_what_was_awaited(trial: Trial, early: EarlyLooks) -> None:
    """Begin the last review once every DLT outcome is known, and every response that the selection reads."""
    if early.awaited == 0 and trial.depleting == 0:
        assessed = early.records.last_response_day()
        if early.selects_when_assessed and assessed > trial.clock.now:
            trial.clock.call(assessed, Priority.DECISION, know_response, trial)
        else:
            _begin_review(trial, end_follow_up)


def _awaits(trial: Trial, early: EarlyLooks) -> bool:
    """Return whether an outcome of an infused patient is awaited, or a response that the selection reads."""
    responds_later = early.selects_when_assessed and early.records.last_response_day() > trial.clock.now
    return early.awaited > 0 or responds_later


def ask_at_response(trial: Trial) -> None:
    """Have the design asked as a response becomes known, or review the last one."""
    early = _of(trial)
    early.news = True
    if early.following != Stop.NOT_ENDED and trial.phase == Phase.ESCALATION:
        pass_time(trial)
        _review_what_was_awaited(trial, early)
    else:
        look(trial)


def _begin_review(trial: Trial, end: Callable[[Trial], None]) -> None:
    close_cohort(trial.escalation, _of(trial))
    trial.phase = Phase.REVIEW
    note(trial, None, "review of level {}", trial.escalation.level)
    trial.clock.call(trial.clock.now + trial.setting.review_days, Priority.DECISION, end, trial)


def end_early_review(trial: Trial) -> None:
    """End the review and decide."""
    pass_time(trial)
    trial.reviews += 1
    decide(trial)


def end_follow_up(trial: Trial) -> None:
    """End the review of the last outcomes: escalation ends as was decided before."""
    pass_time(trial)
    trial.reviews += 1
    conclude(trial, _of(trial).following)


# Looks


def look_when_due(trial: Trial) -> None:
    """Ask at an instant of which all is known now."""
    _of(trial).due_day = NEVER  # more may become known at this instant
    look(trial)


def look(trial: Trial) -> None:
    """Ask the design where its answer can change what happens next."""
    early = _of(trial)
    if early.following != Stop.NOT_ENDED or trial.phase not in (Phase.ESCALATION, Phase.REVIEW):
        return
    # Without news the answer is the same at one instant, and as long as nothing is pending.
    if not early.news and (early.complete_when_asked or early.asked_day == trial.clock.now):
        return
    pass_time(trial)
    if trial.phase == Phase.REVIEW or is_under_way(trial, early):
        _look_in_mid_cohort(trial, early)
    elif early.cohort_open and early.cohort_begun:
        _review_if_it_would_go_on(trial, early)
    elif _opens_or_closes_places(trial, early):
        decide(trial)
        end_if_over(trial)


def _opens_or_closes_places(trial: Trial, early: EarlyLooks) -> bool:
    """Return whether an answer may, where nobody of a cohort has a place; else the next arrival asks.

    With places open, no DLT and nobody who waits for a place it changes the provisional level alone.
    """
    closed = not early.cohort_open or trial.escalation.held_level != NOT_HELD
    return closed or len(trial.unplaced) > 0 or early.late_dlt or early.records.complete_on(trial.clock.now)


def is_under_way(trial: Trial, early: EarlyLooks) -> bool:
    """Return whether places of a cohort with a fixed level are still to be treated."""
    if not early.cohort_open:
        return False
    return trial.places_held > 0 or (early.cohort_begun and missing(trial.escalation) > 0)


def _look_in_mid_cohort(trial: Trial, early: EarlyLooks) -> None:
    """Keep the level of the cohort unless a late DLT has closed it; its own DLTs hold it where they decide."""
    held = trial.escalation.held_level != NOT_HELD
    escalates = trial.phase == Phase.ESCALATION and not held
    closes = early.late_dlt and escalates and trial.setting.holds_decided_cohort
    early.news = early.late_dlt = False
    if closes:
        _abandon_closed_level(trial, early)
    elif early.backfills and wants_backfill(trial):
        ask(trial, early)
        refill(trial)


def _abandon_closed_level(trial: Trial, early: EarlyLooks) -> None:
    escalation = trial.escalation
    verdict = ask(trial, early)
    escalation.closed_from = min(escalation.closed_from, verdict.closed_from)
    if escalation.closed_from <= escalation.level:
        below = escalation.closed_from - 1
        escalation.held_level = min(verdict.level, below) if verdict.action == Action.TREAT else below
        take_places_back(trial)
        early.news = True
        review_if_due(trial)
        refill(trial)


def _review_if_it_would_go_on(trial: Trial, early: EarlyLooks) -> None:
    """Ask the design about a cohort that is infused: wait, begin the review, or await the last outcomes."""
    early.has_asked(trial.clock.now)
    if trial.escalation.total >= trial.escalation.max_n:
        if _awaits(trial, early):
            _await_outcomes(trial, early, Stop.MAX_N)
        else:
            _begin_review(trial, end_early_review)
        return
    verdict = ask_to_go_on(trial, early)
    note_ask(trial, early, verdict)
    if verdict.action == Action.WAIT:
        _wake_at_next_instant(trial, early)
        refill(trial)
    elif _ends_with_outcomes_awaited(trial, early, verdict):
        _stop_with_outcomes_awaited(trial, early, verdict)
    else:
        _begin_review(trial, end_early_review)


# Decisions


def decide(trial: Trial) -> None:
    """Ask the design; open the next cohort, wait, or end escalation."""
    early, escalation = _of(trial), trial.escalation
    early.has_asked(trial.clock.now)
    trial.phase = Phase.ESCALATION
    if escalation.total >= escalation.max_n:
        _end_escalation(trial, early, Stop.MAX_N)
        return
    verdict = ask(trial, early)
    note_ask(trial, early, verdict)
    escalation.closed_from = min(escalation.closed_from, verdict.closed_from)  # once closed, closed for good
    escalation.reason = verdict.reason
    if verdict.action == Action.STOP:
        if _ends_with_outcomes_awaited(trial, early, verdict):
            _stop_with_outcomes_awaited(trial, early, verdict)
        else:
            end_backfill(trial, early)
            conclude(trial, stop_for(verdict.reason))
    elif verdict.action == Action.WAIT:
        close_cohort(escalation, early)
        escalation.level = early.from_level
        _wake_at_next_instant(trial, early)
        refill(trial)
    elif nobody_can_follow(trial):
        _end_escalation(trial, early, Stop.ENROLMENT_CAP)
    else:
        open_cohort(escalation, early, verdict)
        refill(trial)


def _ends_with_outcomes_awaited(trial: Trial, early: EarlyLooks, verdict: Verdict) -> bool:
    """Return whether the design stops while outcomes are pending that its selection reads; never for safety."""
    stops = verdict.action == Action.STOP and stop_for(verdict.reason) != Stop.SAFETY
    return stops and _awaits(trial, early)


def _stop_with_outcomes_awaited(trial: Trial, early: EarlyLooks, verdict: Verdict) -> None:
    # Who is under way takes no place of the cohort any more, and replaces nobody.
    close_cohort(trial.escalation, early)
    _await_outcomes(trial, early, stop_for(verdict.reason))


def _end_escalation(trial: Trial, early: EarlyLooks, stop: int) -> None:
    if _awaits(trial, early) or trial.depleting > 0:
        _await_outcomes(trial, early, stop)
    else:
        end_backfill(trial, early)
        conclude(trial, stop)


def _await_outcomes(trial: Trial, early: EarlyLooks, stop: int) -> None:
    """End escalation once everybody infused is followed up: nobody is enrolled or backfilled any more."""
    end_backfill(trial, early)
    early.following = stop
    note(trial, None, "escalation ends: outcomes of {} patients awaited", early.awaited)
    _review_what_was_awaited(trial, early)  # responses alone may be


def _wake_at_next_instant(trial: Trial, early: EarlyLooks) -> None:
    now = trial.clock.now
    day = next_instant(early, trial.setting.observation.window_days, now)
    if day < NEVER and (early.wake_day <= now or day < early.wake_day):
        early.wake_day = day
        trial.clock.call(day, Priority.DECISION, wake, trial)


def wake(trial: Trial) -> None:
    """Ask at an instant that the design named."""
    _of(trial).news = True
    look(trial)
