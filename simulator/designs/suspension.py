"""When a design by follow-up waits, by the published readings."""

from typing import Final, NamedTuple


class Suspension(NamedTuple):
    """When a design by follow-up waits.

    Attributes
    ----------
    max_pending
        Share of the patients at the level whose outcome may be pending; above it, strictly, the trial waits.
    min_follow_up
        Shortest pending follow-up at the level, as a share of the window, from which on it escalates.
    min_complete
        Complete outcomes at the level from which on it escalates while others are pending.
    without_dlt
        Waits with at most 3 patients at the level, no DLT and 2 or more pending.
    """

    max_pending: float = 1.0
    min_follow_up: float = 0.0
    min_complete: int = 0
    without_dlt: bool = False


SUSPENSIONS: Final = {
    "yuan2018": Suspension(max_pending=0.5),
    "lin2020": Suspension(min_complete=2),
    "chen2025": Suspension(max_pending=0.49, min_follow_up=0.25),
    "titemad": Suspension(without_dlt=True),
}
"""The published readings of when to wait, by name."""
