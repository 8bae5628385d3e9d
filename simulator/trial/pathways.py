"""Every referral's path: those whom the desk rejects leave there, the others are screened."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from simulator.byte_arrays import choose
from simulator.eligibility.verdicts import Referrals
from simulator.randomness import Block, Streams
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.screening import (
    Pathways,
    ScreeningParameters,
    death_days,
    desk_days,
    pathways_from_desk,
)

Floats = NDArray[np.float64]


def pathways(
    screening: ScreeningParameters,
    dosing: DosingParameters,
    bridging: float | None,
    referrals: Referrals,
    referred_day: Floats,
    streams: Streams,
    blocks: list[Block],
) -> Pathways:
    """Follow every referral of the blocks to a cleared donor or to the exit; see `pathways_from_desk`.

    For those whom the desk rejects nothing is drawn: their days after it are infinity.
    """
    who = np.flatnonzero(referrals.prescreen_pass)
    passed = pathways_from_desk(
        screening, dosing, bridging, referrals.of(who), referred_day[who], streams, blocks, who
    )
    desk, death = desk_days(screening, referred_day), death_days(dosing, referrals, referred_day)
    rejected = desk <= death  # where the desk does not pass them on
    of_rejected: dict[str, NDArray[Any]] = {
        "exit_day": np.minimum(desk, death),
        "reason": choose(rejected, np.int8(Exit.PRESCREEN), np.int8(Exit.DIED)).astype(np.int64),
        "criterion": choose(rejected, referrals.prescreen_reason, np.int8(-1)),
    }
    columns: dict[str, NDArray[Any]] = {"referred_day": referred_day, "death_day": death}
    for name in Pathways.__slots__:
        if name not in columns:
            columns[name] = _with(of_rejected.get(name), getattr(passed, name), who, len(referred_day))
    return Pathways(**columns)


def _with(
    of_rejected: NDArray[Any] | None, of_passed: NDArray[Any], who: NDArray[np.int64], count: int
) -> NDArray[Any]:
    """Return a column of all referrals; by default infinity, false or 0 for those rejected."""
    column = of_rejected
    if column is None:
        column = np.full(count, NEVER if of_passed.dtype == np.float64 else 0, dtype=of_passed.dtype)
    column[who] = of_passed
    return column
