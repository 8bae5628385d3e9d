"""The BLRM: its quadrature against independent integration, and its rules one by one."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from scipy import integrate, special

from simulator.designs import BLRM
from simulator.designs.blrm_posterior import TwoParameterModel, _classes, fit
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Action, Floats, Ints, Reason
from simulator.errors import DesignError
from simulator.exact import operating_characteristics, simulate
from tests.designs.states import state

WIDE = TwoParameterModel((-2.3, -1.4, -0.7, 0.0, 0.5), (-0.85, 0.0), (2.0, 1.0), 0.0, 0.20, 0.35)
STEEP = TwoParameterModel((-4.0, -2.0, 0.0), (-1.0, 0.2), (3.0, 1.0), 0.4, 0.16, 0.33)
NARROW = TwoParameterModel((-1.0, 0.0, 1.0), (-0.85, 1.0), (0.5, 0.3), -0.5, 0.20, 0.35)
TRIALS = 1_000_000


def _data(levels: int, patients: int, states: int, seed: int) -> tuple[Ints, Ints]:
    """Draw data: consistent and inconsistent with rising risks, no DLTs, DLTs only."""
    generator = np.random.default_rng(seed)
    shares = [generator.dirichlet(np.full(levels, 0.4)) for _ in range(states)]
    n = np.stack([generator.multinomial(patients, share) for share in shares])
    risk = np.sort(generator.beta(0.4, 0.6, (states, levels)), axis=1)
    risk[: states // 4] = risk[: states // 4, ::-1]
    dlt = generator.binomial(n, risk)
    dlt[states // 4 : states // 3] = 0
    dlt[states // 3 : states // 2] = n[states // 3 : states // 2]
    return n, dlt


def _panels(edges: Floats) -> tuple[Floats, Floats]:
    """Return Gauss-Legendre nodes and weights, 12 between each two edges."""
    node, weight = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges)[:, None] / 2
    return (edges[:-1, None] + half + half * node).ravel(), (half * weight).ravel()


def _reference(model: TwoParameterModel, n: Ints, dlt: Ints) -> tuple[Floats, Floats]:
    """Integrate on a fine grid whose panels in log alpha are cut where a level's risk is a limit."""
    x = np.array(model.log_doses)[:, None]
    limits = special.logit([model.over_from, model.under_below])
    total, over, under = np.zeros(len(n)), np.zeros(n.shape), np.zeros(n.shape)
    reach = 8.5 * np.array(model.sd)
    log_betas, weights = _panels(np.arange(model.mean[1] - reach[1], model.mean[1] + reach[1], 0.3))
    low, high = model.mean[0] - reach[0] - 6, model.mean[0] + reach[0] + 6
    shift = 0.3 * n.sum(axis=1)[:, None]
    for log_beta, outer in zip(log_betas, weights, strict=True):
        cuts = (limits[:, None] - np.exp(log_beta) * x.T).ravel()
        edges = np.unique(np.append(np.arange(low, high, 0.4), np.clip(cuts, low, high)))
        log_alpha, inner = _panels(edges)
        logit = log_alpha + np.exp(log_beta) * x
        first = (log_alpha - model.mean[0]) / model.sd[0]
        second, rho = (log_beta - model.mean[1]) / model.sd[1], model.correlation
        log_density = -(first**2 - 2 * rho * first * second + second**2) / (2 * (1 - rho**2))
        log_density = log_density - dlt @ np.logaddexp(0, -logit) - (n - dlt) @ np.logaddexp(0, logit)
        density = np.exp(log_density + shift) * inner * outer
        total += density.sum(axis=1)
        over += density @ (logit > limits[0]).T
        under += density @ (logit < limits[1]).T
    return over / total[:, None], under / total[:, None]


@pytest.mark.parametrize("model", [WIDE, STEEP, NARROW])
def test_error_of_every_probability_is_below_a_millionth(model: TwoParameterModel) -> None:
    for patients in (0, 3, 8, 30, 50, 120):
        n, dlt = _data(len(model.log_doses), patients, 24, seed=patients)
        over, under = _reference(model, n, dlt)
        intervals = fit(model, n, dlt)
        assert np.abs(intervals.over - over).max() < 1e-6
        assert np.abs(intervals.under - under).max() < 1e-6
        assert np.abs(intervals.target - (1 - over - under)).max() < 1e-6


