"""Check the parameters of a design where they arrive: argument, value and legal range in one message."""

from numbers import Integral, Real
from typing import Final, Protocol

from simulator.errors import DesignError

MAX_DOSES: Final = 20
MAX_PATIENTS: Final = 1000


class Sized(Protocol):
    """A design with the parameters of a trial in cohorts."""

    @property
    def n_doses(self) -> int: ...
    @property
    def target(self) -> float: ...
    @property
    def cohort_size(self) -> int: ...
    @property
    def max_n(self) -> int: ...
    @property
    def start_dose(self) -> int: ...


def require_integer(design: str, argument: str, value: object, low: int, high: int | None = None) -> None:
    """Raise DesignError unless `value` is an integer (a bool is not one) in low..high."""
    if isinstance(value, Integral) and not isinstance(value, bool):
        whole = int(value)
        if whole >= low and (high is None or whole <= high):
            return
    legal = f"an integer of at least {low}" if high is None else f"an integer in {low}..{high}"
    raise DesignError(f"{design}: {argument} = {value!r}: must be {legal}")


def require_between(
    design: str, argument: str, value: object, limits: tuple[float, float], legal: str
) -> None:
    """Raise DesignError unless `value` is a number strictly between the limits; `legal` says it in words."""
    if isinstance(value, Real) and not isinstance(value, bool) and limits[0] < float(value) < limits[1]:
        return
    raise DesignError(f"{design}: {argument} = {value!r}: must be {legal}")


def require_flag(design: str, argument: str, value: object) -> None:
    """Raise DesignError unless `value` is True or False."""
    if not isinstance(value, bool):
        raise DesignError(f"{design}: {argument} = {value!r}: must be True or False")


def require_choice(design: str, argument: str, value: object, choices: tuple[str, ...]) -> None:
    """Raise DesignError unless `value` is one of `choices`."""
    if value not in choices:
        raise DesignError(f"{design}: {argument} = {value!r}: must be one of {', '.join(map(repr, choices))}")


def check_margins(design: str, target: float, **margins: object) -> None:
    """Raise DesignError unless target - the first and target + the second margin are risks above 0, below 1."""
    (low_name, low), (high_name, high) = margins.items()
    require_between(design, low_name, low, (0, target), f"0 < {low_name} < target = {target}")
    require_between(
        design, high_name, high, (0, 1 - target), f"0 < {high_name} < 1 - target = {1 - target:g}"
    )


def check_sizes(name: str, design: Sized) -> None:
    """Raise DesignError for a ladder, cohort, size, start level or target outside its range."""
    require_integer(name, "n_doses", design.n_doses, 1, MAX_DOSES)
    require_integer(name, "max_n", design.max_n, 1, MAX_PATIENTS)
    require_integer(name, "cohort_size", design.cohort_size, 1, MAX_PATIENTS)
    require_integer(name, "start_dose", design.start_dose, 1, design.n_doses)
    require_between(name, "target", design.target, (0, 1), "0 < target < 1")


def check_elimination(name: str, cutoff: object, min_n: object) -> None:
    """Raise DesignError for an elimination cutoff (None: no elimination) or least n outside its range."""
    if cutoff is not None:
        require_between(name, "elimination_cutoff", cutoff, (0, 1), "0 < elimination_cutoff < 1")
    require_integer(name, "elimination_min_n", min_n, 1, MAX_PATIENTS)
