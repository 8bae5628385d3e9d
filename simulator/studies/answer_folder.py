"""What a what-if, or an attrition, leaves on disk: a folder like a run's, with every scenario."""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import Any, Final

import pandas as pd

from simulator.analysis.changes import OUTCOMES
from simulator.analysis.lever_tables import LeverTables
from simulator.analysis.relaxation_tables import RelaxationTables
from simulator.analysis.sensitivity_tables import SensitivityTables
from simulator.analysis.what_if_tables import SweepTables, WhatIfTables
from simulator.report import figures
from simulator.report.text import levers as lever_text
from simulator.report.text import smallest_relaxation as smallest_text
from simulator.report.text.what_if import render, render_sensitivity, render_sweep
from simulator.runs.results import Results
from simulator.runs.run_folder import RunFolder, open_run

KIND: Final = "what-if"
BASE_FILE: Final = "scenario.yaml"
PRINTED: Final = ("what_if.txt", "sweep.txt", "sensitivity.txt", "levers.txt", "smallest_relaxation.txt")
"""Texts of the answers to one command, in the order in which it prints them."""
LONGEST_NAME: Final = 60
Renderings = dict[str, bytes]


@dataclass(frozen=True, slots=True)
class Files:
    """The content of a folder.

    Attributes
    ----------
    tables
        Name -> frame, written as csv and parquet.
    texts
        File name -> content.
    figures
        Name -> suffix -> content.
    about
        What a reader of run.json should know.
    """

    tables: "dict[str, pd.DataFrame]" = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    figures: dict[str, Renderings] = field(default_factory=dict)
    about: dict[str, Any] = field(default_factory=dict)

    def with_more(self, other: "Files") -> "Files":
        """Return these files and those of another answer to the same command."""
        return Files(
            {**self.tables, **other.tables},
            {**self.texts, **other.texts},
            {**self.figures, **other.figures},
            {**self.about, **other.about},
        )


def what_if_files(found: WhatIfTables) -> Files:
    """Return the variants' table, a figure per outcome, the text, the base and every changed scenario."""
    texts = {BASE_FILE: found.scenario.to_yaml(), "what_if.txt": render(found)}
    names = file_names(one.name for one in found.variants)
    for name, one in zip(names, found.variants, strict=True):
        texts[f"variant_{name}.yaml"] = one.scenario.to_yaml()
    drawn = {
        f"changes_{outcome}": figures.rendered_axes(figures.variant_changes(found, outcome))
        for outcome in OUTCOMES
    }
    about = _about(found.base, found.warnings)
    about["variants"] = {
        one.name: {key: str(value) for key, value in one.changes.items()} for one in found.variants
    }
    tables = {"changes": found.changes} | ({"needed": found.needed} if len(found.needed) else {})
    return Files(tables, texts, drawn, about)


def sweep_files(found: SweepTables) -> Files:
    """Return the curve as a table, a figure per outcome, the text, the base and the scenario at every value."""
    texts = {BASE_FILE: found.found.scenario.to_yaml(), "sweep.txt": render_sweep(found)}
    for at, one in zip(found.values, found.found.variants, strict=True):
        [name] = file_names([f"{found.path}={at:g}"])
        texts[f"sweep_{name}.yaml"] = one.scenario.to_yaml()
    drawn = {
        f"sweep_{outcome}": figures.rendered_axes(figures.sweep_curve(found, outcome)) for outcome in OUTCOMES
    }
    about = _about(found.found.base, found.found.warnings)
    about["sweep"] = {"path": found.path, "values": list(found.values)}
    return Files({"sweep": found.curve}, texts, drawn, about)


def sensitivity_files(found: SensitivityTables) -> Files:
    """Return the tornado as a table and a figure per design, the text and the scenario as it is."""
    texts = {BASE_FILE: found.scenario.to_yaml(), "sensitivity.txt": render_sensitivity(found)}
    designs = list(dict.fromkeys(one.design for one in found.swings))
    drawn = {
        f"tornado_{name}": figures.rendered_axes(figures.tornado(found, design))
        for name, design in zip(file_names(designs), designs, strict=True)
    }
    left_out = pd.DataFrame(found.left_out.items(), columns=["parameter", "reason"])
    about = _about(found.base, found.warnings)
    about["sensitivity"] = found.outcome
    tables = {"tornado": found.tornado, "left_out": left_out, "decisive": found.decisive}
    return Files(tables, texts, drawn, about)


