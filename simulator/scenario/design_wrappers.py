"""What a scenario puts around a design: titration, and stopping rules in their order."""

from typing import Any, Final

from simulator.designs.design import Design
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import STOPPING_RULES, StoppingRule
from simulator.designs.titrated import Titrated
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.scenario.design_options import build, known_options, options_of
from simulator.trial.rules import TrialRules

TITRATION: Final = "titration"
TITRATION_LEVELS: Final = "titration_levels"
STOPPING: Final = "stopping"


def wrapped(design: Design, titration: bool | int, rules: tuple[StoppingRule, ...]) -> Design:
    """Return the design with titration, of all or so many levels, in front and the rules around both."""
    inner = design if titration is False else Titrated(design, None if titration is True else titration)
    return Stopped(inner, rules) if rules else inner


def read_titration(data: Plain, at: Path) -> tuple[bool, list[Fault]]:
    """Read `titration` of a design that has no such option of its own."""
    if isinstance(data, bool):
        return data, []
    return False, [Fault(at, f"must be true or false, got {shown(data)}")]


def read_titration_levels(
    data: Plain, titration: Plain, at: Path, trial: TrialRules | None
) -> tuple[int | None, list[Fault]]:
    """Read `titration_levels`: on how many levels, from the start level up, one patient is treated."""
    if data is None:
        return None, []
    most = 10 if trial is None else len(trial.dose_levels)
    if isinstance(data, bool) or not isinstance(data, int) or not 1 <= data <= most:
        return None, [Fault(at, f"must be an integer between 1 and {most} or null, got {shown(data)}")]
    if titration is True:
        return None, [Fault(at, "titration: true titrates all levels; give one of the two")]
    return data, []


def read_stopping(
    data: Plain, at: Path, trial: TrialRules | None
) -> tuple[tuple[StoppingRule, ...], list[Fault]]:
    """Read `stopping`: a list of rules, each with its name and options; the target is the trial's by default."""
    if not isinstance(data, list):
        return (), [Fault(at, f"must be a list of rules, got {shown(data)}")]
    rules: list[StoppingRule] = []
    faults: list[Fault] = []
    for i, entry in enumerate(data):
        rule, found = _read_rule(entry, (*at, i), trial)
        faults += found
        if rule is not None:
            rules.append(rule)
    return tuple(rules), faults


def _read_rule(entry: Plain, at: Path, trial: TrialRules | None) -> tuple[StoppingRule | None, list[Fault]]:
    if not isinstance(entry, dict):
        return None, [Fault(at, f"must be a mapping with rule and its options, got {shown(entry)}")]
    name = entry.get("rule")
    if not isinstance(name, str) or name not in STOPPING_RULES:
        close = did_you_mean(name, STOPPING_RULES) if isinstance(name, str) else ""
        message = f"must be one of {', '.join(STOPPING_RULES)}, got {shown(name)}"
        return None, [Fault((*at, "rule"), message + (close if "did you mean" in close else ""))]
    kind = STOPPING_RULES[name]
    given: dict[str, Any] = {key: value for key, value in entry.items() if key != "rule"}
    legal = options_of(kind)
    filled: dict[str, Any] = {}
    if "target" in legal and trial is not None:
        filled["target"] = trial.target
    faults = known_options({**filled, **given}, legal, name, at)
    if trial is None:
        faults = [fault for fault in faults if fault.path[-1] != "target"]
    if faults or (trial is None and "target" in legal and "target" not in given):
        return None, faults
    rule, found = build(kind, {**filled, **given}, given, at)
    return rule, found
