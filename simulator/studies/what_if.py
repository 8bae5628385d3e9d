"""The public verb `what_if`: what a change of assumptions does, on the same simulated patients."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from os import PathLike
from typing import TYPE_CHECKING, Final

from simulator.analysis.changes import MONTHS
from simulator.analysis.changes import changes as changes_of
from simulator.analysis.needed import needed_samples
from simulator.analysis.needed_change import needed_change
from simulator.analysis.resources import mean_costs
from simulator.analysis.unfinished import most_unfinished, unfinished_notes
from simulator.analysis.what_if_tables import SweepTables, VariantResult, WhatIfTables
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.eligibility.relaxations import Effect, effect, permitted_settings, written
from simulator.errors import ScenarioError
from simulator.report import figures
from simulator.report.notebook.what_if import sweep_html, what_if_html
from simulator.runs.paired_runs import UNCHANGEABLE, Options, PairedRuns
from simulator.runs.progress import Progress
from simulator.runs.workers import processes_shared
from simulator.scenario.risk_link_notes import UNCHANGED_RISK, risk_link_notes
from simulator.scenario.scenario import Scenario
from simulator.scenario.site_notes import site_notes
from simulator.scenario.window_notes import window_notes
from simulator.studies.answer_folder import save, sweep_files, what_if_files

if TYPE_CHECKING:
    from simulator.report.figures.style import Axes

Values = Sequence[int | float]

BASE: Final = "base"


@dataclass(frozen=True)
class WhatIf(WhatIfTables):
    """Variants against the base, and what can be done with them: drawn, saved, shown in a notebook."""

    def plot(
        self,
        outcome: str = MONTHS,
        design: str | None = None,
        truth: str | None = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw the change of one outcome under every variant; see `figures.variant_changes`."""
        with figures.shown_by_notebook():
            return figures.variant_changes(self, outcome, design, truth, ax)

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> None:
        """Write tables, figures, the printed text and every scenario as YAML into a new folder.

        Raises
        ------
        StoreError
            For a folder that is not empty (unless `force`), not writable, or on a full disk.
        """
        save(folder, what_if_files(self), force=force)

    def _repr_html_(self) -> str:
        return what_if_html(self)


@dataclass(frozen=True)
class Sweep(SweepTables):
    """One number over a range of values, and what can be done with it: drawn, saved, shown in a notebook."""

    def plot(
        self,
        outcome: str = MONTHS,
        design: str | None = None,
        truth: str | None = None,
        ax: "Axes | None" = None,
    ) -> "Axes":
        """Draw one outcome over the values; see `figures.sweep_curve`."""
        with figures.shown_by_notebook():
            return figures.sweep_curve(self, outcome, design, truth, ax)

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> None:
        """Write tables, figures, the printed text and every scenario as YAML; as `WhatIf.save`."""
        save(folder, sweep_files(self), force=force)

    def _repr_html_(self) -> str:
        return sweep_html(self)


def what_if(
    scenario: Scenario,
    changes: Mapping[str, object] | None = None,
    *,
    variants: Mapping[str, Mapping[str, object]] | None = None,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
    needed: bool = True,
) -> WhatIf:
    """Compare what changes of a scenario do to patients, months and accuracy, on the same simulated patients.

    Parameters
    ----------
    changes
        Dotted path -> new value, one variant: `{"eligibility.lvef_percent": 45, "arrivals.sites": 2}`.
    variants
        Further variants, name -> changes.
    designs
        Names from the scenario; all by default.
    truths
        Names from the scenario; by default those the question is asked over.
    replicates, seed
        The scenario's own by default; the same for the base and every variant.
    workers
        Processes; the numbers are the same for any number.
    progress
        Called with replicates done and wanted, of the base and all variants together.
    needed
        Whether the number needed by each design is asked too, over those of the question's truths that are run.

    Raises
    ------
    ScenarioError
        For no variant, an illegal change, an unknown name, or a number out of range.
    """
    named = _named(changes, variants)
    changed = _changed(scenario, named)
    options = Options(designs, truths, replicates, seed, workers, progress)
    runs = PairedRuns.of(scenario, options, 1 + len(named))
    runs.needed = needed
    with processes_shared():
        base = runs.results(scenario, keep=True)
        needs = needed_samples(base, scenario.question) if needed else {}
        unfinished = {BASE: most_unfinished(base)}
        found: list[VariantResult] = []
        for name, other in changed.items():
            results = runs.results(other)
            unfinished[name] = most_unfinished(results)
            change = changes_of(base, results)
            notes = variant_notes(scenario, other)
            costs = mean_costs(results, other.costs)
            after = needed_samples(results, other.question) if needed else {}
            differ = {
                design: needed_change(needs[design], after[design], runs.replicates)
                for design in needs
                if design in after
            }
            found.append(VariantResult(name, dict(named[name]), notes, change, other, costs, differ))
    warnings = (*unfinished_notes(unfinished), *runs.warnings)
    return WhatIf(scenario, base, tuple(found), warnings, mean_costs(base, scenario.costs))


