"""What waiting for complete cohorts costs: the same patients under designs that wait and that do not."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.changes import WITHOUT_LIMIT
from simulator.analysis.estimate import estimate_rows, interval, mean
from simulator.durations import DAYS_PER_MONTH
from simulator.measures import above_target
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.runs.without_limit import COLUMN
from simulator.trial.early_looks import looks_early
from simulator.trial.waiting_times import Waiting

COLUMNS: Final = ("design", "baseline", "truth", "measure", "statistic", "value", "mcse")
PROBABILITIES: Final = ("pcs", "overdose_selection")


def cost_of_waiting(results: Results) -> pd.DataFrame:
    """Tabulate the design that waits and those that look early, paired by replicate and truth.

    Returns
    -------
    DataFrame
        design, baseline, truth ("balanced": over the balanced set), measure (months_to_recommendation,
        months_without_limit, months_waiting_for_window, patients_above_target, late_toxicities, backfilled,
        infused_in_escalation, pcs, overdose_selection), statistic (mean, and of a design that is not the
        baseline difference, difference_low95, difference_high95: the design minus the baseline), value, mcse.
        Without rows where no design waits or none looks early.
    """
    found = compared_designs(results)
    rows: list[dict[str, object]] = []
    for truth, names in _groups(results) if found else ():
        values = {name: _values(results, results.positions_of(name, names)) for name in found}
        for name in found:
            label: dict[str, object] = {"design": name, "baseline": found[0], "truth": truth}
            rows += _rows(label, values[name], values[found[0]] if name != found[0] else None)
    return pd.DataFrame(rows, columns=list(COLUMNS))


def compared_designs(results: Results) -> list[str]:
    """Return the baseline, then the designs that look early; nothing where there is no such pair.

    The baseline is the first design of complete cohorts that aims at a target, else the first of them.
    """
    rules = {arm.design_name: arm.design for arm in results.plan.design_truths}
    early = [name for name, rule in rules.items() if looks_early(rule)]
    waiting = [name for name, rule in rules.items() if not looks_early(rule)]
    if not early or not waiting:
        return []
    aimed = [name for name in waiting if hasattr(rules[name], "target")]
    return [(aimed or waiting)[0], *early]


def _groups(results: Results) -> list[tuple[str, list[str]]]:
    groups = [(truth, [truth]) for truth in results.truths()]
    balanced = results.balanced_truths()
    return [(BALANCED, balanced), *groups] if len(balanced) > 1 else groups


def _values(results: Results, arms: list[int]) -> dict[str, NDArray[Any]]:
    """Return what is compared, each of shape (truths, replicates)."""
    judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
    treated, selected = results.stacked(arms, "treated"), results.stacked(arms, "selected")
    above = [row[:, above_target(one.p_dlt, one.target)] for one, row in zip(judged, treated, strict=True)]
    return {
        "months_to_recommendation": results.stacked(arms, "recommended_day") / DAYS_PER_MONTH,
        WITHOUT_LIMIT: results.stacked(arms, COLUMN) / DAYS_PER_MONTH,
        "months_waiting_for_window": results.stacked(arms, "waited")[:, :, Waiting.WINDOW] / DAYS_PER_MONTH,
        "patients_above_target": np.stack([row.sum(axis=1) for row in above]),
        "late_toxicities": results.stacked(arms, "late_toxicities").sum(axis=2),
        "backfilled": results.stacked(arms, "backfilled").sum(axis=2),
        "infused_in_escalation": treated.sum(axis=2),
        "pcs": np.stack([one.is_correct(s) for one, s in zip(judged, selected, strict=True)]),
        "overdose_selection": np.stack([one.is_overdose(s) for one, s in zip(judged, selected, strict=True)]),
    }


def _rows(
    label: dict[str, object], own: dict[str, NDArray[Any]], baseline: dict[str, NDArray[Any]] | None
) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for measure, values in own.items():
        here = label | {"measure": measure}
        event = measure in PROBABILITIES
        rows += estimate_rows(here, "mean", mean(values), values.shape[1] if event else None)
        if baseline is None:
            continue
        difference = mean(values.astype(np.float64) - baseline[measure])
        least, most = (-1.0, 1.0) if event else (-np.inf, np.inf)
        low, high = interval(difference, values.shape[1], least, most)
        rows.append(here | {"statistic": "difference", **difference._asdict()})
        rows += [
            here | {"statistic": f"difference_{end}", "value": value, "mcse": float("nan")}
            for end, value in (("low95", low), ("high95", high))
        ]
    return rows
