"""The public verb `explain_gap`: why the calendar's correct selection is not the exact one, cause by cause."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from simulator.analysis import gap as measured
from simulator.errors import ScenarioError
from simulator.report.notebook.blocks import table_html
from simulator.report.render.text import text_of
from simulator.report.sections.gap import gap_blocks, gap_table
from simulator.report.trial_words import blocks_in_words_of
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.progress import Progress
from simulator.runs.results import Results
from simulator.runs.workers import processes_shared
from simulator.scenario.calendar_causes import CALENDAR_LIMIT, Cause, causes
from simulator.scenario.scenario import Scenario
from simulator.trial.engines import engine_asked

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Gap:
    """What each cause adds to the correct selection of the trial as conducted.

    Attributes
    ----------
    frame
        design, truth, cause, measure, statistic, value, mcse; see `simulator.analysis.gap.gap`.
    replicates
        Simulated trials per design and truth.
    """

    scenario: Scenario
    frame: "pd.DataFrame"
    replicates: int

    def __repr__(self) -> str:
        """Return the tables as `simulator compare --why` prints them."""
        return text_of(*blocks_in_words_of(self.scenario, gap_blocks(self.frame))).rstrip()

    def _repr_html_(self) -> str:
        return table_html(gap_table(self.frame))


def explain_gap(
    scenario: Scenario,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    *,
    engine: str | None = None,
    progress: Progress | None = None,
) -> Gap:
    """Measure why the calendar's correct selection is not the exact one: each cause off, on the same patients.

    Causes: death, new therapy, dose below the level, risks linked to the patient, the hold within a cohort, the
    reading of patients not evaluable, the calendar limit and the cap on enrolled; one that the scenario does not
    have is nowhere.

    Parameters
    ----------
    designs
        Names from the scenario; all by default.
    truths
        Names from the scenario; by default those the question is asked over.
    replicates, seed
        The scenario's own by default, 1,000 where that is `auto`.
    workers, engine
        As for `compare`.
    progress
        Called with replicates done and wanted, of all runs together.

    Raises
    ------
    ScenarioError
        For an unknown name, a number out of range, or a scenario in which no cause acts.
    """
    with engine_asked(engine) if engine is not None else nullcontext():
        options = Options(designs, truths, replicates, seed, workers, progress)
        runs = PairedRuns.of(scenario, options, 1 + 2 * len(causes(scenario)))
        with processes_shared():
            frame = _measured(scenario, runs.results(scenario, keep=True), runs)
    return Gap(scenario, frame, runs.replicates)


def gap_of(
    scenario: Scenario, results: Results, workers: int, engine: str | None, progress: Progress | None
) -> "pd.DataFrame":
    """Return the frame of `explain_gap` for a comparison that was run: its designs, truths and replicates."""
    own = {truth.name for truth in scenario.truths}
    truths = [name for name in results.truths() if name in own]
    with engine_asked(engine) if engine is not None else nullcontext():
        options = Options(results.designs, truths, results.replicates, results.plan.seed, workers, progress)
        runs = PairedRuns.of(scenario, options, 2 * len(causes(scenario)))
        with processes_shared():
            return _measured(scenario, results, runs)


def _measured(scenario: Scenario, base: Results, runs: PairedRuns) -> "pd.DataFrame":
    """Run the trials with each cause off, and with each and those before it off."""
    found = causes(scenario)
    if not found:
        raise ScenarioError("explain-gap: no cause acts in this scenario; the calendar adds nothing")
    done: _Done = {(): _read(base)}
    alone = {cause.name: _without(scenario, (cause,), done, runs) for cause in found}
    in_turn = {
        cause.name: _without(scenario, found[: place + 1], done, runs) for place, cause in enumerate(found)
    }
    return measured.gap(base, alone, in_turn)


_Done = dict[tuple[str, ...], tuple[measured.Correct, bool]]
"""Causes that are off -> who selects correctly, and whether the calendar limit ended any trial."""


def _read(results: Results) -> tuple[measured.Correct, bool]:
    return measured.correct_selections(results), measured.any_unfinished(results)


def _without(scenario: Scenario, off: tuple[Cause, ...], done: _Done, runs: PairedRuns) -> measured.Correct:
    """Return who selects correctly with some causes off; what was run, or cannot differ, is not run again."""
    names = tuple(cause.name for cause in off)
    if names not in done and names[-1] == CALENDAR_LIMIT and not done[names[:-1]][1]:
        done[names] = done[names[:-1]]  # the limit ended no trial: a longer one gives the same rows
    if names in done:
        runs.tell(runs.replicates)
    else:
        changes = {path: value for cause in off for path, value in cause.changes.items()}
        done[names] = _read(runs.results(scenario.with_changes(changes)))
    return done[names][0]
