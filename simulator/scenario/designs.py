"""The designs of a scenario: a name, which design it is, and its options, checked by the design itself."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, Final, cast

from simulator.designs import DecisionTable
from simulator.designs.design import Design
from simulator.designs.pending_policy import PENDING_OPTIONS
from simulator.designs.registry import registered, registered_names
from simulator.designs.stopping_rules import STOPPING_RULES, StoppingRule
from simulator.errors import DesignError
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.scenario.design_options import (
    PENDING,
    STOPPING,
    TITRATION,
    TITRATION_LEVELS,
    build,
    faults_of_options,
    options_of,
    read_stopping,
    read_titration,
    read_titration_levels,
    rows_of,
    rows_of_csv,
    with_pending_policy,
    wrap_design,
)
from simulator.scenario.utilities_option import UTILITIES, read_utilities, written_utilities
from simulator.trial.rules import TrialRules

MAX_NAME: Final = 60
CSV: Final = "csv"
DEFAULT: Final = "default"


@dataclass(frozen=True, slots=True)
class DesignChoice:
    """One design of a scenario, under the name results use.

    Attributes
    ----------
    design
        Name of a registered design.
    options
        The options as the scenario gives them, `titration`, `pending` and `stopping` among them; the rows of a CSV
        file in its place.
    rule
        The design itself, with ladder and target of the trial filled in, and what is around it.
    default
        Whether it runs where no designs are named; else only by its name.
    """

    name: str
    design: str
    options: dict[str, Any]
    rule: Design
    default: bool = True


def read_designs(
    data: Plain, rules: TrialRules | None, folder: FilePath
) -> tuple[tuple[DesignChoice, ...], list[Fault]]:
    """Read the section `designs`; without valid trial rules only the options' own ranges are checked.

    `folder` is where the scenario is: paths in it are relative to that.
    """
    at: Path = ("designs",)
    if not isinstance(data, list) or not data:
        return (), [Fault(at, f"must be a list of at least 1 design, got {shown(data)}")]
    choices: list[DesignChoice] = []
    faults: list[Fault] = []
    for i, entry in enumerate(data):
        choice, found = _read_design(entry, (*at, i), rules, folder)
        faults += found
        if choice is not None:
            choices.append(choice)
    if choices and not faults and not any(choice.default for choice in choices):
        faults.append(Fault(at, "at least one design must run by default: leave `default: false` out there"))
    return tuple(choices), faults


def _read_design(
    entry: Plain, at: Path, trial: TrialRules | None, folder: FilePath
) -> tuple[DesignChoice | None, list[Fault]]:
    if not isinstance(entry, dict):
        return None, [Fault(at, f"must be a mapping with name and design, got {shown(entry)}")]
    faults = _faults_of_name(entry.get("name"), at)
    design, fault = _design_class(entry.get("design"), (*at, "design"))
    if fault is not None or design is None:
        return None, [*faults, *([fault] if fault else [])]
    name = str(entry["design"])
    options: dict[str, Any] = {key: value for key, value in entry.items() if key not in ("name", "design")}
    legal = options_of(design)
    default, fault = _read_default(options, at)
    faults += [fault] if fault else []
    around: dict[str, Any] = {
        key: options.pop(key)
        for key in (STOPPING, PENDING, TITRATION, TITRATION_LEVELS)
        if key in options and key not in legal
    }
    given, found = _with_rows(design, options, at, folder)
    unread = bool(found)
    faults += found + faults_of_options(given, {**legal, **_extra(design, legal)}, name, at)
    given = {key: value for key, value in given.items() if key in legal}
    typed, unreadable = _typed(design, given, at)
    arguments, found = _with_trial(legal, typed, at, trial)
    faults += found
    titration, rules, found = _read_around(around, given.get(TITRATION), at, trial)
    faults += found
    if unreadable or unread:
        return None, faults + _at_source(unreadable, options, at)
    rule, found = build(design, arguments, given, at)
    faults += _at_source(found, options, at)
    if rule is not None and default:  # who asks for another by its name sees the cap in its results
        faults += _faults_of_size(legal, rule, at, trial, given=given)
    if rule is None:
        return None, faults
    policed, found = with_pending_policy(cast("Design", rule), around.get(PENDING), (*at, PENDING))
    faults += found
    if faults:
        return None, faults
    try:
        made = wrap_design(policed, titration, rules)
    except DesignError as error:  # a rule that this design cannot have
        return None, [Fault((*at, STOPPING), str(error))]
    return DesignChoice(str(entry["name"]), name, {**given, **around}, made, default), []


def _read_default(options: dict[str, Any], at: Path) -> tuple[bool, Fault | None]:
    """Take `default` out of the options; a fault where it is neither true nor false."""
    default = options.pop(DEFAULT, True)
    if isinstance(default, bool):
        return default, None
    return True, Fault((*at, DEFAULT), f"must be true or false, got {shown(default)}")


def _read_around(
    around: dict[str, Any], own_titration: Plain, at: Path, trial: TrialRules | None
) -> tuple[bool | int, tuple[StoppingRule, ...], list[Fault]]:
    """Return titration (of all levels, of so many, or none) and the stopping rules around a design.

    `own_titration` is the option of that name that some designs have themselves.
    """
    titration, faults = read_titration(around.get(TITRATION, False), (*at, TITRATION))
    both = around.get(TITRATION, own_titration)
    levels, found = read_titration_levels(around.get(TITRATION_LEVELS), both, (*at, TITRATION_LEVELS), trial)
    faults += found
    rules, found = read_stopping(around.get(STOPPING, []), (*at, STOPPING), trial)
    return titration if levels is None else levels, rules, faults + found


def _design_class(name: Plain, at: Path) -> tuple[type | None, Fault | None]:
    """Return the class registered under a name, or what is wrong with the name."""
    names = registered_names()
    if not isinstance(name, str) or name not in names:
        close = did_you_mean(name, names) if isinstance(name, str) else ""
        message = f"must be one of {', '.join(names)}, got {shown(name)}"
        return None, Fault(at, message + (close if "did you mean" in close else ""))
    try:
        return registered(name), None
    except DesignError as error:
        return None, Fault(at, str(error))


def _extra(design: type, legal: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that every design may have besides its options."""
    extra: dict[str, Any] = {
        STOPPING: [],
        PENDING: None,
        TITRATION: legal.get(TITRATION, False),
        TITRATION_LEVELS: None,
    }
    return {**extra, CSV: None} if design is DecisionTable else extra


