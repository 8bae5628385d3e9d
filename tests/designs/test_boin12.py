"""BOIN12 against the R package escalation, its printed scores, and its rules one by one."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import betaincc

from simulator.designs import BOIN12
from simulator.designs.design import Action, Observed, Reason
from simulator.designs.desirability import desirability
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.utility import benchmark, expected_utility, optimal_level
from simulator.errors import DesignError
from tests.designs.outcome_records import observed_of, records_of_counts
from tests.designs.published import integers, numbers, rows
from tests.designs.states import any_patient_states


def _design(row: dict[str, str], **options: object) -> BOIN12:
    best, neither, both, worst = numbers(row["utilities"])
    design = BOIN12(
        n_doses=len(integers(row["n"])),
        phi_t=float(row["phi_t"]),
        phi_e=float(row["phi_e"]),
        utilities=(best, neither, both, worst),
    )
    return replace(design, **options)  # type: ignore[arg-type]


def _observed(row: dict[str, str], level: int) -> Observed:
    counts = (integers(row[name]) for name in ("n", "dlt", "response", "response_no_dlt"))
    return observed_of(records_of_counts(*counts), len(integers(row["n"])), level)


def test_every_published_decision_with_admissible_destinations() -> None:
    table = rows("boin12_decisions.csv")
    assert len(table) == 320
    for row in table:
        design = _design(row, n_star=int(row["n_star"]), c_t=float(row["c_t"]), c_e=float(row["c_e"]))
        decision = design.decide(_observed(row, int(row["level"])))
        assert decision.level[0] == int(row["next_level"]), row["id"]
        assert (decision.action[0] == Action.STOP) == (row["next_level"] == "0")


def test_desirability_is_the_published_one_in_every_row() -> None:
    for row in rows("boin12_decisions.csv"):
        design = _design(row)
        shown = design.estimates(_observed(row, 1))["desirability"][0]
        np.testing.assert_allclose(shown, numbers(row["desirability"]), rtol=0, atol=1e-11)


def test_the_selected_level_is_the_published_one_in_every_row_and_reading() -> None:
    table = rows("boin12_selected_levels.csv")
    assert len(table) == 200
    for row in table:
        for reading in ("mean_utility", "above_benchmark", "escalation"):
            selected = _design(row, obd=reading).select(_observed(row, 1))
            assert selected[0] == int(row[reading]), (row["id"], reading)


def test_every_published_score_of_desirability() -> None:
    table = rows("boin12_scores.csv")
    assert len(table) == 166
    tables: dict[tuple[str, ...], pd.Series] = {}
    for row in table:
        key = tuple(row[name] for name in ("phi_t", "phi_e", "u2", "u3", "sizes_ranked_together"))
        if key not in tables:
            design = BOIN12(
                phi_t=float(key[0]), phi_e=float(key[1]), utilities=(100, float(key[2]), float(key[3]), 0)
            )
            found = design.desirability_table(tuple(integers(key[4])))
            tables[key] = found.set_index(["n", "dlt", "response"])["rds"]
        score = tables[key].loc[(int(row["n"]), int(row["dlt"]), int(row["response"]))]
        if row["rds"] == "E":
            assert score is pd.NA
        else:
            assert score == float(row["rds"])


def test_an_untried_level_has_score_60_of_the_sizes_up_to_9() -> None:
    """Lin et al. 2020, table 2."""
    table = BOIN12().desirability_table()
    assert table.loc[0].tolist() == [0, 0, 0, 60.0]


def test_scores_need_utilities_that_margins_settle() -> None:
    with pytest.raises(DesignError, match="neither \\+ both = 100"):
        BOIN12(utilities=(100, 40, 70, 0)).desirability_table()
    rounded = BOIN12(utilities=(100, 40 + 5e-12, 60, 0)).desirability_table()  # as sums of decimals are
    assert rounded.equals(BOIN12(utilities=(100, 40, 60, 0)).desirability_table())


@pytest.mark.parametrize("n", [0, 1, 3, 12, 13, 40, 64, 65, 200])
def test_desirability_differs_from_the_incomplete_beta_function_by_rounding(n: int) -> None:
    quasi_events = np.linspace(0, n, 401)
    for above in (0.5, 0.71, 0.9):
        expected = betaincc(1 + quasi_events, 1 + n - quasi_events, above)
        found = desirability(quasi_events, np.full(401, n), above)
        np.testing.assert_allclose(found, expected, rtol=0, atol=2e-14)


def test_the_benchmark_of_the_paper_is_in_the_middle_of_the_limits_and_100() -> None:
    """Limits .35 and .25: 100 * .25 * .65 + 40 * .65 * .75 + 60 * .35 * .25 = 41, so 70.5."""
    assert benchmark(0.35, 0.25, (100, 40, 60, 0)) == pytest.approx(0.705, abs=1e-15)


def test_expected_utility_with_and_without_independence() -> None:
    assert expected_utility(0.2, 0.5, (100, 40, 60, 0)) == pytest.approx(40 + 16 + 6)
    assert expected_utility(0.2, 0.5, (100, 40, 70, 10), both=0.2) == pytest.approx(30 + 20 + 14)


@pytest.mark.parametrize(
    ("p_dlt", "p_response", "level"),
    [
        ([0.03, 0.17, 0.35, 0.5, 0.65], [0.12, 0.39, 0.43, 0.55, 0.65], 2),
        ([0.05, 0.1, 0.2], [0.3, 0.3, 0.3], 1),
        ([0.1, 0.1, 0.1], [0.3, 0.4, 0.4], 2),
        ([0.5, 0.6, 0.7], [0.5, 0.6, 0.7], 0),
        ([0.1, 0.2, 0.3], [0.1, 0.1, 0.2], 0),
    ],
)
def test_the_optimal_level_of_a_truth(p_dlt: list[float], p_response: list[float], level: int) -> None:
    assert optimal_level(p_dlt, p_response, (100, 40, 60, 0), 0.35, 0.25) == level


def test_it_waits_for_a_pending_dlt_or_response_of_anybody() -> None:
    design = BOIN12(n_doses=3)
    for dlt, response in ((PENDING, 0), (0, PENDING)):
        patients = PatientRecords.of(
            [1, 1, 1, 2, 2, 2], [0, 0, 0, 0, 0, dlt], 0.9, [0, 0, 0, 1, 1, response], 0.9
        )
        decision = design.decide(observed_of(patients, 3, 2))
        assert decision.action[0] == Action.WAIT
        assert decision.reason[0] == Reason.WAIT_OUTCOME_UNDECIDED
        assert decision.level[0] == 2


def test_exploration_goes_up_from_9_patients_on_unless_it_is_off() -> None:
    observed = observed_of(records_of_counts([3, 9, 0], [0, 2, 0], [1, 6, 0], [1, 5, 0]), 3, 2)
    explores = BOIN12(n_doses=3).decide(observed)
    assert (explores.level[0], explores.reason[0]) == (3, Reason.EXPLORE)
    for design in (BOIN12(n_doses=3, exploration_from=None), BOIN12(n_doses=3, exploration_from=10)):
        stays = design.decide(observed)
        assert (stays.level[0], stays.reason[0]) == (2, Reason.MOST_DESIRABLE)


def test_it_stops_where_enough_are_at_the_level_only_if_it_would_stay() -> None:
    design = BOIN12(n_doses=3, stop_n_at_dose=9, exploration_from=None)
    stays = observed_of(records_of_counts([3, 9, 0], [0, 2, 0], [1, 6, 0], [1, 5, 0]), 3, 2)
    assert design.decide(stays).reason[0] == Reason.STOP_PRECISION
    leaves = observed_of(records_of_counts([3, 9, 0], [0, 5, 0], [1, 6, 0], [1, 3, 0]), 3, 2)
    assert design.decide(leaves).reason[0] == Reason.DE_ESCALATE


def test_a_level_too_toxic_closes_with_the_levels_above_and_level_1_stops_the_trial() -> None:
    design = BOIN12(n_doses=3)
    closed = design.decide(observed_of(records_of_counts([3, 3, 0], [0, 3, 0], [1, 2, 0], [1, 0, 0]), 3, 2))
    assert (closed.level[0], closed.closed_from[0]) == (1, 2)
    stopped = design.decide(observed_of(records_of_counts([3, 0, 0], [3, 0, 0], [1, 0, 0], [0, 0, 0]), 3, 1))
    assert stopped.reason[0] == Reason.STOP_TOO_TOXIC
    futile = design.decide(observed_of(records_of_counts([9, 9, 0], [1, 3, 0], [0, 0, 0], [0, 0, 0]), 3, 2))
    assert futile.reason[0] == Reason.STOP_NONE_ADMISSIBLE
    assert futile.closed_from[0] == 4


@given(data=st.data())
@settings(max_examples=100, deadline=None)
def test_without_a_limit_of_futility_admissible_is_what_toxicity_alone_admits(data: st.DataObject) -> None:
    from simulator.designs.benefit_risk_data import level_data

    observed = data.draw(any_patient_states(4))
    design = BOIN12(n_doses=4, c_e=1)
    found = level_data(observed, 4, design.utilities)
    above = betaincc(1 + found.dlt, 1 + found.dlt_known - found.dlt, design.phi_t)
    np.testing.assert_array_equal(design.judge(found).admissible, (found.n == 0) | (above < design.c_t))


def test_bad_options_are_named() -> None:
    for options, message in (
        ({"utilities": (100, 40, 60)}, "utilities"),
        ({"utilities": (40, 100, 60, 0)}, "utilities"),
        ({"phi_t": 0.8}, "boin12: phi_t = 0.8: default p_tox"),
        ({"p_saf": 0.5}, "boin12: p_saf = 0.5"),
        ({"c_e": 0}, "boin12: c_e = 0: must be 0 < c_e <= 1"),
        ({"obd": "best"}, "boin12: obd"),
        ({"exploration_from": 0}, "boin12: exploration_from"),
        ({"start_dose": 6}, "boin12: start_dose"),
    ):
        with pytest.raises(DesignError, match=message):
            BOIN12(**options)  # type: ignore[arg-type]
    with pytest.raises(DesignError, match="desirability_table"):
        BOIN12().decision_table(9)


def test_one_patient_closes_a_level_where_the_cutoff_lets_one_do_so() -> None:
    """With one DLT of one, P(p > .2) is 1 - .2**2 = .96."""
    observed = observed_of(records_of_counts([3, 1, 0], [0, 1, 0], [0, 0, 0], [0, 0, 0]), 3, 2)
    for cutoff, closed_from in ((0.95, 2), (0.97, 4)):
        decision = BOIN12(n_doses=3, phi_t=0.2, c_t=cutoff).decide(observed)
        assert decision.closed_from.tolist() == [closed_from]


def test_a_level_with_one_patient_has_been_tried() -> None:
    """6 of 6 DLTs at level 1 close it for good only if no tried level above is safe: one patient there is enough."""
    toxic, one_above = [1] * 6, [*[1] * 6, 0]
    closed = {
        len(dlt): int(
            BOIN12(n_doses=3)
            .decide(observed_of(PatientRecords.of([1] * 6 + [2] * (len(dlt) - 6), dlt, response=0), 3, 1))
            .closed_from[0]
        )
        for dlt in (toxic, one_above)
    }
    assert closed == {6: 1, 7: 4}
