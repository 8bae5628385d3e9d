"""The clock of compiled code: a sorted list of the events to come, in the order in which SimPy would take them.

The order is day, priority, and number; the number counts events as they are scheduled, as SimPy's does.
"""

from typing import Any, Final

from numba.extending import overload_method, register_jitable

from simulator.trial.clock import Priority
from simulator.trial.compiled.layout import CLOCK, PATIENT, TRIAL
from simulator.trial.compiled.structs import (
    Struct,
    address_of,
    at_address,
    load_float,
    load_int,
    store_float,
    store_int,
    types,
)
from simulator.trial.decisions import end_review, end_review_of_full_trial, go_on
from simulator.trial.early_counts import know_response
from simulator.trial.early_decisions import end_early_review, end_follow_up, look_when_due, wake
from simulator.trial.enrolment import arrive
from simulator.trial.places import open_gate, pass_recheck
from simulator.trial.waiting_for_place import leave_if_unstarted

WORDS: Final = 4
"""Words an event takes: day, priority and number in one, what happens, to whom."""
EVENTS_PER_PATIENT: Final = 6
_PRIORITY: Final = 2**48
_SUCCEEDED: Final = int(Priority.EXIT)

(
    ENDED,
    LIMIT,
    ARRIVE,
    OPEN_GATE,
    END_REVIEW,
    END_REVIEW_OF_FULL_TRIAL,
    PASS_RECHECK,
    LEAVE_IF_UNSTARTED,
    LEAVES_PREPARATION,
    CELLS_DUE,
    SLOT_FREE,
    BATCH_KNOWN,
    STARTS,
    HAS_LEFT,
    DIES_DEPLETED,
    INFUSION,
    OUTCOME,
    GO_ON,
    LOOK_WHEN_DUE,
    WAKE,
    KNOW_RESPONSE,
    END_EARLY_REVIEW,
    END_FOLLOW_UP,
) = range(23)
"""What happens at an event."""
_HANDLERS: Final = {
    arrive: ARRIVE,
    open_gate: OPEN_GATE,
    end_review: END_REVIEW,
    end_review_of_full_trial: END_REVIEW_OF_FULL_TRIAL,
    pass_recheck: PASS_RECHECK,
    leave_if_unstarted: LEAVE_IF_UNSTARTED,
    go_on: GO_ON,
    look_when_due: LOOK_WHEN_DUE,
    wake: WAKE,
    know_response: KNOW_RESPONSE,
    end_early_review: END_EARLY_REVIEW,
    end_follow_up: END_FOLLOW_UP,
}

patient_at = at_address(PATIENT)
trial_at = at_address(TRIAL)


@register_jitable
def schedule(clock: Any, day: float, priority: int, happens: int, to: int) -> None:
    """Schedule an event, the next at the end of the list."""
    order = priority * _PRIORITY + clock.scheduled
    clock.scheduled += 1
    at, events = clock.pending, clock.events
    while at > 0:
        place = (at - 1) * WORDS
        there = load_float(events, place)
        if there > day or (there == day and load_int(events, place + 1) > order):
            break
        for word in range(WORDS):
            store_int(events, place + WORDS + word, load_int(events, place + word))
        at -= 1
    place = at * WORDS
    store_float(events, place, day)
    store_int(events, place + 1, order)
    store_int(events, place + 2, happens)
    store_int(events, place + 3, to)
    clock.pending += 1


@register_jitable
def schedule_in(clock: Any, day: float, priority: int, happens: int, to: int) -> None:
    """Schedule as SimPy does, by the days from now on."""
    schedule(clock, clock.now + (day - clock.now), priority, happens, to)


@overload_method(type(CLOCK), "call", strict=False)
def _call(clock: Any, day: Any, priority: Any, step: Any, *arguments: Any) -> Any:
    happens = _HANDLERS[step.typing_key]
    # numba hands over the arguments' types, or one type of a tuple of them.
    given = arguments[0] if isinstance(arguments[0], types.BaseTuple) else arguments
    if len(given) == 1:

        def call(clock: Any, day: Any, priority: Any, step: Any, *arguments: Any) -> None:
            schedule_in(clock, day, priority.value, happens, 0)

    elif isinstance(given[1], Struct):

        def call(clock: Any, day: Any, priority: Any, step: Any, *arguments: Any) -> None:
            schedule_in(clock, day, priority.value, happens, address_of(arguments[1]))

    else:

        def call(clock: Any, day: Any, priority: Any, step: Any, *arguments: Any) -> None:
            schedule_in(clock, day, priority.value, happens, arguments[1])

    return call


@overload_method(type(CLOCK), "settle", strict=False)
def _settle(clock: Any, patient: Any, starts: Any) -> Any:
    def settle(clock: Any, patient: Any, starts: Any) -> None:
        schedule(clock, clock.now, _SUCCEEDED, STARTS if starts else HAS_LEFT, address_of(patient))

    return settle


@overload_method(type(CLOCK), "end", strict=False)
def _end(clock: Any) -> Any:
    def end(clock: Any) -> None:
        if clock.ending == 0:
            clock.ending = 1
            schedule(clock, clock.now, _SUCCEEDED, ENDED, 0)

    return end
