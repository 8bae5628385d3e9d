"""The sums of columns are the same bits by compiled code and by NumPy, however many patients there are."""

import numpy as np
import pytest

from simulator.population.copula import TOGETHER, cholesky_factor, correlate, correlation_matrix
from simulator.population.parameters import PopulationParameters

pytest.importorskip("numba")

from simulator.trial.compiled import COMPILED_DRAWS  # needs it


@pytest.mark.parametrize("count", [0, 1, 1025, TOGETHER + 1])
def test_compiled_sums_are_those_of_numpy(count: int) -> None:
    factor = cholesky_factor(correlation_matrix(PopulationParameters().correlations))
    independent = np.random.default_rng(1).standard_normal((len(factor), count))
    by_numpy = correlate(factor, independent)
    assert np.array_equal(correlate(factor, independent, COMPILED_DRAWS.weighted_sums), by_numpy)
    assert np.array_equal(correlate(factor, independent[:, count // 2 :].copy()), by_numpy[:, count // 2 :])
