"""How many replicates a run came to, and what ended it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from simulator.errors import StoreError
from simulator.scenario.question import AUTO, MOST_REPLICATES, Auto


class End(StrEnum):
    """What ended a run: its number, the answer settled, the most that `auto` runs, the clock, or SimPy's slowness."""

    NUMBER = "number"
    SETTLED = "settled"
    MOST = "most"
    CLOCK = "clock"
    SIMPY = "simpy"


@dataclass(frozen=True, slots=True)
class Ending:
    """What ended a run.

    Attributes
    ----------
    asked
        Replicates that were asked for, or `auto`; None for as many as were run.
    seconds
        What the clock was set to, where it ended the run.
    """

    by: End = End.NUMBER
    asked: int | Auto | None = None
    seconds: float | None = None

    def about(self) -> dict[str, object]:
        """Return what the record of a run says of it: nothing of a run that has the number asked for."""
        if self.by is End.NUMBER:
            return {}
        return {"asked": self.asked, "ended_by": str(self.by), "seconds": self.seconds}

    @classmethod
    def of(cls, about: Mapping[str, Any]) -> "Ending":
        """Read what a record says; StoreError for what no run writes."""
        asked, by, seconds = about.get("asked"), about.get("ended_by", End.NUMBER), about.get("seconds")
        legal = (
            (asked in (None, AUTO) or (type(asked) is int and 1 <= asked <= MOST_REPLICATES))
            and by in list(End)
            and (seconds is None or (type(seconds) in (int, float) and seconds > 0))
        )
        if not legal:
            raise StoreError("the record was altered since a run wrote it; run the comparison again")
        return cls(End(by), asked, seconds)

    def may_go_on(self, *, compiled: bool, seconds: float | None) -> bool:
        """Return whether the same run, asked for once more, comes to more replicates than it has."""
        if self.by is End.CLOCK:
            return seconds is None or self.seconds is None or seconds > self.seconds
        return self.by is End.SIMPY and compiled


AS_ASKED: Final = Ending()
"""The number of replicates asked for."""
