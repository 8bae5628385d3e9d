"""When trials that the calendar limit ends would have had their recommendation: the same patients, and later ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.population.arrivals import MOST_EXPECTED
from simulator.runs.drawn_as_needed import drawn_at_first
from simulator.runs.passes import last_days_as_conducted
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.engines import Columns, Engine, streams_of, trials_of
from simulator.trial.intake import Stages, replicate_groups
from simulator.trial.ledger import Stop
from simulator.trial.setting import used_pass

COLUMN: Final = "unlimited_day"
"""Day of the recommendation without the calendar limit, or with the longest that a scenario may have."""
LONGEST_MONTHS: Final = 600.0
FEW_REFERRALS: Final = 5_000
"""Where no more are expected up to the longest limit, it is the next one: however sites vary, their days are few."""


class Arm(NamedTuple):
    """A design under a truth, with the outcome parameters of its trials."""

    design: Design
    truth: Truth
    outcomes: OutcomeParameters


def add_unlimited_days(
    stages: Stages,
    engine: Engine,
    seed: int,
    criteria: int,
    arms: Sequence[Arm],
    replicates: NDArray[np.int64],
    used: list[Columns],
) -> None:
    """Add the column to the rows of every arm, one row for each of the replicates.

    Only trials that the limit ends are run again, under longer ones: a trial that ends before a limit is the same
    under every longer one.
    """
    days = np.stack([rows["recommended_day"] for rows in used])
    cut = np.stack([rows["stop"] == Stop.NOT_FINISHED for rows in used])
    months = _next(stages, stages.rules.calendar_limit_months)
    while months and cut.any():
        longer = replace(stages, rules=stages.rules.model_copy(update={"calendar_limit_months": months}))
        cut = _run_again(longer, engine, seed, criteria, arms, replicates, cut, days)
        months = _next(stages, months)
    for rows, column in zip(used, days, strict=True):
        rows[COLUMN] = column


def _run_again(
    longer: Stages,
    engine: Engine,
    seed: int,
    criteria: int,
    arms: Sequence[Arm],
    replicates: NDArray[np.int64],
    cut: NDArray[np.bool_],
    days: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Run the trials that were cut under a longer limit, put their days in place, and return which it cuts too.

    `cut` and `days` have the shape (arms, replicates). Patients are drawn as trials turn out to meet them.
    """
    still, waiting = np.zeros_like(cut), cut.copy()
    most = drawn_at_first(longer) if engine == Engine.COMPILED else None
    while (again := np.flatnonzero(waiting.any(axis=0))).size:
        at = dict(zip(replicates[again].tolist(), again.tolist(), strict=True))
        for drawn in replicate_groups(longer, streams_of(engine, seed), list(at), drawn_at_most=most):
            trials, until = trials_of(engine, drawn), np.array(drawn.until_days)
            rows_of = np.array([at[one] for one in drawn.replicates])
            numbers = np.flatnonzero(waiting[:, rows_of].any(axis=1)).tolist()
            which = [np.flatnonzero(waiting[number, rows_of]) for number in numbers]
            limits = used_pass(longer.rules)
            wanted = [
                ArmPass(_trial_arm(longer, arms[number]), limits, criteria, which=places)
                for number, places in zip(numbers, which, strict=True)
            ]
            again_rows = trials.by_arm(wanted)
            for number, places, found in zip(numbers, which, again_rows, strict=True):
                # else the trial goes on until someone who was not drawn
                over = (last_days_as_conducted(found) < until[places]) | np.isinf(until[places])
                whole = rows_of[places[over]]
                days[number, whole] = found["recommended_day"][over]
                still[number, whole] = found["stop"][over] == Stop.NOT_FINISHED
                waiting[number, whole] = False
        most = None if most is None else 2 * most
    return still


def _trial_arm(stages: Stages, arm: Arm) -> TrialArm:
    risks = dose_risks(arm.truth, arm.outcomes, stages.rules.dose_levels)
    return TrialArm(setting(stages, arm.outcomes), rulebook(arm.design), risks)


def _next(stages: Stages, months: float) -> float:
    """Return the next longer limit; 0 where there is none, or more patients would be referred than may be."""
    few = stages.arrivals.expected_referrals(LONGEST_MONTHS) <= FEW_REFERRALS
    longer = LONGEST_MONTHS if few else min(2 * months, LONGEST_MONTHS)
    possible = longer > months and stages.arrivals.expected_referrals(longer) <= MOST_EXPECTED
    return longer if possible else 0.0
