"""The trial's clock: SimPy events at a day, in a stated order where they fall on one instant."""

from collections.abc import Callable, Generator
from enum import IntEnum
from heapq import heappop, heappush
from typing import Any, Final

import simpy
from simpy.events import Event


class Priority(IntEnum):
    """Order of events at one instant: outcomes, exits, decisions, then the steps of patients."""

    OUTCOME = 0
    EXIT = 1
    DECISION = 2
    PATIENT = 3


class Moment(Event):
    """An event that will happen, with a priority; made as SimPy makes its own `Timeout`."""

    _value = True
    _ok = True

    def __init__(self, env: simpy.Environment, day: float, priority: int) -> None:
        self.env = env
        self.callbacks = []
        heappush(env._queue, (day, priority, next(env._eid), self))  # type: ignore[misc]


class Walk:
    """A walk through the events that a generator yields, each of which resumes it with the event's value.

    As SimPy's `Process`, without the events at its start and end: nobody waits for a walk, and it begins at once.
    """

    __slots__ = ("_send",)

    def __init__(self, steps: Generator[Event, Any, None]) -> None:
        self._send = steps.send
        self._go_on(None)

    def __call__(self, event: Event) -> None:
        """Go on to the next event."""
        self._go_on(event._value)

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
        return self.env._now

    def at(self, day: float, priority: Priority) -> Event:
        """Return an event that happens on the day."""
        return Moment(self.env, day, priority)

    def call(self, day: float, priority: Priority, step: Callable[[Any], None], argument: Any) -> None:
        """Call `step(argument)` on the day."""
        moment = Moment(self.env, day, priority)
        moment.callbacks = [lambda _: step(argument)]

    def run_until(self, limit: float) -> None:
        """Run until `end` is called or the limit is reached."""
        self.call(limit, Priority.PATIENT, lambda _: self.end(), None)
        # SimPy's own loop, without what no event here needs: none fails, and the queue never runs dry before the end.
        env, queue = self.env, self.env._queue
        event: Event | None = None
        while event is not self.ended:
            env._now, _, _, event = heappop(queue)
            callbacks, event.callbacks = event.callbacks, None  # type: ignore[assignment]
            for callback in callbacks:
                callback(event)

    def end(self) -> None:
        """End the run at this instant."""
        if not self.ended.triggered:
            self.ended.succeed()
