"""How well the DLT rate at the selected level estimates that level's true risk, in the simulated trials."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import contributing, estimate_rows, mean, ratio
from simulator.exact.state_measures import clopper_pearson
from simulator.measures import at_selected
from simulator.runs.results import Results, TruthTarget


def rate_at_selected(results: Results) -> pd.DataFrame:
    """Tabulate bias of the raw rate and coverage of its 95 % Clopper-Pearson interval.

    Over the trials that select a level with DLT-evaluable patients, on the data at the recommendation. The
    true risk is that of the level assigned: attrition and under-dosing are part of the bias.

    Returns
    -------
    DataFrame
        design, truth, measure (trials: share of trials that are judged; rate_at_selected_bias: mean of
        DLT / n minus the true risk; rate_at_selected_coverage: share of them whose interval holds it),
        statistic (mean; the bounds of `estimate_rows`), value, mcse. nan where no trial is judged; mcse nan
        where fewer than 10 are.
    """
    rows: list[dict[str, object]] = []
    for number, arm in enumerate(results.plan.design_truths):
        used = results.used[number]
        n, dlt = at_selected(used["n"], used["selected"]), at_selected(used["dlt"], used["selected"])
        risk = np.append(0.0, TruthTarget.of(arm, results.target).p_dlt)[used["selected"]]
        label: dict[str, object] = {"design": arm.design_name, "truth": arm.truth.name}
        rows += _rows(label, n, dlt, risk)
    return pd.DataFrame(rows)


def _rows(
    label: dict[str, object], n: NDArray[np.int64], dlt: NDArray[np.int64], risk: NDArray[Any]
) -> list[dict[str, object]]:
    """Return the rows of one arm from its trials' patients, DLTs and true risk at the selected level."""
    judged = n > 0
    lower, upper = clopper_pearson(max(int(n.max()), 1))
    covered = judged & (lower[n, dlt] <= risk) & (risk <= upper[n, dlt])
    error = np.where(judged, dlt / np.maximum(n, 1) - risk, 0.0)
    of = judged[None, :]
    bias, coverage = ratio(error[None, :], of), ratio(covered[None, :], of)
    return [
        *estimate_rows(label | {"measure": "trials"}, "mean", mean(of), len(n)),
        *estimate_rows(label | {"measure": "rate_at_selected_bias"}, "mean", bias, None),
        *estimate_rows(label | {"measure": "rate_at_selected_coverage"}, "mean", coverage, contributing(of)),
    ]
