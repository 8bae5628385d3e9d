"""The options of `what-if`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import (
    ClusterAddress,
    DesignNames,
    EngineName,
    Force,
    QuestionTruthNames,
    Replicates,
    ScenarioFile,
    Seed,
    Workers,
)


def what_if(
    scenario: ScenarioFile,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="A change; all --set are one variant."),
    ] = None,
    variant: Annotated[
        list[str] | None,
        typer.Option(metavar="'NAME: KEY=VALUE, ...'", help="A further variant; may be repeated."),
    ] = None,
    preset: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="A preset of the scenario; may be repeated.")
    ] = None,
    sweep: Annotated[
        str | None, typer.Option(metavar="KEY=LOW:HIGH:STEP", help="One number over a range: a curve.")
    ] = None,
    sensitivity: Annotated[
        str | None,
        typer.Option(metavar="OUTCOME", help="Every number from its stated low to its high, one at a time."),
    ] = None,
    within_months: Annotated[
        float | None,
        typer.Option(
            help="Search for the fewest permitted relaxations that bring the recommendation inside."
        ),
    ] = None,
    share: Annotated[
        float | None,
        typer.Option(
            help="With --within-months: share of trials that must be inside. Default: the mean must."
        ),
    ] = None,
    most_sets: Annotated[
        int | None, typer.Option(help="With --within-months: sets of relaxations run at most. Default: 40.")
    ] = None,
    design: DesignNames = None,
    truth: QuestionTruthNames = None,
    replicates: Replicates = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    engine: EngineName = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for tables, figures and the scenarios.")] = None,
    force: Force = False,
) -> None:
    """Show what changes do to patients, months and accuracy, against the scenario on the same patients."""
    from simulator.commands.what_if import RunOptions, WhatIfOptions, what_if_and_print
    from simulator.runs.cluster import on_cluster
    from simulator.trial.engines import engine_asked

    options = WhatIfOptions(
        changes or [], variant or [], preset or [], sweep, sensitivity, within_months, share, most_sets
    )
    with on_cluster(cluster), engine_asked(engine):
        what_if_and_print(scenario, options, RunOptions(design, truth, replicates, seed, workers), out, force)
