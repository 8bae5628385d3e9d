"""The public verb `what_if`: what a change of assumptions does, on the same simulated patients."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from simulator.analysis.changes import OUTCOMES, Change, groups, observed
from simulator.analysis.changes import change as compared
from simulator.analysis.changes import changes as changes_of
from simulator.analysis.results import Results
from simulator.compare import FEW_REPLICATES, fingerprint, job_of, whole_number
from simulator.eligibility.relaxations import Effect, effect, permitted_settings, written
from simulator.errors import ScenarioError
from simulator.provenance import Provenance
from simulator.replicate import Chunk, Job, chunks, run
from simulator.scenario import Scenario
from simulator.scenario_faults import did_you_mean

if TYPE_CHECKING:
    import pandas as pd

Progress = Callable[[int, int], None]
Values = Sequence[int | float]
Key = tuple[str, str, str]
"""Design, truth (or "balanced"), outcome."""

BASE: Final = "base"
KEPT: Final = 4
UNCHANGED_RISK: Final = (
    "risk assumed unchanged: those admitted have the same risk of a DLT and of early death as the others"
)


@dataclass(frozen=True, slots=True)
class VariantResult:
    """What one variant does.

    Attributes
    ----------
    changes
        Dotted path -> new value.
    notes
        What the reader must know of this variant.
    found
        (design, truth or "balanced", outcome) -> change against the base.
    """

    name: str
    changes: dict[str, object]
    notes: tuple[str, ...]
    found: dict[Key, Change]


@dataclass(frozen=True)
class WhatIf:
    """Variants against the base on the same patients; the replicate is the unit of error.

    Intervals are those of one comparison each: with many variants and outcomes, some of 95 % miss.
    """

    scenario: Scenario
    base: Results
    variants: tuple[VariantResult, ...]
    warnings: tuple[str, ...]

    @cached_property
    def changes(self) -> "pd.DataFrame":
        """Every change: variant, design, truth, outcome, statistic, value, mcse.

        Statistics: before, after, difference, low95, high95 and differing_replicates (see `Change`).
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for variant in self.variants:
            for (design, truth, outcome), one in variant.found.items():
                label = {"variant": variant.name, "design": design, "truth": truth, "outcome": outcome}
                rows += one.rows(label)
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class Sweep:
    """One number of the scenario over a range of values."""

    path: str
    values: tuple[int | float, ...]
    found: WhatIf

    @cached_property
    def curve(self) -> "pd.DataFrame":
        """The curve: at (value of the number), design, truth, outcome, statistic, value, mcse.

        "after" is the outcome at the value, "difference" with "low95" and "high95" its change from the base.
        """
        import pandas as pd

        rows: list[dict[str, object]] = []
        for at, variant in zip(self.values, self.found.variants, strict=True):
            for (design, truth, outcome), one in variant.found.items():
                rows += one.rows({"at": at, "design": design, "truth": truth, "outcome": outcome})
        return pd.DataFrame(rows)


@dataclass(frozen=True, slots=True)
class Swing:
    """One number from its low to its high: `change` is the outcome at high minus at low, paired."""

    parameter: str
    low: float
    high: float
    design: str
    truth: str
    base: float
    change: Change


@dataclass(frozen=True)
class Sensitivity:
    """One outcome over the stated low and high of every number that states both, one number at a time.

    Attributes
    ----------
    swings
        Per design and truth the largest first.
    left_out
        Parameter -> why its low or high could not be run.
    """

    outcome: str
    swings: tuple[Swing, ...]
    left_out: dict[str, str]
    warnings: tuple[str, ...]

    @cached_property
    def tornado(self) -> "pd.DataFrame":
        """The tornado: parameter, low, high, design, truth, statistic, value, mcse, the largest swing first.

        Statistics: at_low, at_high, base, swing (at_high minus at_low, paired), low95, high95,
        differing_replicates.
        """
        import pandas as pd

        names = {"before": "at_low", "after": "at_high", "difference": "swing"}
        rows: list[dict[str, object]] = []
        for one in self.swings:
            label: dict[str, object] = {"parameter": one.parameter, "low": one.low, "high": one.high}
            label |= {"design": one.design, "truth": one.truth}
            rows.append(label | {"statistic": BASE, "value": one.base, "mcse": float("nan")})
            rows += [
                row | {"statistic": names.get(str(row["statistic"]), row["statistic"])}
                for row in one.change.rows(label)
            ]
        columns = ["parameter", "low", "high", "design", "truth", "statistic", "value", "mcse"]
        return pd.DataFrame(rows, columns=columns)


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
) -> WhatIf:
    """Say what changes of a scenario do to patients, months and accuracy, on the same simulated patients.

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

    Raises
    ------
    ScenarioError
        For no variant, an illegal change, an unknown name, or a number out of range.
    """
    named = _named(changes, variants)
    changed = _changed(scenario, named)
    runs = _Runs.of(scenario, designs, truths, replicates, seed, workers, progress, 1 + len(named))
    base = runs.results(scenario, keep=True)
    found = tuple(
        VariantResult(name, dict(named[name]), _notes(scenario, other), changes_of(base, runs.results(other)))
        for name, other in changed.items()
    )
    return WhatIf(scenario, base, found, runs.warnings)


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
    """Run one number of the scenario at several values. Other parameters and errors as `what_if`."""
    found = what_if(
        scenario,
        variants={f"{path}={written(value)}": {path: value} for value in values},
        designs=designs,
        truths=truths,
        replicates=replicates,
        seed=seed,
        workers=workers,
        progress=progress,
    )
    return Sweep(path, tuple(dict.fromkeys(values)), found)


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
    runs = _Runs.of(scenario, designs, truths, replicates, seed, workers, progress, 1 + 2 * len(ends))
    base = runs.results(scenario, keep=True)
    swings = []
    for parameter, (low, high) in ends.items():
        at_low, at_high = runs.results(low), runs.results(high)
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
    return Sensitivity(outcome, tuple(swings), left_out, runs.warnings)


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


