"""The clock: events at one instant in their stated order, steps that are followed, an end that is met in order."""

from collections.abc import Generator
from typing import Any

from simpy.events import Event

from simulator.trial.clock import Clock, Priority


def test_events_at_one_instant_happen_by_priority_then_in_the_order_they_were_made() -> None:
    clock, seen = Clock(), []
    for name, priority in (("patient", Priority.PATIENT), ("decision", Priority.DECISION)):
        clock.call(2.0, priority, seen.append, f"{name} 1")
        clock.call(2.0, priority, seen.append, f"{name} 2")
    clock.call(2.0, Priority.EXIT, seen.append, "exit")
    clock.call(2.0, Priority.OUTCOME, seen.append, "outcome")
    clock.call(1.0, Priority.PATIENT, seen.append, "the day before")
    clock.run_until(3.0)
    expected = ["the day before", "outcome", "exit", "decision 1", "decision 2", "patient 1", "patient 2"]
    assert seen == expected
    assert clock.now == 3.0


def test_steps_begin_at_once_and_go_on_with_the_value_of_each_event() -> None:
    clock, seen = Clock(), []
    turn = clock.env.event()

    def steps() -> Generator[Event, Any, None]:
        seen.append(("begins", clock.now))
        seen.append(((yield turn), clock.now))
        seen.append(((yield clock.at(5.0, Priority.PATIENT)), clock.now))

    clock.follow(steps())
    assert seen == [("begins", 0.0)]
    clock.call(2.0, Priority.PATIENT, turn.succeed, False)
    clock.run_until(9.0)
    assert seen == [("begins", 0.0), (False, 2.0), (True, 5.0)]


def test_an_event_that_is_already_due_is_still_met() -> None:
    clock, seen = Clock(), []
    turn = clock.env.event()
    turn.succeed("due")

    def steps() -> Generator[Event, Any, None]:
        seen.append((yield turn))

    clock.follow(steps())
    clock.run_until(1.0)
    assert seen == ["due"]


def test_the_run_ends_at_the_instant_asked_and_no_later() -> None:
    clock, seen = Clock(), []
    clock.call(1.0, Priority.PATIENT, lambda _: clock.end(), None)
    clock.call(1.0, Priority.OUTCOME, seen.append, "before the end")
    clock.call(2.0, Priority.OUTCOME, seen.append, "after it")
    clock.run_until(9.0)
    assert (clock.now, seen) == (1.0, ["before the end"])
    clock.end()  # ending twice is no fault
