"""The trial's clock: SimPy events at a day, in a stated order where they fall on one instant."""

from collections.abc import Callable, Generator
from enum import IntEnum
from typing import Any, Final

import simpy
from simpy.events import Event

from simulator.trial.patient import Patient


class Priority(IntEnum):
    """Order of events at one instant: outcomes, exits, decisions, then the steps of patients."""

    OUTCOME = 0
    EXIT = 1
    DECISION = 2
    PATIENT = 3


class Moment(Event):
    """An event that will happen, with a priority; made as SimPy makes its own `Timeout`."""

    def __init__(self, env: simpy.Environment, delay: float, priority: int) -> None:
        self.env = env
        self.callbacks = []
        self._value = True
        self._ok = True
        env.schedule(self, priority, delay)  # type: ignore[arg-type]


class _Walk:
    """A generator led through the events it yields: a SimPy process without the events of its start and end.

    Those are a quarter of all events of a trial, and nobody waits for them.
    """

    __slots__ = ("_send",)

    def __init__(self, steps: Generator[Event, Any, None]) -> None:
        self._send = steps.send
        self._go_on(None)

    def __call__(self, event: Event) -> None:
        self._go_on(event.value)

    def _go_on(self, value: Any) -> None:
        try:
            awaited = self._send(value)
        except StopIteration:
            return
        assert awaited.callbacks is not None
        awaited.callbacks.append(self)


class Clock:
    """Days since the first site opened. Times are multiples of 1/1024 day, so differences are exact."""

    def __init__(self) -> None:
        self.env: Final = simpy.Environment()
        self.ended: Final = self.env.event()

    @property
    def now(self) -> float:
        """The present day."""
        return self.env.now

    def at(self, day: float, priority: Priority) -> Event:
        """Return an event that happens on the day."""
        return Moment(self.env, day - self.env.now, priority)

    def event(self) -> Event:
        """Return an event without a day: it happens at the instant at which it is made to succeed.

        SimPy then gives it the priority of an exit.
        """
        return self.env.event()

    def settle(self, patient: Patient, starts: bool) -> None:
        """Let the event for which the patient waits happen now: lymphodepletion starts, or they have left."""
        assert patient.lymphodepletion_event is not None
        patient.lymphodepletion_event.succeed(starts)

    def call(self, day: float, priority: Priority, step: Callable[..., None], *arguments: Any) -> None:
        """Call `step(*arguments)` on the day."""
        moment = Moment(self.env, day - self.env.now, priority)
        moment.callbacks = [lambda _: step(*arguments)]  # SimPy hands over the event, which nobody needs

    def follow(self, steps: Generator[Event, Any, None]) -> None:
        """Go through the events that a generator yields, none of which has happened; begin at once."""
        _Walk(steps)

    def run_until(self, limit: float) -> None:
        """Run until `end` is called or the limit is reached."""
        self.call(limit, Priority.PATIENT, self.end)
        self.env.run(until=self.ended)

    def end(self) -> None:
        """End the run at this instant.

        SimPy gives the end the priority of an exit: outcomes and earlier exits of the instant still happen.
        """
        if not self.ended.triggered:
            self.ended.succeed()
