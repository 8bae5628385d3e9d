"""One infused patient: DLT or none, evaluable or not, response, and when it is known."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.outcomes.outcomes import OutcomeParameters, Truth, draw_outcomes, estimand_risk, risk_at_dose
from simulator.randomness import Block, Streams
from simulator.trial.follow_up import DoseRisks, FollowUp, Risks, follow, observation_of, outcome_lists
from simulator.trial.ledger import NEVER, Exit
from simulator.trial.rules import TrialRules
from tests.trial.synthetic import Made, intake_of

HALF = Risks(dlt=0.5, aplasia=0.5, response_with_dlt=0.5, response_without_dlt=0.5)
S2 = Truth(name="S2", p_dlt=(0.05, 0.10, 0.18, 0.28), p_response=(0.25, 0.45, 0.60, 0.68))
LADDER = (0.2, 0.5, 1.0, 2.0)
PATIENTS = 40_000
ANYONE = {"aplasia_day28": (0.2, 0.35, 0.5, 0.65), "aplasia_day42": (0.1, 0.2, 0.35, 0.5)}
"""Risks of aplasia of anyone, by level."""


def _follow(
    dies: float = NEVER,
    share: float = 1.0,
    rules: Mapping[str, object] | None = None,
    outcomes: Mapping[str, object] | None = None,
    **made: object,
) -> FollowUp:
    """Follow one patient; a draw below 0.5 is an event, and deaths come on the patient's own day unless told."""
    stated = ANYONE | {"death_hazard_response": 1, "death_hazard_no_response": 1} | dict(outcomes or {})
    observation = observation_of(
        TrialRules.model_validate(rules or {}), OutcomeParameters.model_validate(stated), 0.30
    )
    intake = intake_of([Made(ready=0.0, **made)])  # type: ignore[arg-type]
    return follow(observation, intake.candidates.outcomes, 0, HALF, share, dies)


def _is_share(events: Sequence[bool] | NDArray[np.bool_], share: float) -> None:
    assert abs(np.mean(events) - share) <= 4 * math.sqrt(share * (1 - share) / len(events))


def _short(follow_up: FollowUp) -> tuple[float, bool, bool, Exit]:
    return follow_up.day, follow_up.dlt, follow_up.counted, follow_up.reason


def test_a_dlt_is_known_at_its_onset_and_none_at_the_end_of_the_window() -> None:
    assert _short(_follow(toxicity=0.4, onset=9.0)) == (9.0, True, True, Exit.DLT)
    assert _short(_follow(toxicity=0.5, onset=9.0)) == (28.0, False, True, Exit.NO_DLT)
    assert _short(_follow(rules={"dlt_window_days": 21})) == (21.0, False, True, Exit.NO_DLT)


def test_a_dlt_on_the_day_of_another_death_or_therapy_comes_first() -> None:
    assert _short(_follow(toxicity=0.4, onset=9.0, dies=9.0)) == (9.0, True, True, Exit.DLT)
    assert _short(_follow(toxicity=0.4, onset=9.0, dies=8.0)) == (8.0, False, False, Exit.DIED)
    late = {"toxicity": 0.4, "onset": 22.0, "new_therapy": True, "new_therapy_share": 0.5}
    assert _short(_follow(**late)) == (21.0, False, False, Exit.NEW_THERAPY)  # type: ignore[arg-type]


def test_a_death_of_other_causes_counts_only_within_the_window() -> None:
    assert _short(_follow(dies=27.5)) == (27.5, False, False, Exit.DIED)
    assert _short(_follow(dies=28.0)) == (28.0, False, True, Exit.NO_DLT)


def test_a_fatal_dlt_brings_the_death_forward_and_never_back() -> None:
    assert _follow(toxicity=0.4, onset=9.0, fatal=True).death_day == 16.0
    assert _follow(toxicity=0.4, onset=9.0, fatal=True, dies=12.0).death_day == 12.0
    assert _follow(toxicity=0.4, onset=9.0, fatal=False, dies=100.0).death_day == 100.0
    assert _follow(toxicity=0.6, fatal=True, dies=100.0).death_day == 100.0


def test_new_therapy_comes_to_patients_without_response_between_day_14_and_the_end() -> None:
    for share, day in ((0.0, 14.0), (0.5, 21.0), (0.75, 24.5)):
        shown = _follow(new_therapy=True, new_therapy_share=share)
        assert _short(shown) == (day, False, False, Exit.NEW_THERAPY)
    assert _follow(new_therapy=True, response=0.4).reason is Exit.NO_DLT
    aplasia = {"haematological_dlt": "day42"}
    assert _follow(new_therapy=True, outcomes=aplasia).day == 14 + 28 * 0.5
    assert _follow(new_therapy=True, rules={"dlt_window_days": 10}).reason is Exit.NO_DLT


