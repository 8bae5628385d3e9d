"""The options of `replay`."""

from pathlib import Path
from typing import Annotated

import typer

from simulator.commands.cli.options import Force, ScenarioFile, Seed


def replay(
    scenario: ScenarioFile,
    design: Annotated[str, typer.Option("--design", metavar="NAME", help="A design of the scenario.")],
    truth: Annotated[str, typer.Option("--truth", metavar="NAME", help="A truth of the scenario.")],
    replicate: Annotated[int, typer.Option(help="Which replicate, from 0.")] = 0,
    seed: Seed = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the log, the swimmer plot and the dose-escalation chart.")
    ] = None,
    force: Force = False,
) -> None:
    """Print one simulated trial event by event, with the reason of every decision; with --out draw it too."""
    from simulator.commands.replay import replay_and_print

    replay_and_print(scenario, design, truth, replicate, seed, out, force)
