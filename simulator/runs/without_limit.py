"""When trials that the calendar limit ends would have had their recommendation: the same patients, and later ones."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.population.arrivals import MOST_EXPECTED
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.engines import Columns, Engine, streams_of, trials_of
from simulator.trial.intake import Stages, replicate_groups
from simulator.trial.ledger import Stop
from simulator.trial.setting import used_pass
from simulator.trial.simpy_trials import TrialArm

COLUMN: Final = "unlimited_day"
"""Day of the recommendation without the calendar limit, or with the longest that a scenario may have."""
LONGEST_MONTHS: Final = 600.0


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

    Only trials that the limit ends are run again, up to twice the limit and so on: a trial that ends
    before a limit is the same under every longer one.
    """
    days = [rows["recommended_day"].copy() for rows in used]
    cut = np.stack([rows["stop"] == Stop.NOT_FINISHED for rows in used])
    months = _next(stages, stages.rules.calendar_limit_months)
    while months and cut.any():
        longer = replace(stages, rules=stages.rules.model_copy(update={"calendar_limit_months": months}))
        again = np.flatnonzero(cut.any(axis=0))
        at = dict(zip(replicates[again].tolist(), again.tolist(), strict=True))
        for drawn in replicate_groups(longer, streams_of(engine, seed), list(at)):
            trials = trials_of(engine, drawn)
            rows_of = np.array([at[one] for one in drawn.replicates])
            numbers = np.flatnonzero(cut[:, rows_of].any(axis=1)).tolist()
            again_by_arm = [_trial_arm(longer, arms[number]) for number in numbers]
            which = [np.flatnonzero(cut[number, rows_of]) for number in numbers]
            again_rows = trials.used_by_arm(again_by_arm, used_pass(longer.rules), criteria, which)
            for number, places, found in zip(numbers, which, again_rows, strict=True):
                still = rows_of[places]
                days[number][still] = found["recommended_day"]
                cut[number, still] = found["stop"] == Stop.NOT_FINISHED
        months = _next(stages, months)
    for rows, column in zip(used, days, strict=True):
        rows[COLUMN] = column


def _trial_arm(stages: Stages, arm: Arm) -> TrialArm:
    risks = dose_risks(arm.truth, arm.outcomes, stages.rules.dose_levels)
    return TrialArm(setting(stages, arm.outcomes), rulebook(arm.design), risks)


def _next(stages: Stages, months: float) -> float:
    """Return the next longer limit; 0 where there is none, or more patients would be referred than may be."""
    longer = min(2 * months, LONGEST_MONTHS)
    possible = longer > months and stages.arrivals.expected_referrals(longer) <= MOST_EXPECTED
    return longer if possible else 0.0
