"""A question to a design that looks early, written down by the trial that stops at it, and answered in Python."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.trial.compiled.layout import RECORD_ROWS
from simulator.trial.compiled.rulebook import find
from simulator.trial.compiled.rulebook_layout import MOST_MEASURES
from simulator.trial.compiled.slot import has_or_may_take, take_slot
from simulator.trial.compiled.structs import copy_bytes, load_int, store_float, store_int
from simulator.trial.early_state import draw_of, state_of

DECIDE, SELECT = range(2)
"""What is asked."""
NOWHERE, DECISIONS, BETWEEN, SELECTIONS, BY_READING = range(5)
"""Where an answer is remembered."""
(
    SLOT_OF, KIND, TABLE_OF, PLACE, LEVEL, CLOSED_FROM, LAST_N, LAST_DLT, LACKING, PATIENTS, COLUMNS, DAY, DRAW,
    NUMBER, COMPLETES, JOINING, MORE, RESPONSE, MEASURES,
) = range(19)  # fmt: skip
"""The words of a question; `DAY`, `DRAW` and those from `MEASURES` on, of follow-up, are real numbers. `COMPLETES`:
the level whose cohort is completed, 0 for what is known now."""
QUESTION_WORDS: Final = MEASURES + MOST_MEASURES
STATE_WORDS: Final = 5
NO_ANSWER: Final = -1
_ROW: Final = RECORD_ROWS.dtype.itemsize


@register_jitable
def may_ask(trial: Any, early: Any) -> bool:
    """Return whether a trial can ask in this round: there is room for its patients, and a slot to answer to."""
    rulebook = trial.escalation.rulebook
    questions = rulebook.early.questions
    has_room = questions.columns_used + early.records.count <= questions.columns_room
    return questions.count < questions.room and has_room and has_or_may_take(trial, rulebook.free)


@register_jitable
def enter(table: Any, place: int, value: int) -> int:
    """Enter the table's key at a free place, with the first word of its value; -1 where the table is full."""
    if 4 * table.used >= 3 * table.places:
        return -1
    for k in range(table.width):
        store_int(table.keys, place * table.width + k, table.key[k])
    store_int(table.values, place * table.words, value)
    table.used += 1
    return place


@register_jitable
def ask(
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
    if not may_ask(trial, early):
        return NO_ANSWER
    take_slot(trial, rulebook.free)
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
    return NO_ANSWER


@register_jitable
def given(slot: Any, number: int) -> int:
    """Return the answer that was given to the trial's question of this number."""
    for k in range(slot.count):
        if load_int(slot.answers, 2 * k) == number:
            return load_int(slot.answers, 2 * k + 1)
    return NO_ANSWER


@register_jitable
def answer_by_counts(
    trial: Any, early: Any, kind: int, completion: tuple[int, int, int, int], table: Any, table_of: int
) -> int:
    """Return the answer at the table's key, which the counts settle; ask where there is none."""
    rulebook = trial.escalation.rulebook
    place = find(table)
    if place >= 0:
        answer = load_int(table.values, place)
        rulebook.missed += answer == NO_ANSWER  # another trial has asked
        return answer
    if not may_ask(trial, early):
        rulebook.missed += 1
        return NO_ANSWER
    place = enter(table, -1 - place, NO_ANSWER)
    return ask(trial, early, kind, completion, table_of, place)
