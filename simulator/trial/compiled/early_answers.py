"""The answers of a design that looks early in compiled code: those remembered, and questions where none is.

A trial that meets a question without an answer stops; Python asks the design about all trials that have stopped, and
they resume (`slot.py`). Remembered are answers to counts alone, and answers between follow-up, as in
`early_memory.py`: never an answer to one real-valued follow-up.
"""

from typing import Any, Final

from numba.extending import overload, register_jitable

from simulator.designs.crm_places import NO_PLACE
from simulator.designs.design import Action, Reason
from simulator.trial import early_answers
from simulator.trial.compiled.early_counts import (
    awaits_outcomes,
    count_patients,
    leave_closings,
    measure_each,
    settle,
)
from simulator.trial.compiled.early_rules import decided_at_once
from simulator.trial.compiled.fit_places import place_now
from simulator.trial.compiled.keys import add_count, state_word, write_state
from simulator.trial.compiled.pending_levels import levels_are_read
from simulator.trial.compiled.pulled_levels import BETWEEN_STEPS, NOT_READ, READ, leave_pulls
from simulator.trial.compiled.rulebook import find, verdict_of
from simulator.trial.compiled.structs import load_float, load_int
from simulator.trial.compiled.written_questions import (
    BETWEEN,
    BY_READING,
    DECIDE,
    DECISIONS,
    NO_ANSWER,
    NOWHERE,
    answer_by_counts,
    ask,
    enter,
    given,
    may_ask,
)
from simulator.trial.early_state import state_of
from simulator.trial.escalation import Verdict

MOST_BETWEEN, MOST_BETWEEN_EACH = 24, 12
"""Answers by follow-up that are remembered of one state: by sum and shortest, and by each pending one."""
BY_FOLLOW_UP: Final = -2
"""In place of an answer that follow-up settles, not the counts."""
_STOP: Final[Any] = int(Action.STOP)
_TREAT: Final[Any] = int(Action.TREAT)
_START: Final[Any] = int(Reason.START)
_TOO_TOXIC: Final[Any] = int(Reason.STOP_TOO_TOXIC)


@register_jitable
def _verdict(answer: Any) -> Verdict:
    """Return an answer taken apart; a stop that nobody reads where there is none yet."""
    return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0) if answer == NO_ANSWER else verdict_of(answer)


@overload(early_answers.answer_now, strict=False)
def _answer_now(trial: Any, early: Any) -> Any:
    return lambda trial, early: _verdict(_decision(trial, early, 0, 0, 0, 0))


@overload(early_answers.answer_to_go_on, strict=False)
def _answer_to_go_on(trial: Any, early: Any) -> Any:
    def answer(trial: Any, early: Any) -> Verdict:
        if trial.escalation.rulebook.early.never_waits:
            return Verdict(_TREAT, 0, 0, trial.escalation.closed_from, _START, 0)
        return _verdict(_decision(trial, early, 0, 0, 0, 0))

    return answer


@overload(early_answers.answer_completed, strict=False)
def _answer_completed(trial: Any, early: Any, lacking: Any, more: Any, response: Any) -> Any:
    def answer(trial: Any, early: Any, lacking: Any, more: Any, response: Any) -> Verdict:
        return _verdict(_decision(trial, early, trial.escalation.level, lacking, more, response))

    return answer


@register_jitable
def _decision(trial: Any, early: Any, level: int, lacking: int, more: int, response: int) -> int:
    """Return the design's answer, the cohort of a level completed; level 0: on what is known now."""
    rulebook = trial.escalation.rulebook
    if rulebook.missed:
        return NO_ANSWER
    completion = (level, lacking, more, response)
    settle(trial, early)
    if early.records.count + lacking < rulebook.early.backfill_rule.count:
        return decided_at_once(trial, early, completion)
    early.asked += 1
    answer = given(trial.slot, early.asked)
    if answer != NO_ANSWER:
        return answer
    if early.draws or rulebook.early.backfill_rule.count > 0:  # with more patients than that
        return ask(trial, early, DECIDE, completion, NOWHERE, -1)
    if rulebook.early.by_pulls:
        return _by_pulls(trial, early, completion)
    return _remembered(trial, early, completion)


