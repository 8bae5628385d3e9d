"""Truth and draws to DLT, response and their times: the curves, and the laws of many patients."""

import math
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import ValidationError
from scipy.integrate import quad

from simulator.durations import TICKS_PER_DAY
from simulator.outcomes.outcomes import (
    HaematologicalDlt,
    OutcomeDraws,
    OutcomeParameters,
    Truth,
    draw_outcomes,
    estimand_risk,
    response_risks,
    risk_at_dose,
)
from simulator.randomness import Block, Streams

PATIENTS = 200_000
LADDER = (0.2, 0.5, 1.0, 2.0)
S2 = Truth(name="S2", p_dlt=(0.05, 0.10, 0.18, 0.28), p_response=(0.25, 0.45, 0.60, 0.68))


@cache
def _draws(window_days: float = 28) -> OutcomeDraws:
    return draw_outcomes(OutcomeParameters(), window_days, Streams(3), [Block(0, 0, 0, PATIENTS)])


def _is_share(events: NDArray[np.bool_], share: float) -> None:
    error = math.sqrt(share * (1 - share) / len(events))
    assert abs(events.mean() - share) <= 4 * error


def _logit(p: float) -> float:
    return math.log(p / (1 - p))


def test_at_a_level_the_risk_is_the_curves_own() -> None:
    for curve in (S2.p_dlt, (0.0, 0.3, 0.3, 1.0)):
        assert [risk_at_dose(curve, LADDER, dose) for dose in LADDER] == list(curve)


def test_between_levels_the_logit_is_linear_in_log_dose() -> None:
    middle = risk_at_dose(S2.p_dlt, LADDER, math.sqrt(0.5 * 1.0))
    assert _logit(middle) == pytest.approx((_logit(0.10) + _logit(0.18)) / 2, abs=1e-12)
    # 60 % of level 4 is 1.2, log(1.2)/log(2) of the way from level 3
    share = math.log(1.2) / math.log(2)
    expected = _logit(0.18) + share * (_logit(0.28) - _logit(0.18))
    assert _logit(risk_at_dose(S2.p_dlt, LADDER, 1.2)) == pytest.approx(expected, abs=1e-12)


def test_below_and_above_the_ladder_the_nearest_slope_goes_on() -> None:
    slope = (_logit(0.10) - _logit(0.05)) / math.log(0.5 / 0.2)
    low = risk_at_dose(S2.p_dlt, LADDER, 0.3 * 0.2)
    assert _logit(low) == pytest.approx(_logit(0.05) + slope * math.log(0.3), abs=1e-12)
    slope = (_logit(0.28) - _logit(0.18)) / math.log(2)
    high = risk_at_dose(S2.p_dlt, LADDER, 4.0)
    assert _logit(high) == pytest.approx(_logit(0.28) + slope * math.log(2), abs=1e-12)


def test_risks_of_0_and_1_are_clipped_for_the_interpolation_only() -> None:
    curve = (0.0, 0.0, 1.0, 1.0)
    assert risk_at_dose(curve, LADDER, math.sqrt(0.5)) == pytest.approx(0.5, abs=1e-9)
    assert risk_at_dose(curve, LADDER, 0.3) == pytest.approx(1e-6, rel=1e-6)
    assert risk_at_dose(curve, LADDER, 1.5) == pytest.approx(1 - 1e-6, abs=1e-9)


def test_one_level_alone_has_a_constant_risk_and_close_levels_do_not_overflow() -> None:
    assert risk_at_dose((0.3,), (1.0,), 0.4) == 0.3
    assert risk_at_dose((0.0, 0.5), (1.0, 1.001), 0.3) == 0.0
    assert risk_at_dose((0.5, 0.0), (1.0, 1.001), 0.3) == 1.0


def test_the_risk_rises_with_the_dose_where_the_curve_does() -> None:
    risks = [risk_at_dose(S2.p_dlt, LADDER, dose) for dose in np.geomspace(0.02, 4, 200)]
    assert (np.diff(risks) > 0).all()


@pytest.mark.parametrize("odds_ratio", [0.5, 1.0, 2.0, 7.0])
@pytest.mark.parametrize(("p", "r"), [(0.08, 0.25), (0.3, 0.6), (0.7, 0.68), (0.5, 0.5)])
def test_response_has_the_stated_odds_ratio_with_the_dlt_and_keeps_its_margin(
    p: float, r: float, odds_ratio: float
) -> None:
    with_dlt, without = response_risks(p, r, odds_ratio)
    assert p * with_dlt + (1 - p) * without == pytest.approx(r, abs=1e-14)
    assert with_dlt / (1 - with_dlt) * (1 - without) / without == pytest.approx(odds_ratio, rel=1e-10)


def test_response_where_a_risk_is_0_or_1() -> None:
    assert response_risks(0.0, 0.4, 2.0)[1] == pytest.approx(0.4)
    assert response_risks(1.0, 0.4, 2.0)[0] == pytest.approx(0.4)
    assert response_risks(0.3, 0.0, 2.0) == (0.0, 0.0)
    assert response_risks(0.3, 1.0, 2.0) == pytest.approx((1.0, 1.0))


