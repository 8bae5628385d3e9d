"""The design's decisions in compiled code: a table of states, and a list of states that are not in it yet."""

from typing import Any, Final

import numpy as np
from numba.extending import overload_method, register_jitable
from numpy.typing import NDArray

from simulator.designs.design import Action, Decision, Reason
from simulator.trial.compiled.keys import (
    add_count,
    close_from,
    count_at,
    is_closing,
    level_and_closing,
    state_word,
    write_state,
)
from simulator.trial.compiled.rulebook_layout import RULEBOOK
from simulator.trial.compiled.structs import load_int, store_int
from simulator.trial.escalation import Verdict

_PRIME: Final = 1099511628211
_STOP: Final[Any] = int(Action.STOP)
_TOO_TOXIC: Final[Any] = int(Reason.STOP_TOO_TOXIC)


def packed(decision: Decision) -> NDArray[np.int64]:
    """Return decisions as one number each, none of them below 0; `verdict_of` takes them apart."""
    codes = (decision.action, decision.level, decision.closed_from, decision.reason)
    backfill = np.zeros_like(decision.level) if decision.backfill_level is None else decision.backfill_level
    answers: NDArray[np.int64] = packed_codes(
        *(one.astype(np.int64) for one in (*codes, backfill, decision.cohort_size))
    )
    return answers


@register_jitable
def packed_codes(action: Any, level: Any, closed_from: Any, reason: Any, backfill: Any, size: Any) -> Any:
    """Return the codes of a decision as one number."""
    return action + (level << 2) + (closed_from << 10) + (reason << 18) + (backfill << 26) + (size << 34)


@register_jitable
def verdict_of(answer: Any) -> Verdict:
    """Return an answer taken apart, as `packed` puts it together."""
    return Verdict(
        answer & 3,
        (answer >> 2) & 255,
        answer >> 34,
        (answer >> 10) & 255,
        (answer >> 18) & 255,
        (answer >> 26) & 255,
    )


@register_jitable
def find(table: Any) -> int:
    """Return the place of the table's key, or of the free place where it belongs, as -1 - place."""
    key, width, places = table.key, table.width, table.places
    hashed = 1469598103934665603
    for k in range(width):
        hashed = (hashed ^ key[k]) * _PRIME
        hashed ^= hashed >> 32  # the upper counts of a word must reach the lower bits
    place = (hashed ^ (hashed >> 15)) & (places - 1)
    while True:
        at = place * width
        # A level is at least 0: -1 marks a free place.
        if load_int(table.keys, at) < 0:
            return -1 - place
        same = True
        for k in range(width):
            if load_int(table.keys, at + k) != key[k]:
                same = False
                break
        if same:
            return place
        place = (place + 1) & (places - 1)


@register_jitable
def _write_key(
    table: Any,
    level: int,
    n: Any,
    dlt: Any,
    last: tuple[int, int],
    closed_from: int,
    more_n: int,
    more_dlt: int,
) -> None:
    levels = len(n)
    write_state(table, state_word(level, closed_from, last[0], last[1], 0))
    for k in range(levels):
        add_count(table.key, k, n[k])
        add_count(table.key, levels + k, dlt[k])
    if more_n:
        add_count(table.key, level - 1, more_n)
        add_count(table.key, levels + level - 1, more_dlt)


@register_jitable
def _leave_others(rulebook: Any, key: Any) -> None:
    """Leave in a key, of other levels than its own, the lowest one closed alone, where a design reads no more."""
    levels, (current, closed_from) = rulebook.levels, level_and_closing(key)
    if rulebook.closing == 0 or current == 0:
        return
    for level in range(levels, 0, -1):
        n, dlt = count_at(key, level - 1), count_at(key, levels + level - 1)
        if n >= rulebook.closing_width:
            return
        if is_closing(rulebook, level, n, dlt):
            closed_from = min(closed_from, level)
    close_from(key, closed_from)
    for level in range(1, levels + 1):
        if level != current:
            for at in (level - 1, levels + level - 1):
                add_count(key, at, -count_at(key, at))


@register_jitable
def enter_if_new(table: Any) -> int:
    """Return the place of the table's key, entered and missed where it is new; -1 where there is no room."""
    place = find(table)
    if place >= 0:
        return place
    if 4 * table.used >= 3 * table.places or table.missed >= table.room:
        return -1
    place = -1 - place
    for k in range(table.width):
        store_int(table.keys, place * table.width + k, table.key[k])
    store_int(table.values, place * table.words, -1)
    store_int(table.misses, table.missed, place)
    table.missed += 1
    table.used += 1
    return place


@register_jitable
def look_up(rulebook: Any, table: Any) -> int:
    """Return where the values of the table's key stand, -1 where the design has still to be asked there.

    Python asks it, and the trial runs again.
    """
    place = enter_if_new(table)
    if place < 0:
        rulebook.missed += 1
        return -1
    at = place * table.words
    if load_int(table.values, at) < 0:
        rulebook.missed += 1
        return -1
    return at


@overload_method(type(RULEBOOK), "decide", strict=False)
def _decide(
    rulebook: Any,
    level: Any,
    n: Any,
    dlt: Any,
    last: Any,
    closed_from: Any,
    more_n: Any = 0,
    more_dlt: Any = 0,
) -> Any:
    def decide(
        rulebook: Any,
        level: Any,
        n: Any,
        dlt: Any,
        last: Any,
        closed_from: Any,
        more_n: Any = 0,
        more_dlt: Any = 0,
    ) -> Verdict:
        table = rulebook.decisions
        if rulebook.missed and more_n == 0:
            return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0)
        seen = last if rulebook.reads_last else (0, 0)
        _write_key(table, level, n, dlt, seen, closed_from, more_n, more_dlt)
        _leave_others(rulebook, table.key)
        at = look_up(rulebook, table)
        if at < 0:
            return Verdict(_STOP, 0, 0, 1, _TOO_TOXIC, 0)
        return verdict_of(load_int(table.values, at))

    return decide


@register_jitable
def asked_later(rulebook: Any, table: Any) -> int:
    """Return the answer at the table's key; where there is none, -1 - the place, and Python fills it in."""
    place = enter_if_new(table)
    if place < 0:
        rulebook.missed += 1
        return 0
    answer = load_int(table.values, place * table.words)
    return answer if answer >= 0 else -1 - place


@register_jitable
def selection(rulebook: Any, level: int, n: Any, dlt: Any, last: tuple[int, int], closed_from: int) -> int:
    """Return the design's selection at a state, 0 for none, and where it has still to be asked.

    Where nothing in the trial depends on it, it goes on, and the selection is filled in.
    """
    table = rulebook.selections
    if rulebook.selects_by_counts:
        level, last = 0, (0, 0)
    _write_key(table, level, n, dlt, last, closed_from, 0, 0)
    if rulebook.fills_in:
        return asked_later(rulebook, table)
    at = look_up(rulebook, table)
    return load_int(table.values, at) if at >= 0 else 0


@overload_method(type(RULEBOOK), "select", strict=False)
def _select(rulebook: Any, level: Any, n: Any, dlt: Any, last: Any, closed_from: Any) -> Any:
    def select(rulebook: Any, level: Any, n: Any, dlt: Any, last: Any, closed_from: Any) -> int:
        if rulebook.missed:
            return 0
        return selection(rulebook, level, n, dlt, last, closed_from)

    return select
