"""A scenario as a fit reads it: shares and times as quantities to be learnt, and pools of simulated referrals."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from simulator.analysis.fitting.criteria import (
    POOL_REPLICATE,
    POOL_SEED,
    CriterionCurves,
    criterion_curves,
    pool,
)
from simulator.analysis.fitting.losses import Survivors
from simulator.analysis.fitting.posterior import Kind
from simulator.analysis.fitting.setting import Changes, Quantity
from simulator.analysis.fitting.times import Law
from simulator.durations import DAYS_PER_MONTH
from simulator.mid_trial.cut import thinning_to
from simulator.mid_trial.matching_pathways import draw_pool
from simulator.mid_trial.site_rates import Thinning
from simulator.population.screened_referrals import refer
from simulator.randomness import Block, Streams
from simulator.runs.plan import run_plan
from simulator.scenario.ranges import FACTOR, Range, range_of
from simulator.scenario.scenario import Scenario
from simulator.trial.intake import Stages
from simulator.trial.ledger import State


@dataclass(frozen=True)
class Assumed:
    """A scenario as `fit` reads it: its laws as points, and pools of simulated referrals, each made once."""

    scenario: Scenario
    curves: dict[str, CriterionCurves] = field(default_factory=dict)
    without_curve: dict[str, str] = field(default_factory=dict)

    @cached_property
    def stages(self) -> Stages:
        """The parameters of every stage."""
        scenario = self.scenario
        return run_plan(scenario, [scenario.designs[0].name], [scenario.truths[0].name], POOL_SEED).stages

    @cached_property
    def survivors(self) -> dict[State, Survivors]:
        """Survival, in multiples of the scale, of those who come to each stage, were there no deaths before."""
        undying = self.stages.dosing.model_copy(update={"deaths": False})
        stages = replace(self.stages, dosing=undying)
        paths = pool(stages)
        block = Block(POOL_REPLICATE, 0, 0, len(paths.state))
        drawn = refer(stages.population, stages.eligibility, Streams(POOL_SEED), [block])
        multiples = drawn.survival_days / (self.scenario.population.survival.scale_months * DAYS_PER_MONTH)
        steps = (State.REFERRED, State.PRESCREENED, State.CONSENTED, State.ELIGIBLE)
        return {step: Survivors.of(multiples[paths.state >= step]) for step in steps}

    @cached_property
    def prior_donors(self) -> float:
        """Share of consented patients whose donor is that of an earlier transplant."""
        paths = pool(self.stages)
        block = Block(POOL_REPLICATE, 0, 0, len(paths.state))
        drawn = refer(self.stages.population, self.stages.eligibility, Streams(POOL_SEED), [block])
        return float(drawn.has_prior_donor[paths.state >= State.CONSENTED].mean())

    def thinning(self, state: State) -> Thinning:
        """Return how referrals come to a state."""
        return thinning_to(state, draw_pool(self.stages, POOL_SEED))

    def curves_of(self, criteria: list[str]) -> dict[str, CriterionCurves]:
        """Return the curves of criteria; those that have none are noted."""
        missing = [one for one in criteria if one not in self.curves and one not in self.without_curve]
        if missing:
            self.curves.update(criterion_curves(self.scenario, missing, self.without_curve))
        return {one: self.curves[one] for one in criteria if one in self.curves}

    def has(self, path: str) -> bool:
        """Return whether the trial has the part that a setting is of."""
        section, key, *_ = path.split(".")
        if section == "product":
            return self.scenario.product is not None
        return self.scenario.parts.is_key(section, key)

    def share(
        self, path: str, what: str, others: Callable[[float], Changes] | None = None
    ) -> Quantity | None:
        """Return a share as a quantity; `others`: what else is set with it. None where it is 0 or 1 without range."""
        known = self.scenario.provenance[path]
        between = range_of(known)
        if between is None or isinstance(known.value, tuple):
            return None
        more = others or (lambda _new: {})
        return Quantity(
            path=path,
            what=what,
            unit="probability",
            assumed=float(known.value),
            between=between,
            kind=Kind.SHARE,
            changes=lambda new: {path: new} | more(new),
        )

    def law(self, path: str) -> Law:
        """Return a law of times."""
        section, name = path.split(".")
        return Law.of(getattr(getattr(self.scenario, section), name))

    def time(self, paths: tuple[str, ...], what: str, law: Law) -> Quantity:
        """Return the mean of a law of times as a quantity; all its days are moved by one factor."""
        mean = law.mean

        def scaled(new: float) -> Changes:
            changes: Changes = {}
            for path in paths:
                section, name = path.split(".")
                bare = getattr(getattr(self.scenario, section), name).model_dump(exclude_none=True)
                changes[path] = {
                    key: float(f"{days * new / mean:.4g}") if key.endswith("_days") else days
                    for key, days in bare.items()
                }
            return changes

        return Quantity(
            path=paths[0],
            what=what,
            unit="days",
            assumed=float(f"{mean:.4g}"),
            between=self._range_of_law(paths, mean),
            kind=Kind.TIME,
            changes=scaled,
        )

    def _range_of_law(self, paths: tuple[str, ...], mean: float) -> Range:
        known = self.scenario.provenance.get(f"{paths[0]}.median_days")
        if len(paths) == 1 and known is not None and known.low and known.high and known.low < known.high:
            median = float(known.value)  # type: ignore[arg-type]
            return Range(mean * known.low / median, mean * known.high / median, True)
        return Range(mean / FACTOR, mean * FACTOR, False)
