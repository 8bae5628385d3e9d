"""How to get the same numbers again: command, seed, versions, scenario."""

import hashlib

from simulator.analysis.reproduction import command
from simulator.report.blocks import Pairs, Section, Text, Verbatim
from simulator.report.values import ReportData
from simulator.runs.ending import End
from simulator.scenario.question import AUTO


def _replicates(data: ReportData) -> int | str:
    """Return what gives as many replicates again: `auto` where the numbers alone ended the run."""
    if data.comparison.ending.by in (End.SETTLED, End.MOST):
        return AUTO
    if data.comparison.ending.by is End.NUMBER:
        return int(data.about.get("replicates", data.comparison.results.replicates))
    return data.comparison.results.replicates


def reproduction(data: ReportData) -> Section:
    """Return what fixes every number of the report."""
    comparison = data.comparison
    results = comparison.results
    text = comparison.scenario.to_yaml()
    libraries = data.about.get("libraries", {})
    pairs = [
        ("Command", command(comparison, _replicates(data))),
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
            "processes. The folder of the run holds scenario.yaml, whose hash is given here."
        ),
        Pairs(tuple(pairs)),
        Verbatim("The whole scenario, scenario.yaml", text),
    )
    return Section("reproduction", "Reproduction", blocks)
