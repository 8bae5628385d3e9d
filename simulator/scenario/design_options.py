"""The options of designs: table rows, titration and stopping rules among them; each bad one a fault at its place."""

import csv
import dataclasses
import io
import re
from collections.abc import Callable, Mapping
from pathlib import Path as FilePath
from typing import Any, Final

from simulator.designs.decision_table import TableRow
from simulator.designs.design import Design
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.pending_policy import PENDING_OPTIONS, POLICIES, PendingPolicy
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import STOPPING_RULES, StoppingRule
from simulator.designs.titrated import Titrated
from simulator.errors import DesignError, ScenarioError
from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.parsing.yaml_nodes import read_text
from simulator.trial.rules import TrialRules

TITRATION: Final = "titration"
TITRATION_LEVELS: Final = "titration_levels"
STOPPING: Final = "stopping"
PENDING: Final = "pending"
COLUMNS: Final = tuple(TableRow.__dataclass_fields__)
MAX_ROWS: Final = 1000
OTHER_WORDS: Final = {
    "ncohort": "max_n",
    "n_cohorts": "max_n",
    "n_cohort": "max_n",
    "cohorts": "max_n",
    "n.earlystop": "stop_n_at_dose",
    "n_earlystop": "stop_n_at_dose",
    "startdose": "start_dose",
    "cutoff.eli": "elimination_cutoff",
}
"""Words of BOIN and other packages for options that are called otherwise here."""
_OPTIONAL: Final = "eliminate_if_at_least"
_EMPTY: Final = frozenset({"", "NA", "null"})
# A DesignError reads "design: argument, where it stands = value: what is legal".
_ARGUMENT: Final = re.compile(r"[^:]+: (\w+)(?:, ([^=:]*))? = [^:]*: ")


def options_of(kind: type) -> dict[str, Any]:
    """Return the options of a dataclass with their defaults; MISSING where one must be given."""
    found = {}
    for option in dataclasses.fields(kind):
        if option.init:
            made = option.default_factory
            found[option.name] = option.default if made is dataclasses.MISSING else made()
    return found


def faults_of_options(given: Mapping[str, Any], legal: Mapping[str, Any], of: str, at: Path) -> list[Fault]:
    """Return a fault for each option given that is not legal, and each legal one that must be given."""
    faults = [
        Fault((*at, key), f"unknown option of {of}" + _meant(key, given, legal), at_key=True)
        for key in given
        if key not in legal
    ]
    needed = [key for key, default in legal.items() if default is dataclasses.MISSING and key not in given]
    return faults + [Fault((*at, key), "required key is missing", at_key=True) for key in needed]


def _meant(key: str, given: Mapping[str, Any], legal: Mapping[str, Any]) -> str:
    """Return which option is meant: words of the field's R packages have no close spelling here."""
    option = OTHER_WORDS.get(key.casefold(), key)
    if option == "max_n" and option not in legal:
        return f"; it ends by its own rule, and earlier by a stopping rule total_n; legal: {', '.join(legal)}"
    if option not in legal:
        return did_you_mean(key, legal)
    if option != "max_n" or isinstance(given[key], bool) or not isinstance(given[key], int):
        return f"; did you mean {option!r}?"
    size = given.get("cohort_size", legal.get("cohort_size"))
    patients = f", {given[key]} cohorts of {size}: {given[key] * size}" if isinstance(size, int) else ""
    return f"; did you mean 'max_n', the number of patients{patients}?"


def build(
    make: Callable[..., Any], arguments: dict[str, Any], given: Mapping[str, Any], at: Path
) -> tuple[Any, list[Fault]]:
    """Return what `make` makes, and the faults: a refused option is dropped and the rest tried, so all are named.

    Parameters
    ----------
    arguments
        All arguments; the refused ones are removed in place.
    given
        Those the file gives; only these are dropped.
    """
    faults: list[Fault] = []
    needed = {key for key, default in options_of_callable(make).items() if default is dataclasses.MISSING}
    while True:
        try:
            return make(**arguments), faults
        except DesignError as error:
            message = str(error)
            match = _ARGUMENT.match(message)
            argument = match.group(1) if match else None
            if argument in given and argument not in arguments:
                return None, faults  # the default put in its place is refused too: no second fault
            if match is None or argument is None or argument not in given:
                return None, [*faults, Fault(at, message)]
            faults.append(
                Fault((*at, argument), _as_scenario_fault(message, match.group(2), given[argument]))
            )
            del arguments[argument]
            if argument in needed:
                return None, faults


def options_of_callable(make: Callable[..., Any]) -> dict[str, Any]:
    """Return the options of a dataclass; none of another callable."""
    return options_of(make) if isinstance(make, type) and dataclasses.is_dataclass(make) else {}


def _as_scenario_fault(message: str, inside: str | None, value: object) -> str:
    """Return a design's message in the wording of a scenario's faults: 'must be ..., got ...'."""
    if inside is not None:
        return message.split(": ", 1)[1].split(", ", 1)[1]
    legal = message.split(": ", 2)[-1]
    return legal if isinstance(value, list) else f"{legal}, got {shown(value)}"


