"""The command `exact`: exact operating characteristics of a scenario, printed and written."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from simulator.analysis import exact_families, exact_tables
from simulator.errors import DesignError, ScenarioError, StoreError
from simulator.exact.accuracy import Limits
from simulator.exact.calibration import Search
from simulator.report.text.exact import ExactText
from simulator.runs.atomic_files import write_atomically
from simulator.runs.job import job_of
from simulator.runs.progress import progress_bar
from simulator.scenario.scenario import Scenario, load_scenario

if TYPE_CHECKING:
    import pandas as pd

CURVES_WRITTEN: Final = 10_000  # of a family: a CSV of more is of no use to anybody


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asked for; None is the scenario's own."""

    designs: list[str] | None
    truths: list[str] | None
    cap_from: int | None
    cap_to: int | None
    family: int | None
    seed: int | None
    calibrate: bool
    out: Path | None
    force: bool


def exact_and_print(path: Path, asked: Asked) -> None:
    """Evaluate what was asked for, print it, and say where it was written."""
    scenario = load_scenario(path)
    if asked.out is not None:
        _refuse(asked.out, asked.force)
    text, tables = evaluated(scenario, asked)
    sys.stdout.write(text)
    if asked.out is not None:
        _write(asked.out, scenario, tables)
        print(
            f"Written to {asked.out}: {', '.join(f'{name}.csv' for name in tables)}, scenario.yaml, conventions.json."
        )


def evaluated(scenario: Scenario, asked: Asked) -> tuple[str, "dict[str, pd.DataFrame]"]:
    """Return the text and the tidy tables by name."""
    seed = scenario.run.seed if asked.seed is None else asked.seed
    job = job_of(scenario, asked.designs, asked.truths, seed)
    arms = exact_tables.ExactArms.of(job.arms, scenario.trial.target)
    left_out = [
        name for name in dict.fromkeys(arm.design_name for arm in job.arms) if name not in arms.designs
    ]
    if not arms.arms or (asked.designs and left_out):
        raise DesignError(
            f"exact: {', '.join(left_out)} reads more than complete cohorts, so it has no exact numbers; "
            "use simulator compare"
        )
    caps = _caps(scenario, asked)
    question = scenario.question
    limits = Limits(question.pcs_mean, question.pcs_each, question.overdose_each)
    text = ExactText(arms)
    text.title(f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}", left_out)
    tables: dict[str, pd.DataFrame] = {}
    found = exact_tables.exact_needed(arms, caps, limits) if arms.question_truths else None
    if found is not None:
        chosen = arms.question_truths
        text.needed(found, [one.name for one in scenario.question_truths if one.name not in chosen])
        tables |= {"needed": exact_tables.needed_frame(found), "accuracy": exact_tables.accuracy_frame(found)}
    tables["operating_characteristics"] = exact_tables.exact_operating_characteristics(arms)
    tables["total_n"] = exact_tables.exact_total_n(arms)
    text.operating_characteristics(tables["operating_characteristics"])
    if found is not None:
        text.accuracy(found)
    if asked.family is not None:
        families = exact_families.families(arms, asked.family, seed)
        text.families(families, seed)
        tables["family"] = exact_families.family_frame(families)
        if asked.out is not None and asked.family <= CURVES_WRITTEN:
            tables["family_curves"] = exact_families.curves_frame(families)
    if asked.calibrate:
        search = _search(arms, caps, limits)
        with progress_bar("designs") as progress:
            calibrations = exact_families.calibrations(arms, search, progress)
        text.calibration(calibrations, search.training, search.held_out)
        tables["calibration"] = exact_families.calibration_frame(calibrations)
    return text.text(), tables


def _caps(scenario: Scenario, asked: Asked) -> range:
    first = scenario.question.caps_from if asked.cap_from is None else asked.cap_from
    last = scenario.question.caps_to if asked.cap_to is None else asked.cap_to
    if not 1 <= first <= last:
        raise ScenarioError(f"exact: cap-from must be from 1 to cap-to, got {first} and {last}")
    return range(first, last + 1)


def _search(arms: exact_tables.ExactArms, caps: range, limits: Limits) -> Search:
    """Train on the question's truths; hold out every other one."""
    asked = arms.question_truths
    held_out = {name: one for name, one in arms.judged.items() if name not in asked}
    if not asked or not held_out:
        raise ScenarioError(
            "exact: calibration trains on the question's truths and holds out the others; of those chosen "
            f"{', '.join(asked) or 'none'} are the question's and {', '.join(held_out) or 'none'} others"
        )
    return Search(
        training={name: one.p_dlt for name, one in asked.items()},
        held_out={name: one.p_dlt for name, one in held_out.items()},
        limits=limits,
        caps=caps,
        correct={name: one.correct for name, one in arms.judged.items()},
    )


def _refuse(folder: Path, force: bool) -> None:
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file; --out needs a folder")
    if folder.is_dir() and any(folder.iterdir()) and not force:
        raise StoreError(f"{folder}: is not empty; --force writes into it")


def _write(folder: Path, scenario: Scenario, tables: "dict[str, pd.DataFrame]") -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            write_atomically(folder / f"{name}.csv", frame.to_csv(index=False, lineterminator="\n").encode())
        write_atomically(folder / "scenario.yaml", scenario.to_yaml().encode())
        designs = dict.fromkeys(tables["operating_characteristics"]["design"])
        conventions = {name: scenario.design(name).conventions() for name in designs}
        text = json.dumps(conventions, indent=1, ensure_ascii=False) + "\n"
        write_atomically(folder / "conventions.json", text.encode())
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
