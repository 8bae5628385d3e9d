"""When a design that would decide at any moment waits all the same: two optional limits of pending follow-up."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Ints, Observed, Reason
from simulator.designs.parameter_checks import require_between
from simulator.designs.patient_records import shortest_pending

_FROM_0_TO_1: Final = (float(np.nextafter(0, -1)), float(np.nextafter(1, 2)))


def check_pending_limits(design: str, max_pending: object, min_follow_up: object) -> None:
    """Raise DesignError for a limit that is not a share."""
    for argument, value in (("max_pending", max_pending), ("min_follow_up", min_follow_up)):
        require_between(design, argument, value, _FROM_0_TO_1, f"0 <= {argument} <= 1")


FIRST_FOLLOW_UP: Final = 1e-9
"""A share of the window that is reached as soon as there is any follow-up."""
QUARTERS: Final = (0.25, 0.5, 0.75)
"""Shares of the window at which who weighs follow-up all along is asked again."""


def ask_again_at(min_follow_up: float) -> tuple[float, ...]:
    """Return the shares of the window at which the shortest pending follow-up changes the answer."""
    return (min_follow_up,) if min_follow_up > 0 else ()


def wait_reasons(
    observed: Observed, level: Ints, moved: Ints, max_pending: float, min_follow_up: float
) -> Ints:
    """Return why to wait instead of going from `level` to `moved`, 0 for not at all. Shape (S,).

    Where more than `max_pending` of the patients at the level are pending the trial only goes down; where the
    shortest pending follow-up there is below `min_follow_up` it does not go up.
    """
    records = observed.patients
    if records is None or observed.pending is None:
        return np.zeros(len(level), dtype=np.int64)
    here = np.arange(len(level)), level - 1
    pending = observed.pending[here]
    treated = observed.n[here] + pending
    many = (pending > max_pending * treated + EQUAL_WITHIN * (1 + treated)) & (moved >= level)
    short = (shortest_pending(records, level) < min_follow_up - EQUAL_WITHIN) & (moved > level)
    reason = np.where(many, Reason.WAIT_PENDING, np.where(short, Reason.WAIT_FOLLOW_UP, 0))
    return np.where(observed.level > 0, reason, 0).astype(np.int64)


def follow_up_may_wait(observed: Observed, min_follow_up: float, first: int) -> NDArray[np.bool_]:
    """Return where `wait_reasons` may read the shortest follow-up: somebody is pending at the level. Shape (S,)."""
    if min_follow_up == 0 or observed.pending is None:
        return np.zeros(len(observed.level), dtype=np.bool_)
    level = np.where(observed.level > 0, observed.level, first)
    return np.asarray(observed.pending[np.arange(len(level)), level - 1] > 0)


def waiting_sentence(max_pending: float, min_follow_up: float) -> str:
    """Return when new patients wait for pending outcomes, for a protocol."""
    cases = []
    if max_pending < 1:
        cases.append(
            f"more than {100 * max_pending:g} % of the patients at the current level have a pending outcome, unless "
            "the trial de-escalates"
        )
    if min_follow_up > 0:
        cases.append(
            "the trial would escalate and a pending patient at the current level has been followed for less than "
            f"{100 * min_follow_up:g} % of the window"
        )
    if not cases:
        return "New patients never wait for pending outcomes."
    return f"New patients wait where {'; or where '.join(cases)}."


def pending_limits_in_words(max_pending: float, min_follow_up: float) -> str:
    """Return the convention."""
    parts = []
    if max_pending < 1:
        parts.append(
            f"unless it goes down where more than {max_pending:g} of the patients at the level are pending"
        )
    if min_follow_up > 0:
        parts.append(
            f"to go up where the shortest pending follow-up at the level is below {min_follow_up:g} of the window"
        )
    return f"waits {', and '.join(parts)}" if parts else "never: it decides at any moment"