@register_jitable
def _by_pulls(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the answer of a design that moves by pulls; ask where they are not settled, or the answer is new."""
    rulebook = trial.escalation.rulebook
    read = leave_pulls(trial, early, completion)
    if read == READ:
        return answer_by_counts(trial, early, DECIDE, completion, rulebook.early.decisions, DECISIONS)
    if read == BETWEEN_STEPS:
        return _between(trial, early, completion)
    if read == NOT_READ:
        return ask(trial, early, DECIDE, completion, NOWHERE, -1)
    rulebook.missed += 1
    return NO_ANSWER


@register_jitable
def _remembered(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the answer that is remembered of what the design reads; ask where there is none."""
    rulebook = trial.escalation.rulebook
    of, level = rulebook.early, completion[0]
    from_level, closed_from, n, dlt, missing = state_of(trial, early)
    begun = from_level > 0 and closed_from > 1
    if begun and of.waits_for_all and awaits_outcomes(early, trial.clock.now, level):
        return _while_waiting(trial, early, completion, state_word(from_level, closed_from, 0, 0, 0))
    read = missing if of.reads_missing else 0
    write_state(of.decisions, state_word(from_level, closed_from, n, dlt, read))
    if of.pending.present:
        return _by_levels(trial, early, completion, begun)
    if of.fits.present:
        return _by_place(trial, early, completion)
    _, pending, total, shortest = count_patients(trial, early, of.decisions, completion)
    if of.closing:
        leave_closings(of, of.decisions.key, rulebook.levels)
    of.measures[0], of.measures[1] = total, shortest
    return _by_key(trial, early, completion, pending, shortest >= 0)


@register_jitable
def _while_waiting(trial: Any, early: Any, completion: tuple[int, int, int, int], state: int) -> int:
    """Return the answer of a design that waits for all, while an outcome is pending."""
    of = trial.escalation.rulebook.early
    if state == of.waited_at:
        return of.waited_answer
    write_state(of.decisions, state)
    add_count(of.decisions.key, 0, 1)  # one of whom nothing is known stands for all patients
    answer = answer_by_counts(trial, early, DECIDE, completion, of.decisions, DECISIONS)
    if answer != NO_ANSWER:
        of.waited_at, of.waited_answer = state, answer
    return answer


@register_jitable
def _by_key(
    trial: Any, early: Any, completion: tuple[int, int, int, int], pending: bool, pending_here: bool
) -> int:
    """Return the answer at the key of decisions, or by the follow-up at hand where that is read."""
    of = trial.escalation.rulebook.early
    if of.settled_if_complete and pending:
        return _at_any_follow_up(trial, early, completion, pending)
    if of.by_follow_up and pending_here:
        return _between(trial, early, completion)
    return answer_by_counts(trial, early, DECIDE, completion, of.decisions, DECISIONS)


@register_jitable
def _by_place(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the answer that follows from the place of the fit; ask where none is said."""
    of = trial.escalation.rulebook.early
    place = place_now(trial, early, completion)
    if place == NO_PLACE:
        return ask(trial, early, DECIDE, completion, NOWHERE, -1)
    write_state(of.by_reading, of.decisions.key[0])
    add_count(of.by_reading.key, 0, place)
    return answer_by_counts(trial, early, DECIDE, completion, of.by_reading, BY_READING)


@register_jitable
def _by_levels(trial: Any, early: Any, completion: tuple[int, int, int, int], begun: bool) -> int:
    """Return the answer that follows from what is read of each level; ask where that is not said."""
    of = trial.escalation.rulebook.early
    if early.records.count + completion[1] == 0:  # the key counts nobody
        return answer_by_counts(trial, early, DECIDE, completion, of.decisions, DECISIONS)
    if not begun or not levels_are_read(trial, early, completion):
        return ask(trial, early, DECIDE, completion, NOWHERE, -1)
    return answer_by_counts(trial, early, DECIDE, completion, of.by_reading, BY_READING)


@register_jitable
def _at_any_follow_up(
    trial: Any,
    early: Any,
    completion: tuple[int, int, int, int],
    pending: bool,
) -> int:
    """Return the answer that the counts settle, or lie between; ask where follow-up matters, or counts are new."""
    of = trial.escalation.rulebook.early
    place = -1
    if of.settles:
        found = find(of.decisions)
        if found >= 0:
            answer = load_int(of.decisions.values, found)
            if answer >= 0:
                return answer
            if answer == BY_FOLLOW_UP and of.by_each and measure_each(trial, early, completion[0]):
                return _between(trial, early, completion)
            if not pending:
                place = found  # what nobody's follow-up can change is remembered
        elif may_ask(trial, early):
            place = enter(of.decisions, -1 - found, NO_ANSWER)
    return ask(trial, early, DECIDE, completion, DECISIONS, place)


@register_jitable
def _between(trial: Any, early: Any, completion: tuple[int, int, int, int]) -> int:
    """Return the answer between two that agree, with no more and no less of each measure of follow-up."""
    of = trial.escalation.rulebook.early
    table, answer_at = of.between, len(of.measures)
    for k in range(table.width):
        table.key[k] = of.decisions.key[k]
    place = find(table)
    if place >= 0:
        at = place * table.words
        known = load_int(table.values, at)
        for k in range(known):
            more_at = at + 1 + (answer_at + 1) * k
            if _is_at_most(of, table.values, more_at, -1.0):
                answer = load_int(table.values, more_at + answer_at)
                for j in range(known):
                    less_at = at + 1 + (answer_at + 1) * j
                    if load_int(table.values, less_at + answer_at) == answer and _is_at_most(
                        of, table.values, less_at, 1.0
                    ):
                        return answer
    elif may_ask(trial, early):
        place = enter(table, -1 - place, 0)
    return ask(trial, early, DECIDE, completion, BETWEEN, place)


@register_jitable
def _is_at_most(of: Any, values: int, at: int, sign: float) -> bool:
    """Return whether the measures that are remembered there are at most those at hand; by sign -1, at least."""
    at_most = True
    for k in range(len(of.measures)):
        at_most &= sign * load_float(values, at + k) <= sign * of.measures[k]
    return at_most
