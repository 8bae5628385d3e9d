"""Choose the level whose isotonic estimate is closest to the target, as BOIN 2.7.2 `select.mtd` does."""

from typing import Final

import numpy as np

from simulator.designs.design import Floats, Ints
from simulator.designs.isotonic import isotonic_regression

# Added once per position before the choice: of equal estimates below the target the highest level wins.
TIE_BUMP: Final = 1e-10
# Estimates further apart than this are different; rounding noise is a thousand times smaller.
TIE_TOLERANCE: Final = 1e-12
# BOIN's prior: Beta(0.05, 0.05).
DEFAULT_PRIOR: Final = 0.05


def closest_to_target(
    n: Ints,
    dlt: Ints | Floats,
    closed_from: Ints,
    target: float,
    at_most: float | None = None,
    prior: float = DEFAULT_PRIOR,
    prior_safe: float | None = None,
) -> Ints:
    """Return the chosen level per state, 0 where no level may be chosen.

    Estimates (y + a) / (n + a + b), posterior means under Beta(a, b), are pooled with inverse-variance weights
    over the treated levels below the lowest closed one, and only those. With a = b = 0 they are the observed
    rates y / n, weighted by n. Of equal estimates the highest level is chosen if they are below
    the target, the lowest if above; equally far on both sides, the lower level.

    Parameters
    ----------
    n, dlt : (S, J)
        Patients and DLTs per level, 0 <= dlt <= n; imputed DLTs may be fractions.
    closed_from : (S,)
        Lowest closed level; J + 1 where none.
    at_most
        Choose only among estimates up to this; None for no bound.
    prior
        The a of the prior, at least 0.
    prior_safe
        Its b; equal to a if None.

    Returns
    -------
    (S,)
        Levels, 1-based.
    """
    admissible = (n > 0) & (np.arange(1, n.shape[1] + 1) < closed_from[:, None])
    safe = prior if prior_safe is None else prior_safe
    if prior == 0:
        estimate, weight = dlt / np.maximum(n, 1), n.astype(np.float64)
    else:
        size = n + (prior + safe)
        estimate = (dlt + prior) / size
        weight = size**2 * (size + 1) / ((dlt + prior) * (n - dlt + safe))
    fit = isotonic_regression(estimate, np.where(admissible, weight, 0.0))
    fit = fit + TIE_BUMP * admissible.cumsum(axis=1)
    eligible = admissible if at_most is None else admissible & (fit <= at_most)
    distance = np.where(eligible, np.abs(fit - target), np.inf)
    smallest = distance.min(axis=1)
    chosen = np.argmax(distance <= smallest[:, None] + TIE_TOLERANCE, axis=1) + 1
    return np.where(np.isfinite(smallest), chosen, 0).astype(np.int64)
