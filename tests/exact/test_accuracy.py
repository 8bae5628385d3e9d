"""How many patients: exactly, over caps, truths, families and settings."""

import numpy as np
import pytest
from scipy.stats import norm

from simulator.designs import BOIN, CumulativeCohort, ThreePlusThree
from simulator.errors import SimulatorError
from simulator.exact import operating_characteristics, simulate
from simulator.exact.accuracy import Accuracy, Limits, accuracy
from simulator.exact.calibration import BoinGrid, Search, calibrate_boin
from simulator.exact.complete_information import complete_information_pcs, complete_information_selection
from simulator.exact.families import evaluate_family, kinds_of, logistic_curves, pseudo_uniform_curves
from simulator.measures import correct_dose

BALANCED = {
    "M0": [0.50, 0.60, 0.70, 0.80],
    "M1": [0.30, 0.45, 0.58, 0.70],
    "M2": [0.15, 0.30, 0.45, 0.60],
    "M3": [0.08, 0.16, 0.30, 0.45],
    "M4": [0.04, 0.08, 0.16, 0.30],
}


def _made(pcs: list[list[float]], overdose: list[list[float]]) -> Accuracy:
    caps = tuple(range(15, 15 + len(pcs[0])))
    nothing = np.zeros((len(pcs), len(caps), 5))
    correct = np.ones(len(pcs), dtype=np.int64)
    return Accuracy(caps, ("a", "b"), nothing, np.array(pcs), np.array(overdose), correct)


def test_needed_is_not_the_first_crossing() -> None:
    made = _made([[0.5, 0.6, 0.59, 0.6, 0.7], [0.5, 0.6, 0.6, 0.6, 0.7]], [[0.1] * 5] * 2)
    assert made.meets(Limits()).tolist() == [False, True, False, True, True]
    needed = made.needed()
    assert (needed.n, str(needed)) == (18, "18")
    assert made.needed(Limits(average_at_least=0.5)).n == 15


def test_needed_heeds_each_truth_and_overdose() -> None:
    made = _made([[0.9, 0.9, 0.9], [0.4, 0.5, 0.5]], [[0.2, 0.2, 0.2], [0.2, 0.3, 0.25]])
    assert made.meets(Limits()).tolist() == [False, False, True]
    assert made.needed(Limits(overdose_at_most=None)).n == 16
    assert made.needed(Limits(0.7, None, 0.1)).n is None


def test_not_reached_names_the_best_cap() -> None:
    made = _made([[0.3, 0.48, 0.4], [0.3, 0.48, 0.4]], [[0.0] * 3] * 2)
    assert str(made.needed()) == "not reached (best 48 % at N = 16)"


def test_accuracy_is_the_operating_characteristic_of_every_cap() -> None:
    found = accuracy(BOIN(n_doses=4), BALANCED, range(15, 31))
    assert found.correct.tolist() == [0, 1, 2, 3, 4]
    for place, p_dlt in enumerate(BALANCED.values()):
        for cap in (15, 22, 30):
            exact = operating_characteristics(BOIN(n_doses=4), p_dlt, max_n=cap)
            assert found.pcs[place, cap - 15] == pytest.approx(float(exact.pcs), abs=1e-14)
            assert found.overdose[place, cap - 15] == pytest.approx(
                float(exact.overdose_selection), abs=1e-14
            )


def test_the_default_question_separates_the_designs() -> None:
    """3+3 cannot meet it; BOIN can, within the protocol's 15 to 50."""
    caps = range(15, 51)
    conventional = accuracy(ThreePlusThree(n_doses=4), BALANCED, caps).needed()
    boin = accuracy(BOIN(n_doses=4), BALANCED, caps)
    assert conventional.n is None
    assert boin.needed().n is not None
    assert np.all(boin.meets(Limits())[boin.caps.index(boin.needed().n or 0) :])


def test_variances_of_patients_and_dlts_are_those_of_a_million_trials() -> None:
    design, p_dlt, trials = BOIN(n_doses=4, max_n=24, stop_n_at_dose=9), [0.1, 0.25, 0.4, 0.6], 1_000_000
    found = operating_characteristics(design, p_dlt).variances
    sampled = simulate(design, p_dlt, trials, seed=3)
    for exact, counts in (
        (found.n_per_dose, sampled.n),
        (found.dlt_per_dose, sampled.dlt),
        (found.total_n, sampled.total_n),
        (found.total_dlt, sampled.dlt.sum(axis=1)),
    ):
        centred = counts - counts.mean(axis=0)
        error = (centred**2).std(axis=0) / np.sqrt(trials)
        assert np.all(np.abs((centred**2).mean(axis=0) - exact) <= 4 * error)


