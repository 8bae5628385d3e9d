"""The exact numbers of each level, next to the simulated ones in the protocol's layout: no attrition."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from simulator.analysis.exact_beside import prepared_if_exact
from simulator.exact import OperatingCharacteristics
from simulator.exact.accuracy import Needed
from simulator.runs.results import BALANCED, Results, TruthTarget

COLUMNS = ("design", "truth", "measure", "level", "statistic", "value", "mcse")


def exact_levels(results: Results) -> pd.DataFrame:
    """Tabulate exact patients and DLTs per level, how often escalation stops early, and the selected level's rate.

    Exact: no Monte Carlo error, complete outcomes, the level assigned given, the design's own size. Without
    rows for a design that the exact engine does not take, or not at its size.

    Returns
    -------
    DataFrame
        design, truth, measure (evaluable, dlts: expected per level; stop_safety, stop_precision,
        stop_complete: probabilities; rate_at_selected_bias, rate_at_selected_coverage: see
        `exact.state_measures.StateMeasures`), level (<NA> where none), statistic ("exact_no_attrition"),
        value, mcse (0). The stops also as their mean over the balanced set, where that is of several truths.
    """
    rows: list[dict[str, object]] = []
    for design in results.designs:
        arms = results.positions_of(design)
        prepared = prepared_if_exact(results.plan.design_truths[arms[0]].design)
        for arm in arms if prepared is not None else ():
            assert prepared is not None
            one = results.plan.design_truths[arm]
            judged = TruthTarget.of(one, results.target)
            exact = prepared.operating_characteristics(
                judged.p_dlt, target=results.target, correct=judged.correct
            )
            label = {
                "design": design,
                "truth": one.truth.name,
                "statistic": "exact_no_attrition",
                "mcse": 0.0,
            }
            rows += [label | found for found in _measures(exact)]
    rows += _balanced_stops(results, rows)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["level"] = frame["level"].astype("Int64")
    return frame


def _balanced_stops(results: Results, rows: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the mean over the balanced set of each design's probabilities of an early stop."""
    balanced = results.balanced_truths()
    if len(balanced) < 2:
        return []
    of: dict[tuple[object, object], list[float]] = {}
    for row in rows:
        if row["truth"] in balanced and str(row["measure"]).startswith("stop_"):
            of.setdefault((row["design"], row["measure"]), []).append(float(str(row["value"])))
    same = {"truth": BALANCED, "level": pd.NA, "statistic": "exact_no_attrition", "mcse": 0.0}
    return [
        same | {"design": design, "measure": measure, "value": float(np.mean(values))}
        for (design, measure), values in of.items()
    ]


def _measures(exact: OperatingCharacteristics) -> list[dict[str, object]]:
    found: list[tuple[str, int | None, float]] = [
        *(("evaluable", level, n) for level, n in enumerate(exact.n_per_dose.tolist(), start=1)),
        *(("dlts", level, dlts) for level, dlts in enumerate(exact.dlt_per_dose.tolist(), start=1)),
        *((f"stop_{kind}", None, float(p)) for kind, p in exact.early_stop.items()),
        ("rate_at_selected_bias", None, float(exact.of_states.rate_bias)),
        ("rate_at_selected_coverage", None, float(exact.of_states.rate_coverage)),
    ]
    return [
        {"measure": measure, "level": pd.NA if level is None else level, "value": value}
        for measure, level, value in found
    ]


def exact_needed_rows(found: Mapping[str, Needed]) -> pd.DataFrame:
    """Tabulate the exact number needed of each design: evaluable patients, no attrition.

    Returns
    -------
    DataFrame
        design, measure ("evaluable": the number needed, nan where not reached; "best_pcs": the highest average
        PCS), cap (0 where not reached; where the average is highest), statistic, value, mcse (0).
    """
    rows = []
    for design, one in found.items():
        label = {"design": design, "statistic": "exact_no_attrition", "mcse": 0.0}
        value = np.nan if one.n is None else float(one.n)
        rows.append(label | {"measure": "evaluable", "cap": one.n or 0, "value": value})
        rows.append(label | {"measure": "best_pcs", "cap": one.best_cap, "value": one.best_average_pcs})
    return pd.DataFrame(rows, columns=["design", "measure", "cap", "statistic", "value", "mcse"])