def rows_of(data: Plain, at: Path) -> tuple[tuple[TableRow, ...], list[Fault]]:
    """Read rows given in the scenario: a list of mappings with the columns of a decision table."""
    if not isinstance(data, list) or not data or len(data) > MAX_ROWS:
        return (), [Fault(at, f"must be a list of 1 to {MAX_ROWS} rows, got {shown(data)}")]
    rows, faults = [], []
    for i, entry in enumerate(data):
        found = _faults_of_row(entry, (*at, i))
        faults += found
        if not found and isinstance(entry, dict):
            values: dict[str, Any] = dict(entry)
            rows.append(TableRow(**values))
    return tuple(rows), faults


def rows_of_csv(name: Plain, folder: FilePath, at: Path) -> tuple[list[Plain], list[Fault]]:
    """Read rows from a CSV file, its path relative to the scenario's folder, as the scenario would give them."""
    if not isinstance(name, str) or not name:
        return [], [Fault(at, f"must be the path of a CSV file, got {shown(name)}")]
    try:
        text = read_text(folder / name, "table", "CSV")
        lines = list(csv.reader(io.StringIO(text), strict=True))
    except ScenarioError as error:
        return [], [Fault(at, str(error))]
    except csv.Error as error:
        return [], [Fault(at, f"{name}: is no CSV file: {error}")]
    if not lines or tuple(cell.strip() for cell in lines[0]) != COLUMNS:
        return [], [Fault(at, f"{name}: line 1 must be {','.join(COLUMNS)}")]
    rows: list[Plain] = []
    faults: list[Fault] = []
    for number, cells in enumerate(lines[1:], start=2):
        if not any(cell.strip() for cell in cells):
            continue
        row, problem = _row_of_cells([cell.strip() for cell in cells])
        if problem:
            faults.append(Fault(at, f"{name}: line {number}: {problem}"))
        rows.append(row)
    return rows, faults


def _row_of_cells(cells: list[str]) -> tuple[dict[str, Plain], str]:
    if len(cells) != len(COLUMNS):
        return {}, f"must have {len(COLUMNS)} cells, got {len(cells)}"
    row: dict[str, Plain] = {}
    for column, cell in zip(COLUMNS, cells, strict=True):
        if column == _OPTIONAL and cell in _EMPTY:
            row[column] = None
        elif cell.removeprefix("-").isdecimal() and cell.isascii() and len(cell) < 10:
            row[column] = int(cell)
        else:
            return {}, f"{column} must be an integer, got {shown(cell)}"
    return row, ""


def _faults_of_row(entry: Plain, at: Path) -> list[Fault]:
    if not isinstance(entry, dict):
        return [Fault(at, f"must be a mapping with {', '.join(COLUMNS)}, got {shown(entry)}")]
    faults = [
        Fault((*at, key), "unknown column" + did_you_mean(key, COLUMNS), at_key=True)
        for key in entry
        if key not in COLUMNS
    ]
    for column in COLUMNS:
        value = entry.get(column)
        if column not in entry and column != _OPTIONAL:
            faults.append(Fault((*at, column), "required key is missing; must be an integer", at_key=True))
        elif (isinstance(value, bool) or not isinstance(value, int)) and not (
            column == _OPTIONAL and value is None
        ):
            faults.append(Fault((*at, column), f"must be an integer, got {shown(value)}"))
    return faults


def wrap_design(design: Design, titration: bool | int, rules: tuple[StoppingRule, ...]) -> Design:
    """Return the design with titration, of all or so many levels, in front and the rules around both."""
    inner = design if titration is False else Titrated(design, None if titration is True else titration)
    return Stopped(inner, rules) if rules else inner


def with_pending_policy(design: Design, data: Plain, at: Path) -> tuple[Design, list[Fault]]:
    """Read `pending`: the policy of a design by a table, by name or as a mapping with its options."""
    if data is None:
        return design, []
    given: dict[str, Any] = dict(data) if isinstance(data, dict) else {"policy": data}
    faults = faults_of_options(given, PENDING_OPTIONS, PENDING, at)
    if faults:
        return design, faults
    if not isinstance(design, IntervalDesign) or "pending" in design.reads:
        message = f"only of a design by a decision table, and {design.name} is none; leave it out"
        return design, [Fault(at, message, at_key=True)]
    if not isinstance(data, dict) and data not in POLICIES:
        return design, [Fault(at, f"must be one of {', '.join(POLICIES)}, got {shown(data)}")]
    made, faults = build(PendingPolicy, {"design": design, **given}, given, at)
    return (design if made is None else made), faults


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
    faults = faults_of_options({**filled, **given}, legal, name, at)
    if trial is None:
        faults = [fault for fault in faults if fault.path[-1] != "target"]
    if faults or (trial is None and "target" in legal and "target" not in given):
        return None, faults
    rule, found = build(kind, {**filled, **given}, given, at)
    return rule, found
