"""A replicate's patients are the same however they are drawn, and trials leave them as they are."""

from collections.abc import Callable
from dataclasses import fields, replace
from functools import cache
from itertools import chain
from typing import Any

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.errors import ScenarioError
from simulator.population.arrivals import ArrivalParameters
from simulator.randomness import Streams
from simulator.trial.dosing import DosingDraws
from simulator.trial.follow_up import OutcomeLists
from simulator.trial.intake import Intake, Stages, _in_order, draw_intakes, replicate_groups
from simulator.trial.record import needed_row, used_row
from simulator.trial.screening import Pathways
from simulator.trial.setting import needed_pass, used_pass
from tests.trial.random_worlds import Drawn, default_stages, default_truth

SEED = 7
CRITERIA = 19
Key = tuple[int, int]  # site, index within it


@cache
def _intakes(replicates: range = range(6), at_least: int = 0, sites: int = 1) -> list[Intake]:
    stages = replace(default_stages(), arrivals=ArrivalParameters(sites=sites))
    return draw_intakes(stages, Streams(SEED), replicates, at_least)


def _referrals(intake: Intake, site: int | None = None) -> dict[Key, tuple[Any, ...]]:
    """Return all that is known of every referral up to a cleared donor."""
    columns = [getattr(intake.paths, f.name).tolist() for f in fields(Pathways)]
    keys = zip(intake.site.tolist(), intake.index.tolist(), strict=True)
    rows = dict(zip(keys, zip(*columns, strict=True), strict=True))
    return {key: row for key, row in rows.items() if site is None or key[0] == site}


def _candidates(intake: Intake, site: int | None = None) -> dict[Key, tuple[Any, ...]]:
    """Return all that is drawn of every candidate after that."""
    columns: list[list[Any]] = [
        intake.candidates.ready_day,
        intake.candidates.expiry_day,
        intake.candidates.death_day,
        intake.candidates.leaves_day,
        intake.candidates.leaves_for,
        intake.candidates.queues,
        intake.candidates.bridged,
        intake.candidates.products.other_donor_workup,
        *intake.candidates.products.to_leukapheresis,
        *intake.candidates.products.manufacture,
        *intake.candidates.products.release,
        *intake.candidates.products.outcome,
        *intake.candidates.products.donor_fails,
        *(getattr(intake.candidates.dosing, f.name) for f in fields(DosingDraws)),
        *(getattr(intake.candidates.outcomes, f.name) for f in fields(OutcomeLists)),
    ]
    places = intake.position
    keys = zip(intake.site[places].tolist(), intake.index[places].tolist(), strict=True)
    rows = dict(zip(keys, zip(*columns, strict=True), strict=True))
    return {key: row for key, row in rows.items() if site is None or key[0] == site}


def _same(one: Intake, other: Intake) -> None:
    assert _referrals(one) == _referrals(other)
    assert _candidates(one) == _candidates(other)
    assert np.array_equal(one.position, other.position)
    assert one.candidates.horizon_days == other.candidates.horizon_days


def test_a_replicate_is_the_same_whatever_is_drawn_beside_it() -> None:
    together = _intakes()
    for k in range(6):
        _same(together[k], _intakes(range(k, k + 1))[0])
    for first, last in ((0, 2), (2, 6)):
        for part, whole in zip(_intakes(range(first, last)), together[first:last], strict=True):
            _same(part, whole)


def test_drawing_further_adds_referrals_and_changes_none() -> None:
    for near, far in zip(_intakes(), _intakes(at_least=450), strict=True):
        assert len(far.paths.referred_day) >= 450
        for read in (_referrals, _candidates):
            compare: Callable[[Intake], dict[Key, tuple[Any, ...]]] = read
            few, many = compare(near), compare(far)
            assert few == {key: row for key, row in many.items() if key in few}
        added = _referrals(far).keys() - _referrals(near).keys()
        assert all(_referrals(far)[key][0] > near.candidates.horizon_days for key in added)


def test_a_shorter_calendar_limit_takes_the_first_of_the_same_patients() -> None:
    stages = default_stages()
    short = replace(stages, rules=stages.rules.model_copy(update={"calendar_limit_months": 30.0}))
    for cut, whole in zip(draw_intakes(short, Streams(SEED), range(6)), _intakes(), strict=True):
        kept = {key: row for key, row in _referrals(whole).items() if row[0] <= cut.candidates.horizon_days}
        assert _referrals(cut) == kept


