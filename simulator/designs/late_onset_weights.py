"""Weigh follow-up by when DLTs are expected: prior shares of the DLTs in the three thirds of the window."""

from collections.abc import Callable

import numpy as np

from simulator.designs.design import Floats
from simulator.errors import DesignError

THIRDS = 3


def check_weights(design: str, argument: str, weights: object) -> None:
    """Raise DesignError unless `weights` is None or three shares that add up to 1."""
    if weights is None:
        return
    legal = "None, or three shares of at least 0, one for each third of the window, that add up to 1"
    values = weights if isinstance(weights, tuple) else ()
    numbers = [w for w in values if isinstance(w, int | float) and not isinstance(w, bool) and w >= 0]
    if len(values) != THIRDS or len(numbers) != THIRDS or abs(sum(numbers) - 1) > 1e-9:
        raise DesignError(f"{design}: {argument} = {weights!r}: must be {legal}")


def weighted_follow_up(weights: tuple[float, float, float] | None) -> Callable[[Floats], Floats] | None:
    """Return what a follow-up, as a share of the window, counts for: the prior share of the DLTs up to it.

    Linear within each third; None, and equal shares, count it as it is.
    """
    if weights is None:
        return None
    shares, ends = np.cumsum((0.0, *weights)), np.linspace(0, 1, THIRDS + 1)

    def counted(followup: Floats) -> Floats:
        weighed: Floats = np.interp(followup, ends, shares)
        return weighed

    return counted
