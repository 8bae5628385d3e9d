"""The commands: thin, one function each. Heavy imports stay inside them, so that --help answers at once."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    name="simulator",
    help="Simulate phase I dose-escalation trials, from referral to dose recommendation.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

ScenarioFile = Annotated[Path, typer.Argument(metavar="SCENARIO", help="Scenario file (YAML).")]


@app.callback()
def simulator() -> None:
    """Simulate phase I dose-escalation trials, from referral to dose recommendation."""


@app.command()
def check(scenario: ScenarioFile) -> None:
    """Check a scenario file and say how its numbers are known; every fault is listed at once."""
    from simulator.scenario import load_scenario
    from simulator.scenario_summary import summary

    loaded = load_scenario(scenario)
    typer.echo(f"ok: {scenario}")
    for line in summary(loaded):
        typer.echo(line)


@app.command()
def schema() -> None:
    """Print the JSON Schema of a scenario file, for editors."""
    import json

    from simulator.scenario_schema import json_schema

    typer.echo(json.dumps(json_schema(), indent=1))


@app.command()
def designs() -> None:
    """List the registered designs, their options and defaults."""
    from simulator.scenario_designs import described_designs

    for line in described_designs():
        typer.echo(line)
