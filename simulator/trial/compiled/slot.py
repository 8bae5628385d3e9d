"""A trial that stopped at a question is kept as it was before that event, and resumes there.

What a trial changes lies in one room, shared by all trials: records of trial and patients, and lines of addresses. A
kept trial is the used part of each, one after the other, put back where it was.
"""

from typing import Any, Final

from numba.extending import register_jitable

from simulator.trial.compiled.clock import WORDS
from simulator.trial.compiled.layout import ATTEMPT, RECORD_ROWS, SLOT, STEPS, TRIAL
from simulator.trial.compiled.structs import address_of, at_address, copy_bytes, load_int, store_int

slot_at = at_address(SLOT)
_TRIAL: Final = TRIAL.size
_STEPS: Final = STEPS.size
_ATTEMPT: Final = ATTEMPT.size
_RECORD: Final = RECORD_ROWS.dtype.itemsize


@register_jitable
def _move(kept: int, address: int, size: int, back: bool) -> int:
    """Copy so many bytes into what is kept, or back; return where the next ones are kept."""
    if back:
        copy_bytes(address, kept, size)
    else:
        copy_bytes(kept, address, size)
    return kept + size


@register_jitable
def _move_line(kept: int, line: Any, back: bool) -> int:
    return _move(kept, line.storage + 8 * line.first, 8 * (line.last - line.first), back)


@register_jitable
def move(trial: Any, kept: int, back: bool) -> None:
    """Keep the trial at an address, or put it back."""
    kept = _move(kept, address_of(trial), _TRIAL, back)  # the record says how much of the rest is used
    kept = _move_line(kept, trial.patients, back)
    kept = _move_line(kept, trial.infused, back)
    kept = _move_line(kept, trial.queue, back)
    kept = _move_line(kept, trial.unplaced, back)
    kept = _move_line(kept, trial.stagger_gate_queue, back)
    kept = _move_line(kept, trial.early.backfill_slots, back)
    kept = _move_line(kept, trial.batches, back)
    kept = _move(kept, trial.batches.attempts, _ATTEMPT * trial.batches.last, back)
    kept = _move(kept, trial.clock.events, 8 * WORDS * trial.clock.pending, back)
    kept = _move(kept, trial.early.records.rows, _RECORD * trial.early.records.count, back)
    _move(kept, trial.candidates.patients, _STEPS * len(trial.patients), back)


@register_jitable
def put_back(trial: Any, kept: int) -> None:
    """Put a trial back that is kept at an address."""
    move(trial, kept, True)


@register_jitable
def keep(trial: Any) -> None:
    """Keep the trial as it is now, before an event; answers to questions before it are not needed any more."""
    slot, asked, count = trial.slot, trial.early.asked, 0
    slot.kept_at = trial.clock.happened
    move(trial, slot.kept, False)
    for k in range(slot.count):
        if load_int(slot.answers, 2 * k) > asked:
            store_int(slot.answers, 2 * count, load_int(slot.answers, 2 * k))
            store_int(slot.answers, 2 * count + 1, load_int(slot.answers, 2 * k + 1))
            count += 1
    slot.count = count


@register_jitable
def has_slot(trial: Any) -> bool:
    """Return whether a trial has a slot of its own."""
    return trial.slot.number >= 0


@register_jitable
def has_or_may_take(trial: Any, free: int) -> bool:
    """Return whether a trial has a slot, or one is left."""
    return has_slot(trial) or load_int(free, 0) > 0


@register_jitable
def take_slot(trial: Any, free: int) -> bool:
    """Give a trial a slot if it has none; `free` is where the number of those left stands, and their addresses."""
    left = load_int(free, 0)
    if not has_slot(trial) and left > 0:
        trial.slot = slot_at(load_int(free, left))
        store_int(free, 0, left - 1)
    return has_slot(trial)


@register_jitable
def give_back(trial: Any, free: int) -> None:
    """Empty the slot of a trial that has ended, so that another one may take it."""
    slot = trial.slot
    slot.kept_at, slot.stopped_at, slot.count = 0, -1, 0
    left = load_int(free, 0) + 1
    store_int(free, 0, left)
    store_int(free, left, address_of(slot))
