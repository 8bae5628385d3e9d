"""Every assumption from its low to its high: how each number of a scenario is moved, and why some are not.

A number with low and high goes to both. One without is moved by the stated rule of `ranges`. The days of a law of
times move together, and so do the entries of a curve; shares that add up to 1 are rescaled. What is no assumption (a
rule of the trial, a threshold of the protocol, a truth) stays, and is named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from simulator.parsing.faults import Plain
from simulator.scenario.criterion_numbers import LEVERS
from simulator.scenario.parameter_words import range_words
from simulator.scenario.provenance import Number, Provenance
from simulator.scenario.ranges import FACTOR, SHARES, Range, moved_odds, range_of
from simulator.scenario.scenario import Scenario

Changes = dict[str, Plain]

FIXED: Final = {
    "run": "is the same for the base and every variant",
    "presets": "is the same for the base and every variant",
    "about": "is no assumption",
    "costs": "moves no outcome",
    "truths": "a truth: the others stand beside it",
    "designs": "an option of a design",
    "question": "a limit that is asked for",
    "eligibility": "a threshold of the protocol: --set, --preset and --within-months change it",
}
OWN_LAW: Final = "a number of the patients' laws without a range"
RULES: Final = frozenset(
    {
        "trial.dose_levels",
        "trial.enrolment_min",
        "trial.enrolment_max",
        "trial.calendar_limit_months",
        "trial.expansion_stop_probability",
        "dosing.inpatient_days_after_infusion",
    }
)
"""Numbers without a range that are rules of the trial, or move nothing."""
PATIENTS: Final = frozenset(
    {
        *(f"population.{name}" for name in LEVERS.values()),
        "population.survival.scale_months",
        "population.donor.prior_transplant_donor_available",
        "population.donor.tcell_fold_median",
        "population.infection.controlled_if_active",
    }
)
"""Numbers of the patients that are moved without a range: one for each criterion, survival, donors."""
LAW_DAYS: Final = (
    "low_days",
    "mode_days",
    "high_days",
    "median_days",
    "mean_days",
    "at_most_days",
    "above_days",
)
UNITS: Final = ("reference_", "step_")
RECHECK: Final = ("recheck_go", "recheck_delay", "recheck_drop")
READINGS: Final = {"trial.not_evaluable": ("dlt", "no_dlt")}
"""Readings that are moved as numbers are: from the one that counts most DLTs to the one that counts least."""


@dataclass(frozen=True, slots=True)
class Move:
    """One assumption at its low and at its high.

    Attributes
    ----------
    path
        The number, law, curve or reading.
    low, high
        Its ends; of a law or curve the factor, on the odds of shares; NaN of a reading.
    ends
        Both in words.
    is_stated
        Whether the scenario states the range.
    at_low, at_high
        What to set.
    """

    path: str
    low: float
    high: float
    ends: str
    is_stated: bool
    at_low: Changes
    at_high: Changes


def moves(scenario: Scenario) -> tuple[list[Move], dict[str, str]]:
    """Return every assumption that can be moved, and path -> why another is not."""
    found: list[Move] = []
    not_moved: dict[str, str] = {}
    laws: dict[str, list[str]] = {}
    for path, known in scenario.provenance.items():
        above, _, name = path.rpartition(".")
        fixed = _why_fixed(path, known)
        if fixed is not None:
            not_moved[path] = fixed
        elif isinstance(known.value, tuple):
            found.append(_curve(path, known, known.value))
        elif name in LAW_DAYS and known.low is None:
            laws.setdefault(above, []).append(path)
        else:
            between = range_of(known)
            if between is None:
                not_moved[path] = (
                    f"is {known.value:g}, and half to twice that is no range: state low and high"
                )
            else:
                found.append(_number(scenario, path, known, between))
    found += [_law(scenario, above, paths) for above, paths in laws.items()]
    found += list(_readings(scenario))
    return found, not_moved


def _why_fixed(path: str, known: Provenance) -> str | None:
    section, name = path.split(".", maxsplit=1)[0], path.rpartition(".")[2]
    is_ranged = known.low is not None and known.high is not None
    if section == "eligibility" and not is_ranged and ".law." in path:
        return OWN_LAW
    if section in FIXED and not (is_ranged and section == "eligibility"):
        return FIXED[section]
    if is_ranged:
        return None
    if path in RULES:
        return "a rule of the trial"
    if section == "population" and path not in PATIENTS:
        return OWN_LAW
    if name.startswith(UNITS):
        return "a unit of the odds ratio beside it"
    return None


def _number(scenario: Scenario, path: str, known: Provenance, between: Range) -> Move:
    low, high = (_as(known, end, stated=between.is_stated) for end in (between.low, between.high))
    return Move(
        path,
        float(low),
        float(high),
        range_words(float(f"{low:.3g}"), float(f"{high:.3g}"), known.unit),
        between.is_stated,
        with_mix(scenario, path, low),
        with_mix(scenario, path, high),
    )


def _as(known: Provenance, end: float, *, stated: bool) -> Number:
    """Return a bound as the kind of number that the value is."""
    if isinstance(known.value, int) and (not stated or end == int(end)):
        return int(end)
    return end if stated else float(f"{end:.6g}")


def _curve(path: str, known: Provenance, values: tuple[Number, ...]) -> Move:
    """Move the entries of a curve, or of a list with one for each site, together: to its ends, or by a factor."""
    if known.low is not None and known.high is not None:
        ends = f"every entry {range_words(known.low, known.high, known.unit)}"
        at_low: Changes = {path: [known.low for _ in values]}
        at_high: Changes = {path: [known.high for _ in values]}
        return Move(path, known.low, known.high, ends, True, at_low, at_high)
    is_share = known.unit in SHARES or path.startswith("outcomes.aplasia")

    def at(factor: float) -> Changes:
        moved = (moved_odds(value, factor) if is_share else value * factor for value in values)
        return {path: [float(f"{value:.6g}") for value in moved]}

    words = f"{'odds ' if is_share else ''}x {1 / FACTOR:g} to x {FACTOR:g}"
    return Move(path, 1 / FACTOR, FACTOR, words, False, at(1 / FACTOR), at(FACTOR))


def _law(scenario: Scenario, above: str, paths: list[str]) -> Move:
    def at(factor: float) -> Changes:
        values = {path: scenario.provenance[path].value for path in paths}
        return {
            path: float(f"{factor * value:.6g}")
            for path, value in values.items()
            if not isinstance(value, tuple)
        }

    return Move(
        above,
        1 / FACTOR,
        FACTOR,
        f"all days x {1 / FACTOR:g} to x {FACTOR:g}",
        False,
        at(1 / FACTOR),
        at(FACTOR),
    )


def _readings(scenario: Scenario) -> Iterator[Move]:
    for path, (first, last) in READINGS.items():
        section, name = path.split(".")
        if str(getattr(getattr(scenario, section), name)) not in (first, last):
            nan = float("nan")
            yield Move(path, nan, nan, f"{first} to {last}", True, {path: first}, {path: last})


def with_mix(scenario: Scenario, path: str, value: Plain) -> Changes:
    """Return the value at the path; of a mix also the other shares, scaled in proportion to a sum of 1."""
    above, _, name = path.rpartition(".")
    part: Any = scenario
    for step in above.split("."):
        part = part[step] if isinstance(part, dict) else getattr(part, step)
    shares = {} if isinstance(part, dict) else _mix(part, name)
    rest = 1 - shares.get(name, 1.0)
    if not shares or rest <= 0 or not isinstance(value, int | float):
        return {path: value}
    scaled: Changes = {
        f"{above}.{other}": share * (1 - value) / rest for other, share in shares.items() if other != name
    }
    return {path: value, **scaled}


def _mix(part: Any, name: str) -> dict[str, float]:
    """Return the shares that must add up to 1, one of which is named, else nothing."""
    if name in RECHECK:
        return {one: float(getattr(part, one)) for one in RECHECK}
    if "_sums" not in type(part).__pydantic_decorators__.model_validators:
        return {}
    return {one: float(getattr(part, one)) for one in type(part).model_fields}
