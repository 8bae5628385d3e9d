"""The public verb `levers`: what shortens a trial, every lever ranked, and few that bring it inside some months."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from simulator.analysis.changes import MONTHS, Observation, outcome_change
from simulator.analysis.estimate import Estimate
from simulator.analysis.inside import mean_inside, quantile_inside
from simulator.analysis.lever_tables import Lever, LeverSet, LeverTables, PulledLever
from simulator.analysis.relaxation_sets import RelaxationSets
from simulator.analysis.relaxation_tables import Inside
from simulator.durations import DAYS_PER_MONTH
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.eligibility.relaxations import proposals, written
from simulator.errors import ScenarioError
from simulator.randomness import Streams
from simulator.runs.paired_runs import Options, PairedRuns
from simulator.runs.plan import whole_number
from simulator.runs.progress import Progress
from simulator.runs.replicates import chunks
from simulator.runs.results import Results
from simulator.runs.workers import processes_shared
from simulator.scenario.moves import Changes, moves
from simulator.scenario.scenario import Scenario
from simulator.studies.smallest_relaxation import blocks_of

ALPHA: Final = 0.05
MOST_LEVERS: Final = 6
BETTER: Final = {
    "arrivals.sites": True,
    "arrivals.referrals_per_site_month": True,
    "trial.stagger_first_days": False,
    "trial.stagger_other_days": False,
    "trial.slots_ahead": True,
    "trial.dlt_window_days": False,
    "trial.review_days": False,
    "screening.screening": False,
    "screening.new_donor": False,
    "product.manufacturing_slots": True,
    "product.to_leukapheresis": False,
    "product.manufacture": False,
    "product.release": False,
}
"""Numbers of the trial that may be changed, and whether the high end of the range is the better one."""


def levers(
    scenario: Scenario,
    months: float,
    *,
    design: str | None = None,
    truths: Sequence[str] | None = None,
    share: float | None = None,
    replicates: int | None = None,
    seed: int | None = None,
    workers: int = 1,
    progress: Progress | None = None,
) -> LeverTables:
    """Rank everything that may be changed by the months it gains, and find few that bring the trial inside a limit.

    Levers are sites, referrals, stagger, slots ahead, window, review, screening, donor and manufacturing times at the
    better end of their range (half or twice where none is stated), and the permitted relaxations (D40). Each is run
    by itself on the same patients; then the best are put together, most months first, until the limit is met, and
    those that turn out not to be needed are taken away again. Other sets may do with as few.

    Parameters
    ----------
    months
        The limit; `share` None: for the mean, else for that share of trials.
    design, truths, replicates, seed, workers, progress
        As `what_if`, for one design.

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
    whole_number("workers", workers, 1)
    name = scenario.designs[0].name if design is None else design
    listed, left_out = permitted_levers(scenario)
    options = Options([name], truths, replicates, seed, workers, progress)
    runs = PairedRuns.of(scenario, options, 1 + len(listed) + 2 * MOST_LEVERS)
    with processes_shared():
        base = runs.results(scenario, keep=True)
        before = Observation(base, name, runs.truths)
        gains = _gains(scenario, runs, listed)
        pulled = []
        for one in listed:
            after = runs.results(scenario.with_changes(one.changes))
            change = outcome_change(before, Observation(after, name, runs.truths), MONTHS)
            pulled.append(PulledLever(one, change, gains.get(one.name, 0.0)))
        pulled.sort(key=lambda one: one.months.value)
        search = _Search(scenario, runs, name, float(months), share)
        alone = LeverTables(
            scenario=scenario,
            design=name,
            truths=tuple(runs.truths),
            limit=float(months),
            share=share,
            pulled=tuple(pulled),
            tried=(),
            answer=None,
            left_out=left_out,
            replicates=runs.replicates,
        )
        answer = search.answer(base, [one.lever for one in alone.gaining])
    return replace(alone, tried=tuple(search.tried), answer=answer)


