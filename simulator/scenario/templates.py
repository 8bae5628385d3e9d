"""Scenario files to start from, which come with the package."""

from importlib.resources import files
from pathlib import Path
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


def scenario_file(name: str) -> Path:
    """Return where the scenario of a name is: of the working folder and those above it, or the packaged template.

    The first of scenarios/NAME.yaml in the working folder and the folders above it is taken, so that a notebook of a
    clone reads the file that its reader edits.

    Raises
    ------
    ScenarioError
        There is no such file, and no template of the name.
    """
    here = Path.cwd()
    for folder in (here, *here.parents):
        file = folder / "scenarios" / f"{name}.yaml"
        if file.is_file():
            return file
    if name not in TEMPLATES:
        raise ScenarioError(f"no scenarios/{name}.yaml here or above, and no template {shown(name)}")
    return Path(str(files("simulator.scenario").joinpath("templates", f"{name}.yaml")))
