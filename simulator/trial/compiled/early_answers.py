"""The answers of a design that looks early in compiled code: those remembered, and questions where none is.

A trial that meets a question without an answer stops; Python asks the design about all trials that have stopped, and
they resume (`slot.py`). Remembered are answers to counts alone, and answers between follow-up, as in
`early_memory.py`: never an answer to one real-valued follow-up.
"""

from typing import Any, Final

from numba.extending import overload, register_jitable

from simulator.designs.design import Action, Reason
from simulator.designs.patient_records import PENDING
from simulator.trial import early_answers
from simulator.trial.compiled.keys import (
    add_count,
    close_from,
    count_at,
    is_closing,
    level_and_closing,
    state_word,
    write_state,
)
from simulator.trial.compiled.layout import MOST_MEASURES, RECORD_ROWS
from simulator.trial.compiled.level_readings import leave_readings
from simulator.trial.compiled.rulebook import asked_later, find, verdict_of
from simulator.trial.compiled.structs import copy_bytes, load_float, load_int, store_float, store_int
from simulator.trial.early_state import draw_of, state_of
from simulator.trial.escalation import Verdict

DECIDE, SELECT = range(2)
"""What is asked."""
NOWHERE, DECISIONS, BETWEEN, SELECTIONS = range(4)
"""Where an answer is remembered."""
(
    SLOT_OF, KIND, TABLE_OF, PLACE, LEVEL, CLOSED_FROM, LAST_N, LAST_DLT, LACKING, PATIENTS, COLUMNS, DAY, DRAW,
    NUMBER, COMPLETES, JOINING, MORE, RESPONSE, MEASURES,
) = range(19)  # fmt: skip
"""The words of a question; `DAY`, `DRAW` and those from `MEASURES` on, of follow-up, are real numbers. `COMPLETES`:
the level whose cohort is completed, 0 for what is known now."""
QUESTION_WORDS: Final = MEASURES + MOST_MEASURES
STATE_WORDS: Final = 5
MOST_BETWEEN: Final = 12
_NO_ANSWER: Final = -1
BY_FOLLOW_UP, BY_SUM_AND_SHORTEST = -2, -3
"""In place of an answer that the counts do not settle: what follow-up does."""
_ROW: Final = RECORD_ROWS.dtype.itemsize
_STOP: Final[Any] = int(Action.STOP)
_TOO_TOXIC: Final[Any] = int(Reason.STOP_TOO_TOXIC)


@register_jitable
def _verdict(answer: Any) -> Verdict:
    """Return an answer taken apart; a stop that nobody reads where there is none yet."""
    return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0) if answer == _NO_ANSWER else verdict_of(answer)


@overload(early_answers.answer_now, strict=False)
def _answer_now(trial: Any, early: Any) -> Any:
    return lambda trial, early: _verdict(_decision(trial, early, 0, 0, 0, 0))


@overload(early_answers.answer_completed, strict=False)
def _answer_completed(trial: Any, early: Any, lacking: Any, more: Any, response: Any) -> Any:
    def answer(trial: Any, early: Any, lacking: Any, more: Any, response: Any) -> Verdict:
        return _verdict(_decision(trial, early, trial.escalation.level, lacking, more, response))

    return answer


@overload(early_answers.selection_now, strict=False)
def _selection_now(trial: Any, early: Any) -> Any:
    return lambda trial, early: max(_selection(trial, early), 0)


@register_jitable
def _given(slot: Any, number: int) -> int:
    """Return the answer that was given to the trial's question of this number."""
    for k in range(slot.count):
        if load_int(slot.answers, 2 * k) == number:
            return load_int(slot.answers, 2 * k + 1)
    return _NO_ANSWER


