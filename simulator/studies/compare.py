"""The public verb `compare`: every design on the same simulated patients, and what that says."""

import json
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from simulator.analysis.comparison_tables import ComparisonTables, unsourced
from simulator.analysis.exact_beside import has_exact
from simulator.analysis.exact_foreseen import not_exact
from simulator.exact.exact_limit import exact_up_to
from simulator.population.file_reader import population_notes
from simulator.report import figures
from simulator.report.notebook.comparison import comparison_html
from simulator.report.render.html import page, write
from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.runs.ending import Ending
from simulator.runs.packed_chunks import run_packed, run_packed_chunk
from simulator.runs.plan import fingerprint, number_of_workers, replicates_asked, run_plan, whole_number
from simulator.runs.progress import Progress
from simulator.runs.replicates import RunPlan, chunks
from simulator.runs.results import Results
from simulator.runs.run_folder import RunFolder, open_run
from simulator.runs.workers import run_on
from simulator.scenario.borrowed import borrowed_parts_note
from simulator.scenario.question import FEW_REPLICATES, Auto
from simulator.scenario.risk_link_notes import risk_link_notes
from simulator.scenario.scenario import Scenario
from simulator.scenario.scenario_warnings import never_backfilled, prior_warnings
from simulator.scenario.wording import counted
from simulator.studies.decisive_assumptions import decisive_sentences
from simulator.studies.either_reading import SAID, EitherReading, designs_read_twice
from simulator.studies.gap import gap_of
from simulator.studies.stepwise import Stepwise, seconds_of, steps_of

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from simulator.report.figures.style import Axes


TEXTS: Final = ("scenario.yaml", "conventions.json", "compare.txt", "compare_full.txt")
GAP: Final = "tables/gap.parquet"
FEW_CUT_SHORT: Final = 0.001
"""Up to this share of needed passes, those cut short move no digit that is printed; the table `needed` has them."""


@dataclass(frozen=True)
class Comparison(ComparisonTables):
    """What a comparison found, and what can be done with it: drawn, reported, saved, shown in a notebook."""

    def report(self, path: str | PathLike[str]) -> None:
        """Write one self-contained HTML page with every result, its assumptions and how to get it again.

        Raises
        ------
        StoreError
            The file cannot be written.
        """
        write(path, page(self, self.about()))

    def save(self, path: str | PathLike[str], *, force: bool = False) -> None:
        """Write rows, tables, figures, scenario, seed, version and conventions into a new folder.

        `load_run` reads it back, as it does a folder of `compare`.

        Raises
        ------
        StoreError
            For a folder that is not empty (unless `force`), not writable, or on a full disk.
        """
        number = self.ending.asked if self.ending.about() else None
        key = fingerprint(self.results.plan, number or self.results.replicates)
        with open_run(
            Path(path), key, self.about(), force, will_write=outputs_of(self.results.plan)
        ) as folder:
            for part in chunks(self.results.replicates):
                folder.write(part, self.results.chunk(part))
            self.finish(folder)

    def plot(self, kind: str | None = None, ax: "Axes | None" = None, **options: object) -> "Axes":
        """Draw one of the figures of `simulator.report.figures` by its name.

        Parameters
        ----------
        kind
            accuracy_by_cap (the default where a number needed was judged), accuracy_by_truth, selection_by_level,
            allocation_by_level, selection_by_truth, allocation_by_truth, patients_used, months_used, patient_flow,
            paired_differences, truths_and_estimates or screen_failure_reasons.
        ax
            Axes to draw on; by default a new figure of page width, which a notebook shows at the end of the cell.
        options
            What that function takes besides, such as `truth` or `design`.

        Raises
        ------
        SimulatorError
            There is no such figure of this comparison, or the figure has no such option.
        """
        return figures.plot(self, kind, ax, **options)

    def __repr__(self) -> str:
        """Return the answer on one screen, as `simulator compare` prints it."""
        return first_screen(self).rstrip()

    def _repr_html_(self) -> str:
        """Show the answer in a notebook."""
        return comparison_html(self)

    def finish(self, folder: RunFolder) -> None:
        """Write everything but the replicates' rows into an open run folder."""
        tables = self.tables()  # first: texts then find every frame whole
        texts = {
            "scenario.yaml": self.scenario.to_yaml(),
            "conventions.json": json.dumps(self.conventions, indent=1, ensure_ascii=False) + "\n",
            "compare.txt": first_screen(self),
            "compare_full.txt": every_table(self),
        }
        folder.finish(tables, texts, figures.comparison_figures(self))


