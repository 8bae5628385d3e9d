"""What wrappers need to know of the design they hold."""

from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, Final, NamedTuple, cast

from simulator.designs.design import Design, Observed

_TARGET: Final = "target"
_OWN_STOPS: Final = ("stop_n_at_dose", "stop_target_probability")


class FirstCohort(NamedTuple):
    """Where a design begins, and with how many patients."""

    level: int
    size: int


@cache
def first_cohort(design: Design) -> FirstCohort:
    """Return what a design decides before the first patient."""
    decision = design.decide(Observed.nothing(design.n_doses))
    return FirstCohort(int(decision.level[0]), int(decision.cohort_size[0]))


@cache
def without_own_stops(design: Design) -> Design:
    """Return the design without its stops for enough patients, also inside wrappers; stops for toxicity stay."""
    if not is_dataclass(design) or isinstance(design, type):
        return design
    options = {field.name: getattr(design, field.name) for field in fields(design) if field.init}
    changed: dict[str, Any] = {name: None for name in _OWN_STOPS if options.get(name) is not None}
    if "design" in options:
        inner = without_own_stops(options["design"])
        rules = tuple(rule for rule in options.get("rules", ()) if getattr(rule, "for_toxicity", False))
        if "rules" in options and not rules:
            return inner
        changed = {"design": inner, "rules": rules} if rules else {"design": inner}
    return cast("Design", replace(design, **changed)) if changed else design


def cohort_size_of(design: Design) -> int | None:
    """Return the size of a design's cohorts, of the one inside wrappers; None where it names none (3+3)."""
    inner = getattr(design, "design", None)
    size = getattr(design, "cohort_size", None) if inner is None else cohort_size_of(inner)
    return size if isinstance(size, int) else None


def weighs_response(design: Design) -> bool:
    """Return whether a design selects by benefit and risk, of the one inside wrappers."""
    inner = getattr(design, "design", None)
    return hasattr(design, "utilities") if inner is None else weighs_response(inner)


def backfills(design: Design) -> bool:
    """Return whether a design backfills levels at which a response was seen, of the one inside wrappers."""
    inner = getattr(design, "design", None)
    return hasattr(design, "n_cap") and hasattr(design, "backfill") if inner is None else backfills(inner)


def selects_by_follow_up(design: Design) -> bool:
    """Return whether a design's selection counts pending patients by their follow-up, of the one inside wrappers."""
    inner = getattr(design, "design", None)
    return (
        bool(getattr(design, "selects_by_follow_up", False)) if inner is None else selects_by_follow_up(inner)
    )


def asked_again_at(design: Design) -> tuple[float, ...]:
    """Return the shares of the window at which a design wants to be asked again, of the one inside wrappers."""
    inner, own = getattr(design, "design", None), getattr(design, "ask_again_at", None)
    if own is not None or inner is None:
        return tuple(own or ())
    return asked_again_at(inner)


def waits_for_outcomes(design: Design) -> bool:
    """Return whether a design reads pending patients and yet waits for the outcomes of its cohort."""
    inner = getattr(design, "design", None)
    own = getattr(design, "waits_for_outcomes", None)
    return bool(own) if own is not None or inner is None else waits_for_outcomes(inner)


class AroundDesign:
    """What a design around another has of it."""

    __slots__ = ()

    design: Design

    @property
    def name(self) -> str:
        """The design's name."""
        return self.design.name

    @property
    def n_doses(self) -> int:
        """The design's number of dose levels."""
        return self.design.n_doses

    @property
    def max_n(self) -> int:
        """The design's own size."""
        return self.design.max_n

    @property
    def target(self) -> float:
        """The DLT risk the design aims at; AttributeError where it has none, so that `hasattr` is right."""
        target: float = getattr(self.design, _TARGET)
        return target
