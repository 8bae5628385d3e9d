"""The calendar behind the page: base and variant on the same simulated patients, and what follows the controls."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Final

from simulator.analysis.changes import OUTCOMES, Change, Observation, outcome_change
from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.runs.kept_patients import KeptPatients, patients_kept
from simulator.runs.packed_columns import read_once
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.progress import Progress
from simulator.runs.results import BALANCED, Results
from simulator.runs.workers import processes_shared
from simulator.scenario.scenario import Scenario
from simulator.studies.what_if import BASE, variant_notes
from simulator.trial.engines import CODE_CACHE, COMPILED_PACKAGE, Engine, choose_engine

LIVE_TRIALS: Final = 1000
"""Up to so many trials the calendar follows the controls; more are run on the button."""
NOW: Final = "now"
_KEPT: Final = KeptPatients()
"""The patients of this process's pages: a move of stagger, cap or target draws none."""


@dataclass(frozen=True, slots=True)
class CalendarNumbers:
    """A setting of the page against its base.

    Attributes
    ----------
    truths
        Names of the truths averaged over; one where a truth is chosen.
    found
        Outcome -> change against the base.
    notes, warnings
        What the reader must know of this variant, and of any number here.
    """

    design: str
    truths: tuple[str, ...]
    base: Results
    now: Results
    scenario: Scenario
    found: Mapping[str, Change]
    notes: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def group(self) -> str:
        """The name of the truths in tables of results."""
        return self.truths[0] if len(self.truths) == 1 else BALANCED


def averaged(scenario: Scenario, truth: str) -> list[str]:
    """Return the names of the truths that a choice of the page stands for."""
    return [one.name for one in scenario.truths if one.balanced] if truth == BALANCED else [truth]


def why_not_live(scenario: Scenario, design: str, replicates: int) -> str:
    """Return why the calendar does not follow the controls; "" where it does."""
    choice = choose_engine(None, [scenario.design(design)])
    if choice.engine is not Engine.COMPILED:
        return f"The calendar runs on the button: {choice.why}."
    if replicates > LIVE_TRIALS:
        return f"More than {LIVE_TRIALS:,} trials run on the button."
    return ""


def words_at_start(scenario: Scenario, design: str) -> str:
    """Return what a run does first: compiled code is made once for each version of the simulator."""
    compiled = choose_engine(None, [scenario.design(design)]).engine is Engine.COMPILED
    if compiled and COMPILED_PACKAGE not in sys.modules and not import_module(CODE_CACHE).is_kept():
        return "Compiling the calendar, once for this version: up to a minute ..."
    return "Starting ..."


def calendar_numbers(
    base: Scenario,
    now: Scenario,
    design: str,
    truths: Sequence[str],
    replicates: int,
    workers: int,
    progress: Progress,
) -> CalendarNumbers:
    """Run base and variant; the last few of this process are kept, so that going back costs nothing."""
    runs = PairedRuns.of(base, Options([design], truths, replicates, None, workers, progress), 2)
    with processes_shared(), patients_kept(_KEPT):
        before = runs.results(base, keep=True)
        after = runs.results(now, keep=True)
    notes = variant_notes(base, now)
    unfinished = {BASE: most_unfinished(before), NOW: most_unfinished(after)}
    return CalendarNumbers(
        design,
        tuple(truths),
        before,
        after,
        now,
        compared(before, after, (design, design), (truths, truths)),
        notes,
        (*unfinished_notes(unfinished), *runs.warnings),
    )


def compared(
    before: Results,
    after: Results,
    designs: tuple[str, str],
    truths: tuple[Sequence[str], Sequence[str]],
) -> dict[str, Change]:
    """Compare two runs of the same replicates, outcome -> change."""
    first, second = (Observation(*of) for of in zip((before, after), designs, truths, strict=True))
    with read_once():
        return {outcome: outcome_change(first, second, outcome) for outcome in OUTCOMES}
