"""What the trial waits for: each day up to the recommendation is booked under exactly one heading (D21)."""

from enum import IntEnum


class Phase(IntEnum):
    """Where the trial stands."""

    ESCALATION = 0
    REVIEW = 1
    EXPANSION = 2
    CLOSED = 3


class Waiting(IntEnum):
    """What the trial waits for.

    PATIENT: a place is open and nobody enrolled is being prepared for it, or its patient was delayed at the
    re-check. PRODUCT: a place is open and an enrolled patient's product is being made, or a patient is in
    lymphodepletion and nobody waits behind them. STAGGER: a fit patient with a place waits for the stagger.
    WINDOW: all places are infused, and outcomes are pending. REVIEW: the cohort is complete.
    """

    PATIENT = 0
    PRODUCT = 1
    STAGGER = 2
    WINDOW = 3
    REVIEW = 4

    @property
    def text(self) -> str:
        """The heading in words."""
        return ("next patient", "donor and manufacture", "stagger", "outcomes", "review")[self]


class WaitingTimes:
    """Days booked under each heading so far."""

    __slots__ = ("days", "since")

    def __init__(self) -> None:
        self.days = [0.0] * len(Waiting)
        self.since = 0.0

    def book(self, days: float, waiting: Waiting) -> None:
        """Book the days since the last booking under one heading."""
        self.days[waiting] += days
        self.since += days


class SlotUse:
    """Slot-days offered so far: those nobody held, and those held from enrolment to outcome or exit (D31)."""

    __slots__ = ("held", "idle")

    def __init__(self) -> None:
        self.idle = self.held = 0.0

    def book(self, days: float, idle: int, held: int) -> None:
        """Book some days with so many slots open, and so many held; `idle` is below 0 where a cap bites."""
        if idle > 0:
            self.idle += days * idle
        self.held += days * held
