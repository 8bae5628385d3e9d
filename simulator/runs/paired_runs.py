"""The runs of one question: the same designs, truths, seed and replicates for the base and every variant."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from time import perf_counter
from typing import Final

from simulator.population.file_reader import population_notes
from simulator.runs.cluster import CLUSTER
from simulator.runs.kept_runs import run_kept
from simulator.runs.packed_columns import AS_IT_IS, LEVEL
from simulator.runs.plan import (
    fingerprint,
    number_of_replicates,
    number_of_workers,
    run_plan,
    whole_number,
)
from simulator.runs.progress import Progress
from simulator.runs.replicates import Chunk, RunPlan, blocks, chunks
from simulator.runs.results import Results
from simulator.scenario.question import FEW_REPLICATES
from simulator.scenario.risk_link_notes import risk_link_notes
from simulator.scenario.scenario import Scenario
from simulator.scenario.wording import counted
from simulator.trial.engines import Engine, prepare

KEPT: Final = 4
"""Bases whose results are kept."""
AT_ONCE: Final = 200
"""Chunks whose rows are held as they come; then they are packed: of more of them, or to be kept, compressed."""
START_SECONDS: Final = 4.0
"""What a pool of processes takes to start."""
UNCHANGEABLE: Final = frozenset({"run", "presets"})
"""Sections that are the same for the base and every variant."""


@dataclass(frozen=True, slots=True)
class Options:
    """How a question is run, as the user gave it; None is the scenario's own.

    Attributes
    ----------
    designs, truths
        Names from the scenario; by default all designs, and the truths the question is asked over.
    workers
        Processes; the numbers are the same for any number.
    """

    designs: Sequence[str] | None = None
    truths: Sequence[str] | None = None
    replicates: int | None = None
    seed: int | None = None
    workers: int = 1
    progress: Progress | None = None


@dataclass(slots=True)
class PairedRuns:
    """Runs trials as they would be conducted, always on the same patients. Made by `of`."""

    designs: list[str]
    truths: list[str]
    replicates: int
    seed: int
    workers: int
    progress: Progress | None
    wanted: int
    population: tuple[str, ...] = ()
    done: int = 0
    needed: bool = False
    _by_processes: bool = False

    @classmethod
    def of(cls, scenario: Scenario, options: Options, runs: int) -> "PairedRuns":
        """Check the options; `runs` is how many runs the progress counts on.

        Raises
        ------
        ScenarioError
            For an unknown design or truth, or replicates, seed or workers out of range.
        """
        wanted = number_of_replicates(scenario, options.replicates)
        first = whole_number("seed", scenario.run.seed if options.seed is None else options.seed, 0)
        truths = options.truths
        names = [truth.name for truth in scenario.question_truths] if truths is None else truths
        plan = run_plan(scenario, options.designs, names, first)
        designs = list(dict.fromkeys(arm.design_name for arm in plan.design_truths))
        workers = number_of_workers(options.workers)
        said = (*population_notes(scenario.population), *risk_link_notes(scenario))
        return cls(
            designs, list(dict.fromkeys(names)), wanted, first, workers, options.progress, runs * wanted, said
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the reader must know before reading a number."""
        if self.replicates >= FEW_REPLICATES:
            return self.population
        few = f"{counted(self.replicates, 'replicate')}: small differences cannot be told; a decision needs thousands"
        return (*self.population, few)

    def plan(self, scenario: Scenario) -> RunPlan:
        """Return the trials of a scenario as conducted; where `needed` is asked, with the pass to 50 infused too."""
        whole = run_plan(scenario, self.designs, self.truths, self.seed)
        if self.needed:
            arms = (arm for arm in whole.design_truths if arm.truth.name in self.truths)
            return replace(whole, design_truths=tuple(arms), tally=False)
        arms = (replace(arm, needed=False) for arm in whole.design_truths if arm.truth.name in self.truths)
        # No pass to 50 is run, so that no referral beyond the calendar limit is needed.
        return replace(whole, design_truths=tuple(arms), caps_to=1, tally=False)

    def results(self, scenario: Scenario, *, keep: bool = False) -> Results:
        """Run a scenario's trials as conducted, or take them from the last few kept in this process."""
        plan = self.plan(scenario)
        key = fingerprint(plan, self.replicates)
        if key in _kept:
            _kept.move_to_end(key)
            self.tell(self.replicates)
            return replace(_kept[key], plan=plan)
        parts = chunks(self.replicates)
        level = LEVEL if keep or len(parts) > AT_ONCE else AS_IT_IS
        some = [parts[first : first + AT_ONCE] for first in range(0, len(parts), AT_ONCE)]
        packed = (Results.of(plan, self.chunks(plan, of), scenario.trial.target, level) for of in some)
        found = reduce(Results.followed_by, packed)
        if keep:
            _kept[key] = found
            while len(_kept) > KEPT:
                _kept.popitem(last=False)
        return found

    def chunks(self, plan: RunPlan, wanted: list[range], workers: int | None = None) -> list[Chunk]:
        """Run these chunks of replicates, or read those the answer's folder keeps, and return them in order.

        Those that were run at once come together.
        """
        found: dict[range, Chunk] = {}
        key, by, untold = fingerprint(plan, self.replicates), workers or self.workers, 0
        if by > 1 and plan.engine.engine == Engine.COMPILED and CLUSTER.get() is None:
            if not self._by_processes:
                found, seconds = self._first_block(plan, wanted, key)
                untold = sum(map(len, found))
                left = seconds * (self.wanted - self.done - untold) / max(untold, 1)
                self._by_processes = left * (1 - 1 / by) > START_SECONDS
            by = by if self._by_processes else 1
        missing = [part for part in wanted if not any(part.start in of_some for of_some in found)]
        for of_some, chunk in run_kept(plan, missing, by, key):
            found[of_some] = chunk
            self.tell(
                len(of_some) + untold
            )  # not before: nobody should take the start of processes for slow trials
            untold = 0
        if untold:
            self.tell(untold)
        return [found[of_some] for of_some in sorted(found, key=lambda one: one.start)]

    def _first_block(self, plan: RunPlan, wanted: list[range], key: str) -> tuple[dict[range, Chunk], float]:
        """Run what is run at once in this process, and return it with the seconds it took.

        Where trials are run changes no number, so that the clock may decide it.
        """
        prepare(plan.engine.engine)
        first = [part for block in blocks(wanted, plan.arms)[:1] for part in wanted if part.start in block]
        begin = perf_counter()
        found = dict(run_kept(plan, first, 1, key))
        return found, perf_counter() - begin

    def tell(self, more: int) -> None:
        """Report that so many more replicates are done."""
        self.done += more
        if self.progress is not None:
            self.progress(self.done, self.wanted)


_kept: OrderedDict[str, Results] = OrderedDict()
"""The results of the last few bases of this process: a base need not be run again for another question."""
