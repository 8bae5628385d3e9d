"""The options of `resources`."""

from typing import Annotated

import typer

from simulator.commands.cli.options import DesignNames, EngineName, Replicates, ScenarioFile, Seed, Workers


def resources(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth",
            metavar="NAME",
            help="A truth; may be repeated. Default: averaged over the balanced set.",
        ),
    ] = None,
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    engine: EngineName = "auto",
) -> None:
    """Show what a trial takes: screenings, donors, batches, slots, hospital days, meetings, and cost."""
    from simulator.commands.resources import resources_and_print
    from simulator.trial.engines import engine_asked

    with engine_asked(engine):
        resources_and_print(scenario, design, truth, replicates, seed, workers)
