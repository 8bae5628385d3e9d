"""The command `population`: a check of the patients, synthetic or the rows of a file."""

import sys
from pathlib import Path

from simulator.analysis.population_check import check_population
from simulator.analysis.population_rows_check import check_rows
from simulator.report.text import population as population_text
from simulator.report.text import population_rows as population_rows_text
from simulator.scenario.scenario import load_scenario


def check_and_print(path: Path, patients: int, seed: int | None) -> None:
    """Print the check that fits the population."""
    scenario = load_scenario(path)
    scenario.readings_for("population")
    if scenario.population.file is not None:
        sys.stdout.write(population_rows_text.render(check_rows(scenario, patients, seed)))
        return
    sys.stdout.write(population_text.render(check_population(scenario, patients, seed)))