def test_intervals_agree_with_adaptive_integration_written_out() -> None:
    """One state by scipy.integrate.dblquad, from the formula of the paper."""
    log_doses, n, dlt = (-1.0, 0.0, 0.7), (3, 6, 3), (0, 1, 2)
    model = TwoParameterModel(log_doses, (-0.85, 0.0), (1.5, 1.0), 0.3, 0.20, 0.35)

    def density(log_alpha: float, log_beta: float) -> float:
        first, second = (log_alpha + 0.85) / 1.5, log_beta
        value = np.exp(-(first**2 - 0.6 * first * second + second**2) / (2 * 0.91))
        for x, patients, toxic in zip(log_doses, n, dlt, strict=True):
            p = special.expit(log_alpha + np.exp(log_beta) * x)
            value *= p**toxic * (1 - p) ** (patients - toxic)
        return float(value)

    def above(level: int, risk: float) -> float:
        def cut(log_beta: float) -> float:
            return float(min(max(special.logit(risk) - np.exp(log_beta) * log_doses[level - 1], -12), 12))

        return float(integrate.dblquad(density, -6, 6, cut, 12, epsabs=1e-11, epsrel=1e-8)[0])

    whole = float(integrate.dblquad(density, -6, 6, -12, 12, epsabs=1e-11, epsrel=1e-8)[0])
    intervals = fit(model, np.array([n]), np.array([dlt]))
    for level in (1, 3):
        assert intervals.over[0, level - 1] == pytest.approx(above(level, 0.35) / whole, abs=1e-6)
        assert intervals.under[0, level - 1] == pytest.approx(1 - above(level, 0.20) / whole, abs=1e-6)


def test_a_fit_is_the_same_bit_for_bit_in_any_batch() -> None:
    parts = [_data(5, patients, 40, seed=1) for patients in (3, 12, 30, 50)]
    n, dlt = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    together = fit(WIDE, n, dlt)
    shuffled = np.random.default_rng(2).permutation(len(n))
    for size in (1, 2, 7, 64, 159):
        for first in range(0, len(n), size):
            some = shuffled[first : first + size]
            again = fit(WIDE, n[some], dlt[some])
            np.testing.assert_array_equal(again.over, together.over[some])
            np.testing.assert_array_equal(again.target, together.target[some])


def test_no_posterior_leaves_the_lattice_under_any_legal_prior() -> None:
    """Narrow priors against the data, correlated ones, slopes of any size: fit refuses what it cannot hold."""
    generator = np.random.default_rng(5)
    for _ in range(120):
        levels = int(generator.integers(1, 7))
        low = generator.uniform(-6, 1)
        doses = np.sort(generator.uniform(low, low + generator.uniform(0.5, 6), levels))
        model = TwoParameterModel(
            log_doses=tuple(doses.tolist()),
            mean=(generator.uniform(-9, 9), generator.uniform(-3, 3)),
            sd=(float(np.exp(generator.uniform(-3, 1.6))), float(np.exp(generator.uniform(-3, 0.69)))),
            correlation=generator.uniform(-0.94, 0.94),
            under_below=0.2,
            over_from=0.35,
        )
        n, dlt = _data(levels, int(generator.integers(0, 60)), 8, seed=int(generator.integers(10**6)))
        intervals = fit(model, n, dlt)
        for probability in (intervals.under, intervals.target, intervals.over):
            assert ((probability >= 0) & (probability <= 1)).all()
        assert (np.diff(intervals.over, axis=1) > -1e-6).all()
        assert (np.diff(intervals.under, axis=1) < 1e-6).all()


def test_without_data_and_with_a_flat_slope_the_intervals_are_those_of_the_prior() -> None:
    """At the reference dose the risk is expit(log alpha), normal on the logit scale."""
    intervals = fit(WIDE, np.zeros((1, 5), dtype=np.int64), np.zeros((1, 5), dtype=np.int64))
    over = special.ndtr((-0.85 - special.logit(0.35)) / 2)
    under = special.ndtr((special.logit(0.20) + 0.85) / 2)
    assert intervals.over[0, 3] == pytest.approx(over, abs=1e-8)
    assert intervals.under[0, 3] == pytest.approx(under, abs=1e-8)


