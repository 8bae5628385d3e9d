"""Where nobody counts all referrals, only those whom trials meet are drawn: every row is the same."""

from dataclasses import replace
from itertools import count

import numpy as np
import pytest

from simulator.runs import drawn_as_needed, without_limit
from simulator.runs.plan import fingerprint, run_plan
from simulator.runs.replicates import DesignTruth, RunPlan, run_chunk
from simulator.scenario.scenario import Scenario
from simulator.trial.engines import Engine, EngineChoice
from simulator.trial.intake import Arrivals
from tests.trial.engine_worlds import CRITERIA, world

COMPILED = EngineChoice(Engine.COMPILED, "")
WORLDS = 20


def random_plan(number: int) -> RunPlan:
    """Return a world's design under its truth, both passes."""
    drawn = world(number)
    arm = DesignTruth("drawn", drawn.design, drawn.truth, drawn.stages.outcomes, needed=True)
    return RunPlan(drawn.stages, number, (arm,), 1 + number % 30, CRITERIA, COMPILED)


def assert_the_same(plan: RunPlan, of: range) -> None:
    """Hold the rows of both passes against those of all patients drawn."""
    wanted, found = run_chunk(plan, of), run_chunk(replace(plan, tally=False), of)
    for part, other in ((found.used, wanted.used), (found.needed, wanted.needed)):
        assert part.keys() == other.keys()
        for column, values in part.items():
            np.testing.assert_array_equal(values, other[column], err_msg=f"{plan.seed} {column}")
    assert found.screening.keys() == {"replicate"}


def test_rows_of_random_worlds_are_those_of_all_patients(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(drawn_as_needed, "DRAWN_MONTHS", 0)
    for number in range(WORLDS):
        monkeypatch.setattr(drawn_as_needed, "DRAWN_AT_FIRST", 1 + number)
        assert_the_same(random_plan(number), range(2))


def test_months_without_the_limit_are_those_of_all_patients_and_of_limit_after_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("numba")
    monkeypatch.setattr(drawn_as_needed, "DRAWN_MONTHS", 0)
    cut = 0
    for number in range(100, 100 + WORLDS):
        plan, found = random_plan(number), []
        rules = plan.stages.rules.model_copy(update={"calendar_limit_months": 12})
        plan = replace(plan, stages=replace(plan.stages, rules=rules))
        for at_first, few in ((10**6, 0), (1 + number - 100, 0), (1 + number - 100, 10**6), (10**6, 10**6)):
            monkeypatch.setattr(drawn_as_needed, "DRAWN_AT_FIRST", at_first)
            monkeypatch.setattr(without_limit, "FEW_REFERRALS", few)
            found.append(run_chunk(plan, range(3)).used)
        for other in found[1:]:
            np.testing.assert_array_equal(
                other["unlimited_day"], found[0]["unlimited_day"], err_msg=f"{number}"
            )
        cut += int((found[0]["unlimited_day"] != found[0]["recommended_day"]).sum())
    assert cut > WORLDS  # the limit ends many of them


@pytest.mark.parametrize("changes", [{"arrivals.sites": 3}, {"arrivals.referrals_per_site_month": 0.2}])
def test_rows_of_default_trials_are_those_of_all_patients(
    scenario: Scenario, changes: dict[str, object], monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("numba")
    drawn = count()
    whole = Arrivals.first
    monkeypatch.setattr(Arrivals, "first", lambda *of: (next(drawn), whole(*of))[1])
    assert_the_same(run_plan(scenario.with_changes(changes), ["boin", "3+3"], ["M0", "M2"], 5), range(30))
    assert next(drawn) >= 30


def test_the_first_referrals_of_all_sites_end_before_the_first_that_is_left_out() -> None:
    arrivals = Arrivals(3, 90.0, [np.array([1.0, 4.0, 6.0]), np.array([4.0, 5.0])])
    first = arrivals.first(2)
    assert [days.tolist() for days in first.days] == [[1.0], []]
    assert (first.until_day, first.horizon_days, first.replicate) == (4.0, 90.0, 3)
    assert arrivals.first(5) is arrivals


def test_rows_without_the_tally_are_kept_as_those_of_another_run(scenario: Scenario) -> None:
    plan = run_plan(scenario, ["boin"], ["M2"], 1)
    assert fingerprint(plan, 10) != fingerprint(replace(plan, tally=False), 10)
