"""The selections of a design that looks early in compiled code: on what is known now, and at every cap."""

from typing import Any

from numba.extending import overload, register_jitable

from simulator.trial import early_answers
from simulator.trial.compiled.early_counts import (
    count_all_known,
    count_known,
    count_patient,
    count_patients,
    settle,
)
from simulator.trial.compiled.fit_places import selection_now
from simulator.trial.compiled.fit_places import selection_of_complete as selection_of_fit
from simulator.trial.compiled.keys import state_word, write_state
from simulator.trial.compiled.pending_levels import UNSELECTED
from simulator.trial.compiled.pending_levels import selection_of_complete as selection_of_levels
from simulator.trial.compiled.rulebook import asked_later, enter_if_new, find
from simulator.trial.compiled.structs import load_int
from simulator.trial.compiled.written_questions import (
    NO_ANSWER,
    NOWHERE,
    SELECT,
    SELECTIONS,
    answer_by_counts,
    ask,
    enter,
    given,
)
from simulator.trial.early_state import state_of


@overload(early_answers.selection_now, strict=False)
def _selection_now(trial: Any, early: Any) -> Any:
    return _selection


@register_jitable
def _selection(trial: Any, early: Any) -> int:
    """Return the design's selection on what is known now; 0 where it has still to be asked.

    Where nothing in the trial depends on it, it may be filled in: `asked_later`.
    """
    rulebook = trial.escalation.rulebook
    if rulebook.missed:
        return 0
    early.asked += 1
    answer = given(trial.slot, early.asked)
    if answer != NO_ANSWER:
        return answer
    of = rulebook.early
    if not of.selects_by_counts:
        return max(_selection_by_patients(trial, early), 0)
    closed_from = trial.escalation.closed_from
    write_state(of.selections, state_word(0, closed_from, 0, 0, 0))
    if not count_all_known(early.records, of.selections.key, of.selects_by_responses, trial.clock.now):
        return max(_selection_of_some(trial, early), 0)
    answer = _of_known(of, of.selections.key, closed_from)
    if answer != UNSELECTED:
        return answer
    if rulebook.fills_in:
        return asked_later(rulebook, of.selections)
    place = enter_if_new(of.selections)
    answer = load_int(of.selections.values, place) if place >= 0 else NO_ANSWER
    if answer == NO_ANSWER:
        rulebook.missed += 1
        of.selection_awaited = True
    return max(answer, 0)


@register_jitable
def _selection_of_some(trial: Any, early: Any) -> int:
    """Return the selection while something is pending of a design that selects by counts otherwise."""
    of, completion = trial.escalation.rulebook.early, (0, 0, 0, 0)
    if of.fits.selects:
        settle(trial, early)
        answer = selection_now(trial, early)
        if answer != UNSELECTED:
            return answer
    return ask(trial, early, SELECT, completion, NOWHERE, -1)


@register_jitable
def _selection_by_patients(trial: Any, early: Any) -> int:
    """Return the same of a design that may read more of patients than counts."""
    of, completion = trial.escalation.rulebook.early, (0, 0, 0, 0)
    settle(trial, early)
    level, closed_from, n, dlt, lacking = state_of(trial, early)
    # Another key than that of a cap, where the whole trial is followed up and days of onset are not known.
    write_state(
        of.selections, state_word(level, closed_from, n, dlt, 1 + (lacking if of.reads_missing else 0))
    )
    dlt_pending, pending, _, _ = count_patients(trial, early, of.selections, completion)
    if dlt_pending or (pending and of.settled_if_complete) or early.draws:
        return ask(trial, early, SELECT, completion, NOWHERE, -1)
    return answer_by_counts(trial, early, SELECT, completion, of.selections, SELECTIONS)


@register_jitable
def selection_at_cap(trial: Any, first: int, level: int, last: tuple[int, int], closed_from: int) -> int:
    """Return the selection by the first so many infused, all followed up; caps are asked about in turn.

    Where the design has still to be asked, -1 - the place in the table: `asked_later`.
    """
    rulebook = trial.escalation.rulebook
    table, by_counts = rulebook.early.selections, rulebook.early.selects_by_counts
    n, dlt = last if rulebook.reads_last and not by_counts else (0, 0)
    if first <= 1:
        write_state(table, 0)
    if first > 0:  # the others are in the key
        one = trial.infused[first - 1]
        followed = one.follow_up
        if followed.counted:
            by_responses, response = rulebook.early.selects_by_responses, int(followed.response)
            if by_counts:
                count_known(table.key, by_responses, one.level, int(followed.dlt), response)
            else:
                count_patient(
                    table.key, by_responses, one.level, int(followed.dlt), response, int(one.backfill)
                )
    table.key[0] = state_word(0 if by_counts else level, closed_from, n, dlt, 0)
    if by_counts and rulebook.early.fits.selects:
        return _by_place(rulebook, table, closed_from)
    if by_counts and rulebook.early.pending.selects:
        answer = selection_of_levels(rulebook.early.pending, table.key, closed_from)
        if answer != UNSELECTED:
            return answer
    return asked_later(rulebook, table)


@register_jitable
def _of_known(of: Any, key: Any, closed_from: int) -> int:
    """Return the selection where the design says by what it follows; `UNSELECTED` elsewhere."""
    if of.fits.selects:
        return selection_of_fit(of.fits, key, closed_from)
    if of.pending.selects:
        return selection_of_levels(of.pending, key, closed_from)
    return UNSELECTED


@register_jitable
def _by_place(rulebook: Any, table: Any, closed_from: int) -> int:
    """Return the answer at the table's key, or what follows from the place of the fit; it is remembered."""
    place = find(table)
    if place < 0:
        answer = selection_of_fit(rulebook.early.fits, table.key, closed_from)
        if answer != UNSELECTED:
            enter(table, -1 - place, answer)
            return answer
    return asked_later(rulebook, table)
