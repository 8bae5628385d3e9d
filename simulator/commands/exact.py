"""The command `exact`: exact operating characteristics of a scenario, printed and written."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pandas as pd

from simulator.analysis import exact_families, exact_tables
from simulator.analysis.exact_foreseen import exact_foreseen
from simulator.errors import DesignError, ScenarioError, StoreError
from simulator.exact.accuracy import Limits
from simulator.exact.calibration import BoinGrid, Search
from simulator.exact.exact_limit import MAX_EXACT_PATIENTS
from simulator.report.blocks import Block
from simulator.report.render.text import text_of
from simulator.report.text import exact as exact_text
from simulator.report.trial_words import blocks_in_words_of
from simulator.runs.atomic_files import write_atomically
from simulator.runs.csv_text import frame_csv
from simulator.runs.plan import run_plan
from simulator.runs.progress import progress_bar
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.replay import refuse_folder

TRUTHS: Final = "truths"
FAMILIES: Final = "families"
CURVES_TRAINED_ON: Final = 100  # at most, of each family: every design of the grid meets every cap of each
CURVES_WRITTEN: Final = 10_000  # of a family: nobody can use a CSV of more


@dataclass(frozen=True, slots=True)
class ExactOptions:
    """The options as typed; None is the scenario's own."""

    designs: list[str] | None
    truths: list[str] | None
    cap_from: int | None
    cap_to: int | None
    family: int | None
    seed: int | None
    calibrate: bool
    out: Path | None
    force: bool
    cohort_sizes: list[int] | None = None
    train_on: str = TRUTHS


def exact_and_print(path: Path, options: ExactOptions) -> None:
    """Evaluate the designs, print the numbers, and write them where wanted."""
    scenario = load_scenario(path)
    if options.out is not None:
        refuse_folder(options.out, options.force)
    text, tables = evaluated(scenario, options)
    sys.stdout.write(text)
    if options.out is not None:
        _write(options.out, scenario, tables)
        names = ", ".join(f"{name}.csv" for name in tables)
        print(f"Written to {options.out}: {names}, scenario.yaml, conventions.json.")


def evaluated(scenario: Scenario, options: ExactOptions) -> tuple[str, dict[str, pd.DataFrame]]:
    """Return the text and the tidy tables by name."""
    seed = scenario.run.seed if options.seed is None else options.seed
    plan = run_plan(scenario, options.designs, options.truths, seed)
    arms = exact_tables.ExactDesignTruths.of(plan.design_truths, scenario.trial.target)
    left_out = [
        name
        for name in dict.fromkeys(arm.design_name for arm in plan.design_truths)
        if name not in arms.designs
    ]
    if not arms.design_truths or (options.designs and left_out):
        raise DesignError(
            f"exact: {', '.join(left_out)} reads more than complete cohorts, so it has no exact numbers; "
            "use simulator compare"
        )
    if options.train_on not in (TRUTHS, FAMILIES):
        raise ScenarioError(f"exact: train-on must be {TRUTHS} or {FAMILIES}, got {options.train_on!r}")
    if not options.calibrate and (options.cohort_sizes or options.train_on != TRUTHS):
        raise ScenarioError("exact: --cohort-size and --train-on are of a calibration: give --calibrate too")
    caps = _caps(scenario, options)
    for line in exact_foreseen(arms.designs, caps[-1] if arms.question_truths else None):
        print(line, file=sys.stderr, flush=True)
    question = scenario.question
    limits = Limits(question.pcs_mean, question.pcs_each, question.overdose_each)
    heading = f"{scenario.about.registry_id or 'Scenario'}: {scenario.about.title}"
    blocks: list[Block] = exact_text.title(arms, heading, left_out)
    tables: dict[str, pd.DataFrame] = {}
    found = exact_tables.exact_needed(arms, caps, limits) if arms.question_truths else None
    own, too_large = arms.at_own_size()
    if found is None and not own.design_truths:
        raise DesignError("\n".join(f"design {name!r}: {reason}" for name, reason in too_large.items()))
    blocks += exact_text.beyond(arms, caps, found.refused if found is not None else {}, too_large)
    if found is not None:
        chosen = arms.question_truths
        not_chosen = [one.name for one in scenario.question_truths if one.name not in chosen]
        blocks.append(exact_text.needed(arms, found, not_chosen))
        tables |= {"needed": exact_tables.needed_frame(found), "accuracy": exact_tables.accuracy_frame(found)}
    if own.design_truths:
        tables["operating_characteristics"] = exact_tables.exact_operating_characteristics(own)
        tables["total_n"] = exact_tables.exact_total_n(own)
        blocks += exact_text.operating_characteristics(own, tables["operating_characteristics"])
    if found is not None:
        blocks += exact_text.accuracy(found)
    if options.family is not None:
        families = exact_families.families(own, options.family, seed, caps, limits)
        blocks += [exact_text.family(one, seed) for one in families]
        tables["family"] = exact_families.family_frame(families)
        if options.out is not None and options.family <= CURVES_WRITTEN:
            tables["family_curves"] = exact_families.curves_frame(families)
    if options.calibrate:
        search = _search(arms, caps, limits, options, seed)
        trained_on = _trained_on(search, options, seed)
        with progress_bar("designs") as progress:
            calibrations = exact_families.calibrations(arms, search, progress)
        blocks += [
            exact_text.calibration(name, one, trained_on, search.held_out)
            for name, one in calibrations.items()
        ]
        tables["calibration"] = exact_families.calibration_frame(calibrations)
    return text_of(*blocks_in_words_of(scenario, blocks)), tables


