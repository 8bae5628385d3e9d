"""Up to how many patients a design is exact: a stated limit, known before anything is computed."""

from typing import Final

from simulator.designs.design import Design
from simulator.errors import DesignError

# C <= 2**n, because the 2**-n of all ends add up to 1: up to here no 64-bit sum of coefficients can overflow.
MAX_EXACT_PATIENTS: Final = 62
MOST_COHORTS_TIMES_LEVELS: Final = (
    70  # of a design with a fit a state: about a minute of fits, all caps included
)


def exact_up_to(design: Design) -> int:
    """Return the largest number of patients up to which the exact engine takes a design.

    62; of a design whose every state is a costly fit (`fits_every_state`: BLRM), as many as 70 / levels cohorts hold,
    such as 14 cohorts on five levels.
    """
    fitted = _with_fits(design)
    if fitted is None:
        return MAX_EXACT_PATIENTS
    cohorts = max(MOST_COHORTS_TIMES_LEVELS // design.n_doses, 1)
    return min(MAX_EXACT_PATIENTS, cohorts * int(getattr(fitted, "cohort_size", 1)))


def fits_every_state(design: Design) -> bool:
    """Return whether every state of the design is a costly fit of its model."""
    return _with_fits(design) is not None


def require_exact(design: Design, caps: list[int]) -> None:
    """Raise DesignError where caps are not from 1 to the limit of the exact engine; they are given in order."""
    if not caps or caps[0] < 1 or caps[-1] > MAX_EXACT_PATIENTS:
        given = "none" if not caps else f"{caps[0]}" if caps[0] == caps[-1] else f"{caps[0]} to {caps[-1]}"
        raise DesignError(
            f"caps must be whole numbers from 1 to {MAX_EXACT_PATIENTS} for the exact engine (the path coefficients "
            f"of more patients need more than 64 bits), got {given}; simulator.exact.simulate takes up to 255"
        )
    most = exact_up_to(design)
    if caps[-1] > most:
        raise DesignError(
            f"{design.name} is not exact beyond {most} patients on {design.n_doses} levels (every state is a fit of "
            f"its model), got {caps[-1]}; simulator compare and simulator.exact.simulate take more"
        )


def _with_fits(design: Design) -> Design | None:
    """Return the design inside wrappers whose every state is a costly fit; None where it has none."""
    if getattr(design, "fits_every_state", False):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else _with_fits(inner)
