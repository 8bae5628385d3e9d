"""The commands on a scenario file and what it may hold: init, check, schema, designs."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import ScenarioFile


def init(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The scenario file to write (YAML).")],
    template: Annotated[
        str, typer.Option(metavar="NAME", help="nct07144020, small-molecule, car-t or minimal.")
    ] = "minimal",
    force: Annotated[bool, typer.Option("--force", help="Replace a file that is there.")] = False,
) -> None:
    """Write a commented scenario file to start from."""
    from simulator.commands.init import write_template

    write_template(file, template, force)


def check(scenario: ScenarioFile) -> None:
    """Check a scenario file and show how its numbers are known; every fault is listed at once."""
    from simulator.commands.scenario_files import check_and_print

    check_and_print(scenario)


def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    from simulator.commands.scenario_files import print_schema

    print_schema()


def designs() -> None:
    """List the registered designs, their options and defaults."""
    from simulator.commands.scenario_files import print_designs

    print_designs()
