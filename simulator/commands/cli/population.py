"""The options of `population`."""

from typing import Annotated

import typer

from simulator.commands.cli.options import ScenarioFile, Seed


def population(
    scenario: ScenarioFile,
    patients: Annotated[int, typer.Option(help="Referrals drawn.")] = 200_000,
    seed: Seed = None,
) -> None:
    """Check the population: asked against drawn, published numbers, what the answer rests on."""
    from simulator.commands.population import check_and_print

    check_and_print(scenario, patients, seed)
