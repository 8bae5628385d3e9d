"""Read a scenario's sections one by one, and check them; no fault hides another."""

import copy
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from simulator.eligibility.own_criteria import NO_CRITERIA, OwnCriteria
from simulator.eligibility.readings import EligibilityReadings
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.parsing.faults import (
    Fault,
    Path,
    Plain,
    did_you_mean,
    entries_of,
    faults_of,
    faults_of_entries,
    shown,
    with_left_out,
)
from simulator.population.arrivals import ArrivalParameters
from simulator.population.file_reader import faults_of_eligibility, read_population
from simulator.population.patients import PopulationParameters
from simulator.scenario.costs import Costs
from simulator.scenario.cross_checks import (
    LISTS,
    faults_between_sections,
    faults_of_arrivals,
    faults_of_own_criteria,
    faults_of_responses,
)
from simulator.scenario.designs import read_designs
from simulator.scenario.parts import MODELLED, NONE, RESPONSE, Part, Parts
from simulator.scenario.percents import percents_named
from simulator.scenario.presets import Presets, faults_of_form
from simulator.scenario.question import About, Question, Run
from simulator.trial.dosing import DosingParameters
from simulator.trial.product import ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.screening import ScreeningParameters

SECTIONS: Final[dict[str, type[BaseModel]]] = {
    "about": About,
    "trial": TrialRules,
    "population": PopulationParameters,
    "eligibility": EligibilityReadings,
    "arrivals": ArrivalParameters,
    "screening": ScreeningParameters,
    "product": ProductParameters,
    "dosing": DosingParameters,
    "response": BaseModel,
    "outcomes": OutcomeParameters,
    "costs": Costs,
    "truths": Truth,
    "designs": BaseModel,
    "question": Question,
    "run": Run,
    "presets": Presets,
}
"""Every section, in file order. `truths` is a list of its model; `designs` is read by its own module; `response` is a
word."""
CAPS: Final = ("caps_from", "caps_to")
LADDER_AND_CAP: Final = ("dose_levels", "target", "enrolment_max")
REQUIRED: Final = frozenset({"about", "truths", "designs"})
EMPIRICAL: Final = (
    "trial",
    "population",
    "arrivals",
    "screening",
    "product",
    "dosing",
    "outcomes",
    "costs",
    "truths",
)
"""Sections whose numbers describe the world, so that the source of each is reported."""

Model = TypeVar("Model", bound=BaseModel)


@dataclass(slots=True)
class Sections:
    """What could be read; a section that could not is missing from `parts`."""

    parts: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def read_sections(
    data: Plain,
    folder: FilePath = FilePath(),
    held: PopulationParameters | None = None,
    *,
    patients: bool = True,
) -> Sections:
    """Read every section of a scenario's bare values; paths of files in it are relative to `folder`.

    `held` is a population whose file was read before, and is not read again where it is the same. Without
    `patients` no file of patients is read: enough to describe a run, not to repeat it.
    """
    read = Sections()
    if not isinstance(data, dict):
        read.faults.append(Fault((), f"must be a mapping of sections, got {shown(data)}"))
        return read
    for key in data:
        if key not in SECTIONS:
            read.faults.append(Fault((key,), "unknown section" + did_you_mean(key, SECTIONS), at_key=True))
    parts = Parts.of(data)
    read.faults += parts.faults(data)
    for name, model in SECTIONS.items():
        if name == RESPONSE:
            _response(data, read)
        elif name not in data:
            _absent(name, model, parts, data, read)
        elif name == "truths":
            _truths(data[name], parts, read)
        elif name == "question":
            _section(name, model, _without_null_caps(data[name]), parts, data, read)
        elif name == "eligibility" and not parts.has(Part.BUILT_IN_CRITERIA):
            _own_criteria(data[name], read)
        elif name == "product" and not parts.has(Part.PRODUCT):
            read.parts[name] = None
        elif name != "designs":
            _section(name, model, data[name], parts, data, read)
    # After the others: a design takes ladder, target and cap from the trial, even from one with other faults.
    if "designs" in data:
        choices, found = read_designs(data["designs"], _rules(data, read), folder)
        read.faults += found
        if not found:
            read.parts["designs"] = choices
            read.faults += [] if parts.has(Part.RESPONSE) else faults_of_responses(choices)
    read.faults += faults_of_form(data.get("presets"))
    if patients:
        _population(folder, held, read)
    at_fault = {fault.path for fault in read.faults}
    question = _question(_rules(data, read), read)
    read.faults += faults_between_sections(data, _rules(data, read), question, at_fault)
    read.faults += faults_of_arrivals(read.parts.get("arrivals"), read.parts.get("trial"))
    return read


