"""One patient of a trial under way, as the history records them."""

from dataclasses import dataclass, field

from simulator.trial.ledger import NEVER, State


@dataclass(slots=True)
class ObservedPatient:
    """One patient so far.

    Attributes
    ----------
    site
        Position of the site, in the order of opening.
    day
        State -> day it was reached, after the first site opened.
    left_day
        Exit; infinity where the patient is still under way, or evaluable.
    level_assigned, level_given
        0 where not recorded.
    dlt
        Of an evaluable patient; None where not recorded.
    response, backfill
        Whether an infused patient has responded, and whether they are backfilled; None where not recorded.
    """

    name: str
    line: int
    site: int
    day: dict[State, float] = field(default_factory=dict)
    left_day: float = NEVER
    level_assigned: int = 0
    level_given: int = 0
    dlt: bool | None = None
    response: bool | None = None
    backfill: bool | None = None

    @property
    def state(self) -> State:
        """The furthest state recorded."""
        return max(self.day)

    def reached(self, state: State) -> float:
        """Return the day of a state: as recorded, else that of the next state recorded; infinity if none."""
        return min((day for at, day in self.day.items() if at >= state), default=NEVER)
