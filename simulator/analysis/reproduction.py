"""The command that gives a run again."""

import shlex

from simulator.analysis.comparison_tables import ComparisonTables


def command(comparison: ComparisonTables, replicates: int | str) -> str:
    """Return the command line that gives the run, quoted for a shell."""
    results, scenario = comparison.results, comparison.scenario
    words = ["simulator", "compare", "scenario.yaml"]
    if results.designs != list(scenario.default_designs):
        words += [word for name in results.designs for word in ("--design", name)]
    own = {truth.name for truth in scenario.truths}
    run = [name for name in results.truths() if name in own]
    if run != [truth.name for truth in scenario.truths]:
        words += [word for name in run for word in ("--truth", name)]
    words += ["--replicates", str(replicates), "--seed", str(results.plan.seed), "--out", "FOLDER"]
    return shlex.join(words)
