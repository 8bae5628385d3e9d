"""How to get the same numbers again: command, seed, versions, scenario."""

import hashlib
import shlex

from simulator.report.blocks import Pairs, Section, Text, Verbatim
from simulator.report.values import ReportData


def reproduction(data: ReportData) -> Section:
    """Return what fixes every number of the report."""
    comparison = data.comparison
    results = comparison.results
    text = comparison.scenario.to_yaml()
    libraries = data.about.get("libraries", {})
    pairs = [
        ("Command", command(data)),
        ("Seed", str(results.plan.seed)),
        ("Replicates", str(results.replicates)),
        ("Version", f"phase1-simulator {data.about.get('version', 'unknown')}"),
    ]
    if libraries:
        pairs.append(("Libraries", ", ".join(f"{name} {version}" for name, version in libraries.items())))
    pairs.append(("Scenario, SHA-256", hashlib.sha256(text.encode()).hexdigest()))
    blocks = (
        Text(
            "The same command with the same version gives the same numbers, bit for bit, for any number of worker "
            "processes. scenario.yaml is the text below; a run folder holds it."
        ),
        Pairs(tuple(pairs)),
        Verbatim("The whole scenario, scenario.yaml", text),
    )
    return Section("reproduction", "Reproduction", blocks)


def command(data: ReportData) -> str:
    """Return the command line that gives the run, quoted for a shell."""
    results, scenario = data.comparison.results, data.comparison.scenario
    words = ["simulator", "compare", "scenario.yaml"]
    if results.designs != [choice.name for choice in scenario.designs]:
        words += [word for name in results.designs for word in ("--design", name)]
    own = {truth.name for truth in scenario.truths}
    run = [name for name in results.truths() if name in own]
    if run != [truth.name for truth in scenario.truths]:
        words += [word for name in run for word in ("--truth", name)]
    replicates = data.about.get("replicates", results.replicates)
    words += ["--replicates", str(replicates), "--seed", str(results.plan.seed), "--out", "FOLDER"]
    return shlex.join(words)