@pytest.mark.parametrize(
    ("reading", "dlt", "counted", "reason"),
    [("replace", False, False, None), ("dlt", True, True, Exit.DLT), ("no_dlt", False, True, Exit.NO_DLT)],
)
def test_each_reading_of_a_patient_who_is_not_evaluable(
    reading: str, dlt: bool, counted: bool, reason: Exit | None
) -> None:
    rules = {"not_evaluable": reading}
    died = _follow(dies=11.0, rules=rules)
    assert _short(died) == (11.0, dlt, counted, reason or Exit.DIED)
    therapy = _follow(new_therapy=True, rules=rules)
    assert _short(therapy) == (21.0, dlt, counted, reason or Exit.NEW_THERAPY)
    short = _follow(share=0.6, rules=rules)
    assert _short(short) == (28.0, dlt, counted, reason or Exit.DOSE)
    assert _follow(rules=rules).reason is Exit.NO_DLT
    assert _follow(toxicity=0.4, onset=2.0, share=0.6, rules=rules).reason is Exit.DLT


def test_the_tolerance_of_the_dose_includes_its_bounds_and_a_dlt_counts_at_any_dose() -> None:
    assert _follow(share=0.7).counted
    assert _follow(share=1.3).counted
    assert not _follow(share=0.699).counted
    assert not _follow(share=1.301).counted
    assert _short(_follow(share=0.3, toxicity=0.4, onset=5.0)) == (5.0, True, True, Exit.DLT)


def test_aplasia_is_a_dlt_on_the_day_it_is_judged_under_the_reading_that_counts_it() -> None:
    assert _follow(aplasia=0.4).reason is Exit.NO_DLT
    day28 = {"haematological_dlt": "day28"}
    day42 = {"haematological_dlt": "day42"}
    assert _short(_follow(aplasia=0.4, outcomes=day28)) == (28.0, True, True, Exit.DLT)
    assert _short(_follow(aplasia=0.4, outcomes=day42)) == (42.0, True, True, Exit.DLT)
    assert _short(_follow(aplasia=0.5, outcomes=day42)) == (42.0, False, True, Exit.NO_DLT)
    assert _follow(aplasia=0.4, toxicity=0.4, onset=6.0, outcomes=day42).day == 6.0
    assert _short(_follow(aplasia=0.4, dies=30.0, outcomes=day42)) == (30.0, False, False, Exit.DIED)
    assert _follow(dies=30.0).reason is Exit.NO_DLT


def test_a_rescue_transplant_dates_the_dlt_and_adds_none() -> None:
    day42 = {"haematological_dlt": "day42"}
    rescued = _follow(aplasia=0.4, rescued=True, rescue_share=0.25, outcomes=day42)
    assert _short(rescued) == (28 + 0.25 * 14, True, True, Exit.DLT)
    assert _follow(aplasia=0.6, rescued=True, outcomes=day42).reason is Exit.NO_DLT
    day28 = {"haematological_dlt": "day28"}
    assert _follow(aplasia=0.4, rescued=True, outcomes=day28).day == 28.0


def test_a_consolidative_transplant_of_a_responder_censors_the_haematological_dlt_only() -> None:
    day42 = {"haematological_dlt": "day42"}
    early = {"aplasia": 0.4, "consolidated": True, "consolidative": 35.0, "outcomes": day42}
    assert _follow(response=0.4, **early).reason is Exit.NO_DLT  # type: ignore[arg-type]
    assert _follow(response=0.6, **early).reason is Exit.DLT  # type: ignore[arg-type]
    toxic = _follow(response=0.4, toxicity=0.4, onset=20.0, **early)  # type: ignore[arg-type]
    assert _short(toxic) == (20.0, True, True, Exit.DLT)
    after = early | {"consolidative": 42.0}
    assert _follow(response=0.4, **after).reason is Exit.DLT  # type: ignore[arg-type]
    rescued_first = early | {"rescued": True, "rescue_share": 0.25}  # day 31.5
    assert _follow(response=0.4, **rescued_first).day == 31.5  # type: ignore[arg-type]


def test_response_needs_the_patient_alive_on_its_day() -> None:
    assert _follow(response=0.4, mrd_negative=True)[4:6] == (True, True)
    assert _follow(response=0.4)[4:6] == (True, False)
    assert _follow(response=0.4, mrd_negative=True, dies=27.9)[4:6] == (False, False)
    assert _follow(response=0.4, dies=28.0).response
    assert not _follow(response=0.4, toxicity=0.4, onset=20.0, fatal=True).response  # dead on day 27
    assert _follow(response=0.4, toxicity=0.4, onset=21.0, fatal=True).response
    assert not _follow(response=0.5).response


