"""How to get the same numbers again: command, seed, versions, scenario."""

import hashlib
import shlex

from simulator.report.blocks import Pairs, Section, Text, Verbatim
from simulator.report.sections.findings import Findings


def reproduction(found: Findings) -> Section:
    """State what fixes every number of the report."""
    comparison = found.comparison
    results = comparison.results
    text = comparison.scenario.to_yaml()
    libraries = found.about.get("libraries", {})
    pairs = [
        ("Command", command(found)),
        ("Seed", str(results.job.seed)),
        ("Replicates", str(results.replicates)),
        ("Version", f"phase1-simulator {found.about.get('version', 'unknown')}"),
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


def command(found: Findings) -> str:
    """Return the command line that gives the run, quoted for a shell."""
    results, scenario = found.comparison.results, found.comparison.scenario
    words = ["simulator", "compare", "scenario.yaml"]
    if results.designs != [choice.name for choice in scenario.designs]:
        words += [word for name in results.designs for word in ("--design", name)]
    own = {truth.name for truth in scenario.truths}
    run = [name for name in results.truths() if name in own]
    if run != [truth.name for truth in scenario.truths]:
        words += [word for name in run for word in ("--truth", name)]
    replicates = found.about.get("replicates", results.replicates)
    words += ["--replicates", str(replicates), "--seed", str(results.job.seed), "--out", "FOLDER"]
    return shlex.join(words)
