"""The rule of CFO on counts per level: which levels are too toxic, and where the neighbours pull the trial.

DLTs may be fractions, so that TITE-CFO gives its imputed counts to the same rule.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.cfo_odds import ABOVE_BY, attained_odds, odds_threshold, odds_to_lower
from simulator.designs.design import Floats, Ints, Reason
from simulator.designs.early_look import first_that_holds

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
    down, up = _pulls(level, n, dlt, phi)
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
    return moved, first_that_holds(cases, Reason.STAY)


def _pulls(
    level: Ints, n: Ints, dlt: Ints | Floats, phi: float
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return where the odds of the pair below exceed their threshold, and where those of the pair above. (S,)."""
    states, below = len(level), level > 1
    above = level < n.shape[1]
    which = np.concatenate([np.flatnonzero(below), np.flatnonzero(above)])
    goes_down = np.arange(len(which)) < below.sum()
    lower = level[which] - 1 - goes_down
    pair = np.stack([lower, lower + 1])
    n_pair, dlt_pair = n[which, pair], dlt[which, pair]
    kinds = list(zip(*n_pair.tolist(), goes_down.tolist(), strict=True))
    threshold = np.array([odds_threshold(phi, *kind) for kind in kinds])
    if np.issubdtype(dlt.dtype, np.integer):
        odds = _looked_up(phi, n_pair, dlt_pair)
    else:
        odds = odds_to_lower(phi, n_pair, dlt_pair.astype(np.float64))
    exceeds = np.where(goes_down, odds, 1 / odds) > threshold * (1 + ABOVE_BY)
    pulls = np.zeros((2, states), dtype=np.bool_)
    pulls[np.where(goes_down, 0, 1), which] = exceeds
    return pulls[0], pulls[1]


def _looked_up(phi: float, n_pair: Ints, dlt_pair: Ints) -> Floats:
    """Return the odds of pairs of whole counts, each (2, pairs), from the table of the odds that they attain."""
    sizes, which = np.unique(n_pair, axis=1, return_inverse=True)
    odds = np.empty(n_pair.shape[1])
    for k, treated in enumerate(zip(*sizes.tolist(), strict=True)):
        of = which.ravel() == k
        odds[of] = attained_odds(phi, *treated)[tuple(dlt_pair[:, of])]
    return odds