def model_at(path: Path) -> tuple[type[BaseModel], Path] | None:
    """Return the model that holds the value at a path, and the path inside it; None in `designs`."""
    if not path or path[0] == "designs" or path[0] not in SECTIONS:
        return None
    skip = 2 if path[0] in LISTS else 1
    return SECTIONS[str(path[0])], path[skip:]


def _absent(name: str, model: type[BaseModel], parts: Parts, data: dict[str, Plain], read: Sections) -> None:
    if name in REQUIRED:
        read.faults.append(Fault((name,), "required section is missing", at_key=True))
    else:
        read.parts[name] = model.model_validate(parts.filled(name, {}, data))


def _without_null_caps(data: Plain) -> Plain:
    """Return the question without caps that are null: they are left out."""
    if not isinstance(data, dict):
        return data
    return {key: value for key, value in data.items() if value is not None or key not in CAPS}


def read_eligibility(data: Plain) -> tuple[EligibilityReadings | None, list[Fault]]:
    """Read the section `eligibility` by itself: the readings, or None and what is wrong."""
    return _validated(EligibilityReadings, data, ("eligibility",))


def _section(
    name: str, model: type[BaseModel], given: Plain, parts: Parts, data: dict[str, Plain], read: Sections
) -> None:
    meant = parts.without_absent(name, given)
    filled = parts.filled(name, meant, data)
    part, found = _validated(model, filled, (name,))
    read.faults += [with_left_out(fault, given, _left_out(model, given, filled)) for fault in found]
    if part is not None:
        read.parts[name] = part


def _left_out(model: type[BaseModel], given: Plain, filled: Plain) -> dict[str, object]:
    """Return the plain values that hold for the keys of a section that the file leaves out."""
    defaults = {key: one.default for key, one in model.model_fields.items()}
    stand_in = defaults | (filled if isinstance(filled, dict) else {})
    return {
        key: value
        for key, value in stand_in.items()
        if isinstance(value, int | float | str) and isinstance(given, dict) and key not in given
    }


def _response(data: dict[str, Plain], read: Sections) -> None:
    said = data.get(RESPONSE, MODELLED)
    if said not in (NONE, MODELLED):
        read.faults.append(Fault((RESPONSE,), f"must be one of {NONE}, {MODELLED}, got {shown(said)}"))
    read.parts[RESPONSE] = said != NONE


def _own_criteria(data: Plain, read: Sections) -> None:
    """Read the scenario's own criteria: names differ, and each field has its law, once."""
    if data == NONE:
        read.parts["eligibility"] = NO_CRITERIA
        return
    own, found = _validated(OwnCriteria, data, ("eligibility",))
    read.faults += found
    if own is not None:
        read.faults += faults_of_own_criteria(own)
        read.parts["eligibility"] = own


def _population(folder: FilePath, held: PopulationParameters | None, read: Sections) -> None:
    """Read the file that the population names; a fault where none of its patients could be eligible."""
    if "population" not in read.parts:
        return
    population, found = read_population(read.parts["population"], folder, held)
    if not found and isinstance(read.parts.get("eligibility"), EligibilityReadings):
        found = faults_of_eligibility(population, read.parts["eligibility"])
    read.faults += [Fault(("population", fault.key), fault.message) for fault in found]
    read.parts["population"] = population