UNCHANGEABLE: Final = frozenset({"run", "presets"})


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


def _notes(scenario: Scenario, other: Scenario) -> tuple[str, ...]:
    """Say what a variant of the eligibility assumes, and which relaxation no criterion permits (D40)."""
    before, after = (one.eligibility.model_dump(mode="json") for one in (scenario, other))
    effects = {name: effect(name, before[name], after[name]) for name in before}
    admits = [name for name, one in effects.items() if one in (Effect.LOOSER, Effect.OTHER)]
    if not admits:
        return ()
    permitted = permitted_settings(scenario.eligibility)
    barred = [name for name in admits if effects[name] is Effect.LOOSER and name not in permitted]
    more = [f"not a permitted relaxation (D40): eligibility.{name}" for name in barred]
    return (UNCHANGED_RISK, *more)


@dataclass(slots=True)
class _Runs:
    """The runs of one question: the same designs, truths, seed and replicates for each."""

    designs: list[str]
    truths: list[str]
    replicates: int
    seed: int
    workers: int
    progress: Progress | None
    wanted: int
    done: int = 0

    @classmethod
    def of(
        cls,
        scenario: Scenario,
        designs: Sequence[str] | None,
        truths: Sequence[str] | None,
        replicates: int | None,
        seed: int | None,
        workers: int,
        progress: Progress | None,
        runs: int,
    ) -> "_Runs":
        wanted = whole_number("replicates", scenario.run.replicates if replicates is None else replicates, 1)
        first = whole_number("seed", scenario.run.seed if seed is None else seed, 0)
        asked = [truth.name for truth in scenario.question_truths] if truths is None else truths
        job = job_of(scenario, designs, asked, first)
        names = list(dict.fromkeys(arm.design_name for arm in job.arms))
        return cls(
            names,
            list(dict.fromkeys(asked)),
            wanted,
            first,
            whole_number("workers", workers, 1),
            progress,
            runs * wanted,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader must know before he reads a number."""
        if self.replicates >= FEW_REPLICATES:
            return ()
        return (
            f"{self.replicates} replicates: small differences cannot be told; a decision needs thousands",
        )

    def results(self, scenario: Scenario, *, keep: bool = False) -> Results:
        """Run a scenario's trials as conducted, or take them from the last few kept in this process."""
        whole = job_of(scenario, self.designs, self.truths, self.seed)
        arms = (replace(arm, needed=False) for arm in whole.arms if arm.truth.name in self.truths)
        # No pass to 50 is run, so that no referral beyond the calendar limit is needed.
        job = replace(whole, arms=tuple(arms), caps_to=1)
        key = fingerprint(job, self.replicates)
        if key in _kept:
            _kept.move_to_end(key)
            self._tell(self.replicates)
            return Results.of(job, _kept[key], scenario.trial.target)
        found = self._run(job)
        if keep:
            _kept[key] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return Results.of(job, found, scenario.trial.target)

    def _run(self, job: Job) -> list[Chunk]:
        found: dict[int, Chunk] = {}
        for part, chunk in run(job, chunks(self.replicates), self.workers):
            found[part.start] = chunk
            self._tell(len(part))
        return [found[start] for start in sorted(found)]

    def _tell(self, more: int) -> None:
        self.done += more
        if self.progress is not None:
            self.progress(self.done, self.wanted)


_kept: OrderedDict[str, list[Chunk]] = OrderedDict()
"""The chunks of the last few bases of this process: a base need not be run again for another question."""
