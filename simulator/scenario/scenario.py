"""One what-if is one validated file: the stages' own parameter models, put together and checked together."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path as FilePath
from typing import Any, cast

from pydantic import BaseModel

from simulator.designs.design import Design
from simulator.eligibility.own_criteria import Eligibility, OwnCriteria
from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import ScenarioError
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.parsing.faults import Fault, Plain, did_you_mean, dotted, shown
from simulator.parsing.yaml_nodes import Node, PlacedFault, Position, read_nodes, read_text
from simulator.population.arrivals import ArrivalParameters
from simulator.population.patients import PopulationParameters
from simulator.scenario.costs import Costs
from simulator.scenario.designs import DesignChoice
from simulator.scenario.dotted_paths import set_at
from simulator.scenario.number_provenance import carried_provenance, faults_of_units, read_provenance
from simulator.scenario.parts import NONE, RESPONSE, Part, Parts
from simulator.scenario.presets import Presets, faults_of_presets
from simulator.scenario.provenance import Provenance, separate_sources
from simulator.scenario.question import About, Question, Run
from simulator.scenario.sections import SECTIONS, read_sections
from simulator.scenario.yaml_writer import to_text
from simulator.trial.dosing import DosingParameters
from simulator.trial.product import ProductParameters
from simulator.trial.rules import TrialRules
from simulator.trial.screening import ScreeningParameters


@dataclass(frozen=True, slots=True)
class Scenario:
    """One set of assumptions about one trial, valid as a whole. Sections as in the file.

    Attributes
    ----------
    eligibility
        Readings of the criteria of NCT07144020, or the scenario's own criteria, which may be none.
    product
        None where nothing is made: no donor, no manufacture, no lymphodepletion.
    response
        Whether a response is modelled.
    provenance
        Dotted path -> Provenance of every number of the empirical sections, and of every other number that
        states its source or was changed after reading.
    folder
        Where the file lies: paths of files in the scenario, and in changes to it, are relative to it.
    """

    about: About
    trial: TrialRules
    population: PopulationParameters
    eligibility: Eligibility
    arrivals: ArrivalParameters
    screening: ScreeningParameters
    product: ProductParameters | None
    dosing: DosingParameters
    response: bool
    outcomes: OutcomeParameters
    costs: Costs
    truths: tuple[Truth, ...]
    designs: tuple[DesignChoice, ...]
    question: Question
    run: Run
    presets: Presets
    provenance: dict[str, Provenance] = field(compare=False)
    folder: FilePath = field(default=FilePath(), compare=False)

    @property
    def default_designs(self) -> tuple[str, ...]:
        """Names of the designs that run where none are named."""
        return tuple(choice.name for choice in self.designs if choice.default)

    def design(self, name: str) -> Design:
        """Return the design of that name; ScenarioError names the known ones."""
        for choice in self.designs:
            if choice.name == name:
                return choice.rule
        names = [choice.name for choice in self.designs]
        raise ScenarioError(f"designs: no design {shown(name)}" + did_you_mean(name, names))

    def truth(self, name: str) -> Truth:
        """Return the truth of that name; ScenarioError names the known ones."""
        for truth in self.truths:
            if truth.name == name:
                return truth
        names = [truth.name for truth in self.truths]
        raise ScenarioError(f"truths: no truth {shown(name)}" + did_you_mean(name, names))

    def readings_for(self, command: str) -> EligibilityReadings:
        """Return the readings of the criteria of NCT07144020; ScenarioError where they are not in force."""
        if isinstance(self.eligibility, OwnCriteria):
            raise not_of_the_trial(command, own=bool(self.eligibility.root))
        return self.eligibility

    @property
    def question_truths(self) -> tuple[Truth, ...]:
        """The truths the question's limits hold over: those it names, by default the balanced set."""
        if self.question.truths is None:
            return tuple(truth for truth in self.truths if truth.balanced)
        return tuple(self.truth(name) for name in self.question.truths)

    def to_data(self) -> dict[str, Plain]:
        """Return every section as bare values, defaults filled in; lists and mappings are fresh copies.

        Parts that the trial does not have are none, and no key that goes with them is there.
        """
        data = {
            name: _bare(getattr(self, name)) for name in SECTIONS if name != RESPONSE or not self.response
        }
        question = data["question"]
        if isinstance(question, dict):
            question |= self.question.left_out()
        if not self.response:
            data["truths"] = [_without_response(truth) for truth in self.truths]
        parts = Parts.of(data)
        if not parts.has(Part.BUILT_IN_CRITERIA) and not self.dosing.deaths:
            data["population"] = _without_survival(self.population)
        return {name: parts.without_absent(name, section) for name, section in data.items()}

    @property
    def parts(self) -> Parts:
        """The parts that the trial does without."""
        return Parts.of(self.to_data())

    def with_changes(self, changes: Mapping[str, object]) -> "Scenario":
        """Return a new scenario with values replaced, validated as a whole; this one stays as it is.

        Parameters
        ----------
        changes
            Dotted path -> new value, applied in order: `{"arrivals.sites": 2, "truths.M1.p_dlt.3": 0.5}`.
            Entries of `truths` and `designs` go by name, entries of other lists by number from 1.

        Raises
        ------
        ScenarioError
            For every unknown path and every value outside its legal range, all at once.
        """
        data: dict[str, Plain] = copy.deepcopy(self.to_data())
        faults: list[str] = []
        for path, value in changes.items():
            fault = set_at(data, path, value)
            if fault is not None:
                faults.append(fault)
        read = read_sections(data, self.folder, self.population)
        faults += [f"{dotted(fault.path, data)}: {fault.message}" for fault in read.faults]
        if faults:
            raise ScenarioError(*faults)
        old = self.provenance
        scenario = Scenario(**read.parts, provenance={}, folder=self.folder)
        scenario.provenance.update(carried_provenance(scenario.to_data(), self.to_data(), old))
        return scenario

    def to_yaml(self) -> str:
        """Return the scenario as a file with the same numbers and stated sources; comments are not kept."""
        return to_text(self.to_data(), self.provenance)


