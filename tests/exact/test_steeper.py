"""A curve made steeper: unchanged at 1, further from the target above it, the target itself never moved."""

import numpy as np
import pytest

from simulator.errors import SimulatorError
from simulator.exact import steeper_curves


def test_a_curve_keeps_the_target_and_moves_away_from_it() -> None:
    flatter, same, steeper = steeper_curves([0.1, 0.3, 0.5], [0.5, 1, 2], 0.3)
    assert same == pytest.approx([0.1, 0.3, 0.5])
    assert [flatter[1], steeper[1]] == pytest.approx([0.3, 0.3])
    odds = (0.1 / 0.9) ** 2 / (0.3 / 0.7)  # logit p = 2 logit 0.1 - logit 0.3
    assert steeper[0] == pytest.approx(odds / (1 + odds))
    assert flatter[0] > 0.1 > steeper[0]
    assert flatter[2] < 0.5 < steeper[2]
    assert np.array_equal(steeper_curves([0.1, 0.3], 2, 0.3), steeper_curves([0.1, 0.3], [2], 0.3))


@pytest.mark.parametrize(("risks", "steepness"), [([0, 0.3], [1]), ([0.1, 1], [1]), ([0.1, 0.3], [0])])
def test_a_risk_of_zero_or_one_and_a_steepness_of_zero_are_refused(
    risks: list[float], steepness: list[float]
) -> None:
    with pytest.raises(SimulatorError, match="p_dlt must be within"):
        steeper_curves(risks, steepness, 0.3)
