"""Choose the level whose isotonic estimate is closest to the target, as BOIN 2.7.2 `select.mtd` does."""

from typing import Final

import numpy as np

from simulator.designs.design import Ints
from simulator.designs.isotonic import isotonic_regression

# Added once per position before the choice: of equal estimates below the target the highest level wins.
TIE_BUMP: Final = 1e-10
# Estimates further apart than this are different; rounding noise is a thousand times smaller.
TIE_TOLERANCE: Final = 1e-12


def closest_to_target(
    n: Ints, dlt: Ints, closed_from: Ints, target: float, at_most: float | None = None
) -> Ints:
    """Return the chosen level per state, 0 where no level may be chosen.

    Estimates (y + 0.05) / (n + 0.1) are pooled with inverse-variance weights over the treated levels below
    the lowest closed one, and only those. Of equal estimates the highest level is chosen if they are below
    the target, the lowest if above; equally far on both sides, the lower level.

    Parameters
    ----------
    n, dlt : (S, J)
        Patients and DLTs per level, 0 <= dlt <= n.
    closed_from : (S,)
        Lowest closed level; J + 1 where none.
    at_most
        Choose only among estimates up to this; None for no bound.

    Returns
    -------
    (S,)
        Levels, 1-based.
    """
    admissible = (n > 0) & (np.arange(1, n.shape[1] + 1) < closed_from[:, None])
    estimate = (dlt + 0.05) / (n + 0.1)
    variance = (dlt + 0.05) * (n - dlt + 0.05) / ((n + 0.1) ** 2 * (n + 1.1))
    fit = isotonic_regression(estimate, np.where(admissible, 1.0 / variance, 0.0))
    fit = fit + TIE_BUMP * admissible.cumsum(axis=1)
    eligible = admissible if at_most is None else admissible & (fit <= at_most)
    distance = np.where(eligible, np.abs(fit - target), np.inf)
    smallest = distance.min(axis=1)
    chosen = np.argmax(distance <= smallest[:, None] + TIE_TOLERANCE, axis=1) + 1
    return np.where(np.isfinite(smallest), chosen, 0).astype(np.int64)
