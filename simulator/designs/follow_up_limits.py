"""How much follow-up of the pending patients at a level escalates or de-escalates, by two published estimators."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Floats, Ints
from simulator.designs.elementwise import either


class FollowUpLimits(NamedTuple):
    """Limits of the summed follow-up S, in windows, of the pending patients at a level; each of shape (S,).

    S at least `escalate_from` escalates, inf never; S at most `deescalate_to` de-escalates, -inf never.
    """

    escalate_from: Floats
    deescalate_to: Floats


class RealBounds(NamedTuple):
    """Bounds on real numbers: the largest that escalates and the smallest that de-escalates, each (S,)."""

    escalate: NDArray[np.floating[Any]]
    deescalate: NDArray[np.floating[Any]]


def limits_by_imputed_dlts(
    enrolled: Ints, dlt: Ints, pending: Ints, target: float, dlts: RealBounds
) -> FollowUpLimits:
    """Return the limits of Yuan et al. 2018, supplement A, equations 4 and 5.

    The DLTs among the pending are imputed: y + (p / (1 - p)) (c - S), with p = (y + target / 2) / (n - c + 1), and
    compared with `dlts`, the bounds on a real number of DLTs among n. Escalation needs y / n below the target,
    de-escalation y / n of at least the target: the printed tables need equality there.

    Parameters
    ----------
    enrolled, dlt, pending : (S,)
        n, y and c at the level, 0 <= y <= n - c.
    """
    known = enrolled - pending
    # 1 / odds: how many windows of follow-up make up for one imputed DLT.
    per_dlt = (known + 1 - dlt - target / 2) / (dlt + target / 2)
    below_target = dlt < target * enrolled - EQUAL_WITHIN * (1 + enrolled)
    up = pending - per_dlt * (dlts.escalate - dlt)
    down = pending - per_dlt * (dlts.deescalate - dlt)
    return FollowUpLimits(either(below_target, up, np.inf), either(below_target, -np.inf, down))


def limits_by_effective_size(enrolled: Ints, dlt: Ints, pending: Ints, size: RealBounds) -> FollowUpLimits:
    """Return the limits of Lin & Yuan 2020: y DLTs among an effective sample size of n - c + S.

    `size` has, for each y, the effective sample size from which on y escalates, and that up to which it
    de-escalates; without a DLT the latter is not read: none de-escalates.
    """
    known = enrolled - pending
    return FollowUpLimits(size.escalate - known, either(dlt > 0, size.deescalate - known, -np.inf))