def compare(
    scenario: Scenario,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | str | None = None,
    seed: int | None = None,
    workers: int = 1,
    *,
    engine: str | None = None,
    seconds: float | None = None,
    out: str | PathLike[str] | None = None,
    force: bool = False,
    progress: Progress | None = None,
    executor: "Executor | None" = None,
    tornado: str | PathLike[str] | None = None,
    both_readings: bool | None = False,
    why: bool = False,
) -> Comparison:
    """Run designs and truths of a scenario on the same simulated patients.

    Parameters
    ----------
    designs, truths
        Names from the scenario; all by default.
    replicates, seed
        The scenario's own by default. Replicates: a number, or "auto", which is as many as settle the answer, in
        steps from 1,000 to 20,000; where SimPy runs any design, 1,000.
    workers
        Processes; the numbers are the same for any number.
    engine
        What runs the trials, the numbers being the same: "simpy", "compiled", or "auto", the default, which is
        compiled code where numba is installed and the designs wait for complete cohorts, else SimPy.
    seconds
        Ends the run by the clock if nothing else has: the replicates done by then are its own. In `out` such a
        run goes on when more seconds, or none, are asked for.
    out
        Folder for the run. Rows are kept chunk by chunk, so an interrupted run resumes.
    progress
        Called after every chunk with replicates done and wanted.
    executor
        Where the chunks run instead of on `workers` processes here, as on a cluster; the caller shuts it down.
    tornado
        Folder of a tornado of this scenario (`sensitivity(...).save(folder)`): the first screen then names the
        assumptions that move patients infused and months most.
    both_readings
        Run the pass behind the needed number once more with patients who are not DLT-evaluable counted as without a
        DLT where the scenario replaces them: the first screen then has what is needed by either reading. None: for
        the designs that compiled code runs and that do not look early, where it costs little.
    why
        Measure too what lies between the calendar's correct selection and the exact one, as `explain_gap` does: the
        same trials with each cause off, on `workers` processes here. It is the frame `gap`.

    Raises
    ------
    ScenarioError
        For an unknown design or truth, replicates, seed or workers out of range, an engine that cannot run it, or the
        tornado of another scenario.
    StoreError
        For a folder that cannot be written.
    WorkerError
        For worker processes that keep dying; what was done stays in `out`.
    """
    asked = replicates_asked(scenario, replicates)
    first = whole_number("seed", scenario.run.seed if seed is None else seed, 0)
    workers, seconds = number_of_workers(workers), seconds_of(seconds)
    plan = run_plan(scenario, designs, truths, first, engine)
    decisive = () if tornado is None else decisive_sentences(tornado, scenario)
    on = (
        partial(run_packed, workers=workers)
        if executor is None
        else partial(run_on, executor, run_packed_chunk)
    )
    with ExitStack() as stack:
        folder = None
        if out is not None:
            about = _about_running(scenario, plan, asked)
            key, names = fingerprint(plan, asked), outputs_of(plan)
            folder = open_run(Path(out), key, about, force, will_write=names, finished_too=True)
            stack.enter_context(folder)
        held = _held(folder, plan, seconds)
        twice = EitherReading(scenario, plan, on, designs_read_twice(plan, both_readings))
        job = Stepwise(scenario, plan, asked, twice.on, folder, seconds, progress)
        results, ending = job.run() if held is None else (job.held(held[0]), held[1])
        notes = () if folder is None else _notes_of(folder)
        either: tuple[str, ...] = ()
        if held is not None:
            either = (
                tuple(one for one in folder.held.get("warnings", ()) if one.startswith(SAID))
                if folder
                else ()
            )
        else:
            either = twice.said(results, progress)
        said = warnings_of(scenario, results) + either + decisive + notes
        gap = _kept_gap(folder)
        if why and gap is None:
            gap = gap_of(scenario, results, workers, engine, progress)
            if folder is not None and folder.finished:
                folder.go_on(outputs_of(plan))
        comparison = Comparison(scenario, results, said, ending, gap)
        if folder is not None and not folder.finished:
            folder.about = comparison.about()
            comparison.finish(folder)
    return comparison


