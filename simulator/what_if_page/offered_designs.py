"""The designs that the page offers: those of the scenario, and every registered one with its own defaults."""

from dataclasses import replace

from simulator.designs.registry import registered_names
from simulator.scenario.designs import DesignChoice, read_designs
from simulator.scenario.scenario import Scenario


def offered_designs(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of the scenario's designs, then of the registered ones that need no option."""
    own = [choice.name for choice in scenario.designs]
    return tuple(own) + tuple(
        name for name in registered_names() if name not in own and _made(scenario, name)
    )


def with_design(scenario: Scenario, name: str) -> Scenario:
    """Return the scenario with a registered design added to its own; as it is where it has the design."""
    if name in [choice.name for choice in scenario.designs]:
        return scenario
    made = _made(scenario, name)
    assert made is not None  # `offered_designs` names no other
    return replace(scenario, designs=(*scenario.designs, made))


def _made(scenario: Scenario, name: str) -> DesignChoice | None:
    choices, faults = read_designs([{"name": name, "design": name}], scenario.trial, scenario.folder)
    return None if faults else choices[0]