def _with_rows(
    design: type, options: dict[str, Any], at: Path, folder: FilePath
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the options with the rows of a CSV file in its place, where a decision table names one."""
    if design is not DecisionTable or CSV not in options:
        return options, []
    rest = {key: value for key, value in options.items() if key != CSV}
    if "rows" in rest:
        return rest, [Fault((*at, CSV), "give either rows or csv, not both", at_key=True)]
    rows, faults = rows_of_csv(options[CSV], folder, (*at, CSV))
    return (rest if faults else {**rest, "rows": rows}), faults


def _typed(design: type, options: dict[str, Any], at: Path) -> tuple[dict[str, Any], list[Fault]]:
    """Return the options as the design takes them: tuples for lists, utilities in order, rows of a table."""
    typed = {key: _tuple(value) for key, value in options.items()}
    if UTILITIES in options:
        typed[UTILITIES], faults = read_utilities(options[UTILITIES], (*at, UTILITIES))
        return typed, faults
    if design is not DecisionTable or "rows" not in options:
        return typed, []
    typed["rows"], faults = rows_of(options["rows"], (*at, "rows"))
    return typed, faults


def _at_source(faults: list[Fault], options: dict[str, Any], at: Path) -> list[Fault]:
    """Return the faults, those of rows from a CSV file placed at its name: the scenario has no such rows."""
    if CSV not in options:
        return faults
    rows, source = (*at, "rows"), (*at, CSV)
    return [Fault(source, f.message) if f.path[: len(rows)] == rows else f for f in faults]


def _tuple(value: Plain) -> Any:
    """Return lists as tuples, which a frozen design can hold."""
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value


def _faults_of_name(name: Plain, at: Path) -> list[Fault]:
    if isinstance(name, str) and 1 <= len(name) <= MAX_NAME:
        return []
    return [Fault((*at, "name"), f"must be text of 1 to {MAX_NAME} characters, got {shown(name)}")]


def _with_trial(
    legal: dict[str, Any], options: dict[str, Any], at: Path, rules: TrialRules | None
) -> tuple[dict[str, Any], list[Fault]]:
    """Return the options with ladder length and target of the trial filled in where the design has them."""
    if rules is None:
        return dict(options), []
    levels, doses = len(rules.dose_levels), tuple(rules.dose_levels)
    # The highest acceptable DLT risk of a design by benefit and risk is what others call the target.
    filled: dict[str, Any] = {
        "n_doses": levels,
        "target": rules.target,
        "phi_t": rules.target,
        "doses": doses,
    }
    arguments = {**{key: value for key, value in filled.items() if key in legal}, **options}
    faults = []
    given = options.get("n_doses", levels)
    if given != levels:
        arguments["n_doses"] = levels
        message = f"must be {levels}, the number of trial.dose_levels, got {shown(given)}; leave it out"
        faults.append(Fault((*at, "n_doses"), message))
    if "doses" in legal and options.get("doses", doses) not in (doses, list(doses)):
        arguments["doses"] = doses
        message = f"must be trial.dose_levels, {', '.join(f'{dose:g}' for dose in doses)}; leave it out"
        faults.append(Fault((*at, "doses"), message))
    return arguments, faults


def _faults_of_size(
    legal: dict[str, Any], rule: Design, at: Path, rules: TrialRules | None, *, given: dict[str, Any]
) -> list[Fault]:
    """Return a fault where a design's own size is above what the trial may enrol."""
    if rules is None or "max_n" not in legal or rule.max_n <= rules.enrolment_max:
        return []
    unsaid = "" if "max_n" in given else ", the default: give it"
    message = f"must be at most trial.enrolment_max = {rules.enrolment_max}, got {rule.max_n}{unsaid}"
    return [Fault((*at, "max_n"), message)]


def described_designs() -> list[str]:
    """Return a line for each registered design and stopping rule, with one for each option and default below.

    A design of another package that cannot be used has a line with the reason.
    """
    lines = []
    for name in registered_names():
        try:
            design = registered(name)
        except DesignError as error:
            lines.append(str(error))
            continue
        origin = {"n_doses": "from trial.dose_levels", "doses": "from trial.dose_levels"}
        origin["target"] = origin["phi_t"] = "from trial.target"
        lines += _described(f"{name}: ", design, origin)
    lines.append(
        "Around a design by a decision table: pending: wait, look_ahead or pod, or a mapping with policy and"
    )
    lines += [f"  {option}: {default}" for option, default in PENDING_OPTIONS.items() if option != "policy"]
    lines.append("Around any design: titration: true (one patient a level first), stopping: a list of rules:")
    for name, rule in STOPPING_RULES.items():
        lines += _described(f"rule {name}: ", rule, {"target": "from trial.target"})
    return lines


def _described(label: str, kind: type, origin: dict[str, str]) -> list[str]:
    lines = [label + (kind.__doc__ or "").splitlines()[0]]
    for option, default in options_of(kind).items():
        written = written_utilities(default) if option == UTILITIES else _as_written(default)
        lines.append(f"  {option}: {origin.get(option) or written}")
    return lines


def _as_written(default: object) -> str:
    """Return an option's default as a scenario file would write it."""
    match default:
        case None:
            return "null"
        case bool():
            return "true" if default else "false"
        case dataclasses.MISSING:
            return "required"
        case ():
            return "required"
        case _:
            return str(default)