@register_jitable
def _decision(trial: Any, early: Any, level: int, lacking: int, more: int, response: int) -> int:
    """Return the design's answer, the cohort of a level completed; level 0: on what is known now."""
    rulebook = trial.escalation.rulebook
    if rulebook.missed:
        return _NO_ANSWER
    early.asked += 1
    answer = _given(trial.slot, early.asked)
    if answer != _NO_ANSWER:
        return answer
    of, completion = rulebook.early, (level, lacking, more, response)
    if early.draws:
        return _ask(trial, early, DECIDE, completion, NOWHERE, -1)
    from_level, closed_from, n, dlt, missing = state_of(trial, early)
    begun = from_level > 0 and closed_from > 1
    if begun and of.waits_for_all and _awaits_outcomes(early.records, trial.clock.now, level):
        write_state(of.decisions, state_word(from_level, closed_from, 0, 0, 0))
        add_count(of.decisions.key, 0, 1)  # one of whom nothing is known stands for all patients
        return _by_counts(trial, early, DECIDE, completion, of.decisions, DECISIONS)
    write_state(of.decisions, state_word(from_level, closed_from, n, dlt, 0 if of.opens else missing))
    _, pending, total, shortest = _tally(trial, early, of.decisions.key, completion)
    if begun and of.reads_by_level and not leave_readings(of, rulebook.levels):
        rulebook.missed += 1
        return _NO_ANSWER
    if of.opens:
        _count_openings(trial, early, of.decisions.key, completion)
    if of.closing:
        _only_closings(of, of.decisions.key, rulebook.levels)
    of.measures[0], of.measures[1] = total, shortest
    if of.settled_if_complete and (pending or of.reads_by_level):
        return _at_any_follow_up(trial, early, completion, pending, shortest >= 0)
    if of.by_follow_up and shortest >= 0:
        return _between(trial, early, completion)
    return _by_counts(trial, early, DECIDE, completion, of.decisions, DECISIONS)


@register_jitable
def _awaits_outcomes(records: Any, day: float, completes: int) -> bool:
    """Return whether an outcome is pending of anybody, but of those at the level whose cohort is completed."""
    for k in range(records.count - 1, -1, -1):  # the last ones first: they are pending most often
        at = records.level[k]
        if at not in (0, completes) and (records.dlt[k] == PENDING or records.response_known_day[k] > day):
            return True
    return False


@register_jitable
def _selection(trial: Any, early: Any) -> int:
    """Return the design's selection on what is known now."""
    rulebook = trial.escalation.rulebook
    if rulebook.missed:
        return _NO_ANSWER
    early.asked += 1
    answer = _given(trial.slot, early.asked)
    if answer != _NO_ANSWER:
        return answer
    of, completion = rulebook.early, (0, 0, 0, 0)
    level, closed_from, n, dlt, lacking = state_of(trial, early)
    # Another key than that of a cap, where the whole trial is followed up and days of onset are not known.
    write_state(of.selections, state_word(level, closed_from, n, dlt, 1 + lacking))
    dlt_pending, pending, _, _ = _tally(trial, early, of.selections.key, completion)
    if dlt_pending or (pending and of.settled_if_complete) or early.draws:
        return _ask(trial, early, SELECT, completion, NOWHERE, -1)
    return _by_counts(trial, early, SELECT, completion, of.selections, SELECTIONS)


@register_jitable
def _by_counts(
    trial: Any, early: Any, kind: int, completion: tuple[int, int, int, int], table: Any, table_of: int
) -> int:
    """Return the answer at the table's key, which the counts settle; ask where there is none."""
    rulebook = trial.escalation.rulebook
    place = find(table)
    if place >= 0:
        answer = load_int(table.values, place)
        rulebook.missed += answer == _NO_ANSWER  # another trial has asked
        return answer
    if not has_room(rulebook.early.questions, early.records.count):
        rulebook.missed += 1
        return _NO_ANSWER
    place = enter(table, -1 - place, _NO_ANSWER)
    return _ask(trial, early, kind, completion, table_of, place)


