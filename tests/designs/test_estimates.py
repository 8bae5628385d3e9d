"""Estimates per level: the closed form of the posterior, and what a design shows of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import comb
from typing import Any

import numpy as np
import pytest

from simulator.designs import BOIN, CRM
from simulator.designs.design import Floats, Ints, Observed
from simulator.designs.estimates import level_estimates
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from tests.designs.states import state

SEEN = state(2, [6, 3, 0], [1, 2, 0])


def test_the_posterior_is_the_binomial_tail_of_a_uniform_prior() -> None:
    # P(p > t | Beta(1 + y, 1 + n - y)) = P(at most y of n + 1 | t).
    for one in level_estimates(BOIN(n_doses=3), SEEN, 3, 0.25)[:2]:
        tail = sum(comb(one.n + 1, k) * 0.25**k * 0.75 ** (one.n + 1 - k) for k in range(one.dlt + 1))
        assert one.above_target == pytest.approx(tail, rel=1e-13)


def test_without_patients_or_target_nothing_is_estimated() -> None:
    first, second, third = level_estimates(BOIN(n_doses=3), SEEN, 3, None)
    assert (first.rate, second.rate, third.rate) == (1 / 6, 2 / 3, None)
    assert [one.above_target for one in (first, second, third)] == [None] * 3
    assert [one.closed for one in (first, second, third)] == [False, False, True]
    assert level_estimates(BOIN(n_doses=3), SEEN, 4, 0.3)[2].above_target is None


@pytest.mark.parametrize("wrapped", [False, True])
def test_a_design_with_a_model_shows_the_risks_it_decides_by(wrapped: bool) -> None:
    crm = CRM(n_doses=3)
    design = Stopped(crm, (TotalN(20),)) if wrapped else crm
    shown = [one.own["model risk"] for one in level_estimates(design, SEEN, 4, 0.3)]
    assert shown == crm.risks(SEEN.n, SEEN.dlt)[0].tolist()
    assert shown == sorted(shown)


@dataclass(frozen=True)
class Shares:
    under: Floats
    target: Floats
    over: Floats


@dataclass(frozen=True)
class ByIntervals:
    n_doses: int = 3

    def intervals(self, n: Ints, dlt: Ints) -> Shares:
        share = (dlt + 1) / (n + 2)
        return Shares(1 - share, share / 4, 3 * share / 4)


@dataclass(frozen=True)
class ByItself:
    n_doses: int = 3

    def estimates(self, observed: Observed) -> Mapping[str, Floats]:
        return {"twice": 2.0 * observed.n}


def test_intervals_and_estimates_are_shown_under_their_headings() -> None:
    by_intervals: Any = ByIntervals()
    assert level_estimates(by_intervals, SEEN, 4, 0.3)[1].own == pytest.approx(
        {"P(under)": 0.4, "P(target)": 0.15, "P(over)": 0.45}
    )
    by_itself: Any = ByItself()
    assert [one.own["twice"] for one in level_estimates(by_itself, SEEN, 4, 0.3)] == [12.0, 6.0, 0.0]
    assert np.all(SEEN.n == [[6, 3, 0]])
