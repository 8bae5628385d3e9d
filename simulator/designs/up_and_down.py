"""One level up or down by integer boundaries at the current level, as every interval design moves."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import BoundaryTables
from simulator.designs.design import Action, Decision, Ints, Observed, Reason

MAX_INT: Final = np.iinfo(np.int64).max


def closed_from(observed: Observed, tables: BoundaryTables) -> Ints:
    """Return the lowest closed level: by all data, and once closed stays closed. Shape (S,)."""
    # At every level, not only the current one: counts without their history then close what the trial did.
    n, dlt = observed.n, observed.dlt
    too_toxic = dlt >= tables.eliminate_at_least[n]
    if tables.stop_at_least is not tables.eliminate_at_least:
        too_toxic[:, 0] = dlt[:, 0] >= tables.stop_at_least[n[:, 0]]
    lowest = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    closed: Ints = np.minimum(observed.closed_from, lowest)
    return closed


def move(
    observed: Observed, level: Ints, closed: Ints, tables: BoundaryTables, stop_n: int = MAX_INT
) -> tuple[Ints, Ints]:
    """Move one level by the data at `level`, then down to the highest open level; give levels and reasons.

    Where `stop_n` patients are at `level` and the trial would stay there, the reason is to stop.
    """
    states = np.arange(len(level))
    n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
    few = dlt <= tables.escalate_at_most[n]
    many = dlt >= tables.deescalate_at_least[n]
    at_top = level == observed.n.shape[1]
    # closed - 1 is the highest open level: at most the top, and 0 only where the trial stops.
    moved = np.clip(level + few - many, 1, np.maximum(closed - 1, 1))
    # The first case that holds is the reason: a move comes before the stop, the stop before staying.
    cases: list[tuple[NDArray[np.bool_], Reason]] = [
        (moved > level, Reason.ESCALATE),
        (moved < level, Reason.DE_ESCALATE),
        (n >= stop_n, Reason.STOP_PRECISION),
        (n == 0, Reason.FILL_COHORT),
        (few & at_top, Reason.STAY_HIGHEST_LEVEL),
        (few, Reason.STAY_NEXT_CLOSED),
        (many, Reason.STAY_LOWEST_LEVEL),
    ]
    conditions, reasons = zip(*cases, strict=True)
    return moved, np.select(conditions, reasons, Reason.STAY).astype(np.int64)


def concluded(
    observed: Observed, first: int, closed: Ints, level: Ints, size: Ints, reason: Ints
) -> Decision:
    """Begin where nothing was decided before, stop where level 1 is closed, and put the decision together.

    The arrays level, size and reason are written into.
    """
    start = observed.level == 0
    level[start] = np.minimum(first, closed[start] - 1)
    reason[start] = Reason.START
    # Last, as it goes before every other reason, that of the start included.
    reason[closed == 1] = Reason.STOP_TOO_TOXIC
    stop = reason >= Reason.STOP_TOO_TOXIC
    level[stop] = 0
    size[stop] = 0
    action = np.where(stop, Action.STOP, Action.TREAT).astype(np.int64)
    return Decision(action, level, size, closed, reason)
