"""Benefit and risk in one number: the utilities of the four outcomes of a patient, and what follows from them."""

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from simulator.designs.design import Floats, Ints
from simulator.errors import DesignError

OUTCOMES: Final = ("no_dlt_response", "neither", "both", "dlt_only")
"""The outcomes whose utilities a design states, in this order: response without DLT, neither, both, DLT alone."""
DEFAULT_UTILITIES: Final = (100.0, 40.0, 60.0, 0.0)
"""The utilities of Lin et al. 2020."""
LARGEST: Final = 100.0
EQUAL_WITHIN: Final = 1e-12
"""Utilities and probabilities closer together than this are equal."""


def checked_utilities(design: str, utilities: object) -> tuple[float, float, float, float]:
    """Return the utilities as floats.

    Raises
    ------
    DesignError
        They are not four numbers in 0..100, the first the largest and the last the smallest of them.
    """
    if isinstance(utilities, Sequence) and len(utilities) == len(OUTCOMES):
        numbers = [u for u in utilities if isinstance(u, int | float) and not isinstance(u, bool)]
        if len(numbers) == len(OUTCOMES):
            best, neither, both, worst = map(float, numbers)
            middle = (neither, both)
            if LARGEST >= best >= max(middle) and min(middle) >= worst >= 0 and best > worst:
                return best, neither, both, worst
    raise DesignError(
        f"{design}: utilities = {utilities!r}: must be four numbers in 0..100 for {', '.join(OUTCOMES)}, the first"
        " the largest, the last the smallest"
    )


def expected_utility(
    p_dlt: ArrayLike, p_response: ArrayLike, utilities: Sequence[float], both: ArrayLike | None = None
) -> Floats:
    """Return the mean utility of patients with these risks of DLT and response, of any shape.

    Parameters
    ----------
    both
        P(DLT and response); None where the two are independent.
    """
    best, neither, either, worst = utilities
    p, r = np.asarray(p_dlt, dtype=np.float64), np.asarray(p_response, dtype=np.float64)
    joint = p * r if both is None else np.asarray(both, dtype=np.float64)
    utility: Floats = utility_of(p, r, joint, best, neither, either, worst)
    return utility


def utility_of(p: Any, r: Any, joint: Any, best: float, neither: float, both: float, worst: float) -> Any:
    """Return the mean utility at risks of a DLT, of a response and of the two: numbers or arrays.

    Compiled code has it too.
    """
    # A fourfold table has one free cell beside its margins.
    return neither + (worst - neither) * p + (best - neither) * r + (both + neither - best - worst) * joint


def benchmark(phi_t: float, phi_e: float, utilities: Sequence[float]) -> float:
    """Return the utility, as a share of 100, that a level's mean is held against (Lin et al. 2020, section 2.2).

    It lies halfway between 100 and the utility of a level at both limits, DLT and response independent there.
    """
    at_limits = float(expected_utility(phi_t, phi_e, utilities))
    return (at_limits + (LARGEST - at_limits) / 2) / LARGEST


def posterior_mean_utility(quasi_events: Floats, n: Ints) -> Floats:
    """Return the posterior mean of a level's utility as a share of 100. Shape as `n`."""
    mean: Floats = (1 + quasi_events) / (2 + n)
    return mean


def optimal_level(
    p_dlt: ArrayLike,
    p_response: ArrayLike,
    utilities: Sequence[float],
    highest_risk: float,
    least_response: float = 0.0,
    both: ArrayLike | None = None,
) -> int:
    """Return the optimal biological dose of known risks: of the acceptable levels the one of the highest utility.

    Of equal utilities the lowest level; 0 where no level has a risk of at most `highest_risk` and a response
    of at least `least_response`.
    """
    p, r = np.asarray(p_dlt, dtype=np.float64), np.asarray(p_response, dtype=np.float64)
    utility = expected_utility(p, r, utilities, both)
    acceptable = (p <= highest_risk + EQUAL_WITHIN) & (r >= least_response - EQUAL_WITHIN)
    if not acceptable.any():
        return 0
    best = utility[acceptable].max()
    return int(np.argmax(acceptable & (utility >= best - LARGEST * EQUAL_WITHIN))) + 1
