"""Paired changes: by hand, against a plain calculation, and never claiming more than the interval."""

import numpy as np
import pytest

from simulator.analysis.changes import ChangeEvidence, Observed, change
from simulator.analysis.formatted_change import amount, sentence


def test_a_mean_change_is_the_mean_of_per_replicate_differences():
    rng = np.random.default_rng(1)
    before, after = rng.normal(size=(2, 40)), rng.normal(1.0, size=(2, 40))
    found = change(Observed(before), Observed(after))
    differences = (after - before).mean(axis=0)
    assert found.value == pytest.approx(differences.mean(), abs=1e-12)
    assert found.mcse == pytest.approx(differences.std(ddof=1) / np.sqrt(40), rel=1e-12)
    # quantile 0.975 of Student's t with 39 degrees of freedom, from a printed table
    assert (found.high - found.value) / found.mcse == pytest.approx(2.0227, abs=5e-5)
    assert found.told is ChangeEvidence.DIFFERENT


def test_error_of_a_change_of_ratios_agrees_with_the_jackknife():
    rng = np.random.default_rng(2)
    x, x2 = rng.integers(5, 30, size=(2, 1, 200))
    y, y2 = rng.binomial(x, 0.3), rng.binomial(x2, 0.25)
    found = change(Observed(y, x), Observed(y2, x2))

    def difference(keep):
        return y2[0, keep].sum() / x2[0, keep].sum() - y[0, keep].sum() / x[0, keep].sum()

    left_out = np.array([difference(np.arange(200) != k) for k in range(200)])
    jackknife = np.sqrt(199 / 200 * ((left_out - left_out.mean()) ** 2).sum())
    assert found.value == pytest.approx(difference(np.arange(200)), abs=1e-12)
    assert found.mcse == pytest.approx(jackknife, rel=0.02)


def test_pairing_takes_out_what_both_share():
    rng = np.random.default_rng(3)
    shared = rng.normal(0, 100, size=(1, 50))
    found = change(Observed(shared), Observed(shared + rng.normal(1, 0.1, size=(1, 50))))
    assert found.told is ChangeEvidence.DIFFERENT
    assert found.high - found.low < 0.1


def test_what_no_replicate_changes_is_the_same_and_has_no_interval():
    values = np.arange(30.0)[None]
    found = change(Observed(values), Observed(values.copy()))
    assert (found.value, found.told, np.isnan(found.low)) == (0.0, ChangeEvidence.SAME, True)


def test_few_differing_replicates_tell_nothing_however_alike_they_are():
    """Nine of a thousand all up would leave 0 out of a normal interval."""
    before = np.zeros((1, 1000))
    for few, told in ((9, ChangeEvidence.NOT_TOLD), (10, ChangeEvidence.DIFFERENT)):
        after = before.copy()
        after[0, :few] = 1
        found = change(Observed(before), Observed(after))
        assert found.told is told
        assert np.isnan(found.low) == (few == 9)


def test_two_replicates_tell_nothing():
    found = change(Observed(np.array([[1.0, 2.0]])), Observed(np.array([[2.0, 3.1]])))
    assert found.told is ChangeEvidence.NOT_TOLD
    assert np.isnan(found.low)


def test_one_replicate_has_no_error():
    found = change(Observed(np.array([[1.0]])), Observed(np.array([[2.0]])))
    assert found.told is ChangeEvidence.NOT_TOLD
    assert np.isnan(found.mcse)


def test_sentence_claims_a_difference_only_where_the_interval_leaves_out_nothing():
    rng = np.random.default_rng(4)
    base = rng.normal(20, 3, size=(1, 100))
    found = {
        "months_to_recommendation": change(Observed(base), Observed(base - rng.normal(4, 1, size=(1, 100)))),
        "infused": change(Observed(base), Observed(base + np.tile([-1.0, 1.0], 50))),
        "pcs": change(Observed(base), Observed(base)),
    }
    months = amount(found["months_to_recommendation"], "months_to_recommendation")
    assert found["infused"].low < 0 < found["infused"].high
    assert sentence(found) == (
        f"months: {months}; no difference can be told at this number of replicates (100): "
        f"infused ({amount(found['infused'], 'infused')}); "
        "the same in every one of the 100 replicates: correct selection."
    )


def test_coverage_of_the_interval_is_as_stated():
    rng = np.random.default_rng(5)
    trials, size = 4000, 12
    before = rng.normal(size=(trials, 1, size))
    after = before + 0.5 + rng.normal(size=(trials, 1, size))
    found = [change(Observed(a), Observed(b)) for a, b in zip(before, after, strict=True)]
    hit = np.mean([one.low <= 0.5 <= one.high for one in found])
    assert abs(hit - 0.95) < 4 * np.sqrt(0.95 * 0.05 / trials)
