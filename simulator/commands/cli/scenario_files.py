"""The commands on a scenario file and what it may hold: check, schema, designs."""

from simulator.commands.cli.options import ScenarioFile


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
