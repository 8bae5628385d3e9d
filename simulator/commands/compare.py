"""The command `compare`: designs on the same simulated patients; an interrupted run can be resumed."""

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from simulator.analysis.exact_foreseen import exact_foreseen
from simulator.report.text.comparison import every_table, why_text
from simulator.report.text.first_screen import WIDTH, first_screen
from simulator.runs.progress import progress_bar
from simulator.runs.run_folder import is_finished, replicates_kept
from simulator.runs.workers import processors
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.compare import TEXTS, Comparison, compare


def compare_and_print(
    scenario: Path,
    designs: list[str] | None,
    truths: list[str] | None,
    replicates: str | None,
    seed: int | None,
    workers: int | None,
    engine: str,
    seconds: float | None,
    out: Path | None,
    force: bool,
    full: bool,
    tornado: Path | None = None,
    both_readings: bool | None = None,
    why: bool = False,
) -> None:
    """Run the comparison and print its first screen, or with `full` every table; `out` keeps both texts and the rest.

    With `why` what lies between simulated and exact follows.

    On an interrupt, how much is kept is printed before the interrupt goes on.
    """
    loaded = load_scenario(scenario)
    before = replicates_kept(out) if out is not None and not force and is_finished(out) else None
    if (full or out is not None) and before is None:
        _say_what_is_not_exact(loaded, designs, truths)
    with progress_bar() as show, _telling_what_is_kept(out):
        comparison = compare(
            loaded,
            designs or None,
            truths or None,
            int(replicates) if replicates and replicates.isdecimal() else replicates,
            seed,
            processors() if workers is None else workers,
            engine=engine,
            seconds=seconds,
            out=out,
            force=force,
            progress=show,
            tornado=tornado,
            both_readings=both_readings,
            why=why,
        )
    _print(comparison, full=full, why=why)
    if out is not None:
        if before == replicates_kept(out):
            print(f"{out} held this run, finished: nothing was run again.", file=sys.stderr)
        print(f"Written to {out}: tables/, figures/, {', '.join(TEXTS)}, run.json.")


@contextmanager
def _telling_what_is_kept(out: Path | None) -> Iterator[None]:
    """Print how much is kept where a run is interrupted."""
    try:
        yield
    except KeyboardInterrupt:
        kept = (
            "nothing is kept; with --out an interrupted run resumes"
            if out is None
            else f"{replicates_kept(out)} replicates are kept in {out}; the same command resumes"
        )
        print(f"interrupted: {kept}", file=sys.stderr)
        raise


def _print(comparison: Comparison, *, full: bool, why: bool) -> None:
    """Print what was found, what lies between simulated and exact behind it, and why an engine was taken."""
    # Into a pipe or a file, where no width is known, go lines of the widest screen.
    width = shutil.get_terminal_size((WIDTH, 1)).columns
    sys.stdout.write(every_table(comparison) if full else first_screen(comparison, width))
    if why and not full:
        sys.stdout.write("\n" + why_text(comparison, min(width, WIDTH)))
    ran = comparison.results.plan.engine
    if ran.why:
        print(f"Engine: {ran.text}.", file=sys.stderr)


def _say_what_is_not_exact(scenario: Scenario, designs: list[str] | None, truths: list[str] | None) -> None:
    """Print, before the run, which designs will have no exact numbers next to the simulated, and which take long."""
    asked = {truth.name for truth in scenario.question_truths}
    caps_to = scenario.question.caps_to if not truths or asked & set(truths) else None
    rules = {name: scenario.design(name) for name in designs or scenario.default_designs}
    for line in exact_foreseen(rules, caps_to):
        print(line, file=sys.stderr, flush=True)
