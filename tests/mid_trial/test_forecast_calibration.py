"""Forecast bands hold as often as they say: a lean run; the whole one is `python -m tests.forecast_calibration`.

With T trials the share p that a band holds has standard error sqrt(p (1 - p) / T).
"""

from pathlib import Path

import numpy as np
import pytest

from tests.forecast_calibration import (
    BANDS,
    DRAWS,
    FROM_CONSENT,
    TWO_SITES,
    coverage,
    ranks_from_opening,
    ranks_mid_trial,
    world,
)

SHORT = {"trial.calendar_limit_months": 36}
"""A shorter calendar is quicker; what lies beyond its end is never reached, in forecast and trial alike."""


def check(ranks: dict[str, np.ndarray]) -> None:
    for name, of in ranks.items():
        assert of.min() >= 0
        assert of.max() <= DRAWS
        for percent in BANDS:
            p = percent / 100
            error = np.sqrt(p * (1 - p) / len(of))
            assert abs(coverage(of, percent) - p) < 4 * error, (name, percent)
        spread = np.sqrt(((DRAWS + 1) ** 2 - 1) / 12 / len(of))  # of the mean of uniform ranks
        assert abs(of.mean() - DRAWS / 2) < 4 * spread, name


def test_bands_from_the_opening_hold_as_often_as_they_say() -> None:
    check(ranks_from_opening(world(SHORT), 300, 399))


@pytest.mark.parametrize(
    ("changes", "states"), [(SHORT, None), (SHORT | TWO_SITES, FROM_CONSENT)], ids=["default", "from consent"]
)
def test_bands_of_forecasts_in_months_6_to_12_hold_as_often_as_they_say(
    tmp_path: Path, changes: dict[str, object], states: tuple | None
) -> None:
    ranks = ranks_mid_trial(world(changes), 60, tmp_path, *([states] if states else []))
    check(ranks)


def test_a_forecast_that_is_wrong_is_found_out() -> None:
    """Bands of a scenario that refers two thirds of the patients do not hold for trials of this one."""
    slow = world(SHORT | {"arrivals.referrals_per_site_month": 1.6})
    wrong = ranks_from_opening(slow, 200, 399, real=world(SHORT))
    with pytest.raises(AssertionError):
        check(wrong)
