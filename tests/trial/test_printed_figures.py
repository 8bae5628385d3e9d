"""The check line under the calendar defaults: one patient at a time, no queue for a slot.

Tolerance: the rounding of the printed figure and 4 standard errors.
"""

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.designs import BOIN
from simulator.trial.ledger import Exit, Ledger, State
from simulator.trial.record import ledger
from simulator.trial.rules import TrialRules
from simulator.trial.setting import used_pass
from tests.trial.random_worlds import Drawn, default_stages, default_truth

REPLICATES = 120
LONGEST_DAYS = 300.0  # nobody is under way longer
WIDE_OPEN = BOIN(n_doses=4, cohort_size=255, max_n=255)
HALF_PERCENT = 0.005


@cache
def _ledgers() -> list[tuple[Ledger, NDArray[np.float64], NDArray[np.bool_]]]:
    """Run trials in which nobody waits for anybody; return each patient's death, and whether they would pass."""
    base = default_stages()
    rules = TrialRules.model_validate(
        {
            "enrolment_max": 1000,
            "slots_ahead": 50,
            "stagger_first_days": 0,
            "stagger_other_days": 0,
            "stagger_gates": "infusion",
            "mid_cohort": "complete",
        }
    )
    product = base.product.model_copy(update={"manufacturing_slots": 100})
    drawn = Drawn(replace(base, rules=rules, product=product), WIDE_OPEN, default_truth("M3"), 29)
    books = []
    for intake in drawn.intakes(range(REPLICATES)):
        trial = drawn.trial(intake, used_pass(rules))
        assert not any(p.reason is Exit.NO_SLOT for p in trial.patients)
        assert trial.escalation.cohorts == 1
        book = ledger(trial)
        early = book.referred_day < trial.limit_day - LONGEST_DAYS
        would_pass = np.isfinite(intake.paths.progression_day[: len(book.state)])  # counted from eligible
        death = intake.paths.death_day[: len(book.state)]
        books.append((_rows(book, early), death[early], would_pass[early]))
    return books


def _rows(book: Ledger, which: NDArray[np.bool_]) -> Ledger:
    return Ledger(*(getattr(book, name)[which] for name in Ledger.__slots__))


def _column(name: str) -> NDArray[np.float64]:
    return np.concatenate([getattr(book, name) for book, _, _ in _ledgers()])


def _deaths() -> NDArray[np.float64]:
    return np.concatenate([death for _, death, _ in _ledgers()])


def _is_printed(events: NDArray[np.bool_], percent: float, half: float = HALF_PERCENT) -> None:
    share = percent / 100
    error = math.sqrt(share * (1 - share) / len(events))
    assert abs(events.mean() - share) <= half + 4 * error


def _median_is_printed(days: NDArray[np.float64], printed: float) -> None:
    spread = 4 * 0.5 / math.sqrt(len(days))
    low, high = np.quantile(days, [0.5 - spread, 0.5 + spread])
    assert low <= printed + 0.5
    assert printed - 0.5 <= high


def test_from_referral_to_enrolment_the_median_is_18_days() -> None:
    enrolled = np.isfinite(_column("enrolled_day"))
    assert enrolled.sum() > 8000
    _median_is_printed(_column("enrolled_day")[enrolled] - _column("referred_day")[enrolled], 18)


def test_5_percent_of_those_who_would_pass_die_before_enrolment() -> None:
    would_pass = np.concatenate([passes for _, _, passes in _ledgers()])
    state, reason = _column("state"), _column("reason")
    asked = would_pass & ~np.isin(reason, [Exit.PRESCREEN, Exit.REFUSED])
    died = (reason == Exit.DIED) & (state < State.ENROLLED)
    _is_printed(died[asked], 5)


def test_from_enrolment_to_infusion_the_median_is_24_days() -> None:
    given = np.isfinite(_column("infused_day"))
    _median_is_printed(_column("infused_day")[given] - _column("enrolled_day")[given], 24)


@pytest.mark.parametrize(
    ("reason", "percent"),
    [(Exit.DIED, 8), (Exit.PROGRESSED, 6), (Exit.RECHECK, 2), (Exit.WITHDREW, 1)],
)
def test_why_enrolled_patients_are_not_infused(reason: Exit, percent: float) -> None:
    enrolled = _column("state") >= State.ENROLLED
    lost = (_column("state") < State.INFUSED) & (_column("reason") == reason)
    _is_printed(lost[enrolled], percent)


def test_below_1_percent_of_the_enrolled_have_no_product() -> None:
    enrolled = _column("state") >= State.ENROLLED
    lost = np.isin(_column("reason"), [Exit.NO_PRODUCT, Exit.DONOR_EXPANSION])[enrolled]
    assert 0 < lost.mean() < 0.01


def test_15_percent_of_the_enrolled_are_not_infused() -> None:
    state = _column("state")
    _is_printed(state[state >= State.ENROLLED] < State.INFUSED, 15)


def test_9_percent_of_the_infused_die_of_other_causes_within_28_days() -> None:
    given = np.isfinite(_column("infused_day"))
    _is_printed(_deaths()[given] - _column("infused_day")[given] <= 28, 9)


def test_vein_to_vein_is_14_days_to_release_and_19_to_infusion_where_nothing_delays() -> None:
    leukapheresis, release = _column("leukapheresed_day"), _column("released_day")
    depleted, infused = _column("lymphodepleted_day"), _column("infused_day")
    at_once = (depleted == release) & np.isfinite(infused)
    _median_is_printed(release[at_once] - leukapheresis[at_once], 14)
    _median_is_printed(infused[at_once] - leukapheresis[at_once], 19)
    assert (infused[at_once] - depleted[at_once] == 5).all()
