"""The command `compare`: progress on a terminal, none in a pipe, and what was kept when it is interrupted."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.compare import Progress, compare
from simulator.report.terminal import render
from simulator.scenario import load_scenario
from simulator.store import replicates_kept


def compare_and_print(
    scenario: Path,
    designs: list[str] | None,
    truths: list[str] | None,
    replicates: int | None,
    seed: int | None,
    workers: int | None,
    out: Path | None,
    force: bool,
) -> None:
    """Run the comparison, print it, and say where it was written."""
    loaded = load_scenario(scenario)
    with progress_bar() as show:
        try:
            comparison = compare(
                loaded,
                designs or None,
                truths or None,
                replicates,
                seed,
                processors() if workers is None else workers,
                out=out,
                force=force,
                progress=show,
            )
        except KeyboardInterrupt:
            where = (
                "nothing is kept; with --out an interrupted run resumes"
                if out is None
                else f"{replicates_kept(out)} replicates are kept in {out}; the same command resumes"
            )
            print(f"interrupted: {where}", file=sys.stderr)
            raise
    sys.stdout.write(render(comparison))
    if out is not None:
        print(f"Written to {out}: tables/, figures/, scenario.yaml, conventions.json, run.json.")


def processors() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """Give a progress bar on standard error where that is a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda done, wanted: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("replicates"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replicates", total=None)
        yield lambda done, wanted: bar.update(task, completed=done, total=wanted)
