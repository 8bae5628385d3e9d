"""The commands `check`, `schema` and `designs`: whether a scenario file is valid, and what it may hold."""

import json
from pathlib import Path

import typer

from simulator.scenario.designs import described_designs
from simulator.scenario.json_schema import json_schema
from simulator.scenario.scenario import load_scenario
from simulator.scenario.summary import summary


def check_and_print(path: Path) -> None:
    """Check a scenario file and print how its numbers are known."""
    scenario = load_scenario(path)
    typer.echo(f"ok: {path}")
    for line in summary(scenario):
        typer.echo(line)


def print_schema() -> None:
    """Print the JSON Schema of a scenario file."""
    typer.echo(json.dumps(json_schema(), indent=1))


def print_designs() -> None:
    """Print the registered designs with their options and defaults."""
    for line in described_designs():
        typer.echo(line)
