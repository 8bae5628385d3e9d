"""Estimates and their errors against closed forms and large simulations; stochastic tests use 4 of the error."""

import math
from fractions import Fraction

import numpy as np
import pytest

from simulator.analysis.estimate import (
    Z95,
    Estimate,
    certain_bound,
    contributing,
    estimate_rows,
    interval,
    mean,
    quantile,
    ratio,
    unseen_share,
)

RUNS = 1500


def paired_truths(draw: np.random.Generator, replicates: int) -> np.ndarray:
    """Events under three truths, decided by the same patient in a replicate: shape (3, replicates)."""
    return draw.random(replicates)[None, :] < np.array([0.2, 0.5, 0.9])[:, None]


def test_error_of_a_mean_over_paired_truths_is_the_spread_of_many_runs() -> None:
    draw = np.random.default_rng(1)
    ones = [mean(paired_truths(draw, 100)) for _ in range(RUNS)]
    spread = np.std([one.value for one in ones], ddof=1)
    p = np.array([0.2, 0.5, 0.9])
    exact = math.sqrt((np.minimum.outer(p, p) - np.outer(p, p)).sum() / 9 / 100)
    assert abs(spread - exact) < 4 * exact / math.sqrt(2 * RUNS)
    assert abs(np.mean([one.mcse**2 for one in ones]) / exact**2 - 1) < 4 * math.sqrt(2 / (99 * RUNS))
    # Taken as independent, the truths would have made the error too small.
    assert exact > 1.25 * math.sqrt((p * (1 - p)).sum() / 9 / 100)


def test_mean_is_the_plain_mean_and_one_replicate_has_no_error() -> None:
    values = np.array([[1, 0, 4, 2], [3, 3, 0, 1]])
    plain = [Fraction(a + b, 2) for a, b in values.T.tolist()]
    average = sum(plain) / 4
    variance = sum((one - average) ** 2 for one in plain) / 3
    assert list(mean(values)) == pytest.approx([float(average), math.sqrt(variance / 4)], rel=1e-14)
    assert mean(values[:, :1]).value == 2.0
    assert math.isnan(mean(values[:, :1]).mcse)


@pytest.mark.parametrize("truths", [3, 5, 7, 10, 49])
def test_replicates_that_agree_have_an_error_of_exactly_zero(truths: int) -> None:
    values = np.zeros((truths, 300), dtype=bool)
    values[0] = True
    assert mean(values).mcse == 0.0
    assert mean(~np.zeros((truths, 300), dtype=bool)) == (1.0, 0.0)


def test_error_of_a_ratio_is_the_spread_of_many_runs() -> None:
    draw = np.random.default_rng(2)
    ones = []
    for _ in range(RUNS):
        patients = draw.integers(0, 12, (2, 500))
        risk = 0.1 + 0.05 * (patients > 6)  # numerator and denominator depend on each other
        ones.append(ratio(draw.binomial(patients, risk), patients))
    spread = np.std([one.value for one in ones], ddof=1)
    average = np.mean([one.mcse for one in ones])
    assert abs(spread - average) < 4 * average / math.sqrt(2 * RUNS)
    n = np.arange(12)
    truth = (n * (0.1 + 0.05 * (n > 6))).sum() / n.sum()
    assert abs(np.mean([one.value for one in ones]) - truth) < 4 * spread / math.sqrt(RUNS)


def test_ratio_with_few_contributing_replicates_has_no_error_and_with_none_no_value() -> None:
    patients = np.zeros((1, 50), dtype=int)
    patients[0, :9] = 3
    events = np.minimum(patients, 1)
    assert ratio(events, patients).value == pytest.approx(1 / 3)
    assert math.isnan(ratio(events, patients).mcse)
    patients[0, 9] = 3
    assert not math.isnan(ratio(np.minimum(patients, 1) * 1, patients).mcse)
    assert all(math.isnan(x) for x in ratio(events * 0, patients * 0))
    assert contributing(patients) == 10


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("whole", [False, True])
def test_error_of_a_quantile_covers_the_truth_about_95_times_in_100(share: float, whole: bool) -> None:
    """Half-widths are symmetric and order statistics discrete: 2.5 points either side are allowed for that."""
    draw = np.random.default_rng(3)
    scale = 40.0
    truth = -scale * math.log(1 - share)
    covered = 0
    for _ in range(RUNS):
        values = draw.exponential(scale, (1, 400))
        one = quantile(np.round(values) if whole else values, share)
        covered += abs(one.value - truth) <= Z95 * one.mcse + 0.5 * whole
    error = math.sqrt(0.95 * 0.05 / RUNS)
    assert 0.925 - 4 * error < covered / RUNS < (0.995 if whole else 0.975 + 4 * error)