def test_a_second_and_a_third_site_leave_the_patients_of_the_first_as_they_are() -> None:
    for sites in (2, 3):
        for alone, together in zip(_intakes(), _intakes(sites=sites), strict=True):
            assert _referrals(alone) == _referrals(together, site=0)
            assert _candidates(alone) == _candidates(together, site=0)
            assert set(together.site.tolist()) == set(range(sites))
    for two, three in zip(_intakes(sites=2), _intakes(sites=3), strict=True):
        assert _referrals(two, site=1) == _referrals(three, site=1)


def test_patients_come_in_order_of_referral_and_candidates_in_order_of_readiness() -> None:
    for intake in _intakes(sites=3):
        assert (np.diff(intake.paths.referred_day) >= 0).all()
        assert (np.diff(intake.candidates.ready_day) >= 0).all()
        assert intake.candidates.ready_day == intake.paths.ready_day[intake.position].tolist()
        assert np.array_equal(np.sort(intake.position), np.flatnonzero(intake.paths.ready))


def test_other_designs_and_truths_on_the_same_patients_change_no_number() -> None:
    stages = default_stages()
    intakes = _intakes(at_least=450)

    def rows(design: BOIN | ThreePlusThree, truth: str) -> list[Any]:
        drawn = Drawn(stages, design, default_truth(truth), SEED)
        used = [used_row(drawn.trial(i, used_pass(stages.rules)), CRITERIA) for i in intakes]
        return [*used, *(needed_row(drawn.trial(i, needed_pass(30))) for i in intakes)]

    before = rows(BOIN(n_doses=4), "M3")
    rows(ThreePlusThree(n_doses=4), "M0")
    rows(BOIN(n_doses=4, titration=True), "M4")
    assert rows(BOIN(n_doses=4), "M3") == before


def test_seeds_and_replicates_differ() -> None:
    days = [tuple(i.paths.referred_day.tolist()) for i in _intakes()]
    other = draw_intakes(default_stages(), Streams(SEED + 1), range(6))
    days += [tuple(i.paths.referred_day.tolist()) for i in other]
    assert len(set(days)) == 12


def test_nobody_is_referred_where_the_rate_is_zero() -> None:
    stages: Stages = replace(default_stages(), arrivals=ArrivalParameters(referrals_per_site_month=0))
    (intake,) = draw_intakes(stages, Streams(SEED), range(1), 100)
    assert len(intake.paths.referred_day) == 0
    trial = Drawn(stages, BOIN(n_doses=4), default_truth("M3"), SEED).trial(intake, used_pass(stages.rules))
    assert (trial.stop, trial.enrolled, trial.selected) == ("not_finished", 0, 0)


def test_groups_of_replicates_are_the_same_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simulator.trial.intake.REFERRALS_AT_ONCE", 700)
    groups = list(replicate_groups(default_stages(), Streams(SEED), range(6)))
    assert 1 < len(groups) < 6
    assert all(sum(len(one.site) for one in group) <= 700 for group in groups)
    for one, whole in zip(chain.from_iterable(groups), _intakes(), strict=True):
        assert one.replicate == whole.replicate
        assert _referrals(one) == _referrals(whole)
        assert _candidates(one) == _candidates(whole)


def test_a_replicate_with_more_referrals_than_memory_is_meant_to_hold_is_refused() -> None:
    """Sites that differ a thousandfold: the scenario's mean is legal, this replicate is not."""
    arrivals = ArrivalParameters(referrals_per_site_month=200, site_effect_shape=0.001)
    stages = replace(default_stages(), arrivals=arrivals)
    with pytest.raises(ScenarioError, match=r"referrals in one simulated trial, at most 200,000: lower ref"):
        list(replicate_groups(stages, Streams(1), range(1000)))


@pytest.mark.parametrize("ticks", [True, False])
def test_patients_are_in_order_by_replicate_then_day_and_who_ties_stays_in_place(ticks: bool) -> None:
    random = np.random.default_rng(20261129)
    for longest in (4, 4_000, 500_000):  # days: many ties; as in trials; longer than any trial
        for replicates in (1, 40, 2**40):
            replicate = np.sort(random.integers(0, replicates, 300))
            day = random.random(300) * longest
            day = np.rint(day * 1024) / 1024 if ticks else day
            expected = np.lexsort((day, replicate)).tolist()
            assert np.arange(300)[_in_order(day, replicate)].tolist() == expected
    assert _in_order(np.array([1.0, 1.0, 0.5]), np.array([3, 3, 4])) == slice(None)