def test_the_two_by_two_table_of_response_and_dlt_among_patients() -> None:
    p, r = 0.30, 0.60
    with_dlt, without = response_risks(p, r, 2.0)
    dlt = _draws().toxicity < p
    response = _draws().response < np.where(dlt, with_dlt, without)
    _is_share(dlt, p)
    _is_share(response, r)
    _is_share(dlt & response, p * with_dlt)
    _is_share(~dlt & response, (1 - p) * without)
    a, b = (dlt & response).sum(), (dlt & ~response).sum()
    c, d = (~dlt & response).sum(), (~dlt & ~response).sum()
    assert abs(np.log(a * d / (b * c)) - np.log(2)) <= 4 * math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def test_the_onset_of_a_dlt_is_a_weibull_truncated_to_the_window() -> None:
    onset = _draws().onset_days
    whole = 1 - math.exp(-((28 / 9) ** 1.2))
    assert whole == pytest.approx(0.97984, abs=5e-6)  # as printed with the calendar defaults
    assert onset.min() >= 1 / TICKS_PER_DAY
    assert onset.max() <= 28
    for day in (1, 3, 7, 14, 21, 27):
        _is_share(onset <= day, (1 - math.exp(-((day / 9) ** 1.2))) / whole)
    mean = quad(lambda t: math.exp(-((t / 9) ** 1.2)) - (1 - whole), 0, 28)[0] / whole
    second = quad(lambda t: 2 * t * (math.exp(-((t / 9) ** 1.2)) - (1 - whole)), 0, 28)[0] / whole
    assert abs(onset.mean() - mean) <= 4 * math.sqrt((second - mean**2) / PATIENTS) + 1 / TICKS_PER_DAY


def test_the_onset_is_truncated_to_the_trials_own_window() -> None:
    onset = _draws(42).onset_days
    assert 28 < onset.max() <= 42
    whole = 1 - math.exp(-((42 / 9) ** 1.2))
    _is_share(onset <= 14, (1 - math.exp(-((14 / 9) ** 1.2))) / whole)
    assert (_draws(0).onset_days == 0).all()
    assert (_draws(1e-5).onset_days == 0).all()  # less than half a tick


def test_flags_come_as_often_as_stated_and_lanes_are_independent() -> None:
    draws, parameters = _draws(), OutcomeParameters()
    _is_share(draws.fatal, parameters.fatal_dlt)
    _is_share(draws.mrd_negative, parameters.mrd_negative_given_response)
    _is_share(draws.rescued, parameters.rescue_transplant)
    _is_share(draws.new_therapy, parameters.new_therapy)
    _is_share(draws.consolidated, parameters.consolidative_transplant)
    _is_share(draws.consolidative_days <= 35, 0.5)
    columns = np.stack(
        [
            draws.toxicity,
            draws.onset_days,
            draws.aplasia,
            draws.response,
            draws.rescue_share,
            draws.new_therapy_share,
        ]
    )
    correlation = np.atleast_2d(np.corrcoef(columns))[np.triu_indices(6, 1)]
    assert np.abs(correlation).max() <= 4 / math.sqrt(PATIENTS)


def test_the_risk_by_the_estimand_day_is_the_union_of_both() -> None:
    anyone = {"aplasia_day28": (0.2, 0.35, 0.5, 0.65), "aplasia_day42": (0.1, 0.2, 0.35, 0.5)}
    day42 = OutcomeParameters(haematological_dlt=HaematologicalDlt.DAY42, **anyone)
    assert estimand_risk(S2, day42) == pytest.approx((0.145, 0.280, 0.467, 0.640), abs=1e-12)
    day28 = OutcomeParameters(haematological_dlt=HaematologicalDlt.DAY28, **anyone)
    assert estimand_risk(S2, day28) == pytest.approx((0.24, 0.415, 0.59, 0.748), abs=1e-12)
    assert estimand_risk(S2, OutcomeParameters()) == S2.p_dlt
    for level, p in enumerate(S2.p_dlt):
        either = (_draws().toxicity < p) | (_draws().aplasia < day42.aplasia_day42[level])
        _is_share(either, estimand_risk(S2, day42)[level])


def test_risks_of_aplasia_that_are_stated_are_those_of_anyone_unless_said() -> None:
    assert OutcomeParameters().aplasia_given_response
    assert not OutcomeParameters(aplasia_day28=(0.2, 0.3)).aplasia_given_response
    assert not OutcomeParameters(aplasia_day42=(0.2, 0.3)).aplasia_given_response
    assert OutcomeParameters(aplasia_day42=(0.2, 0.3), aplasia_given_response=True).aplasia_given_response
    assert OutcomeParameters.model_validate_json(OutcomeParameters().model_dump_json()) == OutcomeParameters()


def test_aplasia_on_day_42_is_aplasia_on_day_28_that_lasts() -> None:
    parameters = OutcomeParameters()
    for early, late in zip(parameters.aplasia_day28, parameters.aplasia_day42, strict=True):
        assert late <= early  # one lane for both


@pytest.mark.parametrize(
    "values",
    [
        {"p_dlt": (0.3, 0.2), "p_response": (0.1, 0.1)},
        {"p_dlt": (0.1, 0.2), "p_response": (0.1,)},
        {"p_dlt": (0.1, 1.2), "p_response": (0.1, 0.1)},
        {"p_dlt": (0.1, 0.2), "p_response": (0.1, 0.1), "correct": 3},
        {"p_dlt": (), "p_response": ()},
    ],
)
def test_a_truth_that_cannot_be_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        Truth.model_validate({"name": "T"} | values)