def permitted_levers(scenario: Scenario) -> tuple[list[Lever], dict[str, str]]:
    """Return the levers of a scenario, and why others cannot be pulled."""
    found: list[Lever] = []
    left_out: dict[str, str] = {}
    for move in moves(scenario)[0]:
        if move.path not in BETTER:
            continue
        changes = move.at_high if BETTER[move.path] else move.at_low
        try:
            other = scenario.with_changes(changes)
        except ScenarioError as error:
            left_out[move.path] = "; ".join(error.faults)
            continue
        if other.to_data() != scenario.to_data():
            found.append(Lever(_named(move.path, changes), move.path, dict(changes), False))
    if not isinstance(scenario.eligibility, OwnCriteria):
        for one in proposals(scenario.eligibility):
            path = f"eligibility.{one.setting}"
            found.append(Lever(one.text, path, {path: one.value}, True))
    return found, left_out


def _named(path: str, changes: Changes) -> str:
    if set(changes) == {path}:
        value = changes[path]
        return f"{path}={value:g}" if isinstance(value, int | float) else f"{path}={value}"
    parts = (f"{key.rpartition('.')[2]}={written(value)}" for key, value in changes.items())
    return f"{path}: {', '.join(parts)}"


def _gains(scenario: Scenario, runs: PairedRuns, listed: list[Lever]) -> dict[str, float]:
    """Return the patients that each relaxation admits more, per 100 referred."""
    if isinstance(scenario.eligibility, OwnCriteria):
        return {}
    streams, plan = Streams(runs.seed), runs.plan(scenario)
    blocks = [one for part in chunks(runs.replicates) for one in blocks_of(plan, streams, part)]
    sets = RelaxationSets.of(scenario.population, scenario.eligibility, streams, blocks)
    by_name = {one.text: one for one in sets.singles}
    return {
        one.name: 100 * sets.admits((by_name[one.name],)).patients / sets.referred
        for one in listed
        if one.name in by_name
    }


class _Search:
    """Levers put together, most months first, and taken away again where they are not needed."""

    def __init__(
        self, scenario: Scenario, runs: PairedRuns, design: str, limit: float, share: float | None
    ) -> None:
        self._scenario = scenario
        self._runs = runs
        self._design = design
        self._limit = limit
        self._share = share
        self.tried: list[LeverSet] = []

    def answer(self, base: Results, best: list[Lever]) -> LeverSet | None:
        """Return a set inside the limit with few levers, or None."""
        found = self._judged((), base)
        chosen: list[Lever] = []
        for one in best:
            if found.said is Inside.INSIDE or len(chosen) == MOST_LEVERS:
                break
            if one.setting not in {other.setting for other in chosen}:
                chosen.append(one)
                found = self._run(tuple(chosen))
        if found.said is not Inside.INSIDE:
            return None
        for one in chosen[:-1]:
            fewer = tuple(other for other in found.levers if other is not one)
            without = self._run(fewer)
            if without.said is Inside.INSIDE:
                found = without
        return found

    def _run(self, chosen: tuple[Lever, ...]) -> LeverSet:
        changes = {path: value for one in chosen for path, value in one.changes.items()}
        return self._judged(chosen, self._runs.results(self._scenario.with_changes(changes)))

    def _judged(self, chosen: tuple[Lever, ...], results: Results) -> LeverSet:
        arms = results.positions_of(self._design, self._runs.truths)
        months = results.stacked(arms, "recommended_day") / DAYS_PER_MONTH
        judge: Callable[..., tuple[Estimate, float, float, Inside]] = (
            mean_inside if self._share is None else quantile_inside
        )
        calendar = self._scenario.trial.calendar_limit_months
        alpha = ALPHA / (2 * MOST_LEVERS)
        one = LeverSet(chosen, *judge(months, self._limit, alpha, calendar, self._share))
        self.tried.append(one)
        return one
