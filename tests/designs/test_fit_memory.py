"""Fits are made once, kept within a bound, and given back in the order of the call."""

import numpy as np
import pytest

from simulator.designs import fit_memory
from simulator.designs.design import Floats, Ints
from simulator.designs.fit_memory import remembered


class _Counting:
    """A fit that is twice the DLTs plus the patients, and says how many states it was made of."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, n: Ints, dlt: Ints) -> Floats:
        self.made += len(n)
        return np.asarray((n + 2 * dlt).astype(np.float64))


@pytest.fixture(autouse=True)
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_memory, "_remembered", {})


def test_every_state_is_fitted_once_and_given_back_in_order() -> None:
    fit = _Counting()
    n = np.array([[3, 0], [6, 3], [3, 0], [300, 0]])
    dlt = np.array([[1, 0], [1, 1], [1, 0], [44, 0]])
    for _ in range(2):
        np.testing.assert_array_equal(remembered("model", n, dlt, fit), n + 2 * dlt)
    assert fit.made == 3
    remembered("another model", n, dlt, fit)
    assert fit.made == 6


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fit_memory, "LARGEST", 4)
    fit = _Counting()
    for first in range(0, 30, 3):
        n = np.arange(first, first + 3)[:, None]
        np.testing.assert_array_equal(remembered("model", n, 0 * n, fit), n)
        assert sum(map(len, fit_memory._remembered.values())) <= 4
    many = np.arange(50)[:, None]
    np.testing.assert_array_equal(remembered("model", many, 0 * many, fit), many)
    assert sum(map(len, fit_memory._remembered.values())) <= 4