def test_the_next_level_is_the_most_likely_on_target_among_safe_ones_in_reach() -> None:
    design = BLRM()
    generator = np.random.default_rng(7)
    for _ in range(60):
        n = generator.integers(0, 9, 5)
        dlt = generator.binomial(n, 0.25)
        level = int(generator.integers(1, 6))
        if not n.any():
            continue
        intervals = design.intervals(n[None], dlt[None])
        safe = [k for k in range(1, 6) if intervals.over[0, k - 1] <= 0.25 and k <= level + 1]
        answer = design.decide(state(level, n.tolist(), dlt.tolist()))
        if not safe:
            assert answer.reason[0] == Reason.STOP_TOO_TOXIC
            continue
        assert int(answer.level[0]) == max(safe, key=lambda k: float(intervals.target[0, k - 1]))
        tried = [k for k in range(1, 6) if intervals.over[0, k - 1] <= 0.25 and n[k - 1] > 0]
        best = max(tried, key=lambda k: float(intervals.target[0, k - 1]), default=0)
        assert selected_dose(design, n=n.tolist(), dlt=dlt.tolist()) == best


def test_overdose_control_holds_back_stops_and_selects_none() -> None:
    held = next_dose(BLRM(), dose=2, n=[3, 6, 0, 0, 0], dlt=[0, 1, 0, 0, 0])
    over = BLRM().intervals(np.array([[3, 6, 0, 0, 0]]), np.array([[0, 1, 0, 0, 0]])).over[0]
    strict = next_dose(
        BLRM(overdose_limit=float(over[1:3].mean())), dose=2, n=[3, 6, 0, 0, 0], dlt=[0, 1, 0, 0, 0]
    )
    assert held.dose == 3
    assert (strict.dose, strict.reason) == (2, Reason.STAY_OVERDOSE_CONTROL.text)
    toxic = next_dose(BLRM(), outcomes="1TTN")
    assert (toxic.action, toxic.reason, toxic.closed_from) == ("stop", Reason.STOP_TOO_TOXIC.text, 1)
    assert selected_dose(BLRM(), outcomes="1TTN") == 0


def test_one_dlt_of_three_at_the_first_level_does_not_stop_the_default_design() -> None:
    for doses in (None, (0.2, 0.5, 1.0, 2.0)):
        design = BLRM(n_doses=5 if doses is None else 4, doses=doses)
        assert next_dose(design, outcomes="1NNT").action == "treat"


def test_the_start_level_is_treated_whatever_the_prior_says() -> None:
    design = BLRM(prior_mean=(3.0, 0.0), start_dose=2)
    assert design.intervals(np.zeros((1, 5), int), np.zeros((1, 5), int)).over[0, 0] > 0.25
    assert next_dose(design).dose == 2
    nobody = design.decide(state(2, [0] * 5, [0] * 5))
    assert (nobody.action[0], nobody.level[0]) == (Action.TREAT, 1)


def test_stopping_asks_for_patients_and_probability_at_the_next_level() -> None:
    data: dict[str, Any] = {"dose": 2, "n": [3, 9, 3, 0, 0], "dlt": [0, 2, 2, 0, 0]}
    design = BLRM()
    assert next_dose(design, **data).dose == 2
    probability = float(design.intervals(np.array([data["n"]]), np.array([data["dlt"]])).target[0, 1])
    assert next_dose(replace(design, stop_n_at_dose=10), **data).action == "treat"
    enough = next_dose(replace(design, stop_n_at_dose=9), **data)
    assert (enough.action, enough.reason) == ("stop", Reason.STOP_ENOUGH_NEXT.text)
    for offset, action in ((-1e-6, "stop"), (1e-6, "treat")):
        both = replace(design, stop_n_at_dose=9, stop_target_probability=probability + offset)
        answer = next_dose(both, **data)
        assert answer.action == action
    likely = replace(design, stop_n_at_dose=10, stop_target_probability=probability - 1e-6)
    assert next_dose(likely, **data).action == "treat"  # probable enough, and one patient too few
    assert selected_dose(design, n=data["n"], dlt=data["dlt"]) == 2


