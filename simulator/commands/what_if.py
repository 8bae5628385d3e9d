"""The command `what-if`: variants, a sweep, a sensitivity analysis or a search, against the scenario as it is."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from simulator.errors import ScenarioError
from simulator.parsing.faults import did_you_mean
from simulator.report.text import smallest_relaxation as smallest_text
from simulator.report.text.what_if import render, render_sensitivity, render_sweep
from simulator.runs.progress import progress_bar
from simulator.runs.workers import processors
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.scenario.typed_changes import read_changes, read_sweep, read_variant
from simulator.studies.answer_folder import (
    Files,
    finish,
    opened,
    sensitivity_files,
    smallest_relaxation_files,
    sweep_files,
    what_if_files,
)
from simulator.studies.sensitivity import sensitivity
from simulator.studies.smallest_relaxation import MOST_SETS, smallest_relaxation
from simulator.studies.what_if import sweep, what_if


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks, as typed."""

    changes: list[str]
    variants: list[str]
    presets: list[str]
    sweep: str | None
    sensitivity: str | None
    within_months: float | None = None
    share: float | None = None
    most_sets: int | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """How it is run, as typed; None is the scenario's own."""

    designs: list[str] | None
    truths: list[str] | None
    replicates: int | None
    seed: int | None
    workers: int | None


def what_if_and_print(path: Path, asked: Asked, run: Run, out: Path | None, force: bool) -> None:
    """Run what is asked, print it and write it: variants, the sweep, the sensitivity analysis, the search."""
    changes, curve = read_changes(asked.changes), _sweep(asked)
    typed = [read_variant(text) for text in asked.variants]
    names = [variant.name for variant in typed] + asked.presets
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"what-if: variant {name!r} is given twice")
    scenario = load_scenario(path)
    variants: dict[str, Mapping[str, object]] = {variant.name: variant.changes for variant in typed}
    variants |= {name: _preset(scenario, name) for name in asked.presets}
    _refuse(asked, run, bool(changes or variants))
    options: dict[str, Any] = {
        "replicates": run.replicates,
        "seed": run.seed,
        "workers": processors() if run.workers is None else run.workers,
    }
    several: dict[str, Any] = {"designs": run.designs or None, "truths": run.truths or None}
    files = Files()
    with ExitStack() as stack:
        folder = None
        if out is not None:
            question = {"scenario": scenario.to_yaml(), **asdict(asked), **asdict(run), "workers": None}
            folder = stack.enter_context(opened(out, question, force=force))
        options["progress"] = stack.enter_context(progress_bar())
        if changes or variants:
            found = what_if(scenario, changes, variants=variants, **several, **options)
            sys.stdout.write(render(found))
            files = files if folder is None else files.with_more(what_if_files(found))
        if curve is not None:
            swept = sweep(scenario, curve[0], curve[1], **several, **options)
            sys.stdout.write(render_sweep(swept))
            files = files if folder is None else files.with_more(sweep_files(swept))
        if asked.sensitivity is not None:
            swings = sensitivity(scenario, asked.sensitivity, **several, **options)
            sys.stdout.write(render_sensitivity(swings))
            files = files if folder is None else files.with_more(sensitivity_files(swings))
        if asked.within_months is not None:
            fewest = smallest_relaxation(
                scenario,
                asked.within_months,
                design=run.designs[0] if run.designs else None,
                truth=run.truths or None,
                share=asked.share,
                most_sets=MOST_SETS if asked.most_sets is None else asked.most_sets,
                **options,
            )
            sys.stdout.write(smallest_text.render(fewest))
            files = files if folder is None else files.with_more(smallest_relaxation_files(fewest))
        if folder is not None:
            finish(folder, files)
            print(f"Written to {out}: {', '.join(_written(files))}.")


def _sweep(asked: Asked) -> tuple[str, list[int | float]] | None:
    return None if asked.sweep is None else read_sweep(asked.sweep)


def _refuse(asked: Asked, run: Run, some_variant: bool) -> None:
    """Raise ScenarioError where nothing is asked, or an option has nothing to be about."""
    searches = asked.within_months is not None
    if not (some_variant or asked.sweep or asked.sensitivity or searches):
        raise ScenarioError(
            "what-if: give --set, --variant, --preset, --sweep, --sensitivity or --within-months"
        )
    if not searches and (asked.share is not None or asked.most_sets is not None):
        raise ScenarioError("what-if: --share and --most-sets belong to --within-months")
    if searches and run.designs and len(run.designs) > 1:
        raise ScenarioError("what-if: --within-months searches for one design; give --design once")


def _written(files: Files) -> list[str]:
    """Name what was written, scenarios of variants together."""
    folders = [f"{name}/" for name, some in (("tables", files.tables), ("figures", files.figures)) if some]
    scenarios = [name for name in files.texts if name.endswith(".yaml")]
    others = [name for name in files.texts if not name.endswith(".yaml")]
    return [
        *folders,
        *others,
        f"{len(scenarios)} scenario{'s' if len(scenarios) > 1 else ''} (.yaml)",
        "run.json",
    ]


def _preset(scenario: Scenario, name: str) -> dict[str, object]:
    """Return a preset's changes; ScenarioError names the known presets."""
    presets = scenario.presets.changes
    if name not in presets:
        raise ScenarioError(f"presets: no preset {name!r}" + did_you_mean(name, presets))
    return dict(presets[name])
