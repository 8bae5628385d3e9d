"""The command `what-if`: variants, a sweep, a sensitivity analysis or a search, against the scenario itself."""

import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

from simulator.commands.answer_out import answer_folder, say_finished
from simulator.errors import ScenarioError
from simulator.parsing.faults import did_you_mean
from simulator.report.text import smallest_relaxation as smallest_text
from simulator.report.text.levers import render as render_levers
from simulator.report.text.what_if import render, render_sensitivity, render_sweep
from simulator.runs.progress import Progress, progress_bar
from simulator.runs.workers import processors
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.scenario.typed_changes import read_changes, read_sweep, read_variant
from simulator.studies.answer_folder import (
    KIND,
    Files,
    finish,
    kept_texts,
    lever_files,
    sensitivity_files,
    smallest_relaxation_files,
    sweep_files,
    what_if_files,
)
from simulator.studies.levers import levers
from simulator.studies.sensitivity import sensitivity
from simulator.studies.smallest_relaxation import MOST_SETS, smallest_relaxation
from simulator.studies.what_if import sweep, what_if


@dataclass(frozen=True, slots=True)
class WhatIfOptions:
    """What is to be answered, as typed."""

    changes: list[str]
    variants: list[str]
    presets: list[str]
    sweep: str | None
    sensitivity: str | None
    within_months: float | None = None
    share: float | None = None
    most_sets: int | None = None


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How the trials are run, as typed; None is the scenario's own."""

    designs: list[str] | None
    truths: list[str] | None
    replicates: int | None
    seed: int | None
    workers: int | None


def what_if_and_print(
    path: Path, options: WhatIfOptions, run: RunOptions, out: Path | None, force: bool
) -> None:
    """Run, print and write each answer wanted: variants, the sweep, the sensitivity analysis, the search."""
    changes = read_changes(options.changes)
    curve = None if options.sweep is None else read_sweep(options.sweep)
    typed = [read_variant(text) for text in options.variants]
    names = [variant.name for variant in typed] + options.presets
    for name in names:
        if names.count(name) > 1:
            raise ScenarioError(f"what-if: variant {name!r} is given twice")
    scenario = load_scenario(path)
    variants: dict[str, Mapping[str, object]] = {variant.name: variant.changes for variant in typed}
    variants |= {name: _preset(scenario, name) for name in options.presets}
    _refuse(options, run, bool(changes or variants))
    files = Files()
    question = {"scenario": scenario.to_yaml(), **asdict(options), **asdict(run), "workers": None}
    with answer_folder(out, KIND, question, force=force) as folder, progress_bar() as progress:
        if folder is not None and folder.finished:
            sys.stdout.writelines(kept_texts(folder))
            say_finished(out)
            return
        for text, its_files in _answers(scenario, changes, variants, curve, options, run, progress):
            sys.stdout.write(text)
            if folder is not None:
                files = files.with_more(its_files())
        if folder is not None:
            finish(folder, files)
            print(f"Written to {out}: {', '.join(_written(files))}.")


def _answers(
    scenario: Scenario,
    changes: Mapping[str, object],
    variants: Mapping[str, Mapping[str, object]],
    curve: tuple[str, list[int | float]] | None,
    options: WhatIfOptions,
    run: RunOptions,
    progress: Progress,
) -> Iterator[tuple[str, Callable[[], Files]]]:
    """Yield each answer, as soon as it is there: its text, and what makes its files, drawn only where wanted."""
    how: dict[str, Any] = {
        "replicates": run.replicates,
        "seed": run.seed,
        "workers": processors() if run.workers is None else run.workers,
        "progress": progress,
    }
    arms: dict[str, Any] = {"designs": run.designs or None, "truths": run.truths or None}
    if changes or variants:
        found = what_if(scenario, changes, variants=variants, **arms, **how)
        yield render(found), partial(what_if_files, found)
    if curve is not None:
        swept = sweep(scenario, curve[0], curve[1], **arms, **how)
        yield render_sweep(swept), partial(sweep_files, swept)
    if options.sensitivity is not None:
        swings = sensitivity(scenario, options.sensitivity, **arms, **how)
        yield render_sensitivity(swings), partial(sensitivity_files, swings)
    if options.within_months is not None:
        start = scenario.with_changes(changes) if changes else scenario
        pulled = levers(
            start,
            options.within_months,
            design=run.designs[0] if run.designs else None,
            truths=run.truths or None,
            share=options.share,
            **how,
        )
        relaxes = start.parts.has(Part.BUILT_IN_CRITERIA) or options.most_sets is not None
        yield render_levers(pulled) + ("\n" if relaxes else ""), partial(lever_files, pulled)
        if not relaxes:  # its own criteria have no permitted relaxations
            return
        fewest = smallest_relaxation(
            start,
            options.within_months,
            design=run.designs[0] if run.designs else None,
            truth=run.truths or None,
            share=options.share,
            most_sets=MOST_SETS if options.most_sets is None else options.most_sets,
            **how,
        )
        yield smallest_text.render(fewest), partial(smallest_relaxation_files, fewest)


def _refuse(options: WhatIfOptions, run: RunOptions, some_variant: bool) -> None:
    """Raise ScenarioError where no answer is wanted, or an option is given without the one it belongs to."""
    searches = options.within_months is not None
    if not (some_variant or options.sweep or options.sensitivity or searches):
        raise ScenarioError(
            "what-if: give --set, --variant, --preset, --sweep, --sensitivity or --within-months"
        )
    if not searches and (options.share is not None or options.most_sets is not None):
        raise ScenarioError("what-if: --share and --most-sets belong to --within-months")
    if searches and run.designs and len(run.designs) > 1:
        raise ScenarioError("what-if: --within-months searches for one design; give --design once")


def _written(files: Files) -> list[str]:
    """Return what was written, the scenarios of variants counted together."""
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