@register_jitable
def _at_any_follow_up(
    trial: Any,
    early: Any,
    completion: tuple[int, int, int, int],
    pending: bool,
    pending_here: bool,
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
            if answer == BY_SUM_AND_SHORTEST and pending_here:
                return _between(trial, early, completion)
            if answer == BY_FOLLOW_UP and of.by_each and _measure_each(trial, early, completion[0]):
                return _between(trial, early, completion)
            if not pending:
                place = found  # what nobody's follow-up can change is remembered
        elif has_room(of.questions, early.records.count):
            place = enter(of.decisions, -1 - found, _NO_ANSWER)
    return _ask(trial, early, DECIDE, completion, DECISIONS, place)


@register_jitable
def _measure_each(trial: Any, early: Any, completed: int) -> bool:
    """Measure every pending follow-up, level by level, the longest first; return whether they are few enough.

    Nobody is pending at the level whose cohort is completed.
    """
    of, records = trial.escalation.rulebook.early, early.records
    for k in range(len(of.measures)):
        of.measures[k] = 0.0
    number = 0
    for level in range(1, trial.escalation.rulebook.levels + 1):
        for k in range(records.count):  # in order of infusion
            if records.level[k] == level and records.dlt[k] == PENDING and level != completed:
                if number == len(of.measures):
                    return False
                of.measures[number] = _share(records, k, trial.clock.now)
                number += 1
    return True


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
    elif has_room(of.questions, early.records.count):
        place = enter(table, -1 - place, 0)
    return _ask(trial, early, DECIDE, completion, BETWEEN, place)


@register_jitable
def _is_at_most(of: Any, values: int, at: int, sign: float) -> bool:
    """Return whether the measures that are remembered there are at most those at hand; by sign -1, at least."""
    at_most = True
    for k in range(len(of.measures)):
        at_most &= sign * load_float(values, at + k) <= sign * of.measures[k]
    return at_most


@register_jitable
def count_patient(key: Any, by_responses: bool, level: int, dlt: int, response: int, backfill: int) -> None:
    """Count a patient in a key, by level and what is known; response and way in where these are read."""
    kind = 3 * (level - 1) + dlt + 1
    if by_responses:
        kind = (3 * kind + response + 1) * 2 + backfill
    add_count(key, kind, 1)


@register_jitable
def _only_closings(of: Any, key: Any, levels: int) -> None:
    """Leave in a key, of levels of which no more is read, the lowest one closed alone: by then, or by its counts.

    These are all but the current one, or those above it where lower ones are backfilled.
    """
    current, closed_from = level_and_closing(key)
    if current == 0:
        return
    lowest = current + 1 if of.opens else 1
    for level in range(levels, lowest - 1, -1):
        first = 3 * (level - 1)  # pending, without a DLT, with one
        dlt = count_at(key, first + 2)
        n = count_at(key, first) + count_at(key, first + 1) + dlt
        if n >= of.closing_width:
            return
        if is_closing(of, level, n, dlt):
            closed_from = min(closed_from, level)
    close_from(key, closed_from)
    for level in range(lowest, levels + 1):
        if level != current:
            for kind in range(3 * (level - 1), 3 * level):
                add_count(key, kind, -count_at(key, kind))


def opening_counts(levels: int) -> int:
    """Return the counts of a key that says of responses and ways in only what opens levels."""
    return 4 * levels + 2


@register_jitable
def _count_openings(trial: Any, early: Any, key: Any, completion: tuple[int, int, int, int]) -> None:
    """Add to a key what opens levels, as `opens_by_first_response` has it; patients are completed as in `_tally`."""
    level, lacking, _, response = completion
    records, levels, day = early.records, trial.escalation.rulebook.levels, trial.clock.now
    current, _ = level_and_closing(key)
    lower = current if current > 0 else levels + 1
    lowest, waits = levels + 1, 0
    for k in range(records.count):
        at = records.level[k]
        if at == 0:
            continue
        answer = records.response[k] if records.response_known_day[k] <= day else PENDING
        if at == level and answer == PENDING:
            answer = response
        if answer == 1 and at < lower:
            lowest = min(lowest, at)
        if not records.backfill[k]:
            waits = max(waits, int(records.dlt[k] == PENDING and at != level))
        elif at < lower and count_at(key, 3 * levels + at - 1) == 0:
            add_count(key, 3 * levels + at - 1, 1)
    if lacking > 0 and response == 1 and level < lower:
        lowest = min(lowest, level)
    add_count(key, 4 * levels, lowest)
    add_count(key, 4 * levels + 1, waits)


@register_jitable
def _share(records: Any, k: int, day: float) -> float:
    """Return the follow-up of a pending patient as a share of the window."""
    return min((day - records.day[k]) / records.window_days, 1.0) if records.window_days > 0 else 0.0


@register_jitable
def _tally(
    trial: Any, early: Any, key: Any, completion: tuple[int, int, int, int]
) -> tuple[bool, bool, float, float]:
    """Count the patients into the key, the cohort of a level completed as `infused_records.completed` does it.

    Return whether a DLT is pending; whether anything is that is read; and sum and shortest pending follow-up at the
    level that the decision starts from, as shares of the window, -1 for nobody.
    """
    level, lacking, more, response = completion
    records, day, by_responses = early.records, trial.clock.now, trial.escalation.rulebook.early.by_responses
    dlt_pending, pending, total, shortest, unknown = False, False, 0.0, -1.0, 0
    for k in range(records.count):
        at = records.level[k]
        if at == 0:
            continue
        dlt = records.dlt[k]
        answer = records.response[k] if records.response_known_day[k] <= day else PENDING
        if at == level:
            if dlt == PENDING:
                unknown += 1
                dlt = 1 if unknown <= more else 0
            if answer == PENDING:
                answer = response
        dlt_pending |= dlt == PENDING
        pending |= dlt == PENDING or (by_responses and answer == PENDING)
        if dlt == PENDING and at == early.from_level:
            share = _share(records, k, day)
            total += share
            shortest = share if shortest < 0 else min(shortest, share)
        count_patient(key, by_responses, at, dlt, answer, records.backfill[k])
    for _ in range(lacking):
        unknown += 1
        count_patient(key, by_responses, level, 1 if unknown <= more else 0, response, 0)
    return dlt_pending, pending, total, shortest


@register_jitable
def has_room(questions: Any, patients: int) -> bool:
    """Return whether one question more, of so many patients, can be asked in this round."""
    return questions.count < questions.room and questions.columns_used + patients <= questions.columns_room


@register_jitable
def enter(table: Any, place: int, value: int) -> int:
    """Enter the table's key at a free place, with the first word of its value; -1 where the table is full."""
    if 2 * table.used >= table.places:
        return -1
    for k in range(table.width):
        store_int(table.keys, place * table.width + k, table.key[k])
    store_int(table.values, place * table.words, value)
    table.used += 1
    return place


@register_jitable
def _ask(
    trial: Any,
    early: Any,
    kind: int,
    completion: tuple[int, int, int, int],
    table: int,
    place: int,
) -> int:
    """Write the question down and stop the trial; where there is no room in this round it comes again in the next."""
    rulebook, records = trial.escalation.rulebook, early.records
    rulebook.missed += 1
    questions = rulebook.early.questions
    if not has_room(questions, records.count):
        return _NO_ANSWER
    question = questions.rows + 8 * QUESTION_WORDS * questions.count
    store_int(question, KIND, kind)
    store_int(question, TABLE_OF, table if place >= 0 else NOWHERE)
    store_int(question, PLACE, place)
    store_int(question, PATIENTS, records.count)
    store_int(question, COLUMNS, questions.columns_used)
    to = questions.columns + _ROW * questions.columns_used
    questions.count += 1
    questions.columns_used += records.count
    copy_bytes(to, records.rows, _ROW * records.count)
    state = state_of(trial, early)
    for k in range(STATE_WORDS):
        store_int(question, LEVEL + k, state[k])
    store_int(question, SLOT_OF, trial.slot.number)
    store_int(question, NUMBER, early.asked)
    store_float(question, DAY, trial.clock.now)
    store_float(question, DRAW, draw_of(trial, early) if early.draws else 0.5)
    for k in range(4):
        store_int(question, COMPLETES + k, completion[k])
    measures = rulebook.early.measures
    for k in range(len(measures)):
        store_float(question, MEASURES + k, measures[k])
    return _NO_ANSWER


@register_jitable
def selection_at_cap(trial: Any, first: int, level: int, last: tuple[int, int], closed_from: int) -> int:
    """Return the selection by the first so many infused, all followed up; caps are asked about in turn.

    Where the design has still to be asked, -1 - the place in the table: `asked_later`.
    """
    rulebook = trial.escalation.rulebook
    table, (n, dlt) = rulebook.early.selections, last if rulebook.reads_last else (0, 0)
    if first <= 1:
        write_state(table, 0)
    if first > 0:  # the others are in the key
        one = trial.infused[first - 1]
        followed = one.follow_up
        if followed.counted:
            by_responses, response = rulebook.early.selects_by_responses, int(followed.response)
            count_patient(table.key, by_responses, one.level, int(followed.dlt), response, int(one.backfill))
    table.key[0] = state_word(level, closed_from, n, dlt, 0)
    return asked_later(rulebook, table)
