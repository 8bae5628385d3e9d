"""Waiting times: each law's quantiles against scipy.stats, on the grid of 1/1024 day."""

import numpy as np
import pytest
from pydantic import ValidationError
from scipy.stats import lognorm, triang, truncnorm, uniform

from simulator.durations import DAYS_PER_MONTH, TICKS_PER_DAY, LogNormal, Triangular, Uniform, tick, to_ticks

HALF_TICK = 0.5 / TICKS_PER_DAY + 1e-9
U = (np.arange(4000) + 0.5) / 4000


def test_a_triangular_time_is_its_quantile_to_the_tick() -> None:
    for low, mode, high in ((5, 10, 21), (7, 10, 14), (2, 3, 7), (0, 0, 4), (1, 6, 6)):
        days = Triangular(low_days=low, mode_days=mode, high_days=high).days(U)
        exact = triang.ppf(U, (mode - low) / (high - low), low, high - low)
        assert np.abs(days - exact).max() <= HALF_TICK


def test_a_uniform_time_is_its_quantile_to_the_tick() -> None:
    assert np.abs(Uniform(low_days=1, high_days=5).days(U) - uniform.ppf(U, 1, 4)).max() <= HALF_TICK


def test_a_log_normal_time_is_its_quantile_to_the_tick() -> None:
    days = LogNormal(median_days=14, log_sd=0.4).days(U)
    assert np.abs(days - lognorm.ppf(U, 0.4, scale=14)).max() <= HALF_TICK


def test_a_truncated_log_normal_time_is_the_quantile_within_its_bounds() -> None:
    at_most = LogNormal(median_days=10, log_sd=0.6, at_most_days=28).days(U)
    exact = 10 * np.exp(0.6 * truncnorm.ppf(U, -np.inf, np.log(2.8) / 0.6))
    assert np.abs(at_most - exact).max() <= HALF_TICK
    assert at_most.max() <= 28
    above = LogNormal(median_days=45, log_sd=0.3, above_days=42).days(U)
    exact = 45 * np.exp(0.3 * truncnorm.ppf(U, np.log(42 / 45) / 0.3, np.inf))
    assert np.abs(above - exact).max() <= HALF_TICK
    assert above.min() >= 42


def test_every_time_is_a_multiple_of_the_tick_so_sums_are_exact() -> None:
    laws: list[Triangular | Uniform | LogNormal] = [
        Triangular(low_days=5, mode_days=10, high_days=21),
        Uniform(low_days=1, high_days=5),
        LogNormal(median_days=14, log_sd=0.4),
    ]
    for law in laws:
        days = law.days(U)
        assert (days * TICKS_PER_DAY % 1 == 0).all()
    assert tick(1 / 3) == round(1024 / 3) / 1024
    assert to_ticks(np.array([1 / 3]))[0] == tick(1 / 3)
    assert DAYS_PER_MONTH == 365.25 / 12


def test_a_law_without_width_gives_its_one_value() -> None:
    assert (Triangular(low_days=3, mode_days=3, high_days=3).days(U) == 3).all()
    assert (Uniform(low_days=2, high_days=2).days(U) == 2).all()
    assert (LogNormal(median_days=7, log_sd=0).days(U) == 7).all()


@pytest.mark.parametrize(
    ("law", "values"),
    [
        (Triangular, {"low_days": 5, "mode_days": 4, "high_days": 9}),
        (Triangular, {"low_days": 5, "mode_days": 10, "high_days": 9}),
        (Triangular, {"low_days": -1, "mode_days": 1, "high_days": 2}),
        (Uniform, {"low_days": 5, "high_days": 4}),
        (LogNormal, {"median_days": 0, "log_sd": 1}),
        (LogNormal, {"median_days": 10, "log_sd": 0.5, "above_days": 20, "at_most_days": 20}),
        (LogNormal, {"median_days": 10, "log_sd": 0, "at_most_days": 20}),
        (LogNormal, {"median_days": 1, "log_sd": 0.3, "above_days": 100_000}),
        (LogNormal, {"median_days": 3650, "log_sd": 0.1, "at_most_days": 0.001}),
    ],
)
def test_a_law_that_cannot_be_is_refused(law: type, values: dict[str, float]) -> None:
    with pytest.raises(ValidationError):
        law(**values)
