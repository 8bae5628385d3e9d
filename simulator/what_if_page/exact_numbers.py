"""The exact numbers of one design under one truth: no Monte Carlo error, no attrition."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from simulator.analysis.exact_beside import has_exact
from simulator.designs.design import Design
from simulator.errors import DesignError
from simulator.exact import PreparedDesign
from simulator.exact import prepare as compiled
from simulator.runs.plan import run_plan
from simulator.runs.results import TruthTarget
from simulator.scenario.scenario import Scenario

KEPT: Final = 3
"""Compiled designs kept: the base and two that the slider has just passed; the largest take some 350 MB each."""


@dataclass(frozen=True, slots=True)
class ExactNumbers:
    """What a design does under a truth, given complete outcomes and the level assigned.

    Attributes
    ----------
    target, correct
        The DLT risk aimed at, and the level that is correct by it; 0 for none.
    doses, p_dlt
        Per level: the dose, and the true risk that the selection is judged by.
    selection
        Probability that each level is selected; the first is none.
    patients
        Mean patients per level.
    pcs, overdose_selection, stop_safety
        Probabilities: correct selection, overdose selection, stopped because level 1 is too toxic.
    evaluable, dlts
        Mean patients and mean DLTs.
    """

    target: float
    correct: int
    doses: tuple[float, ...]
    dose_unit: str
    p_dlt: tuple[float, ...]
    selection: tuple[float, ...]
    patients: tuple[float, ...]
    pcs: float
    overdose_selection: float
    stop_safety: float
    evaluable: float
    dlts: float


def exact_numbers(scenario: Scenario, design: str, truth: str) -> ExactNumbers:
    """Evaluate a design of the scenario under one of its truths.

    Raises
    ------
    ScenarioError
        For an unknown name.
    DesignError
        For a design that the exact engine does not take, or not at its size.
    """
    plan = run_plan(scenario, [design], [truth], scenario.run.seed)
    [arm] = [arm for arm in plan.design_truths if arm.truth.name == truth]
    if not has_exact(arm.design):
        raise DesignError(
            f"design {design!r} reads more than complete cohorts, so it has no exact numbers; "
            "the calendar takes it"
        )
    target = scenario.trial.target
    judged = TruthTarget.of(arm, target)
    found = _compiled(arm.design).operating_characteristics(
        judged.p_dlt, target=target, correct=judged.correct
    )
    return ExactNumbers(
        target=target,
        correct=judged.correct,
        doses=scenario.trial.dose_levels,
        dose_unit=scenario.trial.unit_in_full,
        p_dlt=judged.p_dlt,
        selection=tuple(found.selection.tolist()),
        patients=tuple(found.n_per_dose.tolist()),
        pcs=float(found.pcs),
        overdose_selection=float(found.overdose_selection),
        stop_safety=float(found.early_stop["safety"]),
        evaluable=float(found.mean_total_n),
        dlts=float(found.dlt_per_dose.sum()),
    )


@lru_cache(maxsize=KEPT)
def _compiled(design: Design) -> PreparedDesign:
    return compiled(design)
