"""Which criterion costs how many patients: one number of the population for each criterion, learnt from its failures.

A log names the criterion failed first, in the protocol's order of reasons, so each criterion is judged among those
who passed all before it. How a criterion's failures follow from its number is read off pools of simulated
referrals, drawn alike at several values of the number, at the desk and at screening apart.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from simulator.analysis.fitting.posterior import Kind, LogLikelihood, prior_of
from simulator.analysis.fitting.setting import Changes, FailingShare, FittedSetting, Quantity
from simulator.eligibility.criterion_topics import TOPICS
from simulator.eligibility.nct07144020 import PRIMARY_ORDER
from simulator.eligibility.screen import criteria
from simulator.mid_trial.screening_log import ScreeningLog
from simulator.population.parameters import PopulationParameters
from simulator.randomness import Streams
from simulator.runs.plan import run_plan
from simulator.scenario.criterion_numbers import LEVERS
from simulator.scenario.ranges import moved_odds, range_of
from simulator.scenario.scenario import Scenario
from simulator.trial.intake import Arrivals, Stages, intakes_of
from simulator.trial.ledger import Exit, State
from simulator.trial.screening import Pathways, ScreeningParameters

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

POOL: Final = 10_000
POOL_REPLICATE: Final = 2**40 + 1
"""A replicate number that no trial has."""
POOL_SEED: Final = 1
POINTS: Final = 5
HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Failures:
    """Patients judged on a criterion, having passed those before it, and those of them who fail it first."""

    of: float
    failed: float


@dataclass(frozen=True, slots=True)
class Curve:
    """Log odds of failing a criterion at a stage, quadratic in the number's own log or log odds."""

    coefficients: Floats
    is_share: bool

    def failing(self, values: Floats) -> Floats:
        """Return the probability of failing at values of the number. Same shape."""
        t = logit(values) if self.is_share else np.log(values)
        found: Floats = expit(np.polyval(self.coefficients, t))
        return np.clip(found, 1e-9, 1 - 1e-9)


@dataclass(frozen=True, slots=True)
class CriterionCurves:
    """A criterion's number, and how failing at the desk and at screening follows from it; None: never there."""

    quantity: Quantity
    desk: Curve | None
    screening: Curve | None

    def failing(self, criterion: str, one: FittedSetting) -> FailingShare | None:
        """Return the share failing that follows from a number learnt: at screening, or else at the desk."""
        curve = self.screening or self.desk
        if curve is None:
            return None
        assumed, fitted, low, high = curve.failing(
            np.array([one.assumed, one.fitted, one.low, one.high])
        ).tolist()
        return FailingShare(criterion, assumed, fitted, min(low, high), max(low, high))


def criterion_curves(
    scenario: Scenario, wanted: list[str], refused: dict[str, str]
) -> dict[str, CriterionCurves]:
    """Return the curves of the criteria asked for; notes in `refused` why one has none."""
    found: dict[str, CriterionCurves] = {}
    if scenario.population.file is not None:
        refused["criteria"] = "the population is a list of patients, whose values are not fitted"
        return found
    ids = [one.id for one in criteria(scenario.eligibility)]
    stages = _stages(scenario)
    for criterion in wanted:
        quantity = lever(scenario, criterion)
        if quantity is None:
            refused[criterion] = "no number of the population stands for it"
            continue
        law = prior_of(quantity.between, quantity.kind).law
        values = law.ppf(np.linspace(0.005, 0.995, POINTS))
        pools = [pool(_with_population(stages, quantity.changes(float(value)))) for value in values]
        desk = _curve(values, [at_desk(one, ids)[criterion] for one in pools], quantity.kind)
        screening = _curve(values, [at_screening(one, ids)[criterion] for one in pools], quantity.kind)
        found[criterion] = CriterionCurves(quantity, desk, screening)
    return found


def lever(scenario: Scenario, criterion: str) -> Quantity | None:
    """Return the number that stands for a criterion, with its range; None where it has none to be fitted."""
    path = "population." + LEVERS.get(criterion, "")
    known = scenario.provenance.get(path)
    between = None if known is None else range_of(known)
    if known is None or between is None or isinstance(known.value, tuple):
        return None
    unit = known.unit
    is_share = unit == "probability"
    value = float(known.value)
    return Quantity(
        path=path,
        what=f"{criterion} {TOPICS[criterion]}: {LEVERS[criterion].split('.')[-1].replace('_', ' ')}",
        unit=unit,
        assumed=value,
        between=between,
        kind=Kind.SHARE if is_share else Kind.TIME,
        changes=_changes_of(scenario, criterion, path, value),
    )


def _changes_of(scenario: Scenario, criterion: str, path: str, value: float) -> Callable[[float], Changes]:
    """Return what moves with a number: shares that add up to 1 are rescaled, a paired risk keeps its odds ratio."""
    if criterion == "I8":
        shares = scenario.population.ecog.model_dump()
        others = {name: share for name, share in shares.items() if name != "ecog_3"}

        def rescaled(new: float) -> Changes:
            new = round(new, 6)
            rest = (1 - new) / (1 - value)
            kept = {name: round(share * rest, 6) for name, share in others.items()}
            first = next(iter(kept))
            kept[first] = round(1 - new - sum(share for name, share in kept.items() if name != first), 6)
            return {path: new} | {f"population.ecog.{name}": share for name, share in kept.items()}

        return rescaled
    if criterion == "E2":
        low = scenario.population.heart_disease.if_low_lvef

        def both(new: float) -> Changes:
            odds = new / (1 - new) / (value / (1 - value))
            return {path: new, "population.heart_disease.if_low_lvef": float(f"{moved_odds(low, odds):.4g}")}

        return both
    return lambda new: {path: new}