def _validated(model: type[Model], data: Plain, at: Path) -> tuple[Model | None, list[Fault]]:
    """Validate through JSON in strict mode: text is no number, 3.0 no integer, a list may be a tuple."""
    try:
        return model.model_validate_json(json.dumps(data), strict=True), []
    except ValidationError as error:
        return None, faults_of(error, model, at, data) + _faults_beyond(error, model, data, at)


def _faults_beyond(error: ValidationError, model: type[BaseModel], data: Plain, at: Path) -> list[Fault]:
    """Return the faults that pydantic finds only once every value is legal by itself, such as a floor above a cap.

    The values at fault are left out, so that their defaults stand in; a fault that names one of them would be
    about the default and is not reported.
    """
    rest = copy.deepcopy(data)
    left_out = {str(key) for entry in entries_of(error) for key in _leave_out(rest, entry["loc"])}
    try:
        model.model_validate_json(json.dumps(rest), strict=True)
    except ValidationError as second:
        reported = {_own_message(entry) for entry in entries_of(error)}
        entries = [
            entry
            for entry in entries_of(second)
            if (message := _own_message(entry))
            and message not in reported
            and not left_out & set(re.findall(r"\w+", message))
        ]
        return faults_of_entries(entries, model, at, rest)
    return []


def _own_message(entry: Mapping[str, Any]) -> str:
    """Return the message of a model's own rule, empty for pydantic's."""
    return str(entry["ctx"]["error"]) if entry["type"] == "value_error" else ""


def _leave_out(data: Plain, loc: Path) -> list[object]:
    """Take the value at fault out of `data`, or the list it is in; return the keys of its path."""
    inside: Any = data
    for key in loc:
        if not isinstance(inside, dict) or key not in inside:
            break
        if not isinstance(inside[key], dict) or key == loc[-1]:
            del inside[key]
            break
        inside = inside[key]
    return list(loc)


def _truths(data: Plain, parts: Parts, read: Sections) -> None:
    if not isinstance(data, list) or not data:
        read.faults.append(Fault(("truths",), f"must be a list of at least 1 truth, got {shown(data)}"))
        return
    truths = []
    for i, entry in enumerate(data):
        truth, found = _validated(Truth, entry, ("truths", i))
        read.faults += percents_named(found, entry, ("truths", i))
        read.faults += _faults_of_response(entry, ("truths", i), parts)
        truths.append(truth)
    if all(truth is not None for truth in truths):
        read.parts["truths"] = tuple(truths)


def _question(rules: TrialRules | None, read: Sections) -> Question | None:
    """Return the question, its caps following the trial where the file leaves them out; a fault if none is left."""
    question: Question | None = read.parts.get("question")
    if question is None or rules is None:
        return question
    followed = question.following(rules.enrolment_max)
    if followed.caps_from > followed.caps_to:
        above = f"caps_from {followed.caps_from} is above caps_to {followed.caps_to}"
        read.faults.append(Fault(("question", "caps_from"), f"{above}, which follows trial.enrolment_max"))
    read.parts["question"] = followed
    return followed


def _faults_of_response(truth: Plain, at: Path, parts: Parts) -> list[Fault]:
    if not isinstance(truth, dict) or ("p_response" in truth) == parts.has(Part.RESPONSE):
        return []
    if parts.has(Part.RESPONSE):
        wanted = "required key is missing; must be a list of at least 1 entries, or write response: none"
        return [Fault((*at, "p_response"), wanted, at_key=True)]
    return [
        Fault((*at, "p_response"), "goes with a response; here response: none; leave it out", at_key=True)
    ]


def _rules(data: dict[str, Plain], read: Sections) -> TrialRules | None:
    """Return the trial's rules; where others of them are at fault, its ladder, target and cap alone."""
    rules: TrialRules | None = read.parts.get("trial")
    trial = data.get("trial")
    if rules is None and isinstance(trial, dict):
        kept: dict[str, Plain] = {key: trial[key] for key in LADDER_AND_CAP if key in trial}
        rules, _ = _validated(TrialRules, kept | {"enrolment_min": 0}, ("trial",))
    return rules