def smallest_relaxation_files(found: RelaxationTables) -> Files:
    """Return the sets judged as a table, the text, the scenario as it is and that of the answer."""
    texts = {BASE_FILE: found.scenario.to_yaml(), "smallest_relaxation.txt": smallest_text.render(found)}
    if found.answer is not None and found.answer.changes:
        values = {f"eligibility.{one.setting}": one.value for one in found.answer.changes}
        texts["smallest_relaxation.yaml"] = found.scenario.with_changes(values).to_yaml()
    about = {
        "seed": found.seed,
        "replicates": found.replicates,
        "designs": [found.design],
        "truths": list(found.truths),
        "warnings": list(found.warnings),
        "within_months": found.months,
        "share": found.share,
    }
    return Files({"smallest_relaxation": found.table}, texts, {}, about)


def lever_files(found: LeverTables) -> Files:
    """Return the levers as a table, the text, and the scenario of the answer."""
    texts = {BASE_FILE: found.scenario.to_yaml(), "levers.txt": lever_text.render(found)}
    if found.answer is not None and found.answer.levers:
        values = {path: value for one in found.answer.levers for path, value in one.changes.items()}
        texts["levers.yaml"] = found.scenario.with_changes(values).to_yaml()
    return Files({"levers": found.levers}, texts)


def save(folder: str | PathLike[str], files: Files, *, force: bool = False) -> None:
    """Write the files into a new folder, each of them whole or not at all.

    Raises
    ------
    StoreError
        For a folder that is not empty (unless `force`), not writable, or on a full disk.
    """
    with opened(folder, files.texts, force=force) as open_folder:
        finish(open_folder, files)


def opened(
    folder: str | PathLike[str],
    asked: Mapping[str, object],
    *,
    force: bool,
    finished_too: bool = False,
    kind: str = KIND,
) -> RunFolder:
    """Open a folder for the answer to a question, before anything is computed; errors as `save`.

    One that holds an unfinished answer to this question is resumed. With `finished_too`, one that holds the whole
    answer is opened as finished; `kept_texts` are its answer.
    """
    content = json.dumps([kind, version("phase1-simulator"), asked], sort_keys=True, default=str)
    key = hashlib.sha256(content.encode()).hexdigest()
    about = {"kind": kind}
    more: dict[str, Any] = {"will_write": [BASE_FILE], "finished_too": finished_too, "several_runs": True}
    return open_run(Path(folder), key, about, force, **more)


def kept_texts(folder: RunFolder) -> list[str]:
    """Return the texts of a finished what-if, as they were printed."""
    files = [folder.path / name for name in PRINTED if (folder.path / name).is_file()]
    # A blank line stands between the levers and the search that follows them.
    return [file.read_text(encoding="utf-8") + "\n" * (file.name == "levers.txt") for file in files]


def finish(folder: RunFolder, files: Files) -> None:
    """Write the files into the open folder and close it."""
    folder.about = {**folder.about, "version": version("phase1-simulator"), **files.about}
    folder.finish(files.tables, files.texts, files.figures)


def file_names(names: Iterable[str]) -> list[str]:
    """Return the names with every character that is not plain in a file name replaced; no two are alike."""
    found: list[str] = []
    for name in names:
        plain = re.sub(r"[^A-Za-z0-9.=-]+", "_", name).strip("_.")[:LONGEST_NAME] or "variant"
        plain = plain.replace("=", "_")
        taken = {one.lower() for one in found}
        number, unique = 2, plain
        while unique.lower() in taken:
            unique, number = f"{plain}_{number}", number + 1
        found.append(unique)
    return found


def _about(base: Results, warnings: tuple[str, ...]) -> dict[str, Any]:
    return {
        "seed": base.plan.seed,
        "replicates": base.replicates,
        "designs": base.designs,
        "truths": base.truths(),
        "warnings": list(warnings),
    }
