"""Sensitivity: every assumption from its low to its high, one at a time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from simulator.analysis.changes import OUTCOMES, Observation, groups, observed, outcome_change
from simulator.analysis.sensitivity_tables import DECIDING, SensitivityTables, Swing
from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.errors import ScenarioError
from simulator.parsing.faults import did_you_mean
from simulator.report import figures
from simulator.report.notebook.what_if import sensitivity_html
from simulator.runs.packed_columns import read_once
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.progress import Progress
from simulator.runs.results import Results
from simulator.runs.workers import processes_shared
from simulator.scenario.moves import Move, moves
from simulator.scenario.scenario import Scenario
from simulator.studies.answer_folder import save, sensitivity_files

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes


@dataclass(frozen=True)
class Sensitivity(SensitivityTables):
    """The swings of one outcome, and what can be done with them: drawn, saved, shown in a notebook."""

    def plot(self, design: str | None = None, truth: str | None = None, ax: "Axes | None" = None) -> "Axes":
        """Draw the tornado; see `figures.tornado`."""
        with figures.shown_by_notebook():
            return figures.tornado(self, design, truth, ax)

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> None:
        """Write tables, figures, the printed text and the scenario as YAML; as `WhatIf.save`.

        The changed scenarios are not written: each differs by one number, which the table names.
        """
        save(folder, sensitivity_files(self), force=force)

    def _repr_html_(self) -> str:
        return sensitivity_html(self)


def sensitivity(
    scenario: Scenario,
    outcome: str,
    *,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sensitivity:
    """Move every assumption to its low and its high, one at a time. As `what_if` otherwise.

    Where the scenario states no range, half to twice the number is taken, or half to twice the odds of a share; what
    is not moved is in `left_out`, with the reason.

    Raises
    ------
    ScenarioError
        For an outcome that is not in `OUTCOMES`, and as `what_if`.
    """
    if outcome not in OUTCOMES:
        raise ScenarioError(f"sensitivity: no outcome {outcome!r}" + did_you_mean(outcome, OUTCOMES))
    ends, left_out = _ends(scenario)
    options = Options(designs, truths, replicates, seed, workers, progress)
    runs = PairedRuns.of(scenario, options, 1 + 2 * len(ends))
    with processes_shared():
        base = runs.results(scenario, keep=True)
        unfinished = {"base": most_unfinished(base)}
        found: dict[str, list[Swing]] = {name: [] for name in dict.fromkeys((outcome, *DECIDING))}
        for move, low, high in ends:
            at_low, at_high = runs.results(low), runs.results(high)
            unfinished[f"{move.path} at its low"] = most_unfinished(at_low)
            unfinished[f"{move.path} at its high"] = most_unfinished(at_high)
            with read_once():
                for name in found:
                    found[name] += _swings(move, base, at_low, at_high, name)
    order = {design: k for k, design in enumerate(base.designs)}
    sorted_by = {
        name: tuple(sorted(swings, key=lambda one: (order[one.design], one.truth, -abs(one.change.value))))
        for name, swings in found.items()
    }
    warnings = (*unfinished_notes(unfinished), *runs.warnings)
    others = {name: sorted_by[name] for name in DECIDING}
    return Sensitivity(scenario, base, outcome, sorted_by[outcome], left_out, warnings, others)


def _swings(move: Move, base: Results, at_low: Results, at_high: Results, outcome: str) -> Iterator[Swing]:
    """Yield what a move does to one outcome, for every design and the truths read together."""
    for design in base.designs:
        for group, names in groups(base):
            of = observed(base, design, names, outcome).estimate.value
            one = outcome_change(
                Observation(at_low, design, names), Observation(at_high, design, names), outcome
            )
            yield Swing(move.path, move.low, move.high, design, group, of, one, move.ends, move.is_stated)


def _ends(scenario: Scenario) -> tuple[list[tuple[Move, Scenario, Scenario]], dict[str, str]]:
    """Return the scenarios at low and high of every assumption, and why others are not moved."""
    wanted, left_out = moves(scenario)
    ends = []
    for move in wanted:
        try:
            low, high = (scenario.with_changes(changes) for changes in (move.at_low, move.at_high))
        except ScenarioError as error:
            left_out[move.path] = "; ".join(error.faults)
            continue
        ends.append((move, low, high))
    return ends, left_out