def test_one_more_dlt_at_a_high_level_can_undo_a_stop() -> None:
    """Why the invariant on monotone decisions does not hold for this design."""
    generator = np.random.default_rng(0)
    n = generator.integers(0, 14, (3000, 4))
    dlt = generator.integers(0, n + 1)
    room = dlt[:, 3] < n[:, 3]
    worse = dlt[room].copy()
    worse[:, 3] += 1
    design = BLRM(n_doses=4)
    before, after = (
        design.intervals(n[room], dlt[room]).over[:, 0],
        design.intervals(n[room], worse).over[:, 0],
    )
    assert ((before > 0.25) & (after <= 0.25)).any()


def test_exact_engine_agrees_with_a_million_sampled_trials() -> None:
    design, p_dlt = BLRM(n_doses=4, doses=(0.2, 0.5, 1.0, 2.0)), [0.05, 0.15, 0.30, 0.45]
    exact = operating_characteristics(design, p_dlt)
    sampled = simulate(design, p_dlt, TRIALS, seed=11)
    share = np.bincount(sampled.selection, minlength=5) / TRIALS
    error = np.sqrt(exact.selection * (1 - exact.selection) / TRIALS)
    assert (np.abs(share - exact.selection) <= 4 * error).all()
    spread = sampled.n.std(axis=0) / np.sqrt(TRIALS)
    assert (np.abs(sampled.n.mean(axis=0) - exact.n_per_dose) <= 4 * spread).all()
    assert exact.selection.min() > 0


def test_interval_and_prior_follow_the_target() -> None:
    assert BLRM().target_interval == (0.20, 0.35)
    assert BLRM().prior_means == (-0.85, 0.0)
    fifth = BLRM(target=0.2)
    assert fifth.target_interval == (pytest.approx(2 / 15), 0.25)
    assert fifth.prior_means == (-1.39, 0.0)  # logit(0.2)
    assert "overdosing above 0.25" in fifth.conventions()["target interval"]
    assert "mean (-1.39, 0)" in fifth.conventions()["prior"]
    assert BLRM(target=0.2, over_from=0.3, prior_mean=(-1, 0.5)).target_interval[1] == 0.3
    for target in (0.001, 0.1, 0.5, 0.97, 0.999):
        low, high = BLRM(target=target).target_interval
        assert 0 < low < target < high < 1
        assert next_dose(BLRM(target=target)).dose == 1


def test_a_prior_that_calls_level_1_too_toxic_is_a_warning_that_names_the_reference_dose() -> None:
    assert BLRM().prior_warnings() == ()
    assert BLRM(n_doses=4, doses=(0.2, 0.5, 1.0, 2.0), target=0.25).prior_warnings() == ()
    [warning] = BLRM(n_doses=4, doses=(14, 35, 70, 140), reference_dose=1).prior_warnings()
    assert warning.startswith(
        "before any data the prior calls level 1 too toxic: P(risk > 0.35) is 0.87 there"
    )
    assert "reference_dose = 1 (the dose at which" in warning
    assert "14 to 140" in warning


def test_posterior_of_the_risks_is_that_of_adaptive_integration() -> None:
    """Mean and standard deviation of the risk at level 2, by scipy.integrate.dblquad."""
    design = BLRM(n_doses=3, doses=(1, 2, 4))
    n, dlt = np.array([[3, 6, 3]]), np.array([[0, 1, 2]])

    def moment(power: int) -> float:
        def integrand(log_alpha: float, log_beta: float) -> float:
            value = np.exp(-((log_alpha + 0.85) ** 2 / 1.5**2 + log_beta**2) / 2)
            risks = special.expit(log_alpha + np.exp(log_beta) * np.log([1 / 4, 2 / 4, 1]))
            return float(value * np.prod(risks ** dlt[0] * (1 - risks) ** (n - dlt)[0]) * risks[1] ** power)

        return float(integrate.dblquad(integrand, -6, 5, -10, 8, epsabs=1e-12, epsrel=1e-8)[0])

    whole, first, second = moment(0), moment(1), moment(2)
    found = design.posterior(n, dlt)
    assert found.mean[0, 1] == pytest.approx(first / whole, abs=1e-5)
    assert found.sd[0, 1] == pytest.approx(np.sqrt(second / whole - (first / whole) ** 2), abs=1e-5)
    for level in range(3):
        for limit, share in ((found.low, 0.975), (found.high, 0.025)):
            above = design.probability_above(n, dlt, float(limit[0, level]))[0, level]
            assert above == pytest.approx(share, abs=2e-5)


