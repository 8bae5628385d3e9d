"""Check the parameters of a design where they arrive: argument, value and legal range in one message."""

from numbers import Integral, Real
from typing import Final

from simulator.errors import DesignError

MAX_DOSES: Final = 20
MAX_PATIENTS: Final = 1000


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