def test_quantile_is_the_smallest_value_with_at_least_that_share_at_or_below_it() -> None:
    draw = np.random.default_rng(4)
    for count in (1, 7, 10, 20, 33):
        values = draw.integers(0, 9, (2, count))
        for share in (Fraction(1, 10), Fraction(1, 2), Fraction(9, 10)):
            flat = sorted(values.reshape(-1).tolist())
            plain = next(v for v in flat if Fraction(sum(w <= v for w in flat), len(flat)) >= share)
            assert quantile(values, float(share)).value == plain


def test_error_of_a_quantile_sees_the_trials_just_below_a_value_that_many_share() -> None:
    values = np.array([[29] * 47 + [30] * 53])  # all are at most 30: the share at or below has no spread
    assert list(quantile(values, 0.5)) == pytest.approx([30.0, 1 / (2 * Z95)])
    assert quantile(np.array([[20] * 10 + [30] * 90]), 0.5) == (30.0, 0.0)


def test_error_of_a_quantile_is_unknown_where_its_interval_leaves_the_trials_seen() -> None:
    values = np.arange(20.0)[None, :]
    assert math.isnan(quantile(values, 0.9).mcse)
    assert math.isnan(quantile(values, 0.1).mcse)
    assert quantile(values, 0.5).mcse > 0
    assert math.isnan(quantile(values[:, :1], 0.5).mcse)


def test_quantile_of_paired_truths_is_less_certain_than_of_as_many_independent_trials() -> None:
    draw = np.random.default_rng(5)
    once = draw.exponential(10, (1, 400))
    same = np.repeat(once, 4, axis=0)
    assert quantile(same, 0.5) == quantile(once, 0.5)
    independent = quantile(draw.exponential(10, (4, 400)), 0.5)
    assert independent.mcse < 0.7 * quantile(same, 0.5).mcse


@pytest.mark.parametrize("replicates", [1, 20, 300, 100_000])
def test_bound_of_what_was_never_seen_leaves_it_a_chance_of_five_percent(replicates: int) -> None:
    bound = certain_bound(0.0, replicates)
    assert bound is not None
    assert (1 - bound) ** replicates == pytest.approx(0.05)
    assert certain_bound(1.0, replicates) == 1 - bound
    assert certain_bound(0.2, replicates) is None
    assert unseen_share(replicates) == bound


def test_interval_is_normal_cut_to_its_range_and_open_only_without_any_error() -> None:
    assert interval(Estimate(0.5, 0.1), 100, 0, 1) == pytest.approx((0.5 - 0.1 * Z95, 0.5 + 0.1 * Z95))
    assert interval(Estimate(0.95, 0.1), 100, 0, 1)[1] == 1
    assert interval(Estimate(-3.0, 1.0), 100, -math.inf, math.inf) == pytest.approx((-3 - Z95, -3 + Z95))
    for unknown in (Estimate(0.5, math.nan), Estimate(math.nan, math.nan)):
        assert all(math.isnan(end) for end in interval(unknown, 1, 0, 1))
    assert all(math.isnan(end) for end in interval(Estimate(3.0, 0.0), 9, -math.inf, math.inf))


def test_interval_where_all_replicates_agree_holds_every_mean_not_refuted_at_95_percent() -> None:
    share = unseen_share(60)
    low, high = interval(Estimate(0.2, 0.0), 60, 0, 1)
    assert (low, high) == pytest.approx((0.2 - 0.2 * share, 0.2 + 0.8 * share))
    assert interval(Estimate(0.0, 0.0), 60, -1, 1) == pytest.approx((-share, share))
    assert interval(Estimate(1.0, 0.0), 60, 0, 1) == pytest.approx((1 - share, 1.0))


def test_rows_of_an_estimate_carry_a_bound_only_for_a_probability_on_which_all_agree() -> None:
    def statistics(one: Estimate, replicates: int | None) -> dict[object, object]:
        return {row["statistic"]: row["value"] for row in estimate_rows({"a": 1}, "mean", one, replicates)}

    assert statistics(Estimate(0.3, 0.1), 20) == {"mean": 0.3}
    assert statistics(Estimate(0.0, 0.0), None) == {"mean": 0.0}
    assert statistics(Estimate(0.0, 0.0), 20) == {"mean": 0.0, "mean_bound95": unseen_share(20)}
    assert list(statistics(Estimate(0.2, 0.0), 20)) == ["mean", "mean_low95", "mean_high95"]
    [row] = estimate_rows({"a": 1}, "mean", Estimate(math.nan, math.nan), 0)
    assert row["a"] == 1