def test_parameters_without_data_are_those_of_the_prior() -> None:
    nobody = np.zeros((1, 5), dtype=np.int64)
    found = BLRM(prior_correlation=0.4).parameter_posterior(nobody, nobody)
    np.testing.assert_allclose(found.mean, [[-0.85, 0.0]], atol=1e-6)
    np.testing.assert_allclose(found.sd, [[1.5, 1.0]], atol=1e-6)
    with pytest.raises(DesignError, match=r"probability = 1: must be 0 < probability < 1"):
        BLRM().posterior(nobody, nobody, 1)


def test_there_is_no_decision_table() -> None:
    with pytest.raises(DesignError, match=r"decision_table\(9\): none"):
        BLRM().decision_table(9)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"target": 0.1, "under_below": 0.2}, r"under_below = 0\.2: must be 0 < under_below < target = 0\.1"),
        ({"target": 0.4, "over_from": 0.35}, r"over_from = 0\.35: must be target = 0\.4 < over_from < 1"),
        ({"overdose_limit": 1.0}, r"overdose_limit = 1\.0: must be 0 < overdose_limit < 1"),
        ({"doses": (1, 2)}, r"doses = \(1, 2\): must be a list of 5 doses above 0 that rise"),
        ({"n_doses": 2, "doses": (2, 1)}, "doses = .*: must be a list of 2 doses above 0 that rise"),
        ({"n_doses": 2, "doses": (0, 1)}, "doses = 0: must be a list of 2 doses above 0 that rise"),
        ({"reference_dose": 0}, "reference_dose = 0: must be a dose above 0"),
        ({"reference_dose": float("nan")}, "reference_dose = nan"),
        ({"prior_mean": (1.0,)}, r"prior_mean = \(1\.0,\): must be two numbers"),
        (
            {"prior_mean": (11, 0)},
            "prior_mean = 11: must be two numbers, of log alpha and of log beta, -10 to 10",
        ),
        (
            {"prior_sd": (0.0, 1.0)},
            r"prior_sd = 0\.0: must be two numbers, of log alpha and of log beta, 0\.05 to 5 and 0\.05 to 2",
        ),
        ({"prior_correlation": 1.0}, r"prior_correlation = 1\.0: must be -0\.95 < prior_correlation < 0\.95"),
        ({"stop_n_at_dose": 0}, r"stop_n_at_dose = 0: must be an integer in 1\.\.1000"),
        ({"stop_target_probability": 0.5}, r"stop_target_probability = 0\.5: must be None without"),
        ({"stop_n_at_dose": 6, "stop_target_probability": 1}, "stop_target_probability = 1: must be 0 <"),
        ({"start_dose": 6}, "start_dose = 6"),
        ({"cohort_size": 0}, "cohort_size = 0"),
    ],
)
def test_parameters_outside_their_range_are_refused(parameters: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=f"blrm: {message}"):
        BLRM(**parameters)


@pytest.mark.parametrize(
    ("option", "entry"),
    [
        ({"doses": (1, 2, 3, 4, 5)}, "doses"),
        ({"reference_dose": 3.0}, "reference dose"),
        ({"prior_mean": (-1.0, 0.0)}, "prior"),
        ({"prior_sd": (2.0, 1.0)}, "prior"),
        ({"prior_correlation": 0.2}, "prior"),
        ({"under_below": 0.16}, "target interval"),
        ({"over_from": 0.33}, "target interval"),
        ({"overdose_limit": 0.3}, "overdose control"),
        ({"stop_n_at_dose": 6}, "early stop"),
        ({"stop_n_at_dose": 6, "stop_target_probability": 0.5}, "early stop"),
    ],
)
def test_each_option_changes_exactly_its_line(option: dict[str, Any], entry: str) -> None:
    one, other = BLRM().conventions(), BLRM(**option).conventions()
    assert one.keys() == other.keys()
    assert {key for key in one if one[key] != other[key]} == {entry}


def test_states_share_the_lattice_of_the_next_power_of_two_or_three_quarters_of_one() -> None:
    patients = np.array([0, 1, 8, 9, 12, 13, 16, 17, 24, 25, 33, 49])
    assert _classes(patients).tolist() == [8, 8, 8, 12, 12, 16, 16, 24, 24, 32, 48, 64]
