"""What wrappers need to know of the design they hold."""

from functools import cache
from typing import Final, NamedTuple

from simulator.designs.design import Design, Observed

_TARGET: Final = "target"


class FirstCohort(NamedTuple):
    """Where a design begins, and with how many patients."""

    level: int
    size: int


@cache
def first_cohort(design: Design) -> FirstCohort:
    """Return what a design decides before the first patient."""
    decision = design.decide(Observed.nothing(design.n_doses))
    return FirstCohort(int(decision.level[0]), int(decision.cohort_size[0]))


def target_of_inner(design: Design) -> float:
    """Return the DLT risk a design aims at; AttributeError where it has none, so that `hasattr` is right."""
    target: float = getattr(design, _TARGET)
    return target
