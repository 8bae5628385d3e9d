"""The command `attrition`: which criterion costs how many patients, what relaxing it gains, and the flow."""

import sys
import textwrap
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from simulator.analysis.attrition import Attrition, attrition
from simulator.analysis.attrition_of_run import attrition_of_run
from simulator.analysis.flow import flow
from simulator.commands.answer_out import answer_folder, say_finished
from simulator.errors import ScenarioError
from simulator.population.file_reader import population_notes
from simulator.report.figures import rendered_axes, screen_failure_reasons
from simulator.report.figures.flow import flow_of
from simulator.report.text.attrition import UNCHANGED, criteria_lines, flow_lines, months_lines, render
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.plan import number_of_replicates, run_plan, whole_number
from simulator.runs.progress import progress_bar
from simulator.runs.workers import processors
from simulator.scenario.parts import Part
from simulator.scenario.risk_link_notes import risk_link_notes
from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.answer_folder import BASE_FILE, Files, file_names, finish
from simulator.studies.what_if import WhatIf, what_if

TEXT_WIDTH: Final = 118
MOST_MONTHS: Final = 200
LINKED: Final = "risks are linked to the patient: see the notes"


@dataclass(frozen=True, slots=True)
class AttritionOptions:
    """The options as typed; None is the scenario's own, or not wanted.

    Attributes
    ----------
    replicates
        Simulated trials, whose own patients are shown next to the population.
    designs, truths
        Those whose flow from referral to evaluable is shown; without a design none is.
    months_of
        The months of the trial are shown for so many relaxations and pairs, those that gain most.
    """

    patients: int
    pairs: bool
    replicates: int | None
    seed: int | None
    designs: list[str] | None = None
    truths: list[str] | None = None
    months_of: int | None = None
    workers: int | None = None


def attrition_and_print(path: Path, options: AttritionOptions, out: Path | None, force: bool) -> None:
    """Screen the population and print it; where wanted, also the patients and the flow of simulated trials."""
    scenario = load_scenario(path)
    if not scenario.parts.has(Part.CRITERIA):
        raise ScenarioError("attrition: the scenario has no criteria (eligibility: none)")
    first = _checked(scenario, options)
    question = {"scenario": scenario.to_yaml(), **asdict(options), "workers": None}
    with answer_folder(out, KIND, question, force=force) as folder:
        if folder is not None and folder.finished:
            sys.stdout.write((folder.path / PRINTED).read_text(encoding="utf-8"))
            say_finished(out)
            return
        found = attrition(
            scenario.population, scenario.eligibility, first, options.patients, pairs=options.pairs
        )
        links = risk_link_notes(scenario)
        built_in = scenario.parts.has(Part.BUILT_IN_CRITERIA)
        risk = LINKED if links else UNCHANGED
        text = render(found, seed=first, pairs=options.pairs, risk=risk, built_in=built_in)
        for line in (*links, *population_notes(scenario.population), *_incomplete(found)):
            text += textwrap.fill(f"Note: {line}.", TEXT_WIDTH) + "\n"
        sys.stdout.write(text)
        files = _population_files(scenario, found, first) if folder is not None else Files()
        if options.replicates is not None:
            files = files.with_more(_run(scenario, options, first, draws=folder is not None))
        if options.months_of is not None:
            files = files.with_more(_months(scenario, options, found))
        if folder is not None:
            files.texts[PRINTED] = text + "".join(files.texts.pop(name, "") for name in PARTS)
            finish(folder, files)
            print(f"Written to {out}: tables/, figures/, {PRINTED}, {BASE_FILE}, run.json.")


KIND: Final = "attrition"
PRINTED: Final = "attrition.txt"
PARTS: Final = ("run", "months")
"""Texts printed one below the other, and in attrition.txt in the same order."""


