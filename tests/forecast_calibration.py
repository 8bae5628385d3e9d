"""Do forecast bands hold as often as they say? `python -m tests.forecast_calibration` runs the whole proof.

Trials are simulated by the calendar, each under one of the truths that the forecast averages over. Mid-trial,
forecasts of each are 39 trials of the forecast itself, so that a band between order statistics holds with
exactly its stated probability if the forecast is right: of 40 exchangeable trials the true one is any with
probability 1/40. Times that are not reached are the latest of all; which of several such is the latest is drawn.
"""

import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from simulator.designs.design import Design
from simulator.mid_trial.cut import cut_at
from simulator.mid_trial.matching_pathways import ReferralPool, draw_pool
from simulator.mid_trial.truth_weights import truth_weights
from simulator.outcomes.outcomes import Truth
from simulator.runs.accrual import MILESTONES, AccrualPlan, run_accrual, turn
from simulator.trial.intake import Stages
from simulator.trial.ledger import State
from tests.support.places import DEFAULT_SCENARIO
from tests.support.simulated_history import Simulated, history, simulate

DRAWS = 39
BANDS = {50: 10, 80: 4, 95: 1}
"""Per cent -> the order statistic, from below and from above, that bounds the band of 39 draws."""
TRIALS_SEED, FORECAST_SEED, POOL_SEED = 7_000_000, 8_000_000, 9
FIRST_CUT, LAST_CUT = 183, 365
AHEAD = (1, 3, 8)
"""Milestones asked about mid-trial: so many patients after those at the cut."""
FROM_OPENING = (3, 8, 15)


@dataclass(frozen=True)
class World:
    """What is simulated and forecast."""

    stages: Stages
    design: Design
    truths: tuple[Truth, ...]


def world(changes: dict[str, object] | None = None, design: str = "boin") -> World:
    """Return the default scenario with changes, under its balanced set."""
    from simulator.runs.plan import run_plan
    from simulator.scenario.scenario import load_scenario

    scenario = load_scenario(DEFAULT_SCENARIO)
    scenario = scenario.with_changes(changes) if changes else scenario
    names = [truth.name for truth in scenario.question_truths]
    plan = run_plan(scenario, [design], names, 1)
    truths = tuple(arm.truth for arm in plan.design_truths if arm.truth.name in names)
    return World(plan.stages, scenario.design(design), truths)


