"""The command `attrition`: which criterion costs how many patients, and what relaxing it gains."""

import sys
import textwrap
from pathlib import Path
from typing import Final

from simulator.analysis.attrition import attrition, attrition_of_run
from simulator.compare import job_of
from simulator.errors import ScenarioError
from simulator.population_file import said_of
from simulator.report.attrition import criteria_lines, render
from simulator.scenario import load_scenario

TEXT_WIDTH: Final = 118


def attrition_and_print(
    path: Path, patients: int, pairs: bool, replicates: int | None, seed: int | None
) -> None:
    """Screen the population, print it, and beside it the patients of a run's replicates where asked."""
    scenario = load_scenario(path)
    first = scenario.run.seed if seed is None else seed
    if first < 0:
        raise ScenarioError(f"seed must be a whole number, at least 0, got {first}")
    if replicates is not None and replicates < 1:
        raise ScenarioError(f"replicates must be a whole number, at least 1, got {replicates}")
    found = attrition(scenario.population, scenario.eligibility, first, patients, pairs=pairs)
    sys.stdout.write(render(found, seed=first, pairs=pairs))
    for line in said_of(scenario.population):
        sys.stdout.write(textwrap.fill(f"Note: {line}.", TEXT_WIDTH) + "\n")
    if replicates is not None:
        frame = attrition_of_run(job_of(scenario, None, None, first), replicates)
        of = f"of the consented with a verdict, last screening, in {replicates} replicates of a run"
        sys.stdout.write("\n" + "\n".join(criteria_lines(frame, of)) + "\n")