def not_of_the_trial(command: str, *, own: bool) -> ScenarioError:
    """Return the error of a command about the criteria of NCT07144020 where others are in force, or none."""
    has = (
        "has criteria of its own; `simulator attrition` shows what they cost"
        if own
        else "has none (eligibility: none)"
    )
    return ScenarioError(f"{command}: is about the criteria and patients of NCT07144020; the scenario {has}")


def load_scenario(path: str | PathLike[str]) -> Scenario:
    """Read and check a scenario file.

    Raises
    ------
    ScenarioError
        With one line for every fault, in file order: `file:line:column: key: what is wrong, what is legal`.
    """
    file = FilePath(path)
    return parse_scenario(read_text(file), str(path))


def parse_scenario(text: str, file: str = "scenario", *, patients: bool = True) -> Scenario:
    """Read and check a scenario's text; `file` names it in errors, which are those of `load_scenario`.

    Files that it names are read relative to the folder of `file`; without `patients` not that of the
    population: enough to describe a run, not to repeat it.
    """
    top, placed = read_nodes(text)
    if (top is None and not placed) or (top is not None and top.value is None):
        placed = [*placed, PlacedFault(Position(1, 1), (), "the file is empty")]
        top = None
    if top is None:
        raise ScenarioError(*fault_lines(file, placed, None))
    separated = separate_sources(top)
    folder = FilePath(file).parent
    read = read_sections(separated.data, folder, patients=patients)
    spoiled = {fault.path for fault in separated.faults}
    faults = [*separated.faults, *(fault for fault in read.faults if fault.path not in spoiled)]
    faults += faults_of_units(separated)
    if not placed and not faults:  # else every preset would repeat the faults of the scenario
        data = Scenario(**read.parts, provenance={}).to_data()
        held = read.parts["population"]
        faults += faults_of_presets(
            read.parts["presets"],
            data,
            lambda changed: read_sections(changed, folder, held, patients=patients).faults,
        )
    taken = {fault.at for fault in placed}
    for fault in faults:
        at = locate(top, fault)
        if at not in taken:
            placed.append(PlacedFault(at, fault.path, fault.message))
    if placed:
        raise ScenarioError(*fault_lines(file, placed, separated.data))
    scenario = Scenario(**read.parts, provenance={}, folder=folder)
    scenario.provenance.update(read_provenance(scenario.to_data(), separated))
    return scenario


def locate(top: Node, fault: Fault) -> Position:
    """Return where a fault is: at its value or key, or at the nearest key above it that the file has."""
    node, key_at = top, top.at
    for step in fault.path:
        entries = node.value
        if isinstance(entries, dict) and step not in entries and "value" in entries:
            node = entries["value"]
            entries = node.value
        if isinstance(entries, dict) and step in entries:
            key_at = node.keys[str(step)]
            node = entries[str(step)]
        elif isinstance(entries, list) and isinstance(step, int) and step < len(entries):
            node = entries[step]
            key_at = node.at
        else:
            return key_at
    if fault.at_key:
        return key_at
    if isinstance(node.value, dict) and "value" in node.value:
        return node.value["value"].at
    return node.at


def fault_lines(file: str, placed: list[PlacedFault], data: Plain) -> list[str]:
    """Return one line for each fault, in file order: `file:line:column: key: what is wrong, what is legal`."""
    lines = []
    for fault in sorted(placed, key=lambda fault: (fault.at, str(fault.path))):
        key = dotted(fault.path, data)
        lines.append(f"{file}:{fault.at.line}:{fault.at.column}: {key + ': ' if key else ''}{fault.message}")
    return list(dict.fromkeys(lines))


def _without_response(truth: Truth) -> Plain:
    return cast("Plain", truth.model_dump(mode="json", exclude={"p_response"}))


def _without_survival(population: PopulationParameters) -> Plain:
    return cast("Plain", population.model_dump(mode="json", exclude={"survival"}))


def _bare(part: Any) -> Plain:
    if part is None or part is False or (isinstance(part, OwnCriteria) and not part.root):
        return NONE
    if isinstance(part, tuple):
        return [_bare(entry) for entry in part]
    if isinstance(part, DesignChoice):
        only_by_name: dict[str, Plain] = {} if part.default else {"default": False}
        return {"name": part.name, "design": part.design, **only_by_name, **part.options}
    return cast("Plain", cast("BaseModel", part).model_dump(mode="json"))
