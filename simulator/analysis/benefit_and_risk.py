"""The optimal biological dose (OBD) beside the MTD: how often it is selected, who is treated at it, what responds."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import Estimate, contributing, estimate_rows, mean, ratio
from simulator.analysis.used import groups
from simulator.designs.design import Design
from simulator.designs.utility import DEFAULT_UTILITIES, optimal_level
from simulator.measures import OVERDOSE_MARGIN
from simulator.outcomes.outcomes import OutcomeParameters, Truth, estimand_risk, response_risks
from simulator.runs.replicates import DesignTruth
from simulator.runs.results import Results

COLUMNS: Final = ("design", "truth", "measure", "level", "statistic", "value", "mcse")
LEAST_RESPONSE: Final = 0.25
"""Lowest acceptable response of an OBD where no design states one."""


@dataclass(frozen=True, slots=True)
class Acceptable:
    """What an OBD is judged by: utilities of the four outcomes, highest acceptable DLT risk, lowest response."""

    utilities: tuple[float, ...]
    highest_risk: float
    least_response: float


def stated(designs: list[Design], target: float) -> Acceptable:
    """Return what the first design with utilities states; else the defaults: a risk that is no overdose."""
    for design in designs:
        utilities = getattr(design, "utilities", None)
        if utilities is not None:
            return Acceptable(
                tuple(utilities),
                float(getattr(design, "phi_t", target + OVERDOSE_MARGIN)),
                float(getattr(design, "phi_e", LEAST_RESPONSE)),
            )
    return Acceptable(DEFAULT_UTILITIES, target + OVERDOSE_MARGIN, LEAST_RESPONSE)


def selects_obd(design: Design) -> bool:
    """Return whether the design selects an OBD of its own; the others select an MTD."""
    return hasattr(design, "utilities")


def correct_obd(truth: Truth, outcomes: OutcomeParameters, by: Acceptable) -> int:
    """Return the OBD of a truth, 0 where no level is acceptable."""
    risks = estimand_risk(truth, outcomes)
    aplasia = (0.0,) * len(risks) if outcomes.aplasia is None else outcomes.aplasia
    responses = _responses(truth)
    both = []
    for p, r, a in zip(truth.p_dlt, responses, aplasia, strict=False):
        with_dlt, without = response_risks(p, r, outcomes.response_dlt_odds_ratio)
        # `aplasia` is the risk of a responder, whether others have the same or none.
        both.append(p * with_dlt + (1 - p) * without * a)
    return optimal_level(risks, responses, by.utilities, by.highest_risk, by.least_response, both)


def _responses(truth: Truth) -> tuple[float, ...]:
    assert truth.p_response is not None
    return truth.p_response


def benefit_and_risk(results: Results) -> pd.DataFrame:
    """Tabulate the OBD of every truth and how each design meets it.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), measure, level (<NA> where a measure has none), statistic,
        value, mcse. Measures: obd_level, the truth's OBD, and obd_is_own, whether the design selects one of its own
        (statistic level, flag); obd_selected; share_at_obd, of the patients of escalation; true_response_at_selected
        over trials that select a level; response_rate by level, of the patients infused there. Without rows for
        truths that state no response.
    """
    arms = list(results.plan.design_truths)
    by = stated([arm.design for arm in arms], results.target)
    rows: list[dict[str, object]] = []
    for design, truth, positions in groups(results):
        of = [arms[at] for at in positions]
        if any(arm.truth.p_response is None for arm in of):
            continue
        levels = [correct_obd(arm.truth, arm.outcomes, by) for arm in of]
        label: dict[str, object] = {"design": design, "truth": truth}
        own = float(selects_obd(of[0].design))
        rows.append({**label, "measure": "obd_is_own", "statistic": "flag", "value": own, "mcse": 0.0})
        if len(of) == 1:
            level = {"measure": "obd_level", "statistic": "level", "value": float(levels[0]), "mcse": 0.0}
            rows.append({**label, **level})
        for measure, level_of, one, replicates in _measures(results, positions, of, levels):
            rows += estimate_rows(label | {"measure": measure, "level": level_of}, "mean", one, replicates)
    frame = pd.DataFrame(rows, columns=list(COLUMNS))
    frame["level"] = frame["level"].astype("Int64")
    return frame


def _measures(
    results: Results, positions: list[int], arms: list[DesignTruth], obd: list[int]
) -> Iterator[tuple[str, int | None, Estimate, int | None]]:
    selected, treated = results.stacked(positions, "selected"), results.stacked(positions, "treated")
    right = selected == np.array(obd)[:, None]
    yield "obd_selected", None, mean(right), results.replicates
    has = [k for k, level in enumerate(obd) if level]
    at = treated[has, :, [obd[k] - 1 for k in has]]
    yield "share_at_obd", None, ratio(at, treated[has].sum(axis=2)), contributing(treated[has].sum(axis=2))
    curves = [np.append(0.0, _responses(arm.truth)) for arm in arms]
    response: NDArray[Any] = np.stack([curve[row] for curve, row in zip(curves, selected, strict=True)])
    yield "true_response_at_selected", None, ratio(response, selected > 0), None
    responses = results.stacked(positions, "responses")
    for level in range(1, treated.shape[2] + 1):
        one, of = responses[:, :, level - 1], treated[:, :, level - 1]
        yield "response_rate", level, ratio(one, of), contributing(of)
