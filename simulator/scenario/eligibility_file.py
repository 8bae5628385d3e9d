"""The readings of the protocol from a scenario file, or from a file that has nothing else."""

from os import PathLike
from pathlib import Path

from simulator.eligibility.readings import EligibilityReadings
from simulator.errors import ScenarioError
from simulator.parsing.yaml_nodes import PlacedFault, read_nodes, read_text
from simulator.scenario.parts import NONE
from simulator.scenario.provenance import separate_sources
from simulator.scenario.scenario import fault_lines, locate, not_of_the_trial, parse_scenario
from simulator.scenario.sections import read_eligibility

SECTION = "eligibility"


def load_eligibility(path: str | PathLike[str]) -> EligibilityReadings:
    """Read the section `eligibility` of a whole scenario, or of a file with this section alone.

    Raises
    ------
    ScenarioError
        With one line for every fault, in file order: `file:line:column: key: what is wrong, what is legal`.
    """
    text = read_text(Path(path))
    top, placed = read_nodes(text)
    if top is None or not isinstance(top.value, dict) or list(top.value) != [SECTION]:
        return parse_scenario(text, str(path)).readings_for("screen")
    separated = separate_sources(top)
    data = separated.data
    section = data[SECTION] if isinstance(data, dict) else None
    if section == NONE or isinstance(section, list):
        raise not_of_the_trial("screen", own=bool(section) and section != NONE)
    readings, faults = read_eligibility(section)
    found = [
        PlacedFault(locate(top, fault), fault.path, fault.message) for fault in (*separated.faults, *faults)
    ]
    if readings is None or placed or found:
        raise ScenarioError(*fault_lines(str(path), [*placed, *found], data))
    return readings