def _incomplete(found: Attrition) -> tuple[str, ...]:
    """Return a note on those neither eligible nor failing anything, where the population has something unknown."""
    left = found.screened - found.eligible - found.patterns.failures
    note = (
        f"{left:,} of the screened fail nothing, but not all is known of them: not eligible, in no line above"
    )
    return (note,) if left else ()


def _checked(scenario: Scenario, options: AttritionOptions) -> int:
    """Return the seed; ScenarioError for numbers out of range, and options that need another."""
    first = whole_number("seed", scenario.run.seed if options.seed is None else options.seed, 0)
    if options.replicates is not None:
        number_of_replicates(scenario, options.replicates)
    if (options.designs or options.truths) and options.replicates is None and options.months_of is None:
        raise ScenarioError("attrition: --design and --truth are of simulated trials: give --replicates too")
    if options.months_of is not None and not 1 <= options.months_of <= MOST_MONTHS:
        raise ScenarioError(
            f"months-of must be a whole number from 1 to {MOST_MONTHS}, got {options.months_of}"
        )
    return first


def _population_files(scenario: Scenario, found: Attrition, seed: int) -> Files:
    tables = {
        "criteria": found.criteria,
        "from_first_contact": found.from_first_contact,
        "relaxations": found.relaxations,
    }
    figures = {"screen_failure_reasons": rendered_axes(screen_failure_reasons(found))}
    about = {"seed": seed, "referred": found.referred}
    return Files(tables, {BASE_FILE: scenario.to_yaml()}, figures, about)


def _run(scenario: Scenario, options: AttritionOptions, seed: int, *, draws: bool) -> Files:
    """Print the attrition of a run's own patients, and the flow of each design named."""
    assert options.replicates is not None
    frame = attrition_of_run(run_plan(scenario, None, None, seed), options.replicates)
    of = f"of the consented with a verdict, last screening, in {options.replicates} replicates of a run"
    text = "\n" + "\n".join(criteria_lines(frame, of)) + "\n"
    sys.stdout.write(text)
    files = Files(tables={"criteria_of_run": frame})
    if draws:
        axes = screen_failure_reasons(frame, of=of)
        files.figures["screen_failure_reasons_of_run"] = rendered_axes(axes)
    if options.designs:
        with progress_bar() as progress:
            workers = processors() if options.workers is None else options.workers
            paired = Options(
                options.designs, options.truths or None, options.replicates, seed, workers, progress
            )
            runs = PairedRuns.of(scenario, paired, 1)
            table = flow(runs.results(scenario, keep=True))
        shown = "\n" + "\n".join(flow_lines(table)) + "\n"
        sys.stdout.write(shown)
        text += shown
        files.tables["flow"] = table
        names = dict.fromkeys(zip(table["design"], table["truth"], strict=True))
        if draws:
            for name, (design, truth) in zip(file_names(f"{d}_{t}" for d, t in names), names, strict=True):
                files.figures[f"patient_flow_{name}"] = rendered_axes(flow_of(table, design, truth))
    files.texts["run"] = text
    return files


def _months(scenario: Scenario, options: AttritionOptions, found: Attrition) -> Files:
    """Print the months of the relaxations that gain most, each against the scenario as it is."""
    assert options.months_of is not None
    gains = [gain for gain in found.gains if gain.patients > 0][: options.months_of]
    if not gains:
        return Files()
    variants = {
        " and ".join(change.text for change in gain.changes): {
            f"eligibility.{change.setting}": change.value for change in gain.changes
        }
        for gain in gains
    }
    with progress_bar() as progress:
        judged: WhatIf = what_if(
            scenario,
            variants=variants,
            designs=options.designs or None,
            truths=options.truths or None,
            replicates=options.replicates,
            seed=options.seed,
            workers=processors() if options.workers is None else options.workers,
            progress=progress,
        )
    text = "\n" + "\n".join(months_lines(found, gains, judged)) + "\n"
    sys.stdout.write(text)
    return Files(tables={"relaxations_changes": judged.changes}, texts={"months": text})
