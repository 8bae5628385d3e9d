"""What a design says of its answers, beside giving them: believed of the class that gives them.

A class that decides otherwise than the one it derives from inherits also what that said of its own answers. Were that
believed, answers would be remembered that are not its own. So it counts as not said.
"""

from functools import lru_cache
from typing import Any, Final

from simulator.designs.design import COMPLETE_COHORT_FIELDS, Design

DECIDE: Final = "decide"
SELECT: Final = "select"


def says(design: Design, name: str, of: str = DECIDE) -> bool:
    """Return whether a design says what is called `name` of the answers that the method `of` gives."""
    return hasattr(design, name) and _is_its_own(type(design), name, of)


def said(design: Design, name: str, otherwise: object, of: str = DECIDE) -> Any:
    """Return what it says, and `otherwise` where it does not say."""
    return getattr(design, name) if says(design, name, of) else otherwise


def reads_of(design: Design) -> frozenset[str]:
    """Return the fields that `decide` reads; all of a cohort's for a class that decides anew and does not say."""
    return design.reads if says(design, "reads") else design.reads | COMPLETE_COHORT_FIELDS


def selects_by_counts(design: Design) -> bool:
    """Return whether `select`, at complete outcomes, reads n, DLTs and the lowest closed level alone."""
    return bool(said(design, "selects_by_counts", otherwise=False, of=SELECT))


@lru_cache(maxsize=1024)
def _is_its_own(kind: type, name: str, of: str) -> bool:
    """Return whether no class answers anew above the one that speaks of the answers."""
    return _first_with(kind, name) <= _first_with(kind, of)


def _first_with(kind: type, name: str) -> int:
    """Return which class of the order of resolution has it; -1 where only the object itself has."""
    return next((k for k, one in enumerate(kind.__mro__) if name in vars(one)), -1)
