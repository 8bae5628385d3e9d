"""The exact number next to the simulated one: "no attrition", and how many standard errors apart they are."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Final

import numpy as np
import pandas as pd

from simulator.designs.design import COMPLETE_COHORT_FIELDS, Design
from simulator.errors import DesignError
from simulator.exact import PreparedDesign, prepare
from simulator.exact.accuracy import Limits, Needed, accuracy
from simulator.exact.exact_limit import exact_up_to
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.scenario.question import Question

MEMORY_BYTES: Final = 2**30
"""Memory that exact numbers next to simulated ones may take: what needs more also takes minutes."""


def exact_beside(results: Results, operating_characteristics: pd.DataFrame) -> pd.DataFrame:
    """Tabulate exact operating characteristics next to the simulated ones.

    Exact: no Monte Carlo error, complete outcomes, the level assigned given, the design's own size. The
    calendar differs from it by what befalls patients and by the conduct of the trial, not by error alone; which
    causes add how much is measured by `simulator.analysis.gap` (`simulator compare --why`).
    Without rows for a design that the exact engine does not take, or not at its size.

    Returns
    -------
    DataFrame
        design, truth, measure, level, statistic ("exact_no_attrition", "standard_errors_apart"), value, mcse.
    """
    rows: list[dict[str, object]] = []
    simulated = _means(operating_characteristics)
    for design in results.designs:
        arms = results.positions_of(design)
        rule = results.plan.design_truths[arms[0]].design
        prepared = prepared_if_exact(rule)
        if prepared is None:
            continue
        exact = {results.plan.design_truths[arm].truth.name: _exact(prepared, results, arm) for arm in arms}
        balanced = [exact[name] for name in results.balanced_truths()]
        if len(balanced) > 1:
            exact[BALANCED] = {key: float(np.mean([one[key] for one in balanced])) for key in balanced[0]}
        for truth, values in exact.items():
            for (measure, level), value in values.items():
                estimate, mcse = simulated[design, truth, measure, level]
                label: dict[str, object] = {"design": design, "truth": truth, "measure": measure}
                label["level"] = pd.NA if level is None else level
                apart = (estimate - value) / mcse if mcse > 0 else np.nan
                rows.append(label | {"statistic": "exact_no_attrition", "value": value, "mcse": 0.0})
                rows.append(label | {"statistic": "standard_errors_apart", "value": apart, "mcse": np.nan})
    frame = pd.DataFrame(rows)
    if len(frame):
        frame["level"] = frame["level"].astype("Int64")
    return frame


def prepared_if_exact(rule: Design) -> PreparedDesign | None:
    """Return the design compiled for the exact engine; None where it is not accepted, or not at its size."""
    if not has_exact(rule):
        return None
    try:
        return _prepared(rule)
    except DesignError:  # too many patients, or more memory than allowed: the simulated numbers stand alone
        return None


@lru_cache(maxsize=4)
def _prepared(rule: Design) -> PreparedDesign:
    """Return a compiled design; kept, as several tables are made of it."""
    return prepare(rule, memory_limit_bytes=MEMORY_BYTES)


def _exact(prepared: PreparedDesign, results: Results, arm: int) -> dict[tuple[str, int | None], float]:
    """Return exact values by measure and level."""
    judged = TruthTarget.of(results.plan.design_truths[arm], results.target)
    exact = prepared.operating_characteristics(judged.p_dlt, target=results.target, correct=judged.correct)
    values: dict[tuple[str, int | None], float] = {
        ("pcs", None): float(exact.pcs),
        ("overdose_selection", None): float(exact.overdose_selection),
        ("evaluable_before_expansion", None): float(exact.mean_total_n),
    }
    return values | {("selected", level): float(p) for level, p in enumerate(exact.selection)}


def _means(frame: pd.DataFrame) -> dict[tuple[str, str, str, int | None], tuple[float, float]]:
    """Return value and MCSE by design, truth, measure and level."""
    means = frame[frame["statistic"] == "mean"]
    levels = means["level"].astype(object).where(means["level"].notna(), None)
    keys = zip(means["design"], means["truth"], means["measure"], levels, strict=True)
    return dict(zip(keys, zip(means["value"], means["mcse"], strict=True), strict=True))


def has_exact(design: Design) -> bool:
    """Return whether the exact engine accepts the design: it reads complete cohorts only."""
    return design.reads <= COMPLETE_COHORT_FIELDS


def exact_needed(results: Results, question: Question) -> dict[str, Needed]:
    """Return per design the exact number needed: evaluable patients, no attrition (D32).

    Without a design that the exact engine does not take, or not up to the largest cap.
    """
    found = {}
    for design in results.designs:
        arms = results.positions_of(design, results.question_truths())
        rule = results.plan.design_truths[arms[0]].design if arms else None
        if rule is None or not has_exact(rule):
            continue
        judged = {
            results.plan.design_truths[arm].truth.name: TruthTarget.of(
                results.plan.design_truths[arm], results.target
            )
            for arm in arms
        }
        try:
            curves = accuracy(
                rule,
                {name: one.p_dlt for name, one in judged.items()},
                range(question.caps_from, question.caps_to + 1),
                target=results.target,
                correct={name: one.correct for name, one in judged.items()},
                memory_limit_bytes=MEMORY_BYTES,
            )
        except DesignError:  # as above
            continue
        found[design] = curves.needed(Limits(question.pcs_mean, question.pcs_each, question.overdose_each))
    return found


def without_exact(
    results: Results, operating_characteristics: pd.DataFrame, needed: Mapping[str, Needed]
) -> dict[str, list[str]]:
    """Return the designs whose exact run would be too large, each with what has no exact number then.

    Those beyond the stated limit of the exact engine are not among them: that is known before anything is run.
    """
    beside = operating_characteristics["statistic"] == "exact_no_attrition"
    with_numbers = set(operating_characteristics.loc[beside, "design"])
    asked = bool(results.question_truths())
    found = {}
    for name in results.designs:
        rule = results.plan.design_truths[results.positions_of(name)[0]].design
        most = exact_up_to(rule)
        lacks = [] if name in with_numbers or rule.max_n > most else [f"its size of {rule.max_n}"]
        lacks += ["what it needs"] if asked and name not in needed and results.plan.caps_to <= most else []
        if has_exact(rule) and lacks:
            found[name] = lacks
    return found
