"""The designs of a scenario: a name, which design it is, and its options, checked by the design itself."""

import dataclasses
import re
from dataclasses import dataclass
from typing import Any, Final, cast

from simulator.designs import DESIGNS
from simulator.designs.design import Design
from simulator.errors import DesignError
from simulator.scenario_faults import Fault, Path, Plain, did_you_mean, shown
from simulator.trial.rules import TrialRules

MAX_NAME: Final = 60
_ARGUMENT: Final = re.compile(r"[^:]+: (\w+) = [^:]*: ")


@dataclass(frozen=True, slots=True)
class DesignChoice:
    """One design of a scenario, under the name results use.

    Attributes
    ----------
    design
        Key of `DESIGNS`.
    options
        The options as the scenario gives them.
    rule
        The design itself, with ladder and target of the trial filled in.
    """

    name: str
    design: str
    options: dict[str, Any]
    rule: Design


def options_of(design: str) -> dict[str, Any]:
    """Return the options of a registered design with their defaults."""
    return {option.name: option.default for option in dataclasses.fields(DESIGNS[design]) if option.init}


def read_designs(data: Plain, rules: TrialRules | None) -> tuple[tuple[DesignChoice, ...], list[Fault]]:
    """Read the section `designs`; without valid trial rules only the options' own ranges are checked."""
    at: Path = ("designs",)
    if not isinstance(data, list) or not data:
        return (), [Fault(at, f"must be a list of at least 1 design, got {shown(data)}")]
    choices: list[DesignChoice] = []
    faults: list[Fault] = []
    for i, entry in enumerate(data):
        choice, found = _read_design(entry, (*at, i), rules)
        faults += found
        if choice is not None:
            choices.append(choice)
    return tuple(choices), faults


def _read_design(entry: Plain, at: Path, rules: TrialRules | None) -> tuple[DesignChoice | None, list[Fault]]:
    if not isinstance(entry, dict):
        return None, [Fault(at, f"must be a mapping with name and design, got {shown(entry)}")]
    faults = _faults_of_name(entry.get("name"), at)
    design = entry.get("design")
    if not isinstance(design, str) or design not in DESIGNS:
        close = did_you_mean(design, DESIGNS) if isinstance(design, str) else ""
        message = f"must be one of {', '.join(DESIGNS)}, got {shown(design)}"
        if "did you mean" in close:
            message += close
        return None, [*faults, Fault((*at, "design"), message)]
    options: dict[str, Any] = {key: value for key, value in entry.items() if key not in ("name", "design")}
    legal = options_of(design)
    for key in [key for key in options if key not in legal]:
        message = f"unknown option of {design}" + did_you_mean(key, legal)
        faults.append(Fault((*at, key), message, at_key=True))
        del options[key]
    rule, found = _build(design, options, at, rules)
    faults += found
    if rule is not None:
        faults += _faults_of_size(design, rule, at, rules)
    if rule is None or faults:
        return None, faults
    return DesignChoice(str(entry["name"]), design, options, rule), []


def _faults_of_name(name: Plain, at: Path) -> list[Fault]:
    if isinstance(name, str) and 1 <= len(name) <= MAX_NAME:
        return []
    return [Fault((*at, "name"), f"must be text of 1 to {MAX_NAME} characters, got {shown(name)}")]


def _build(
    design: str, options: dict[str, Any], at: Path, rules: TrialRules | None
) -> tuple[Design | None, list[Fault]]:
    """Build the design; on a refused option drop it and try again, so that every bad option is named."""
    arguments, faults = _with_trial(design, options, at, rules)
    while True:
        try:
            return cast("Design", DESIGNS[design](**arguments)), faults
        except DesignError as error:
            message = str(error)
            match = _ARGUMENT.match(message)
            argument = match.group(1) if match else None
            if argument not in options or argument not in arguments:
                return None, [*faults, Fault(at, message)]
            faults.append(Fault((*at, argument), _in_words(message, options[argument])))
            del arguments[argument]


def _in_words(message: str, value: object) -> str:
    """Return the design's message in the file's wording: 'must be ..., got ...'."""
    legal = message.split(": ", 2)[-1]
    return f"{legal}, got {shown(value)}"


def _with_trial(
    design: str, options: dict[str, Any], at: Path, rules: TrialRules | None
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the options with ladder length and target of the trial filled in where the design has them."""
    if rules is None:
        return dict(options), []
    legal, levels = options_of(design), len(rules.dose_levels)
    filled: dict[str, Any] = {"n_doses": levels, "target": rules.target}
    arguments = {**{key: value for key, value in filled.items() if key in legal}, **options}
    given = options.get("n_doses", levels)
    if given == levels:
        return arguments, []
    arguments["n_doses"] = levels
    message = f"must be {levels}, the number of trial.dose_levels, got {shown(given)}; leave it out"
    return arguments, [Fault((*at, "n_doses"), message)]


def _faults_of_size(design: str, rule: Design, at: Path, rules: TrialRules | None) -> list[Fault]:
    """Refuse a design whose own size is above what the trial may enrol."""
    if rules is None or "max_n" not in options_of(design) or rule.max_n <= rules.enrolment_max:
        return []
    message = f"must be at most trial.enrolment_max = {rules.enrolment_max}, got {rule.max_n}"
    return [Fault((*at, "max_n"), message)]


def described_designs() -> list[str]:
    """Return a line for each registered design, with a line for each option and its default below."""
    lines = []
    for name, design in DESIGNS.items():
        lines.append(f"{name}: {(design.__doc__ or '').splitlines()[0]}")
        for option, default in options_of(name).items():
            origin = {"n_doses": "from trial.dose_levels", "target": "from trial.target"}.get(option)
            lines.append(f"  {option}: {origin or _as_written(default)}")
    return lines


def _as_written(default: object) -> str:
    """Return an option's default as a scenario file would write it."""
    match default:
        case None:
            return "null"
        case bool():
            return "true" if default else "false"
        case _:
            return str(default)
