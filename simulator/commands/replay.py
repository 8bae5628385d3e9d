"""The command `replay`: one simulated trial event by event, and drawn where a folder is given."""

from pathlib import Path

import typer

from simulator.scenario.scenario import load_scenario
from simulator.studies.replay import refuse_folder, replay


def replay_and_print(
    path: Path, design: str, truth: str, replicate: int, seed: int | None, out: Path | None, force: bool
) -> None:
    """Print every event with the reason of every decision; with `out` also write log and figures."""
    if out is not None:
        refuse_folder(out, force)  # first: a refusal should not wait for the trial
    trial = replay(load_scenario(path), design, truth, replicate, seed)
    for line in trial.lines():
        typer.echo(line)
    if out is not None:
        typer.echo(f"Written to {out}: {', '.join(trial.save(out, force=force))}.")
