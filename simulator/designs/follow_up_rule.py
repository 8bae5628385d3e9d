"""What pending follow-up at a level leads to, in statements for many states as for one (`elementwise.py`)."""

from typing import Any, Final

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Reason
from simulator.designs.elementwise import either

_PENDING: Final[Any] = int(Reason.WAIT_PENDING)
_FOLLOW_UP: Final[Any] = int(Reason.WAIT_FOLLOW_UP)
_LOWEST_TOXIC: Final[Any] = int(Reason.WAIT_LOWEST_TOXIC)


def goes_down(enrolled: Any, follow_up: Any, certain: Any, deescalate_to: Any) -> Any:
    """Return who goes down with somebody pending: summed follow-up at most the limit, or whatever it will be."""
    return (follow_up <= deescalate_to + EQUAL_WITHIN * (1 + enrolled)) | certain


def goes_up(enrolled: Any, follow_up: Any, down: Any, escalate_from: Any) -> Any:
    """Return who goes up with somebody pending: summed follow-up at least the limit, and not down."""
    return (follow_up >= escalate_from - EQUAL_WITHIN * (1 + enrolled)) & ~down


def too_many_pending(rule: Any, enrolled: Any, dlt: Any, pending: Any) -> Any:
    """Return where a `Suspension` waits for the patients pending at the level."""
    many = pending > rule.max_pending * enrolled + EQUAL_WITHIN * (1 + enrolled)
    if rule.without_dlt:
        many = many | ((enrolled <= 3) & (dlt == 0) & (pending >= 2))
    return many


def wait_for_all(pending: Any) -> Any:
    """Return why to wait where nothing is decided with a patient at the level pending, 0 for nothing."""
    return either(pending > 0, _PENDING, 0)


def reason_to_wait(
    rule: Any, enrolled: Any, pending: Any, shortest: Any, up: Any, many: Any, lowest_toxic: Any
) -> Any:
    """Return why to wait where a patient at the level is pending, 0 for nothing.

    Parameters
    ----------
    rule
        The `Suspension`.
    up, many, lowest_toxic
        Whether the trial would go up, has too many pending, or would leave the lowest level downwards.
    """
    few_complete = up & (enrolled - pending < rule.min_complete)
    short = up & (shortest < rule.min_follow_up - EQUAL_WITHIN)
    reason = either(lowest_toxic, _LOWEST_TOXIC, 0)
    reason = either(short, _FOLLOW_UP, reason)
    reason = either(many | few_complete, _PENDING, reason)
    return either(pending > 0, reason, 0)
