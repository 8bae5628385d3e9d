"""The command `resources`: what a trial takes, and what that costs."""

import sys
from pathlib import Path

from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.report.text.resources import render
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.progress import progress_bar
from simulator.runs.workers import processors
from simulator.scenario.scenario import load_scenario


def resources_and_print(
    path: Path,
    designs: list[str] | None,
    truths: list[str] | None,
    replicates: int | None,
    seed: int | None,
    workers: int | None,
) -> None:
    """Run the trials and print what they take: averaged over the balanced set, or for each truth named."""
    scenario = load_scenario(path)
    named = truths or [truth.name for truth in scenario.truths if truth.balanced] or None
    with progress_bar() as show:
        options = Options(
            designs or None, named, replicates, seed, processors() if workers is None else workers, show
        )
        runs = PairedRuns.of(scenario, options, 1)
        results = runs.results(scenario)
    warnings = (*unfinished_notes({"base": most_unfinished(results)}, compared=False), *runs.warnings)
    sys.stdout.write(render(scenario, results, every_truth=bool(truths), warnings=warnings))
