"""The options of `exact`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import DesignNames, Force, ScenarioFile, TruthNames


def exact(
    scenario: ScenarioFile,
    design: DesignNames = None,
    truth: TruthNames = None,
    cap_from: Annotated[
        int | None,
        typer.Option(min=1, help="Smallest number of patients. Default: the question's."),
    ] = None,
    cap_to: Annotated[
        int | None, typer.Option(min=1, max=62, help="Largest number of patients. Default: the question's.")
    ] = None,
    family: Annotated[
        int | None,
        typer.Option(min=1, max=1_000_000, help="Also evaluate so many random curves of each family."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(min=0, help="Seed of the random curves. Default: the scenario's.")
    ] = None,
    calibrate: Annotated[
        bool, typer.Option("--calibrate", help="Also search the settings of BOIN; takes some minutes.")
    ] = False,
    cohort_size: Annotated[
        list[int] | None,
        typer.Option(
            min=1, max=62, help="With --calibrate: cohort size tried; may be repeated. Default: 2 and 3."
        ),
    ] = None,
    train_on: Annotated[
        str,
        typer.Option(
            metavar="WHAT",
            help="With --calibrate: train on truths (those of the question) or families (random curves).",
        ),
    ] = "truths",
    out: Annotated[Path | None, typer.Option(help="Folder for the tables as CSV.")] = None,
    force: Force = False,
) -> None:
    """Print exact operating characteristics: no Monte Carlo error, no attrition."""
    from simulator.commands.exact import ExactOptions, exact_and_print

    options = ExactOptions(
        design, truth, cap_from, cap_to, family, seed, calibrate, out, force, cohort_size, train_on
    )
    exact_and_print(scenario, options)
