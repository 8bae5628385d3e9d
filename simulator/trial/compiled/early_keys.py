"""Patients counted into the keys of a design that looks early, and keys cut to what the design says it reads."""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.designs.patient_records import PENDING
from simulator.trial.compiled.keys import add_count, close_from, count_at, level_and_closing, set_count
from simulator.trial.compiled.structs import load_int

BACKFILL_KINDS: Final = 6
"""Counts a level in keys for backfill: pending, without a DLT, with one, and these three."""
_BACKFILLED, _RESPONDING, _AWAITED = 3, 4, 5


@register_jitable
def count_patient(key: Any, by_responses: bool, level: int, dlt: int, response: int, backfill: int) -> None:
    """Count a patient in a key, by level and what is known; response and way in where these are read."""
    kind = 3 * (level - 1) + dlt + 1
    if by_responses:
        kind = (3 * kind + response + 1) * 2 + backfill
    add_count(key, kind, 1)


@register_jitable
def count_for_backfill(key: Any, level: int, dlt: int, response: int, backfill: int) -> None:
    """Count a patient in a key of `BACKFILL_KINDS` a level: by DLT state; backfilled; responding; awaited."""
    first = BACKFILL_KINDS * (level - 1)
    add_count(key, first + dlt + 1, 1)
    if backfill:
        add_count(key, first + _BACKFILLED, 1)
    elif dlt == PENDING:
        add_count(key, first + _AWAITED, 1)
    if response == 1:
        add_count(key, first + _RESPONDING, 1)


@register_jitable
def in_short(of: Any, key: Any, levels: int) -> bool:
    """Leave in a key for backfill what `BackfillRead` names; return False for more patients than can be judged."""
    closed_from = _lowest_closed(of, key, levels, BACKFILL_KINDS)
    if closed_from < 0:
        return False
    close_from(key, closed_from)
    current, _ = level_and_closing(key)
    responded, awaited = False, False
    for level in range(1, levels + 1):
        first, below = BACKFILL_KINDS * (level - 1), level < current
        n = count_at(key, first) + count_at(key, first + 1) + count_at(key, first + 2)
        set_count(key, first, int(below and n >= of.full))
        if level > current:
            set_count(key, first + 1, 0)
            set_count(key, first + 2, 0)
        set_count(key, first + _BACKFILLED, int(below and count_at(key, first + _BACKFILLED) > 0))
        opens = below and not responded and count_at(key, first + _RESPONDING) > 0
        responded |= opens
        set_count(key, first + _RESPONDING, int(opens))
        awaited |= count_at(key, first + _AWAITED) > 0
        set_count(key, first + _AWAITED, 0)
    set_count(key, _AWAITED, int(awaited))
    return True


@register_jitable
def _lowest_closed(of: Any, key: Any, levels: int, kinds: int) -> int:
    """Return the lowest level closed by then, or by the counts of a key; -1 for more patients than can be judged."""
    _, closed_from = level_and_closing(key)
    for level in range(levels, 0, -1):
        first = kinds * (level - 1)  # pending, without a DLT, with one
        dlt = count_at(key, first + 2)
        n = count_at(key, first) + count_at(key, first + 1) + dlt
        if n >= of.closing_width:
            return -1
        row = of.closing if level == 1 else of.closing + 8 * of.closing_width
        if dlt >= load_int(row, n):
            closed_from = min(closed_from, level)
    return closed_from


@register_jitable
def only_closings(of: Any, key: Any, levels: int) -> None:
    """Leave in a key, of other levels than its own, the lowest one closed alone: by then, or by its counts."""
    current, _ = level_and_closing(key)
    if current == 0:
        return
    closed_from = _lowest_closed(of, key, levels, 3)
    if closed_from < 0:
        return
    close_from(key, closed_from)
    for level in range(1, levels + 1):
        if level != current:
            for kind in range(3 * (level - 1), 3 * level):
                add_count(key, kind, -count_at(key, kind))
