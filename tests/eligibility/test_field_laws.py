"""Laws of a scenario's own fields against the quantiles of the standard normal law."""

import numpy as np
import pytest

from simulator.eligibility.field_laws import NormalLaw

MIDDLE = np.array([0.5])
QUARTILE = 0.674489750196082
"""The upper quartile of the standard normal law."""


@pytest.mark.parametrize(
    ("bounds", "median"),
    [
        ({}, 10.0),
        ({"high": 10.0}, 10 - 2 * QUARTILE),  # the lower half is left: its middle is the lower quartile
        ({"low": 10.0}, 10 + 2 * QUARTILE),
        ({"low": 8.0, "high": 12.0}, 10.0),
    ],
)
def test_a_normal_law_is_cut_off_at_the_bounds_that_it_has(bounds: dict[str, float], median: float) -> None:
    assert NormalLaw(mean=10, sd=2, **bounds).values(MIDDLE) == pytest.approx(median, abs=1e-12)
