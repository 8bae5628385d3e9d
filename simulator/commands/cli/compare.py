"""The options of `compare`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import (
    ClusterAddress,
    DesignNames,
    EngineName,
    Force,
    ReplicatesOrAuto,
    ScenarioFile,
    Seconds,
    Seed,
    TruthNames,
    Workers,
)


def compare(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: TruthNames = None,
    replicates: ReplicatesOrAuto = None,
    seed: Seed = None,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    engine: EngineName = "auto",
    seconds: Seconds = None,
    out: Annotated[Path | None, typer.Option(help="Folder for tables, figures and the run's record.")] = None,
    force: Force = False,
    full: Annotated[
        bool, typer.Option("--full", help="Print every table instead of the first screen.")
    ] = False,
    tornado: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Folder of a what-if --sensitivity: name the assumptions that decide."
        ),
    ] = None,
    both_readings: Annotated[
        bool | None,
        typer.Option(
            "--both-readings/--one-reading",
            help="What is needed too if patients not evaluable count as no DLT. Default: of designs that wait.",
        ),
    ] = None,
    why: Annotated[
        bool,
        typer.Option(
            "--why", help="Measure why simulated and exact differ: each cause off, on the same patients."
        ),
    ] = False,
) -> None:
    """Compare designs on the same simulated patients: how many of the enrollees does each design need?"""
    from simulator.commands.compare import compare_and_print
    from simulator.runs.cluster import on_cluster

    with on_cluster(cluster):
        compare_and_print(
            scenario,
            design,
            truth,
            replicates,
            seed,
            workers,
            engine,
            seconds,
            out,
            force,
            full,
            tornado,
            both_readings,
            why,
        )