def test_risks_at_a_share_of_the_dose_are_those_of_the_dose() -> None:
    outcomes = OutcomeParameters.model_validate(ANYONE | {"haematological_dlt": "day42"})
    risks = DoseRisks(S2, outcomes, LADDER)
    at = risks.at(3, 0.6)
    assert at.dlt == risk_at_dose(S2.p_dlt, LADDER, 0.6)
    assert at.aplasia == risk_at_dose(outcomes.aplasia_day42, LADDER, 0.6)
    for level in range(1, 5):
        whole = risks.at(level, 1.0)
        assert (whole.dlt, whole.aplasia) == (S2.p_dlt[level - 1], outcomes.aplasia_day42[level - 1])
        margin = whole.dlt * whole.response_with_dlt + (1 - whole.dlt) * whole.response_without_dlt
        assert margin == pytest.approx(S2.p_response[level - 1], abs=1e-14)
    assert DoseRisks(S2, OutcomeParameters(), LADDER).at(4, 1.0).aplasia == 0


@pytest.mark.parametrize("reading", ["none", "day28", "day42"])
@pytest.mark.parametrize("level", [1, 4])
def test_as_many_dlts_are_observed_as_the_truth_says(reading: str, level: int) -> None:
    outcomes = OutcomeParameters.model_validate(
        ANYONE | {"haematological_dlt": reading, "new_therapy": 0, "consolidative_transplant": 0}
    )
    draws = draw_outcomes(outcomes, 28, Streams(5), [Block(0, 0, 0, PATIENTS)])
    lists = outcome_lists(draws, np.arange(PATIENTS))
    observation = observation_of(TrialRules(), outcomes, 0.30)
    risks = DoseRisks(S2, outcomes, LADDER).at(level, 1.0)
    shown = [follow(observation, lists, i, risks, 1.0, NEVER) for i in range(PATIENTS)]
    _is_share([s.dlt for s in shown], estimand_risk(S2, outcomes)[level - 1])
    assert all(s.death_day == s.day + 7 for s in shown if s.death_day < NEVER)
    fatal = [s.death_day < NEVER for s in shown if s.dlt]
    _is_share(fatal, 0.10)
    if reading == "day42":
        _is_share([s.day < 42 for s in shown if s.dlt and s.day > 28], 0.30)


def test_as_many_respond_as_the_truth_says_where_nobody_dies() -> None:
    outcomes = OutcomeParameters(fatal_dlt=0)
    draws = draw_outcomes(outcomes, 28, Streams(6), [Block(0, 0, 0, PATIENTS)])
    lists = outcome_lists(draws, np.arange(PATIENTS))
    risks = DoseRisks(S2, outcomes, LADDER).at(3, 1.0)
    observation = observation_of(TrialRules(), outcomes, 0.30)
    shown = [follow(observation, lists, i, risks, 1.0, NEVER) for i in range(PATIENTS)]
    toxic = draws.toxicity < risks.dlt
    response = np.array([s.response for s in shown])
    _is_share(response, 0.60)
    _is_share(response[toxic], risks.response_with_dlt)
    _is_share(response[~toxic], risks.response_without_dlt)
    _is_share([s.mrd_negative for s in shown if s.response], 0.75)


def test_the_hazard_of_another_death_is_that_of_responders_or_of_the_others() -> None:
    hazards = {"death_hazard_response": 0.2, "death_hazard_no_response": 0.8}
    assert _follow(response=0.4, dies=10.0, outcomes=hazards).death_day == 50.0
    assert _short(_follow(response=0.4, dies=10.0, outcomes=hazards)) == (28.0, False, True, Exit.NO_DLT)
    assert _short(_follow(response=0.6, dies=10.0, outcomes=hazards)) == (12.5, False, False, Exit.DIED)
    assert _follow(response=0.6, dies=NEVER, outcomes=hazards).death_day == NEVER
    # a fatal DLT is no death of other causes
    assert _follow(toxicity=0.4, onset=9.0, fatal=True, dies=100.0, outcomes=hazards).death_day == 16.0


@pytest.mark.parametrize("response", [0.4, 0.6])
def test_aplasia_given_response_comes_to_responders_only(response: float) -> None:
    given = {"haematological_dlt": "day42", "aplasia_given_response": True, "rescue_transplant": 0}
    followed = _follow(aplasia=0.4, response=response, outcomes=given)
    assert followed.dlt == (response < 0.5)
    assert _follow(aplasia=0.4, response=response, outcomes=given | {"aplasia_given_response": False}).dlt


@pytest.mark.parametrize("level", [1, 2, 3, 4])
def test_the_estimand_with_aplasia_given_response_is_the_share_among_many(level: int) -> None:
    outcomes = OutcomeParameters.model_validate(
        {
            "haematological_dlt": "day42",
            "aplasia_given_response": True,
            "aplasia_day42": [0.55] * 4,
            "consolidative_transplant": 0,
            "new_therapy": 0,
        }
    )
    observation = observation_of(TrialRules(), outcomes, 0.30)
    draws = draw_outcomes(outcomes, 28, Streams(5), [Block(0, 0, 0, PATIENTS)])
    lists = outcome_lists(draws, np.arange(PATIENTS))
    risks = DoseRisks(S2, outcomes, LADDER).at(level, 1.0)
    toxic = [follow(observation, lists, i, risks, 1.0, NEVER).dlt for i in range(PATIENTS)]
    _is_share(toxic, estimand_risk(S2, outcomes)[level - 1])
