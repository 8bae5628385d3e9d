"""The quadrature of the CRM: its error against independent integration, and its independence of the batch."""

import numpy as np
import pytest
from scipy import integrate

from simulator.designs.crm_posterior import OneParameterModel, _smallest_sd, fit, fit_one
from simulator.designs.design import Floats, Ints

LADDERS = ((0.05, 0.12, 0.25, 0.4, 0.55), (0.01, 0.3, 0.9), (0.3,))
THRESHOLD = 0.3


def _data(levels: int, patients: int, states: int, seed: int) -> tuple[Ints, Ints]:
    """Draw data: consistent and inconsistent with rising risks, no DLTs, DLTs only."""
    generator = np.random.default_rng(seed)
    n = np.stack(
        [generator.multinomial(patients, generator.dirichlet(np.full(levels, 0.3))) for _ in range(states)]
    )
    risk = np.sort(generator.beta(0.4, 0.6, (states, levels)), axis=1)
    risk[: states // 4] = risk[: states // 4, ::-1]
    dlt = generator.binomial(n, risk)
    dlt[states // 4 : states // 3] = 0
    dlt[states // 3 : states // 2] = n[states // 3 : states // 2]
    return n, dlt


def _reference(model: OneParameterModel, n: Ints, dlt: Ints) -> tuple[Floats, Floats, Floats]:
    """Integrate by Gauss-Legendre in short panels, cut where level 1 has the threshold risk."""
    node, weight = np.polynomial.legendre.leggauss(20)
    reach = max(12 * model.prior_sd, 12)
    cut = model.parameter_at(1, THRESHOLD)
    edges = np.unique(np.append(np.arange(-reach, reach, 0.1), np.clip(cut, -reach, reach)))
    half = np.diff(edges)[:, None] / 2
    a = ((edges[:-1, None] + half) + half * node).ravel()
    scaled = model.slopes[:, None] * np.exp(a)
    logit = model.intercept + scaled
    log_p = scaled if model.kind == "empiric" else -np.logaddexp(0, -logit)
    log_q = np.log(-np.expm1(scaled)) if model.kind == "empiric" else -np.logaddexp(0, logit)
    log_density = dlt @ log_p + (n - dlt) @ log_q - 0.5 * (a / model.prior_sd) ** 2
    density = np.exp(log_density - log_density.max(axis=1, keepdims=True)) * (half * weight).ravel()
    density /= density.sum(axis=1, keepdims=True)
    mean = density @ a
    sd = np.sqrt((density * (a - mean[:, None]) ** 2).sum(axis=1))
    return mean, sd, density @ (a < cut)


@pytest.mark.parametrize("kind", ["empiric", "logistic"])
@pytest.mark.parametrize("prior_sd", [0.2, 1.34**0.5, 4.9])
def test_error_is_below_a_millionth_up_to_255_patients(kind: str, prior_sd: float) -> None:
    for skeleton in LADDERS:
        model = OneParameterModel(kind, skeleton, prior_sd, 3.0)
        for patients in (0, 1, 3, 8, 12, 31, 50, 64, 128, 255):
            n, dlt = _data(len(skeleton), patients, 60, seed=patients)
            mean, sd, tail = _reference(model, n, dlt)
            for fits in (fit(model, n, dlt), fit(model, n, dlt, THRESHOLD)):
                assert np.abs(fits.mean - mean).max() < 1e-6
                assert np.abs(fits.sd - sd).max() < 1e-6
                assert np.abs(model.risk(fits.mean) - model.risk(mean)).max() < 1e-6
            assert np.abs(fits.tail - tail).max() < 1e-6


def test_fit_agrees_with_adaptive_integration_written_out() -> None:
    """One state by scipy.integrate.quad, from the formula of the paper."""
    skeleton, n, dlt, sd = (0.1, 0.3, 0.5), (3, 6, 3), (0, 2, 2), 1.34**0.5

    def density(a: float, power: int) -> float:
        value = np.exp(-0.5 * (a / sd) ** 2) * a**power
        for s, patients, toxic in zip(skeleton, n, dlt, strict=True):
            p = s ** np.exp(a)
            value *= p**toxic * (1 - p) ** (patients - toxic)
        return float(value)

    whole, first, second = (
        integrate.quad(density, -8, 8, args=(power,), epsabs=1e-14, epsrel=1e-12, limit=400)[0]
        for power in (0, 1, 2)
    )
    cut = float(np.log(np.log(0.25) / np.log(0.1)))
    below = integrate.quad(density, -8, cut, args=(0,), epsabs=1e-14, epsrel=1e-12, limit=400)[0]
    fits = fit(OneParameterModel("empiric", skeleton, sd, 3.0), np.array([n]), np.array([dlt]), 0.25)
    mean = first / whole
    assert fits.mean[0] == pytest.approx(mean, abs=1e-8)
    assert fits.sd[0] == pytest.approx(np.sqrt(second / whole - mean**2), abs=1e-8)
    assert fits.tail[0] == pytest.approx(below / whole, abs=1e-8)


@pytest.mark.parametrize("kind", ["empiric", "logistic"])
@pytest.mark.parametrize("threshold", [None, THRESHOLD])
def test_a_fit_is_the_same_bit_for_bit_in_any_batch(kind: str, threshold: float | None) -> None:
    model = OneParameterModel(kind, LADDERS[0], 1.34**0.5, 3.0)
    parts = [_data(5, patients, 200, seed=1) for patients in (3, 12, 30, 50)]
    n, dlt = np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])
    together = fit(model, n, dlt, threshold)
    shuffled = np.random.default_rng(2).permutation(len(n))
    for size in (1, 2, 3, 7, 64, 799):
        for first in range(0, len(n) if size > 3 else 40, size):
            some = shuffled[first : first + size]
            again = fit(model, n[some], dlt[some], threshold)
            for name in ("mean", "sd", "tail"):
                np.testing.assert_array_equal(getattr(again, name), getattr(together, name)[some])
    alone = fit_one(model, tuple(n[5].tolist()), tuple(dlt[5].tolist()), threshold)
    assert alone.mean[0] == together.mean[5]


def test_a_single_state_is_fitted_once_and_remembered() -> None:
    model = OneParameterModel("empiric", LADDERS[0], 1.0, 3.0)
    fit_one.cache_clear()
    fits = [fit_one(model, (3, 0, 0, 0, 0), (1, 0, 0, 0, 0)) for _ in range(5)]
    assert all(one is fits[0] for one in fits)
    assert fit_one.cache_info().misses == 1


def test_one_more_dlt_raises_every_risk_and_the_tail() -> None:
    model = OneParameterModel("logistic", LADDERS[0], 1.34**0.5, 3.0)
    n, dlt = _data(5, 20, 200, seed=3)
    before = fit(model, n, dlt, THRESHOLD)
    for level in range(5):
        room = dlt[:, level] < n[:, level]
        worse = dlt[room].copy()
        worse[:, level] += 1
        after = fit(model, n[room], worse, THRESHOLD)
        assert (model.risk(after.mean) > model.risk(before.mean[room])).all()
        assert (after.tail > before.tail[room] - 1e-9).all()


@pytest.mark.parametrize("kind", ["empiric", "logistic"])
@pytest.mark.parametrize("prior_sd", [0.2, 1.34**0.5, 4.9])
def test_without_patients_the_posterior_is_as_wide_as_the_prior(kind: str, prior_sd: float) -> None:
    model = OneParameterModel(kind, LADDERS[0], prior_sd, 3.0)
    assert _smallest_sd(model, 0, np.zeros(1)) == pytest.approx(prior_sd, rel=1e-15)
