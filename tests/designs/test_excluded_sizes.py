"""How many patients make a level too toxic, or futile, by tails that can be written down."""

import numpy as np
import pytest

from simulator.designs.excluded_sizes import futile_from, too_toxic_up_to


def test_equality_with_the_cutoff_is_too_toxic() -> None:
    """No DLT among m patients: P(p > .3) is .7**(m + 1); one among one: 1 - .3**2."""
    at_nobody, at_one = too_toxic_up_to(0.3, 0.7, 2).tolist()
    assert at_nobody == pytest.approx(0, abs=1e-9)
    assert at_one > 1  # .91 at one of one
    assert too_toxic_up_to(0.3, 0.7 + 1e-6, 1).tolist() == [-np.inf]
    assert too_toxic_up_to(0.3, 0.91, 2)[1] == pytest.approx(1, abs=1e-9)


def test_equality_with_the_cutoff_is_futile() -> None:
    """No response among m patients: P(p < .3) is 1 - .7**(m + 1): .3, .51, .657."""
    assert futile_from(0.3, 0.3, 1)[0] == pytest.approx(0, abs=1e-9)
    assert futile_from(0.3, 0.51, 1)[0] == pytest.approx(1, abs=1e-9)
    assert futile_from(0.3, 0.657, 1)[0] == pytest.approx(2, abs=1e-9)
