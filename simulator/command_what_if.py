"""The command `what-if`: variants, a sweep or a sensitivity analysis, against the scenario as it is."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from simulator.command_compare import processors, progress_bar
from simulator.errors import ScenarioError
from simulator.report.what_if import render, render_sensitivity, render_sweep
from simulator.scenario import Scenario, load_scenario
from simulator.scenario_changes import read_changes, read_sweep, read_variant
from simulator.scenario_faults import did_you_mean
from simulator.what_if import sensitivity, sweep, what_if


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks, as typed."""

    changes: list[str]
    variants: list[str]
    presets: list[str]
    sweep: str | None
    sensitivity: str | None


def what_if_and_print(
    path: Path,
    asked: Asked,
    designs: list[str] | None,
    truths: list[str] | None,
    replicates: int | None,
    seed: int | None,
    workers: int | None,
) -> None:
    """Run what is asked and print it: variants, then the sweep, then the sensitivity analysis."""
    changes = read_changes(asked.changes)
    typed = [read_variant(text) for text in asked.variants]
    names = [variant.name for variant in typed] + asked.presets
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"what-if: variant {name!r} is given twice")
    curve = None if asked.sweep is None else read_sweep(asked.sweep)
    scenario = load_scenario(path)
    variants: dict[str, Mapping[str, object]] = {variant.name: variant.changes for variant in typed}
    variants |= {name: _preset(scenario, name) for name in asked.presets}
    if not (changes or variants or asked.sweep or asked.sensitivity):
        raise ScenarioError("what-if: give --set, --variant, --preset, --sweep or --sensitivity")
    options: dict[str, Any] = {
        "designs": designs or None,
        "truths": truths or None,
        "replicates": replicates,
        "seed": seed,
        "workers": processors() if workers is None else workers,
    }
    with progress_bar() as progress:
        options["progress"] = progress
        if changes or variants:
            found = what_if(
                scenario,
                changes,
                variants=variants,
                **options,
            )
            sys.stdout.write(render(found))
        if curve is not None:
            swept = sweep(
                scenario,
                *curve,
                **options,
            )
            sys.stdout.write(render_sweep(swept))
        if asked.sensitivity is not None:
            swings = sensitivity(
                scenario,
                asked.sensitivity,
                **options,
            )
            sys.stdout.write(render_sensitivity(swings))


def _preset(scenario: Scenario, name: str) -> dict[str, object]:
    """Return a preset's changes; ScenarioError names the known presets."""
    presets = scenario.presets.changes
    if name not in presets:
        raise ScenarioError(f"presets: no preset {name!r}" + did_you_mean(name, presets))
    return dict(presets[name])
