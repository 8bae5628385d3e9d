"""Paired differences between designs on the same patients, as conducted and at matched size."""

from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import Z95, mean
from simulator.analysis.results import BALANCED, Judged, Results
from simulator.durations import DAYS_PER_MONTH
from simulator.trial.ledger import State


def differences(results: Results) -> pd.DataFrame:
    """Tabulate `other` minus `design`, paired by replicate and truth.

    Returns
    -------
    DataFrame
        design, other, truth ("balanced": over the balanced set), measure, statistic (mean, low95, high95),
        value, mcse.
    """
    rows: list[dict[str, object]] = []
    groups = [(truth, [truth]) for truth in results.truths()]
    if len(results.balanced()) > 1:
        groups.insert(0, (BALANCED, results.balanced()))
    for design, other in combinations(results.designs, 2):
        for truth, names in groups:
            first = _compared(results, results.arms_of(design, names))
            second = _compared(results, results.arms_of(other, names))
            for measure, values in first.items():
                label: dict[str, object] = {"design": design, "other": other}
                label |= {"truth": truth, "measure": measure}
                rows += _with_interval(label, second[measure].astype(float) - values)
    return pd.DataFrame(rows)


def _with_interval(label: dict[str, object], values: NDArray[Any]) -> list[dict[str, object]]:
    one = mean(values)
    ends = {"mean": one.value, "low95": one.value - Z95 * one.mcse, "high95": one.value + Z95 * one.mcse}
    return [
        label | {"statistic": name, "value": value, "mcse": one.mcse if name == "mean" else float("nan")}
        for name, value in ends.items()
    ]


def _compared(results: Results, arms: list[int]) -> dict[str, NDArray[Any]]:
    """Return what is compared, each of shape (truths, replicates)."""
    judged = [Judged.of(results.job.arms[arm], results.target) for arm in arms]
    selected = results.stacked(arms, "selected")
    treated = results.stacked(arms, "treated")
    end = results.stacked(arms, "at_end")
    return {
        "pcs": np.stack([one.is_correct(s) for one, s in zip(judged, selected, strict=True)]),
        "overdose_selection": np.stack([one.is_overdose(s) for one, s in zip(judged, selected, strict=True)]),
        "none": selected == 0,
        "patients_above_correct": np.stack(
            [t[:, one.correct :].sum(axis=1) for one, t in zip(judged, treated, strict=True)]
        ),
        "dlts": results.stacked(arms, "dlt").sum(axis=2),
        "screened": end[:, :, State.CONSENTED],
        "enrolled": end[:, :, State.ENROLLED],
        "infused": end[:, :, State.INFUSED],
        "evaluable_before_expansion": results.stacked(arms, "n").sum(axis=2),
        "months_to_recommendation": results.stacked(arms, "recommended_day") / DAYS_PER_MONTH,
    }


def matched(results: Results) -> pd.DataFrame:
    """Compare the larger design, cut to the other's size, with the other as conducted (D38).

    Truth by truth, the larger design is read at the cap (infused patients) whose mean evaluable n is nearest
    to the other's mean evaluable n.

    Returns
    -------
    DataFrame
        design (the smaller), other (the larger), truth, cap, measure (pcs, overdose_selection, evaluable:
        of the larger at that cap; pcs_difference, overdose_selection_difference: larger minus smaller),
        statistic, value, mcse.
    """
    rows: list[dict[str, object]] = []
    for pair in combinations(results.designs, 2):
        sizes = [
            results.stacked(results.arms_of(name, results.asked()), "n").sum(axis=2).mean() for name in pair
        ]
        smaller, larger = pair if sizes[0] <= sizes[1] else pair[::-1]
        for truth in results.asked():
            rows += _matched(results, smaller, larger, truth)
    return pd.DataFrame(rows)


def _matched(results: Results, smaller: str, larger: str, truth: str) -> list[dict[str, object]]:
    [own], [arm] = results.arms_of(smaller, [truth]), results.arms_of(larger, [truth])
    size = results.used[own]["n"].sum(axis=1).mean()
    evaluable = results.caps(arm, "evaluable")
    cap = int(np.argmin(np.abs(evaluable.mean(axis=0) - size))) + 1
    judged = Judged.of(results.job.arms[own], results.target)
    at_cap, as_used = results.caps(arm, "selected")[:, cap - 1], results.used[own]["selected"]
    values = {
        "pcs": judged.is_correct(at_cap).astype(float),
        "overdose_selection": judged.is_overdose(at_cap).astype(float),
        "evaluable": evaluable[:, cap - 1].astype(float),
        "pcs_difference": judged.is_correct(at_cap).astype(float) - judged.is_correct(as_used),
        "overdose_selection_difference": judged.is_overdose(at_cap).astype(float)
        - judged.is_overdose(as_used),
    }
    label = {"design": smaller, "other": larger, "truth": truth, "cap": cap}
    return [
        label | {"measure": measure, "statistic": "mean", **mean(value[None, :])._asdict()}
        for measure, value in values.items()
    ]
