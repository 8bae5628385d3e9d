"""Isotonic regression against scipy's and against published fits."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import isotonic_regression as scipy_isotonic

from simulator.designs.isotonic import isotonic_regression
from tests.designs.published import integers, numbers, rows

LEVELS = st.integers(1, 10)
# Quarters tie often; weights span the range of inverse variances.
VALUES = st.integers(0, 4).map(lambda k: k / 4) | st.floats(0, 1)
WEIGHTS = st.sampled_from([1.0, 3.0, 0.25]) | st.floats(1e-3, 1e7)


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_fit_is_that_of_pooling_adjacent_violators_over_the_entries_with_weight(data: st.DataObject) -> None:
    j = data.draw(LEVELS)
    values = np.array(data.draw(st.lists(VALUES, min_size=j, max_size=j)))
    weights = np.array(data.draw(st.lists(WEIGHTS | st.just(0.0), min_size=j, max_size=j)))
    fit = isotonic_regression(values[None], weights[None])[0]
    present = weights > 0
    assert np.isnan(fit[~present]).all()
    if present.any():
        expected = scipy_isotonic(values[present], weights=weights[present]).x
        np.testing.assert_allclose(fit[present], expected, rtol=1e-12, atol=1e-14)


def test_rows_do_not_depend_on_one_another() -> None:
    rng = np.random.default_rng(3)
    values, weights = rng.random((200, 6)), rng.random((200, 6))
    together = isotonic_regression(values, weights)
    alone = np.vstack([isotonic_regression(v[None], w[None]) for v, w in zip(values, weights, strict=True)])
    assert np.array_equal(together, alone)


def test_published_estimates_over_all_treated_levels_come_out_in_every_row() -> None:
    """BOIN 2.7.2 select.mtd, 1000 data sets; the table holds 13 digits."""
    compared = 0
    for row in rows("boin_selected_levels.csv"):
        n, dlt = np.array(integers(row["n"])), np.array(integers(row["dlt"]))
        expected = np.array(numbers(row["isotonic_over_treated"]))
        estimate = (dlt + 0.05) / (n + 0.1)
        variance = (dlt + 0.05) * (n - dlt + 0.05) / ((n + 0.1) ** 2 * (n + 1.1))
        fit = isotonic_regression(estimate[None], np.where(n > 0, 1 / variance, 0.0)[None])[0]
        np.testing.assert_allclose(fit, expected, rtol=1e-12)
        compared += 1
    assert compared == 1000
