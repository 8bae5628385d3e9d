"""The rule of CFO on counts per level: which levels are too toxic, and where the neighbours pull the trial.

DLTs may be fractions, so that TITE-CFO gives its imputed counts to the same rule.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.cfo_odds import ABOVE_BY, attained_odds, odds_threshold, odds_to_lower
from simulator.designs.design import Floats, Ints, Reason

MIN_N_TO_CLOSE: Final = 3


def lowest_too_toxic(n: Ints, dlt: Ints | Floats, phi: float, cutoff: float) -> Ints:
    """Return the lowest level with P(p > phi | Beta(phi + y, 1 - phi + n - y)) >= cutoff, J + 1 for none. (S,)."""
    from scipy.special import betaincc

    above = betaincc(phi + dlt, 1 - phi + n - dlt, phi)
    # In contrast to BOIN, at the cutoff itself too.
    too_toxic = (n >= MIN_N_TO_CLOSE) & (above >= cutoff - EQUAL_WITHIN)
    lowest: Ints = np.where(too_toxic.any(axis=1), too_toxic.argmax(axis=1) + 1, n.shape[1] + 1)
    return lowest


def moved_level(level: Ints, n: Ints, dlt: Ints | Floats, closed: Ints, phi: float) -> tuple[Ints, Ints]:
    """Return the level to treat next and the reason, for the current level (S,) and the lowest closed one (S,).

    Down where only the lower neighbour pulls, up where only the upper one does, never to a closed level; 0 where
    every level is closed.
    """
    down = _pulls(level - 1, n, dlt, phi, down=True)
    up = _pulls(level, n, dlt, phi, down=False)
    # Without a patient at the level there is nothing to compare its neighbours with.
    none = n[np.arange(len(level)), level - 1] == 0
    step = np.where(none, 0, up.astype(np.int64) - down)
    moved = np.minimum(level + step, closed - 1)
    cases: list[tuple[NDArray[np.bool_], Reason]] = [
        (moved > level, Reason.ESCALATE),
        (moved < level, Reason.DE_ESCALATE),
        (none, Reason.FILL_COHORT),
        (step > 0, Reason.STAY_NEXT_CLOSED),
    ]
    conditions, reasons = zip(*cases, strict=True)
    return moved, np.select(conditions, reasons, Reason.STAY).astype(np.int64)


def _pulls(lower: Ints, n: Ints, dlt: Ints | Floats, phi: float, down: bool) -> NDArray[np.bool_]:
    """Return where the odds of the pair (lower, lower + 1) exceed their threshold, for a move down or up. (S,)."""
    pulls = np.zeros(len(lower), dtype=np.bool_)
    states = np.flatnonzero((lower >= 1) & (lower < n.shape[1]))
    if not len(states):
        return pulls
    place = lower[states] - 1
    pair = np.stack([place, place + 1])
    n_pair, dlt_pair = n[states, pair], dlt[states, pair]
    sizes, which = np.unique(n_pair, axis=1, return_inverse=True)
    pairs = list(zip(*sizes.tolist(), strict=True))
    threshold = np.array([odds_threshold(phi, a, b, down) for a, b in pairs])[which.ravel()]
    if np.issubdtype(dlt.dtype, np.integer):
        odds = np.empty(len(states))
        for k, treated in enumerate(pairs):
            of = which.ravel() == k
            odds[of] = attained_odds(phi, *treated)[tuple(dlt_pair[:, of])]
    else:
        odds = odds_to_lower(phi, n_pair, dlt_pair.astype(np.float64))
    pulls[states] = (odds if down else 1 / odds) > threshold * (1 + ABOVE_BY)
    return pulls
