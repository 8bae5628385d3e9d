"""The public verb `smallest_relaxation`: the fewest permitted relaxations that bring a trial inside some months."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator.analysis.estimate import Estimate
from simulator.analysis.inside import mean_inside, quantile_inside
from simulator.analysis.relaxation_sets import Admitted, Changes, RelaxationSets
from simulator.analysis.relaxation_tables import Inside, JudgedSet, RelaxationTables
from simulator.durations import DAYS_PER_MONTH
from simulator.errors import ScenarioError
from simulator.randomness import Block, Streams
from simulator.report.notebook.smallest_relaxation import smallest_relaxation_html
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.plan import whole_number
from simulator.runs.progress import Progress
from simulator.runs.replicates import CHUNK, Chunk, RunPlan, chunks
from simulator.runs.results import Results
from simulator.runs.workers import processes_shared
from simulator.scenario.risk_link_notes import UNCHANGED_RISK, risk_link_notes
from simulator.scenario.scenario import Scenario
from simulator.studies.answer_folder import save, smallest_relaxation_files
from simulator.trial.intake import each_intake

if TYPE_CHECKING:
    pass

CONFIDENCE: Final = 0.95
FIRST_LOOK: Final = 100
"""Replicates of the first look: most sets are far from the limit, and need no more."""
LOOKS: Final = 2
MOST_SETS: Final = 40
BEAM: Final = 3
TRIED: Final = 2
"""Sets of a size that are tried first: those that admit most patients."""


@dataclass(frozen=True)
class SmallestRelaxation(RelaxationTables):
    """The answer of the search, and what can be done with it: saved, shown in a notebook."""

    def save(self, folder: str | PathLike[str], *, force: bool = False) -> None:
        """Write the table, the printed text, the scenario and that of the answer as YAML into a new folder.

        Raises
        ------
        StoreError
            For a folder that is not empty (unless `force`), not writable, or on a full disk.
        """
        save(folder, smallest_relaxation_files(self), force=force)

    def _repr_html_(self) -> str:
        return smallest_relaxation_html(self)


def smallest_relaxation(
    scenario: Scenario,
    months: float,
    *,
    design: str | None = None,
    truth: str | Sequence[str] | None = None,
    share: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    most_sets: int = MOST_SETS,
    progress: Progress | None = None,
) -> SmallestRelaxation:
    """Search the smallest set of permitted relaxations (D40) that brings the recommendation inside some months.

    First, of every size, the sets that admit most of the run's own patients, until one is told to be inside; then
    all smaller ones, smallest first, up to `most_sets` runs. A set that admits the same patients as one judged
    before has the same trials and is not run again; no other is left out, since a trial with more patients is not
    proven to be faster. Every set is run on the same patients, first on some replicates and, where the interval
    still holds the limit, on all of them.

    Parameters
    ----------
    months
        The limit, up to the calendar limit of the trial. A trial without recommendation by then counts with it.
    design
        Name from the scenario; the first by default.
    truth
        Name or names from the scenario, averaged over; by default the truths the question is asked over.
    share
        None: the mean must be within the limit. Else: the share of trials, 0.5 to 0.99, that must be; 0.8
        asks for the 80th percentile.
    replicates, seed, workers, progress
        As `what_if`; the progress counts on the largest number of sets that may be run.
    most_sets
        Sets run at most.

    Raises
    ------
    ScenarioError
        For an unknown name, or a number out of range.
    """
    limit = scenario.trial.calendar_limit_months
    if isinstance(months, bool) or not isinstance(months, int | float) or not 0 < months < limit:
        raise ScenarioError(
            f"months must be a number above 0 and below the calendar limit {limit:g}, got {months!r}"
        )
    if share is not None and (isinstance(share, bool) or not 0.5 <= share <= 0.99):
        raise ScenarioError(f"share must be a number from 0.5 to 0.99, got {share!r}")
    most = whole_number("most_sets", most_sets, 1)
    truths = [truth] if isinstance(truth, str) else truth
    name = scenario.designs[0].name if design is None else design
    options = Options([name], truths, replicates, seed, workers, progress)
    search = _Search.of(scenario, PairedRuns.of(scenario, options, most), float(months), share, most)
    with processes_shared():
        answer, complete_to = search.run()
    return SmallestRelaxation(
        scenario=scenario,
        sets=search.sets,
        design=name,
        truths=tuple(search.runs.truths),
        months=float(months),
        share=share,
        judged=tuple(search.judged),
        answer=answer,
        complete_to=complete_to,
        same=search.same,
        replicates=search.runs.replicates,
        seed=search.runs.seed,
        warnings=(*(risk_link_notes(scenario) or (UNCHANGED_RISK,)), *search.runs.warnings),
    )


@dataclass(slots=True)
class _Search:
    """A search under way; `known` has the judged set of every pattern of admitted patients."""

    scenario: Scenario
    runs: PairedRuns
    sets: RelaxationSets
    months: float
    share: float | None
    most: int
    judged: list[JudgedSet]
    known: dict[bytes, JudgedSet]
    same: int = 0

    @classmethod
    def of(
        cls, scenario: Scenario, runs: PairedRuns, months: float, share: float | None, most: int
    ) -> "_Search":
        streams, plan = Streams(runs.seed), runs.plan(scenario)
        blocks = [one for part in chunks(runs.replicates) for one in blocks_of(plan, streams, part)]
        sets = RelaxationSets.of(
            scenario.population, scenario.readings_for("what-if --within-months"), streams, blocks
        )
        return cls(scenario, runs, sets, months, share, most, [], {})

    def run(self) -> tuple[JudgedSet | None, int]:
        """Return the smallest set told to be inside, and up to which size every set was judged."""
        base = self._found((), self.sets.admits(()))
        if base.said is Inside.INSIDE:
            return base, 0
        found = self._by_gain()
        complete_to = 0
        smaller = self.sets.largest_size if found is None else len(found.changes) - 1
        for size in range(1, smaller + 1):
            for changes, admitted in self._ordered(size):
                if admitted.pattern not in self.known and len(self.judged) >= self.most:
                    return found, complete_to
                one = self._found(changes, admitted)
                if one.said is Inside.INSIDE:
                    return one, complete_to
            complete_to = size
        return found, complete_to

    def _by_gain(self) -> JudgedSet | None:
        """Judge the sets that admit most patients, of every size, and return the first that is inside.

        A set is grown from the `BEAM` of one relaxation less that admit most: which are tried first is no claim.
        """
        beam: list[tuple[Changes, Admitted]] = [((), self.sets.admits(()))]
        for _ in range(self.sets.largest_size):
            grown = {frozenset(more): more for changes, _ in beam for more in self.sets.grown(changes)}
            admitted = [(changes, self.sets.admits(changes)) for changes in grown.values()]
            beam = sorted(admitted, key=lambda pair: -pair[1].patients)[:BEAM]
            for changes, whom in beam[:TRIED]:
                if whom.pattern not in self.known and len(self.judged) >= self.most:
                    return None
                one = self._found(changes, whom)
                if one.said is Inside.INSIDE:
                    return one
        return None

    def _ordered(self, size: int) -> list[tuple[Changes, Admitted]]:
        """Return the sets of a size and whom they admit, most patients first."""
        admitted = [(changes, self.sets.admits(changes)) for changes in self.sets.of_size(size)]
        return sorted(admitted, key=lambda pair: -pair[1].patients)

    def _found(self, changes: Changes, admitted: Admitted) -> JudgedSet:
        """Judge a set, or take what was found of one that admits the same patients."""
        known = self.known.get(admitted.pattern)
        if known is not None:
            self.same += changes != known.changes
            return replace(known, changes=changes)
        one = self._judge(changes, admitted.patients)
        self.known[admitted.pattern] = one
        self.judged.append(one)
        return one

    def _judge(self, changes: Changes, gained: int) -> JudgedSet:
        values = {f"eligibility.{one.setting}": one.value for one in changes}
        other = self.scenario.with_changes(values) if values else self.scenario
        plan = self.runs.plan(other)
        parts = chunks(self.runs.replicates)
        first = parts[: max(1, FIRST_LOOK // CHUNK)]
        # In this process: so few trials are done before a pool would have started.
        found = self.runs.chunks(plan, first, workers=1)
        one = self._said(plan, found, changes, gained)
        if one.said is Inside.NOT_TOLD and len(parts) > len(first):
            found += self.runs.chunks(plan, parts[len(first) :])
            one = self._said(plan, found, changes, gained)
        self.runs.tell(max(0, (len(self.judged) + 1) * self.runs.replicates - self.runs.done))
        return one

    def _said(self, plan: RunPlan, found: list[Chunk], changes: Changes, gained: int) -> JudgedSet:
        results = Results.of(plan, found, self.scenario.trial.target)
        arms = results.positions_of(self.runs.designs[0], self.runs.truths)
        months = results.stacked(arms, "recommended_day") / DAYS_PER_MONTH
        alpha = (1 - CONFIDENCE) / (LOOKS * self.most)
        calendar = self.scenario.trial.calendar_limit_months
        judge: Callable[..., tuple[Estimate, float, float, Inside]] = (
            mean_inside if self.share is None else quantile_inside
        )
        estimate, low, high, said = judge(months, self.months, alpha, calendar, self.share)
        return JudgedSet(changes, gained, estimate, low, high, results.replicates, said)


def blocks_of(plan: RunPlan, streams: Streams, part: range) -> Iterator[Block]:
    """Yield the patients of a run's replicates, as its trials draw them."""
    for intake in each_intake(plan.stages, streams, part):
        counts = np.bincount(intake.site, minlength=plan.stages.arrivals.sites)
        for site, count in enumerate(counts.tolist()):
            yield Block(intake.replicate, site, 0, count)