def ranks_from_opening(
    asked: World, trials: int, replicates: int, real: World | None = None
) -> dict[str, np.ndarray]:
    """Return the rank of each true day among the days of one forecast from the opening, by milestone.

    Ranks among its replicates are brought to those of a forecast of 39. The true trials are those of another
    world where one is given.
    """
    found: dict[str, list[int]] = {}
    rng = np.random.default_rng(1)
    equal = (1.0,) * len(asked.truths)
    plan = AccrualPlan(asked.stages, FORECAST_SEED, {"d": asked.design}, asked.truths, equal, 50)
    parts = [range(k, min(k + 50, replicates)) for k in range(0, replicates, 50)]
    days = np.concatenate([run_accrual(plan, part).days for part in parts])
    for trial in range(trials):
        sim = simulated(real or asked, trial)
        for row, name in enumerate(MILESTONES):
            for n in FROM_OPENING:
                at = rank(days[:, row, n - 1], day_of(sim, name, n), rng)
                found.setdefault(f"{name} {n}", []).append(at * (DRAWS + 1) // (replicates + 1))
    return {name: np.array(ranks) for name, ranks in found.items()}


def ranks_mid_trial(
    asked: World,
    trials: int,
    folder: Path,
    states: tuple[State, ...] = tuple(State),
    first: int = 0,
) -> dict[str, np.ndarray]:
    """Return the rank of each true day among the days of a forecast made in months 6 to 12, by milestone."""
    found: dict[str, list[int]] = {}
    rng = np.random.default_rng(2)
    pool = draw_pool(asked.stages, POOL_SEED)
    for trial in range(first, first + trials):
        sim = simulated(asked, trial)
        cut_day = int(rng.integers(FIRST_CUT, LAST_CUT + 1))
        if not sim.book.referred_day.min(initial=np.inf) < cut_day:
            continue
        days = forecast_days(asked, sim, cut_day, trial, pool, folder, states)
        if days is None:
            continue
        for row, name in enumerate(MILESTONES):
            reached = int((getattr(sim, name) < cut_day).sum())
            for ahead in AHEAD:
                n = reached + ahead
                if n <= 50:
                    true = day_of(sim, name, n)
                    found.setdefault(f"{name} + {ahead}", []).append(rank(days[:, row, n - 1], true, rng))
    return {name: np.array(ranks) for name, ranks in found.items()}


def forecast_days(
    asked: World,
    sim: Simulated,
    cut_day: int,
    trial: int,
    pool: ReferralPool,
    folder: Path,
    states: tuple[State, ...],
) -> np.ndarray | None:
    """Return the days of a forecast from the trial's history; None where the history has nobody."""
    if not any((getattr(sim.book, f"{state.name.lower()}_day") < cut_day).any() for state in states):
        return None
    so_far = history(folder, asked.stages, sim.book, cut_day, states)
    cut = cut_at(so_far, asked.stages, pool)
    weights = truth_weights(cut, asked.stages, asked.truths) or (1.0,) * len(asked.truths)
    plan = AccrualPlan(
        asked.stages, FORECAST_SEED + trial, {"d": asked.design}, asked.truths, weights, 50, cut
    )
    return run_accrual(plan, range(DRAWS)).days


def simulated(asked: World, trial: int) -> Simulated:
    """Return one simulated trial, under the truth whose turn it is."""
    truth = asked.truths[turn((1.0,) * len(asked.truths), trial)]
    return simulate(asked.stages, asked.design, truth, TRIALS_SEED, trial)


def day_of(sim: Simulated, name: str, n: int) -> float:
    """Return the day of the n-th patient, infinity where the trial never came to it."""
    days = getattr(sim, name)
    return float(days[n - 1]) if n <= len(days) else np.inf


def rank(days: np.ndarray, true: float, rng: np.random.Generator) -> int:
    """Return how many of the dates come before the true one; ties are broken by chance.

    Dates, since a history has dates: an infusion that is certain to the day is a tie.
    """
    days, true = np.floor(days), np.floor(true)
    ties = int((days == true).sum())
    return int((days < true).sum()) + int(rng.integers(0, ties + 1))


def coverage(ranks: np.ndarray, percent: int) -> float:
    """Return how often the band held the true day."""
    k = BANDS[percent]
    return float(((ranks >= k) & (ranks <= DRAWS - k)).mean())


def table(title: str, found: dict[str, np.ndarray]) -> str:
    """Return the shares held, and what lies below and above the 80 % band (10 % each), as text."""
    lines = [title, f"{'':16}{'trials':>8}{'50 %':>8}{'80 %':>8}{'95 %':>8}{'below':>8}{'above':>8}"]
    for name, ranks in found.items():
        shares = [100 * coverage(ranks, percent) for percent in BANDS]
        shares += [100 * float((ranks < 4).mean()), 100 * float((ranks > DRAWS - 4).mean())]
        lines.append(f"{name:16}{len(ranks):8}" + "".join(f"{share:8.1f}" for share in shares))
    return "\n".join(lines)


TWO_SITES: dict[str, object] = {
    "arrivals.sites": 2,
    "arrivals.closures": [{"from_month": 3, "to_month": 3.5}, {"from_month": 15, "to_month": 16}],
}
FROM_CONSENT = tuple(state for state in State if state >= State.CONSENTED)
FEW_STATES = (State.CONSENTED, State.ENROLLED, State.INFUSED, State.EVALUABLE)


def main(trials: int, asked: list[str]) -> None:
    """Run the whole proof, or the parts asked for."""
    if not asked or "opening" in asked:
        ranks = ranks_from_opening(world(), trials, 2 * trials)
        print(table("From the opening, default scenario", ranks), flush=True)
    parts = {
        "mid-trial": ("Mid-trial, default scenario, every state recorded", None, tuple(State)),
        "two-sites": ("Mid-trial, two sites and closures, every state recorded", TWO_SITES, tuple(State)),
        "consent": ("Mid-trial, two sites and closures, recorded from consent on", TWO_SITES, FROM_CONSENT),
        "few": (
            "Mid-trial, two sites and closures, only consented, enrolled, infused, evaluable and left recorded",
            TWO_SITES,
            FEW_STATES,
        ),
    }
    with tempfile.TemporaryDirectory() as folder:
        for name, (title, changes, states) in parts.items():
            if not asked or name in asked:
                ranks = ranks_mid_trial(world(changes), trials, Path(folder), states)
                print(table(title, ranks), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 2000, sys.argv[2:])
