"""What each criterion costs among the patients of a run; the replicate is the unit of error."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import certain_bound, ratio
from simulator.analysis.failure_patterns import ANY, STATISTICS, Patterns
from simulator.eligibility.screen import criteria
from simulator.randomness import Streams
from simulator.runs.replicates import REFERRALS_PER_INFUSION, RunPlan, chunks
from simulator.trial.intake import each_intake
from simulator.trial.ledger import NEVER


def attrition_of_run(plan: RunPlan, replicates: int) -> "pd.DataFrame":
    """Tabulate what each criterion costs among the patients of a run's replicates; the replicate is the unit.

    The patients are drawn again, the same ones: every consented patient with a verdict, the last screening
    where there are two, whatever the trial.

    Returns
    -------
    DataFrame
        criterion ("any": any of them), statistic, value, mcse.
    """

    at_least = REFERRALS_PER_INFUSION * plan.caps_to
    found: list[Patterns] = []
    for part in chunks(replicates):
        for intake in each_intake(plan.stages, Streams(plan.seed), part, at_least):
            judged = intake.paths.verdict_day < NEVER
            found.append(Patterns.of(intake.paths.failed[judged], intake.paths.criterion[judged]))
    ids = [criterion.id for criterion in criteria(plan.stages.eligibility)]
    verdicts = np.array([patterns.patients for patterns in found])[None, :]
    failures = np.array([patterns.failures for patterns in found])[None, :]
    rows = list(_of_replicates(ANY, "share_failed", failures, verdicts))
    weighed = [patterns.weights(len(ids)) for patterns in found]
    for statistic in STATISTICS:
        sums = np.stack([p.counts @ w[statistic] for p, w in zip(found, weighed, strict=True)])
        for k, criterion in enumerate(ids):
            rows += _of_replicates(criterion, statistic, sums[None, :, k], verdicts)
    return pd.DataFrame(rows)


def _of_replicates(
    criterion: str, statistic: str, numerator: NDArray[Any], denominator: NDArray[Any]
) -> Iterator[dict[str, object]]:
    """Return a ratio over replicates; one of 0 or 1 has the bound over replicates too."""
    one = ratio(numerator, denominator)
    yield {"criterion": criterion, "statistic": statistic, **one._asdict()}
    bound = certain_bound(one.value, denominator.shape[1])
    if bound is not None:
        label = {"criterion": criterion, "statistic": f"{statistic}_bound95"}
        yield label | {"value": bound, "mcse": float("nan")}