def sweep(
    scenario: Scenario,
    path: str,
    values: Values,
    *,
    designs: Sequence[str] | None = None,
    truths: Sequence[str] | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> Sweep:
    """Run one number of the scenario at several values, on the same simulated patients.

    Parameters
    ----------
    path
        Dotted path of the number: `arrivals.referrals_per_site_month`.
    values
        Its values; the others as `what_if`.

    Raises
    ------
    ScenarioError
        For no value, a value that is not legal, and as `what_if`.
    """
    found = what_if(
        scenario,
        variants={f"{path}={written(value)}": {path: value} for value in values},
        designs=designs,
        truths=truths,
        replicates=replicates,
        seed=seed,
        workers=workers,
        progress=progress,
        needed=False,
    )
    return Sweep(path, tuple(dict.fromkeys(values)), found)


def _named(
    changes: Mapping[str, object] | None, variants: Mapping[str, Mapping[str, object]] | None
) -> dict[str, Mapping[str, object]]:
    named: dict[str, Mapping[str, object]] = {}
    if changes:
        named[", ".join(f"{path}={written(value)}" for path, value in changes.items())] = changes
    for name, of_variant in (variants or {}).items():
        if name in named or name == BASE:
            raise ScenarioError(f"what-if: the name {name!r} is taken; give the variant another one")
        if not of_variant:
            raise ScenarioError(f"what-if: variant {name!r} changes nothing")
        named[name] = of_variant
    if not named:
        raise ScenarioError("what-if: name at least one change")
    return named


def _changed(scenario: Scenario, named: Mapping[str, Mapping[str, object]]) -> dict[str, Scenario]:
    """Apply every variant; all faults of all variants at once."""
    found: dict[str, Scenario] = {}
    faults: list[str] = []
    for name, of_variant in named.items():
        fixed = [path for path in of_variant if path.split(".")[0] in UNCHANGEABLE]
        if fixed:
            message = "is the same for the base and every variant; not part of a what-if"
            faults += [f"{name}: {path}: {message}" for path in fixed]
            continue
        try:
            found[name] = scenario.with_changes(of_variant)
        except ScenarioError as error:
            faults += [f"{name}: {fault}" for fault in error.faults]
    if faults:
        raise ScenarioError(*faults)
    return found


def variant_notes(scenario: Scenario, other: Scenario) -> tuple[str, ...]:
    """Return what the reader must know of a variant: its sites, its DLT window, the risks it links, what D40 bars."""
    return (*site_notes(scenario, other), *window_notes(scenario, other), *_notes(scenario, other))


def _notes(scenario: Scenario, other: Scenario) -> tuple[str, ...]:
    """Return which risks a variant links to the patient, or that it admits others without, and what D40 bars."""
    if isinstance(scenario.eligibility, OwnCriteria) or isinstance(other.eligibility, OwnCriteria):
        return ()
    before, after = (one.eligibility.model_dump(mode="json") for one in (scenario, other))
    effects = {name: effect(name, before[name], after[name]) for name in before}
    admits = [name for name, one in effects.items() if one in (Effect.LOOSER, Effect.OTHER)]
    links = risk_link_notes(other)
    own = (
        links if links != risk_link_notes(scenario) else ()
    )  # those of the base stand with the whole comparison
    if not admits:
        return own
    permitted = permitted_settings(scenario.eligibility)
    barred = [name for name in admits if effects[name] is Effect.LOOSER and name not in permitted]
    more = [f"not a permitted relaxation (D40): eligibility.{name}" for name in barred]
    return (*own, *(() if links else (UNCHANGED_RISK,)), *more)
