"""Up to how many patients a design is exact: a stated limit, known before anything is computed."""

from typing import Final

from simulator.designs.design import Design
from simulator.errors import DesignError

# C <= 2**n, because the 2**-n of all ends add up to 1: up to here no 64-bit sum of coefficients can overflow.
MAX_EXACT_PATIENTS: Final = 62
MOST_COHORTS_TIMES_LEVELS: Final = (
    70  # of a design with a fit a state: about a minute of fits, all caps included
)
MOST_COHORTS: Final = 55
"""Of cohorts of one on one level, of a design by the data of every level: half a minute at the limit, measured."""
TITRATED_FROM: Final = 110
"""Of a titrated design: patients times the root of the levels, from which on its exact run is worth a warning."""
LONG_FROM: Final = 0.8
"""Share of that limit from which on the exact run is worth a warning: above, it takes some ten seconds and more."""


def exact_up_to(design: Design) -> int:
    """Return the largest number of patients up to which the exact engine takes a design.

    62; of a design whose every state is a costly fit (`fits_every_state`: BLRM), as many as 70 / levels cohorts hold,
    such as 14 cohorts on five levels; of one that decides by the data of every level (`reads_every_level`: CRM), as
    many as 55 / (levels ** 0.25 * cohort size ** 0.5) cohorts hold, such as 62 patients on five levels, 51 on ten.
    """
    fitted = _having("fits_every_state", design)
    by_all = _having("reads_every_level", design)
    if fitted is not None:
        cohorts, size = max(MOST_COHORTS_TIMES_LEVELS // design.n_doses, 1), _cohort_size(fitted)
    elif by_all is not None:
        size = _cohort_size(by_all)
        cohorts = int(MOST_COHORTS / (design.n_doses**0.25 * size**0.5))
    else:
        return MAX_EXACT_PATIENTS
    return min(MAX_EXACT_PATIENTS, cohorts * size)


def takes_long(design: Design, patients: int) -> bool:
    """Return whether an exact run of a design by the data of every level, up to so many patients, takes long."""
    return _having("reads_every_level", design) is not None and patients > LONG_FROM * exact_up_to(design)


def titrates_long(design: Design, patients: int) -> bool:
    """Return whether an exact run of a titrated design, up to so many patients, takes long or may be too large.

    Titration gives cohorts of every size, so that fewer states are equal: measured, ten seconds and more from 50
    patients on five levels, 39 on eight.
    """
    titrated = _having("titrates", design) is not None
    return titrated and patients * design.n_doses**0.5 > TITRATED_FROM


def fits_every_state(design: Design) -> bool:
    """Return whether every state of the design is a costly fit of its model."""
    return _having("fits_every_state", design) is not None


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
            f"{design.name} is not exact beyond {most} patients on {design.n_doses} levels ({_why(design)}), got "
            f"{caps[-1]}; simulator compare and simulator.exact.simulate take more"
        )


def _why(design: Design) -> str:
    return (
        "every state is a fit of its model"
        if fits_every_state(design)
        else "it decides by the data of every level"
    )


def _cohort_size(design: Design) -> int:
    return int(getattr(design, "cohort_size", 1))


def _having(mark: str, design: Design) -> Design | None:
    """Return the design inside wrappers that has the mark; None where none has."""
    if getattr(design, mark, False):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else _having(mark, inner)