def test_variances_of_a_trial_that_always_fills_are_binomial() -> None:
    one = operating_characteristics(CumulativeCohort(n_doses=1, max_n=12), [0.3]).variances
    assert one.total_n == pytest.approx(0, abs=1e-12)
    assert one.total_dlt == pytest.approx(12 * 0.3 * 0.7)
    many = operating_characteristics(CumulativeCohort(n_doses=1, max_n=12), [[0.3], [0.1]]).variances
    assert many.dlt_per_dose.shape == (2, 1)
    assert many.total_dlt[1] == pytest.approx(12 * 0.1 * 0.9)


def test_correct_doses_can_be_declared_and_must_name_a_truth() -> None:
    declared = accuracy(BOIN(n_doses=4), BALANCED, [20], correct={"M2": 3})
    assert declared.correct.tolist() == [0, 1, 3, 3, 4]
    assert declared.pcs[2, 0] == declared.selection[2, 0, 3]
    with pytest.raises(SimulatorError, match="M9"):
        accuracy(BOIN(n_doses=4), BALANCED, [20], correct={"M9": 1})


def test_complete_information_agrees_with_simulated_tolerances() -> None:
    """O'Quigley et al. 2002, simulated as described; within 4 standard errors."""
    trials, n, target = 200_000, 20, 0.30
    tolerance = np.random.default_rng(11).random((trials, n))
    for p_dlt in (*BALANCED.values(), [0.3, 0.3, 1.0], [0.0, 0.3, 0.25], [0.4]):
        dlt = np.stack([(tolerance < p).sum(axis=1) for p in p_dlt], axis=1)
        by_risk = np.argsort(p_dlt, kind="stable")
        bump = np.empty(len(p_dlt))
        bump[by_risk] = np.arange(len(p_dlt)) * 1e-9
        chosen = np.abs(dlt + bump - n * target)[:, by_risk].argmin(axis=1)
        share = np.bincount(by_risk[chosen], minlength=len(p_dlt)) / trials
        exact = complete_information_selection(p_dlt, n, target)
        assert exact.sum() == pytest.approx(1, abs=1e-12)
        error = np.sqrt(np.maximum(exact * (1 - exact), 0) / trials)
        assert np.all(np.abs(share - exact) <= 4 * error + 1e-12)


def test_complete_information_by_hand() -> None:
    """One patient, target 0.3: no DLT at all is the highest level, else the first level with one is above."""
    selection = complete_information_selection([0.2, 0.5], 1, 0.3)
    assert selection.tolist() == pytest.approx([0.5, 0.5])  # u < .2 lowest of the ties; .2-.5 level 1; else 2
    assert complete_information_pcs(BALANCED["M0"], 30, 0.3) is None
    assert complete_information_pcs(BALANCED["M2"], 30, 0.3) == pytest.approx(
        complete_information_selection(BALANCED["M2"], 30, 0.3)[1]
    )


def test_curves_of_a_family_do_not_depend_on_their_number() -> None:
    for draw in (pseudo_uniform_curves, logistic_curves):
        many = draw(400, 5, 0.3, 7)
        assert np.array_equal(many[:50], draw(50, 5, 0.3, 7))
        assert not np.array_equal(many, draw(400, 5, 0.3, 8))
        assert np.all(np.diff(many, axis=1) >= 0)
        assert np.all((many > 0) & (many < 1))


def test_logistic_curves_have_the_slopes_and_centres_that_were_drawn() -> None:
    """Slope exp(N(log median, sd)) a level on the logit scale, through the target at a uniform place."""
    curves = logistic_curves(300, 4, 0.3, 7, slope_median=0.5, slope_log_sd=0.4)
    place, steepness = np.random.default_rng([7, 0]).random((300, 2)).T
    odds = np.log(curves / (1 - curves)) - np.log(0.3 / 0.7)
    slope = odds[:, 1:] - odds[:, :-1]
    assert slope == pytest.approx(np.tile(0.5 * np.exp(0.4 * norm.ppf(steepness)), (3, 1)).T, rel=1e-9)
    assert 1 - odds[:, 0] / slope[:, 0] == pytest.approx(0.5 + 4 * place, rel=1e-9)


def test_pseudo_uniform_curves_have_every_level_equally_often_correct() -> None:
    curves = pseudo_uniform_curves(4000, 5, 0.3, 3)
    counts = np.bincount(correct_dose(curves, 0.3), minlength=6)
    assert counts[0] == 0
    assert np.all(np.abs(counts[1:] - 800) <= 4 * np.sqrt(4000 * 0.2 * 0.8))


