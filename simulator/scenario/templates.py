"""Scenario files to start from, which come with the package."""

from importlib.resources import files
from typing import Final

from simulator.errors import ScenarioError
from simulator.parsing.faults import did_you_mean, shown

TEMPLATES: Final = ("nct07144020", "small-molecule", "car-t", "minimal")
"""Name of each template; the file has the same name."""


def template_text(name: str) -> str:
    """Return the commented text of a template; ScenarioError for an unknown name."""
    if name not in TEMPLATES:
        raise ScenarioError(f"--template: no template {shown(name)}" + did_you_mean(name, TEMPLATES))
    return files("simulator.scenario").joinpath("templates", f"{name}.yaml").read_text(encoding="utf-8")
