"""Where the patients of escalation are treated: shares by level."""

import pandas as pd

from simulator.analysis.estimate import contributing, estimate_rows, ratio
from simulator.analysis.used import groups
from simulator.runs.results import Results


def allocation(results: Results) -> pd.DataFrame:
    """Tabulate the share of the patients infused in escalation who are infused at each level.

    A ratio of sums over trials, so that a trial counts by its patients, as in the exact engine's
    E[patients at a level] / E[patients].

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), level, statistic (mean; the bounds of
        `estimate_rows`), value, mcse.
    """
    rows: list[dict[str, object]] = []
    for design, truth, arms in groups(results):
        treated = results.stacked(arms, "treated")
        everybody = treated.sum(axis=2)
        for at in range(treated.shape[2]):
            label: dict[str, object] = {"design": design, "truth": truth, "level": at + 1}
            share = ratio(treated[:, :, at], everybody)
            rows += estimate_rows(label, "mean", share, contributing(everybody))
    return pd.DataFrame(rows)
