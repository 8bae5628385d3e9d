"""The options of `forecast`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import (
    ClusterAddress,
    EngineName,
    Force,
    QuestionTruthNames,
    ScenarioFile,
    Seed,
    Workers,
)


def forecast(
    scenario: ScenarioFile,
    so_far: Annotated[
        Path | None,
        typer.Option(
            metavar="CSV",
            help="What has happened: patient, site, state, date; optional level, dlt, response, backfill.",
        ),
    ] = None,
    cut_date: Annotated[
        str | None, typer.Option(metavar="DATE", help="Date up to which the CSV is complete.")
    ] = None,
    first_site_opened: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Then months are dates. Default: the first row 'opened' of the CSV."
        ),
    ] = None,
    milestones: Annotated[
        str | None, typer.Option(metavar="N,N,...", help="Patient numbers to forecast. Default: 15,30,50.")
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(
            "--design", metavar="NAME", help="A design of the scenario; may be repeated. Default: the first."
        ),
    ] = None,
    truth: QuestionTruthNames = None,
    replicates: Annotated[
        int | None, typer.Option(help="Simulated trials per design. Default: the scenario's.")
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    write_scenario: Annotated[
        Path | None,
        typer.Option(
            metavar="FITTED.yaml", help="Write the scenario with what the CSV says of it, as `fit` does."
        ),
    ] = None,
    cluster: ClusterAddress = None,
    engine: EngineName = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for text, tables and figures.")] = None,
    force: Force = False,
) -> None:
    """Forecast when the N-th patient is enrolled, infused, evaluable: from the opening, or from the trial so far."""
    from simulator.commands.forecast import ForecastOptions, forecast_and_print
    from simulator.runs.cluster import on_cluster
    from simulator.trial.engines import engine_asked

    options = ForecastOptions(
        *(design or [], truth or [], replicates, seed, workers),
        *(milestones, so_far, cut_date, first_site_opened),
    )
    with on_cluster(cluster), engine_asked(engine):
        forecast_and_print(scenario, options, out, force, write_scenario)
