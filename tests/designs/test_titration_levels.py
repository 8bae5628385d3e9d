"""Titration of the first levels only: with one level, the first cohort alone is of one patient."""

import numpy as np
import pytest

from simulator.designs import BOIN, CRM, Keyboard, ThreePlusThree
from simulator.designs.conduct import next_dose
from simulator.designs.design import Action, Design, Observed, Reason
from simulator.designs.titrated import Titrated
from simulator.designs.titration import titration_step
from simulator.errors import DesignError, ScenarioError
from simulator.exact import operating_characteristics
from simulator.scenario.scenario import load_scenario
from tests.designs.states import state

DESIGNS: list[Design] = [
    ThreePlusThree(n_doses=4),
    BOIN(n_doses=4, max_n=24),
    Keyboard(n_doses=4, max_n=24),
    CRM(n_doses=4, max_n=18),
]


@pytest.mark.parametrize("inner", DESIGNS, ids=lambda design: design.name)
def test_one_patient_at_level_1_then_the_designs_own_cohorts(inner: Design) -> None:
    design = Titrated(inner, 1)
    first = design.decide(Observed.nothing(4))
    assert (first.level[0], first.cohort_size[0]) == (1, 1)
    answer = next_dose(design, outcomes="1N")
    assert (answer.action, answer.dose, answer.cohort_size) == ("treat", 2, 3)


@pytest.mark.parametrize("inner", DESIGNS, ids=lambda design: design.name)
def test_a_dlt_at_level_1_fills_its_cohort(inner: Design) -> None:
    answer = next_dose(Titrated(inner, 1), outcomes="1T")
    assert (answer.action, answer.dose, answer.cohort_size) == ("treat", 1, 2)


@pytest.mark.parametrize("inner", [design for design in DESIGNS if design.name != "crm"])
def test_above_the_last_level_titrated_the_design_decides_alone(inner: Design) -> None:
    """One of every state of three at level 2, after one without a DLT at level 1."""
    for dlt in range(4):
        observed = Observed(
            level=np.array([2]),
            n=np.array([[1, 3, 0, 0]]),
            dlt=np.array([[0, dlt, 0, 0]]),
            last_n=np.array([3]),
            last_dlt=np.array([dlt]),
            closed_from=np.array([5]),
        )
        ours, theirs = Titrated(inner, 1).decide(observed), inner.decide(observed)
        for name in ("action", "level", "cohort_size", "closed_from", "reason"):
            assert (getattr(ours, name) == getattr(theirs, name)).all()


def test_two_levels_titrate_two_and_all_levels_are_the_titration_there_was() -> None:
    design = Titrated(Keyboard(n_doses=4), 2)
    assert [next_dose(design, outcomes=so_far).cohort_size for so_far in ("1N", "1N 2N")] == [1, 3]
    assert next_dose(design, outcomes="1N 2T").cohort_size == 2
    inner = Keyboard(n_doses=4)
    p_dlt = [0.1, 0.2, 0.3, 0.4]
    every = operating_characteristics(Titrated(inner, 4), p_dlt)
    assert (every.selection == operating_characteristics(Titrated(inner), p_dlt).selection).all()


def test_the_levels_count_from_the_start_level() -> None:
    design = Titrated(BOIN(n_doses=4, start_dose=2), 1)
    assert next_dose(design, outcomes="2N").cohort_size == 3
    assert "until the first DLT or level 2" in design.conventions()["titration"]


def test_the_exact_engine_treats_one_patient_at_level_1_where_there_is_no_dlt() -> None:
    found = operating_characteristics(Titrated(BOIN(n_doses=3, max_n=12), 1), [0.0, 0.0, 0.0])
    assert found.n_per_dose[0] == 1
    assert found.n_per_dose.sum() == 12
    assert abs(found.selection.sum() - 1) < 1e-12


def test_the_reason_of_the_step_up_is_titration() -> None:
    observed = Observed(
        level=np.array([1]),
        n=np.array([[1, 0]]),
        dlt=np.array([[0, 0]]),
        last_n=np.array([1]),
        last_dlt=np.array([0]),
        closed_from=np.array([3]),
    )
    decision = Titrated(ThreePlusThree(n_doses=2), 1).decide(observed)
    assert decision.action[0] == Action.TREAT
    assert decision.reason[0] == Reason.TITRATE


@pytest.mark.parametrize("levels", [0, 5, True, 1.5])
def test_levels_out_of_range_are_refused(levels: object) -> None:
    with pytest.raises(DesignError, match=r"titration: levels = .*: must be an integer in 1\.\.4"):
        Titrated(BOIN(n_doses=4), levels)  # type: ignore[arg-type]


def test_a_scenario_names_the_levels_for_any_design() -> None:
    scenario = load_scenario("scenarios/nct07144020.yaml")
    changed = scenario.with_changes({"designs.boin.titration_levels": 1, "designs.3+3.titration_levels": 2})
    assert changed.design("boin") == Titrated(scenario.design("boin"), 1)
    assert changed.design("3+3") == Titrated(scenario.design("3+3"), 2)
    with pytest.raises(ScenarioError, match="must be an integer between 1 and 4 or null, got 5"):
        scenario.with_changes({"designs.boin.titration_levels": 5})
    with pytest.raises(ScenarioError, match="titration: true titrates all levels; give one of the two"):
        scenario.with_changes({"designs.boin.titration_levels": 1, "designs.boin.titration": True})


def test_the_cohort_filled_at_the_last_level_titrated_is_shown_as_one() -> None:
    """One DLT in titration, none in the two who filled the cohort: 1 of 3, at the last level titrated too."""
    inner = CRM(n_doses=4, restrict=True)
    filled = state(2, [1, 3, 0, 0], [0, 1, 0, 0], last=(2, 0))
    shown = Titrated(inner, 2)._as_one_cohort(filled)
    assert (shown.last_n[0], shown.last_dlt[0]) == (3, 1)
    above = Titrated(inner, 1)._as_one_cohort(filled)
    assert (above.last_n[0], above.last_dlt[0]) == (2, 0)


def test_two_patients_at_a_level_are_no_titration() -> None:
    closed = np.array([4])
    assert [titration_step(state(2, [1, n, 0], [0, 0, 0]), closed).titrating.tolist() for n in (0, 1, 2)] == [
        [True],
        [True],
        [False],
    ]