def _caps(scenario: Scenario, options: ExactOptions) -> range:
    first = scenario.question.caps_from if options.cap_from is None else options.cap_from
    last = scenario.question.caps_to if options.cap_to is None else options.cap_to
    if not 1 <= first <= last:
        raise ScenarioError(f"exact: cap-from must be from 1 to cap-to, got {first} and {last}")
    return range(first, last + 1)


def _search(
    arms: exact_tables.ExactDesignTruths, caps: range, limits: Limits, options: ExactOptions, seed: int
) -> Search:
    """Train on the question's truths and hold out every other one; or on families, and hold out all of the truths."""
    grid = BoinGrid() if not options.cohort_sizes else BoinGrid(cohort_size=tuple(options.cohort_sizes))
    within = [cap for cap in caps if cap <= MAX_EXACT_PATIENTS]
    correct = {name: one.correct for name, one in arms.judged.items()}
    if options.train_on == FAMILIES:
        levels = next(iter(arms.designs.values())).n_doses
        drawn = exact_families.curves_of_families(_curves(options), levels, arms.target, seed)
        return Search(
            training={
                f"{name} {k}": curve for name, curves in drawn.items() for k, curve in enumerate(curves, 1)
            },
            held_out={name: one.p_dlt for name, one in arms.judged.items()},
            limits=limits,
            caps=within,
            grid=grid,
            correct=correct,
            training_limits=limits.of_a_family(),
        )
    training = arms.question_truths
    held_out = {name: one for name, one in arms.judged.items() if name not in training}
    if not training or not held_out:
        raise ScenarioError(
            "exact: calibration trains on the question's truths and holds out the others; of those chosen "
            f"{', '.join(training) or 'none'} are the question's and {', '.join(held_out) or 'none'} others"
        )
    return Search(
        training={name: one.p_dlt for name, one in training.items()},
        held_out={name: one.p_dlt for name, one in held_out.items()},
        limits=limits,
        caps=within,
        grid=grid,
        correct=correct,
    )


def _curves(options: ExactOptions) -> int:
    """Return how many curves of each family a calibration trains on."""
    return CURVES_TRAINED_ON if options.family is None else min(options.family, CURVES_TRAINED_ON)


def _trained_on(search: Search, options: ExactOptions, seed: int) -> str:
    """Return what a calibration was trained on, in words."""
    if options.train_on == FAMILIES:
        return f"{_curves(options)} curves of each family, seed {seed}, on average over them"
    return ", ".join(search.training)


def _write(folder: Path, scenario: Scenario, tables: dict[str, pd.DataFrame]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, frame in tables.items():
            write_atomically(folder / f"{name}.csv", frame_csv(frame).encode())
        write_atomically(folder / "scenario.yaml", scenario.to_yaml().encode())
        designs = dict.fromkeys(name for frame in tables.values() for name in frame["design"])
        conventions = {name: scenario.design(name).conventions() for name in designs}
        text = json.dumps(conventions, indent=1, ensure_ascii=False) + "\n"
        write_atomically(folder / "conventions.json", text.encode())
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {error.strerror or error}") from error