def _stages(scenario: Scenario) -> Stages:
    plan = run_plan(scenario, [scenario.designs[0].name], [scenario.truths[0].name], POOL_SEED)
    return plan.stages


def _with_population(stages: Stages, changes: Changes) -> Stages:
    """Return the stages with numbers of the population changed."""
    data = stages.population.model_dump()
    for path, value in changes.items():
        _, *steps, last = path.split(".")
        at = data
        for step in steps:
            at = at[step]
        at[last] = value
    return replace(stages, population=PopulationParameters.model_validate(data))


def pool(stages: Stages, size: int = POOL) -> Pathways:
    """Return the paths of a pool of referrals of day 0, up to a cleared donor."""
    [intake] = intakes_of(stages, Streams(POOL_SEED), [Arrivals(POOL_REPLICATE, 0.0, [np.zeros(size)])])
    return intake.paths


def at_desk(paths: Pathways, ids: list[str]) -> dict[str, Failures]:
    """Count who fails each criterion first at the desk."""
    rejected = paths.reason == Exit.PRESCREEN
    passed = int((paths.state >= State.PRESCREENED).sum())
    return _sequence([ids[k] for k in paths.criterion[rejected]], passed, 1.0)


def at_screening(paths: Pathways, ids: list[str]) -> dict[str, Failures]:
    """Count who fails each criterion first at screening, of those with a verdict."""
    failed = (paths.reason == Exit.SCREEN_FAILURE) & (paths.state == State.CONSENTED)
    passed = int((paths.state >= State.ELIGIBLE).sum())
    return _sequence([ids[k] for k in paths.criterion[failed]], passed, 1.0)


def _sequence(reasons: list[str], passed: float, weight: float) -> dict[str, Failures]:
    """Return each criterion's failures among those who passed all before it.

    `weight` is what one failure counts: more than 1 where only some name their criterion.
    """
    order = [*PRIMARY_ORDER, *(one for one in dict.fromkeys(reasons) if one not in PRIMARY_ORDER)]
    left = passed + weight * len(reasons)
    found = {}
    for criterion in order:
        failed = weight * reasons.count(criterion)
        found[criterion] = Failures(left, failed)
        left -= failed
    return found


def _curve(values: Floats, counts: list[Failures], kind: Kind) -> Curve | None:
    """Fit the log odds of failing; None where hardly anybody fails."""
    failed = np.array([one.failed for one in counts])
    of = np.array([one.of for one in counts])
    if failed.sum() < POINTS:
        return None
    is_share = kind is Kind.SHARE
    t = logit(values) if is_share else np.log(values)
    y = np.log((failed + HALF) / (of - failed + HALF))
    weights = np.sqrt((failed + HALF) * (of - failed + HALF) / (of + 1))
    return Curve(np.polyfit(t, y, 2, w=weights), is_share)


def longest_screening(screening: ScreeningParameters) -> float:
    """Return the days from consent by which every verdict is known."""
    first = min(screening.window_days, 2 * screening.screening.high_days)
    again = max(
        screening.infection_wait_days, (screening.infection.at_most_days or 28) + screening.repeat_tests_days
    )
    return first + (again if screening.rescreens else 0)


@dataclass(frozen=True, slots=True)
class Judged:
    """What a log says of the criteria: failures at the desk and at screening, and how many were judged at each."""

    desk: dict[str, Failures]
    screening: dict[str, Failures]
    at_desk: int
    at_screening: int

    @property
    def named(self) -> list[str]:
        """The criteria with a number that can be fitted, in protocol order; none where nobody was judged."""
        return list(LEVERS) if self.at_desk + self.at_screening else []


def judged(log: ScreeningLog, screening: ScreeningParameters) -> Judged:
    """Return what the log says: of the desk where it names who was rejected, of screenings that must have ended."""
    decided = np.isfinite(log.first_of("prescreened", "consented"))
    rejected = log.reason == Exit.PRESCREEN
    desk, at_the_desk = _stage(log, rejected, decided) if rejected.any() else ({}, 0)
    consented = log.day("consented")
    # Failures come later than passes, as an infection is waited for: only those are taken whose verdict is due.
    due = np.isfinite(consented) & (consented + longest_screening(screening) <= log.cut)
    failed = due & (log.reason == Exit.SCREEN_FAILURE)
    passed = due & np.isfinite(log.first_of("eligible", "enrolled", "leukapheresed", "infused")) & ~failed
    after, at_the_screening = _stage(log, failed, passed)
    return Judged(desk, after, at_the_desk, at_the_screening)


def _stage(log: ScreeningLog, failed: Flags, passed: Flags) -> tuple[dict[str, Failures], int]:
    """Return the failures of a stage; who fails without a criterion counts as those who name one do."""
    reasons = [log.criterion[k] for k in np.flatnonzero(failed) if log.criterion[k]]
    if failed.any() and not reasons:
        return {}, 0
    weight = int(failed.sum()) / len(reasons) if reasons else 1.0
    return _sequence(reasons, int(passed.sum()), weight), int(passed.sum() + failed.sum())


def likelihood(curves: CriterionCurves, criterion: str, seen: Judged) -> LogLikelihood:
    """Return the log likelihood of a criterion's number."""

    def of(values: Floats) -> Floats:
        total = np.zeros_like(values)
        for curve, stage in ((curves.desk, seen.desk), (curves.screening, seen.screening)):
            if curve is not None and criterion in stage:
                share, counts = curve.failing(values), stage[criterion]
                total += counts.failed * np.log(share) + (counts.of - counts.failed) * np.log1p(-share)
        return total

    return of