def _held(folder: RunFolder | None, plan: RunPlan, seconds: float | None) -> tuple[int, Ending] | None:
    """Return how many replicates a finished run came to and why; one that may go on is begun again."""
    if folder is None or not folder.finished:
        return None
    ending = Ending.of(folder.held)
    if ending.may_go_on(compiled=plan.engine.compiled_throughout, seconds=seconds):
        folder.go_on(outputs_of(plan))
        return None
    return whole_number("replicates of the run held", folder.held.get("replicates", 0), 1), ending


def _kept_gap(folder: RunFolder | None) -> "pd.DataFrame | None":
    """Return what a finished run has measured between calendar and exact; None where it was not asked to."""
    if folder is None or not folder.finished or not (folder.path / GAP).is_file():
        return None
    return pd.read_parquet(folder.path / GAP)


def _about_running(scenario: Scenario, plan: RunPlan, asked: int | Auto) -> dict[str, object]:
    """Return what lets a reader of an unfinished folder report on the replicates it has."""
    return {
        "version": version("phase1-simulator"),
        "seed": plan.seed,
        "replicates": steps_of(plan, asked)[-1],
        "asked": asked,
        "designs": list(dict.fromkeys(arm.design_name for arm in plan.design_truths)),
        "truths": list(dict.fromkeys(arm.truth.name for arm in plan.design_truths)),
        "unsourced": unsourced(scenario),
        "scenario": scenario.to_yaml(),
    }


def outputs_of(plan: RunPlan) -> tuple[str, ...]:
    """Return the texts and figures that a run will write, so that files of somebody else are met before it."""
    designs = list(dict.fromkeys(arm.design_name for arm in plan.design_truths))
    names = figures.figure_names(
        designs, asked=any(arm.needed for arm in plan.design_truths), screens=plan.criteria > 0
    )
    return (*TEXTS, *(f"figures/{name}.{suffix}" for name in names for suffix in ("svg", "png")))


def _notes_of(folder: RunFolder) -> tuple[str, ...]:
    """Return notes on what the folder held that was not used, or not touched."""
    notes = []
    if folder.damaged:
        notes.append(f"damaged parts were run again: {', '.join(map(str, folder.damaged))}")
    if folder.left_alone:
        notes.append(f"left alone in the folder: {', '.join(map(str, folder.left_alone))}")
    return tuple(notes)


def warnings_of(scenario: Scenario, results: Results) -> tuple[str, ...]:
    """Return what the reader must know before reading a number of these results."""
    borrowed = borrowed_parts_note(scenario)
    found = [
        *population_notes(scenario.population),
        *risk_link_notes(scenario),
        *([borrowed] if borrowed else []),
    ]
    found += prior_warnings(scenario, results.designs)
    found += never_backfilled(scenario, results.designs)
    found += _beyond_exact(scenario, results)
    if results.replicates < FEW_REPLICATES:
        found.append(
            f"{counted(results.replicates, 'replicate')}: read every number with its MCSE; "
            "a protocol needs several thousand"
        )
    missing = [t.name for t in scenario.question_truths if t.name not in results.truths()]
    if missing:
        found.append(
            f"the question is asked over truths that were not run ({', '.join(missing)}): "
            + (
                "what is needed is judged over the others only"
                if results.question_truths()
                else "what is needed is not judged"
            )
        )
    short, passes = _passes_cut_short(scenario, results)
    if short > FEW_CUT_SHORT * passes:
        found.append(
            f"in {short} of {passes} passes to {scenario.question.caps_to} infused the referrals drawn ran out "
            "first; larger numbers then read the same patients"
        )
    return tuple(found)


def _beyond_exact(scenario: Scenario, results: Results) -> list[str]:
    """Return a note for each design without exact numbers beside the simulated: up to where it has them."""
    notes = []
    for name in results.designs:
        rule, last = scenario.design(name), scenario.question.caps_to
        if not has_exact(rule):
            continue
        without = not_exact(rule, last if results.question_truths() else None)
        if without:
            notes.append(
                f"{name}: exact up to {exact_up_to(rule)} patients, beyond it not: none for {' and '.join(without)}"
            )
    return notes


def _passes_cut_short(scenario: Scenario, results: Results) -> tuple[int, int]:
    """Return how many needed passes neither reached the largest cap nor were stopped by the design, and of all."""
    last = scenario.question.caps_to - 1
    reached = [
        results.caps(k, "reached")[:, last] for k, arm in enumerate(results.plan.design_truths) if arm.needed
    ]
    return sum(int(np.sum(~one)) for one in reached), sum(one.size for one in reached)