def test_a_family_is_summed_up_curve_by_curve() -> None:
    curves = pseudo_uniform_curves(200, 4, 0.3, 5)
    result = evaluate_family(BOIN(n_doses=4), curves)
    single = operating_characteristics(BOIN(n_doses=4), curves[17])
    assert result.pcs[17] == single.pcs
    assert result.average_pcs == pytest.approx(np.mean(result.pcs))
    assert result.worst_decile_pcs == pytest.approx(np.sort(result.pcs)[:20].mean())
    assert result.pcs[result.worst(1)[0]] == result.pcs.min()
    kinds = result.kinds()
    assert sum(kind.curves for kind in kinds) == 200
    weighted = sum(kind.curves * kind.pcs for kind in kinds) / 200
    assert weighted == pytest.approx(result.average_pcs)


def test_a_curve_is_as_steep_as_its_closer_neighbour() -> None:
    curves = np.array([[0.1, 0.3, 0.6], [0.26, 0.3, 0.6], [0.2, 0.3, 0.42], [0.5, 0.6, 0.7]])
    kinds = kinds_of(curves, np.array([2, 2, 2, 0]))
    assert kinds == ["level 2, steep", "level 2, flat", "level 2, moderate", "none correct"]


def test_calibration_ranks_the_grid_and_judges_by_truths_it_did_not_see() -> None:
    held_out = {"H1": [0.25, 0.42, 0.55, 0.65], "H2": [0.10, 0.28, 0.50, 0.65]}
    grid = BoinGrid((0.6,), (1.4,), (0.95,), (3, 6), (None, 6))
    search = Search(BALANCED, held_out, caps=range(15, 31), grid=grid)
    base = BOIN(n_doses=4, stop_n_at_dose=6)
    found = calibrate_boin(base, search)
    assert len(found.ranked) == 4
    needed = [candidate.needed.n or 99 for candidate in found.ranked]
    assert needed == sorted(needed)
    best = found.best.design
    assert found.best.needed == accuracy(best, BALANCED, range(15, 31)).needed()
    assert found.held_out_needed == accuracy(best, held_out, range(15, 31)).needed()
    assert found.base_needed == accuracy(base, BALANCED, range(15, 31)).needed()
    with pytest.raises(SimulatorError, match=r"not trained on, got \['again'\]"):
        calibrate_boin(base, Search(BALANCED, {"again": BALANCED["M2"]}))


def test_every_limit_must_be_met_overdose_in_the_mean_too() -> None:
    made = _made([[0.5, 0.9], [0.5, 0.9]], [[0.1, 0.1], [0.1, 0.3]])
    for average_overdose, met in ((0.2, [False, True]), (0.19, [False, False]), (None, [False, True])):
        assert made.meets(Limits(0.6, None, None, average_overdose)).tolist() == met


def test_a_limit_that_is_no_probability_is_named() -> None:
    with pytest.raises(SimulatorError, match=r"average_at_least must be from 0 to 1, or None, got 1\.5"):
        Limits(average_at_least=1.5)


@pytest.mark.parametrize("training_limits", [None, Limits(average_at_least=1.0)])
def test_calibration_trains_by_limits_of_its_own_where_it_has_them(training_limits: Limits | None) -> None:
    trained, held_out = {"A": [0.1, 0.3]}, {"B": [0.3, 0.6]}
    grid, easy = BoinGrid((0.6,), (1.4,), (0.95,), (3,), (None,)), Limits(0.2, 0.2, None)
    search = Search(trained, held_out, easy, range(3, 7), grid, training_limits=training_limits)
    base = BOIN(n_doses=2)
    found = calibrate_boin(base, search)
    assert found.base_held_out_needed.n == 3
    assert found.base_needed == accuracy(base, trained, range(3, 7)).needed(training_limits or easy)
    assert (found.base_needed.n is None) == (training_limits is not None)


def test_a_family_is_evaluated_at_the_size_asked_for() -> None:
    design, curves = BOIN(n_doses=3), np.array([[0.1, 0.3, 0.5], [0.05, 0.1, 0.3]])
    found = evaluate_family(design, curves, max_n=6)
    for place, curve in enumerate(curves):
        exact = operating_characteristics(design, curve, max_n=6)
        assert found.pcs[place] == pytest.approx(float(exact.pcs), abs=1e-14)
    assert not np.allclose(found.pcs, evaluate_family(design, curves, max_n=12).pcs)
