"""Choose the level whose estimated DLT risk is closest to the target, as dfcrm does."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Floats, Ints

# Risks closer together than this are equal: rounding noise is a thousand times smaller.
TIE_TOLERANCE: Final = 1e-12


def closest_risk(risk: Floats, target: float, eligible: NDArray[np.bool_]) -> Ints:
    """Return the chosen level per state, 0 where none is eligible.

    If no eligible level has a risk above the target, the highest is chosen; if none has one below it, the
    lowest; otherwise the closest, and of equally close levels the lowest (`dfcrm::crm`).

    Parameters
    ----------
    risk : (S, J)
        Estimates, not falling from level to level.
    eligible : (S, J)
        Levels that may be chosen.

    Returns
    -------
    (S,)
        Levels, 1-based.
    """
    levels = np.arange(1, risk.shape[1] + 1)
    highest = np.where(eligible, levels, 0).max(axis=1)
    lowest = np.where(eligible, levels, risk.shape[1] + 1).min(axis=1)
    distance = np.where(eligible, np.abs(risk - target), np.inf)
    smallest = distance.min(axis=1)
    chosen = np.argmax(distance <= smallest[:, None] + TIE_TOLERANCE, axis=1) + 1
    chosen = np.where((~eligible | (risk >= target)).all(axis=1), lowest, chosen)
    chosen = np.where((~eligible | (risk <= target)).all(axis=1), highest, chosen)
    return np.where(np.isfinite(smallest), chosen, 0).astype(np.int64)
