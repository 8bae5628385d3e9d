"""Sensitivity: every number that states a low and a high from one to the other, one at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING

from simulator.analysis.changes import OUTCOMES, groups, observed
from simulator.analysis.changes import change as compared
from simulator.analysis.sensitivity_tables import SensitivityTables, Swing
from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.errors import ScenarioError
from simulator.parsing.faults import did_you_mean
from simulator.report import figures
from simulator.report.notebook.what_if import sensitivity_html
from simulator.runs.paired_runs import UNCHANGEABLE, Options, PairedRuns
from simulator.runs.progress import Progress
from simulator.runs.workers import processes_shared
from simulator.scenario.provenance import Provenance
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
    """Move every number that states a low and a high to both, one at a time. As `what_if` otherwise.

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
        swings = []
        for parameter, (low, high) in ends.items():
            at_low, at_high = runs.results(low), runs.results(high)
            unfinished[f"{parameter} at its low"] = most_unfinished(at_low)
            unfinished[f"{parameter} at its high"] = most_unfinished(at_high)
            known = scenario.provenance[parameter]
            assert known.low is not None
            assert known.high is not None
            for design in base.designs:
                for group, names in groups(base):
                    of = observed(base, design, names, outcome).estimate.value
                    one = compared(
                        observed(at_low, design, names, outcome), observed(at_high, design, names, outcome)
                    )
                    swings.append(Swing(parameter, known.low, known.high, design, group, of, one))
    swings.sort(key=lambda one: (base.designs.index(one.design), one.truth, -abs(one.change.value)))
    warnings = (*unfinished_notes(unfinished), *runs.warnings)
    return Sensitivity(scenario, base, outcome, tuple(swings), left_out, warnings)


def _ends(scenario: Scenario) -> tuple[dict[str, tuple[Scenario, Scenario]], dict[str, str]]:
    """Return the scenarios at low and high of every number that states both, and what could not be built."""
    ends: dict[str, tuple[Scenario, Scenario]] = {}
    left_out: dict[str, str] = {}
    for path, known in scenario.provenance.items():
        if known.low is None or known.high is None or path.split(".")[0] in UNCHANGEABLE:
            continue
        if isinstance(known.value, tuple):
            left_out[path] = "a curve, not one number"
            continue
        try:
            low, high = (scenario.with_changes({path: _as(known, end)}) for end in (known.low, known.high))
        except ScenarioError as error:
            left_out[path] = "; ".join(error.faults)
            continue
        ends[path] = (low, high)
    return ends, left_out


def _as(known: Provenance, end: float) -> int | float:
    """Return a bound as the kind of number that the value is."""
    return int(end) if isinstance(known.value, int) and end == int(end) else end
