"""The options of `attrition`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import EngineName, Force, ScenarioFile, Seed, Workers


def attrition(
    scenario: ScenarioFile,
    patients: Annotated[int, typer.Option(help="Referrals drawn.")] = 1_000_000,
    pairs: Annotated[bool, typer.Option("--pairs", help="Try pairs of permitted relaxations too.")] = False,
    months_of: Annotated[
        int | None,
        typer.Option(
            help="Also show the months of the trial under so many of them, most patients gained first."
        ),
    ] = None,
    replicates: Annotated[
        int | None, typer.Option(help="Also show the patients of so many simulated trials.")
    ] = None,
    design: Annotated[
        list[str] | None,
        typer.Option(
            "--design",
            metavar="NAME",
            help="With --replicates: show the flow of this design. May be repeated.",
        ),
    ] = None,
    truth: Annotated[
        list[str] | None,
        typer.Option(
            "--truth",
            metavar="NAME",
            help="Truth of the flow and the months. Default: those of the question.",
        ),
    ] = None,
    seed: Seed = None,
    workers: Workers = None,
    engine: EngineName = "auto",
    out: Annotated[Path | None, typer.Option(help="Folder for tables and figures.")] = None,
    force: Force = False,
) -> None:
    """Show which criterion costs how many patients, and what each permitted relaxation gains."""
    from simulator.commands.attrition import AttritionOptions, attrition_and_print
    from simulator.trial.engines import engine_asked

    options = AttritionOptions(patients, pairs, replicates, seed, design, truth, months_of, workers)
    with engine_asked(engine):
        attrition_and_print(scenario, options, out, force)
