"""From referral to a cleared donor: durations, the one re-screen, donors, and which exit comes first."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.stats import lognorm, triang

from simulator.eligibility.verdicts import Referrals
from simulator.randomness import Block, Streams
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import NEVER, Exit, State
from simulator.trial.pathways import pathways
from simulator.trial.screening import Pathways, ScreeningParameters

PATIENTS = 40_000
INFECTION = 12  # place of E3 among the criteria
QUIET = DosingParameters(withdrawal_per_30_days=0, progression_per_21_days=0, deaths=False)


def _referrals(**changes: object) -> Referrals:
    """Return referrals who pass everything, without a donor of an earlier transplant."""
    yes, no = np.ones(PATIENTS, dtype=bool), np.zeros(PATIENTS, dtype=bool)
    none = np.full(PATIENTS, -1, dtype=np.int8)
    nothing = np.zeros(PATIENTS, dtype=np.uint32)
    made = Referrals(
        ids=("I1",),
        prescreen_pass=yes,
        prescreen_reason=none,
        prescreen_failed=nothing,
        refuses_consent=no,
        eligible=yes,
        incomplete=no,
        reason=none,
        failed=nothing,
        infection_failed=no,
        resolved_eligible=yes,
        resolved_incomplete=no,
        resolved_reason=none,
        resolved_failed=nothing,
        has_prior_donor=no,
        survival_days=np.full(PATIENTS, 1e6),
        donor_fails=np.zeros((PATIENTS, 2), dtype=bool),
        lvef_percent=np.full(PATIENTS, 60.0),
        ecog=np.ones(PATIENTS),
        infection_active=np.zeros(PATIENTS),
        bm_blasts_percent=np.full(PATIENTS, 20.0),
    )
    return replace(made, **changes)  # type: ignore[arg-type]


def _follow(
    referrals: Referrals | None = None, dosing: DosingParameters = QUIET, **screening: object
) -> Pathways:
    chosen: dict[str, object] = {"donor_failure": 0} | screening
    return pathways(
        ScreeningParameters.model_validate(chosen),
        dosing,
        0.5,
        _referrals() if referrals is None else referrals,
        np.full(PATIENTS, 100.0),
        Streams(8),
        [Block(0, 0, 0, PATIENTS)],
    )


def _flags(value: bool) -> NDArray[np.bool_]:
    return np.full(PATIENTS, value)


def _is_share(events: NDArray[np.bool_], share: float) -> None:
    assert abs(events.mean() - share) <= 4 * math.sqrt(share * (1 - share) / len(events))


def _follows(days: NDArray[np.float64], law: Any) -> None:
    for quantile in (0.05, 0.25, 0.5, 0.75, 0.95):
        _is_share(days <= law.ppf(quantile), quantile)


def test_desk_consent_and_screening_take_their_times() -> None:
    paths = _follow()
    assert (paths.prescreened_day == 101).all()
    consent = paths.consented_day - 101
    assert 1 <= consent.min() < consent.max() <= 5
    _is_share(consent <= 3, 0.5)
    screening = paths.eligible_day - paths.consented_day
    _follows(screening[np.isfinite(screening)], triang(5 / 16, 5, 16))
    assert (paths.verdict_day[paths.ready] == paths.eligible_day[paths.ready]).all()


@pytest.mark.parametrize(("prior", "median"), [(True, 7.0), (False, 14.0)])
def test_the_donor_is_worked_up_beside_the_screening(prior: bool, median: float) -> None:
    referrals = _referrals(has_prior_donor=_flags(prior))
    paths = _follow(referrals, validity_days=365)
    donor = paths.ready_day - paths.consented_day
    eligible = paths.eligible_day - paths.consented_day
    assert (donor >= eligible).all()
    # where the donor is ready last, the donor's law shows; screening takes 21 days at most
    _is_share(donor <= 22, lognorm.cdf(22, 0.4, scale=median))
    instant = {"low_days": 0, "mode_days": 0, "high_days": 0}
    alone = _follow(referrals, screening=instant, validity_days=365)
    _follows(alone.ready_day - alone.consented_day, lognorm(0.4, scale=median))


def test_the_donor_is_worked_up_after_the_screening_where_the_setting_says_so() -> None:
    paths = _follow(donor_workup="after_screening", validity_days=365)
    _follows(paths.ready_day - paths.eligible_day, lognorm(0.4, scale=14))


def test_a_donor_fails_when_the_workup_ends() -> None:
    without, paths = _follow(validity_days=365), _follow(validity_days=365, donor_failure=0.05)
    lost = paths.reason == Exit.NO_DONOR
    _is_share(lost, 0.05)
    late = lost & (paths.state == State.ELIGIBLE)
    assert (paths.exit_day[late] == without.ready_day[late]).all()
    assert (paths.exit_day[lost] <= without.ready_day[lost]).all()


def test_eligibility_ends_28_days_after_screening_where_the_donor_is_not_cleared() -> None:
    slow = {"median_days": 45, "log_sd": 0.4}
    paths = _follow(new_donor=slow)
    expired = paths.reason == Exit.EXPIRED
    assert 0.2 < expired.mean() < 0.9
    assert (paths.exit_day[expired] == paths.eligible_day[expired] + 28).all()
    assert (paths.state[expired] == State.ELIGIBLE).all()
    assert (paths.ready_day[~expired] < paths.eligible_day[~expired] + 28).all()
    assert (paths.expiry_day[~expired] == paths.eligible_day[~expired] + 28).all()


def test_a_rejection_at_the_desk_and_a_refusal_end_the_path_there() -> None:
    rejected = _follow(_referrals(prescreen_pass=_flags(False), prescreen_reason=np.full(PATIENTS, 3)))
    assert (rejected.reason == Exit.PRESCREEN).all()
    assert (rejected.exit_day == 101).all()
    assert (rejected.state == State.REFERRED).all()
    assert (rejected.criterion == 3).all()
    refused = _follow(_referrals(refuses_consent=_flags(True)))
    assert (refused.reason == Exit.REFUSED).all()
    assert (refused.state == State.PRESCREENED).all()
    assert (refused.exit_day == _follow().consented_day).all()
    assert (refused.criterion == -1).all()


def _infected(**changes: object) -> Referrals:
    bit = np.full(PATIENTS, 1 << INFECTION, dtype=np.uint32)
    return _referrals(
        **(
            {
                "eligible": _flags(False),
                "reason": np.full(PATIENTS, INFECTION, dtype=np.int8),
                "failed": bit,
                "infection_failed": _flags(True),
            }
            | changes
        )
    )


def test_an_infection_is_screened_once_more_and_six_in_ten_resolve() -> None:
    first_end = _follow().eligible_day
    paths = _follow(_infected(), validity_days=365, new_donor={"median_days": 1, "log_sd": 0})
    passes = paths.ready
    _is_share(passes, 0.6)
    waited = paths.eligible_day[passes] - first_end[passes] - 3
    law = lognorm(0.6, scale=10)
    for quantile in (0.1, 0.5, 0.9):
        _is_share(waited <= law.ppf(quantile * law.cdf(28)), quantile)
    assert waited.max() <= 28
    failed = ~passes
    assert (paths.reason[failed] == Exit.SCREEN_FAILURE).all()
    assert (paths.exit_day[failed] == first_end[failed] + 28).all()
    assert (paths.criterion[failed] == INFECTION).all()
    assert (paths.failed[failed] == 1 << INFECTION).all()
    assert (paths.failed[passes] == 0).all()
    assert (paths.verdict_day[failed] == paths.exit_day[failed]).all()


def test_a_resolved_infection_does_not_help_who_fails_something_else() -> None:
    other = {"resolved_eligible": _flags(False), "resolved_reason": np.full(PATIENTS, 4, dtype=np.int8)}
    paths = _follow(_infected(**other))
    assert (paths.reason == Exit.SCREEN_FAILURE).all()
    assert set(paths.criterion.tolist()) == {4, INFECTION}
    _is_share(paths.criterion == 4, 0.6)


def test_without_a_re_screen_an_infection_fails_at_the_end_of_the_screening() -> None:
    paths = _follow(_infected(), rescreens=0)
    assert (paths.reason == Exit.SCREEN_FAILURE).all()
    assert (paths.exit_day == _follow().eligible_day).all()


def test_an_incomplete_screening_is_its_own_exit() -> None:
    paths = _follow(_referrals(eligible=_flags(False), incomplete=_flags(True)))
    assert (paths.reason == Exit.INCOMPLETE).all()
    assert (paths.state == State.CONSENTED).all()
    assert (paths.criterion == -1).all()


def test_a_screening_longer_than_its_window_ends_with_the_window() -> None:
    slow = {"low_days": 20, "mode_days": 30, "high_days": 40}
    paths = _follow(screening=slow, validity_days=365)
    over = paths.reason == Exit.WINDOW
    _is_share(over, 1 - triang.cdf(28, 0.5, 20, 20))
    assert (paths.exit_day[over] == paths.consented_day[over] + 28).all()
    assert (paths.verdict_day[over] == NEVER).all()


def test_withdrawal_runs_from_consent_and_progression_from_eligible() -> None:
    paths = _follow(_referrals(), DosingParameters(deaths=False), validity_days=365)
    consent = _follow().consented_day
    _is_share(paths.withdrawal_day - consent <= 30, 0.01)
    _is_share(paths.withdrawal_day - consent <= 300, 1 - 0.99**10)
    eligible = _follow().eligible_day
    _is_share(paths.progression_day - eligible <= 21, 0.06)
    _is_share(paths.progression_day - eligible <= 210, 1 - 0.94**10)
    quiet = _follow()
    assert (quiet.withdrawal_day == NEVER).all()
    assert (quiet.progression_day == NEVER).all()


def test_the_earliest_exit_is_the_one() -> None:
    survival = np.full(PATIENTS, 10.0)
    paths = _follow(_referrals(survival_days=survival), DosingParameters(withdrawal_per_30_days=0.9))
    died = paths.reason == Exit.DIED
    assert (paths.exit_day[died] == 110).all()
    left = paths.reason == Exit.WITHDREW
    assert left.any()
    assert (paths.exit_day[left] <= 110).all()
    assert (paths.death_day == 110).all()
    ahead = np.minimum(paths.death_day, np.minimum(paths.withdrawal_day, paths.progression_day))
    assert (ahead[paths.ready] > paths.ready_day[paths.ready]).all()


def test_half_of_those_without_a_slot_queue() -> None:
    _is_share(_follow().queues, 0.5)
    assert not _follow(queue_share=0).queues.any()
    assert _follow(queue_share=1).queues.all()
