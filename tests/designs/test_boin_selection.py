"""BOIN's selection against published data sets, and its ties one by one."""

import numpy as np
import pytest

from simulator.designs import BOIN
from simulator.designs.conduct import selected_dose
from tests.designs.published import integers, rows
from tests.designs.states import stacked, state


def test_selected_level_is_the_published_one_in_every_row() -> None:
    """BOIN 2.7.2 select.mtd, 1000 data sets with elimination, extra safety and bounded MTD."""
    compared = 0
    for row in rows("boin_selected_levels.csv"):
        n, dlt = integers(row["n"]), integers(row["dlt"])
        design = BOIN(
            n_doses=len(n),
            target=float(row["target"]),
            elimination_cutoff=float(row["elimination_cutoff"]),
            extra_safe=row["extra_safe"] == "1",
            extra_safe_offset=float(row["extra_safe_offset"]),
            bound_mtd=row["bound_mtd"] == "1",
            p_tox=float(row["p_tox"]),
        )
        assert selected_dose(design, n, dlt) == int(row["selected"]), row
        compared += 1
    assert compared == 1000


def test_selection_over_many_states_is_that_of_each_state_alone() -> None:
    rng = np.random.default_rng(5)
    n = rng.integers(0, 13, (300, 5))
    dlt = rng.binomial(n, 0.3)
    design = BOIN()
    states = [state(1, a.tolist(), b.tolist()) for a, b in zip(n, dlt, strict=True)]
    assert design.select(stacked(states)).tolist() == [int(design.select(s)[0]) for s in states]


def test_worked_example_of_the_paper_selects_level_3() -> None:
    """Yan et al. 2020, J Stat Softw 94(13), p. 15."""
    assert selected_dose(BOIN(), n=[3, 3, 15, 9, 0], dlt=[0, 0, 4, 4, 0]) == 3


@pytest.mark.parametrize(
    ("n", "dlt", "expected", "why"),
    [
        ([3, 3, 3], [0, 0, 0], 3, "equal estimates below the target: the highest"),
        ([6, 6, 0], [1, 1, 0], 2, "equal estimates below the target: the highest"),
        ([9, 3, 3], [2, 2, 1], 1, "pooled estimates above the target: the lowest of what is left"),
        ([6, 6, 0], [3, 3, 0], 1, "equal estimates above the target: the lowest"),
        ([0, 6, 0], [0, 1, 0], 2, "untried levels are skipped"),
        ([0, 0, 0], [0, 0, 0], 0, "nobody treated"),
        ([3, 0, 0], [3, 0, 0], 0, "level 1 eliminated"),
        ([0, 3, 0], [0, 3, 0], 0, "everything tried is eliminated"),
        ([3, 3, 0], [1, 3, 0], 1, "eliminated levels are not pooled"),
    ],
)
def test_selection_of_small_data_sets(n: list[int], dlt: list[int], expected: int, why: str) -> None:
    assert selected_dose(BOIN(n_doses=3), n, dlt) == expected, why


def test_of_two_estimates_equally_far_from_the_target_the_lower_level_is_chosen() -> None:
    # (1 + .05) / (6 + .1) and (5 + .05) / (6 + .1) lie equally far from 1/2.
    design = BOIN(n_doses=2, target=0.5, p_saf=0.3, p_tox=0.7)
    assert selected_dose(design, n=[6, 6], dlt=[1, 5]) == 1


def test_distances_closer_than_the_tolerance_are_equal() -> None:
    # With the bump of 1e-10 a position the two estimates lie equally far from 1/2 + 1.5e-10.
    for beyond, selected in ((-1e-13, 1), (1e-13, 1), (2e-12, 2)):
        design = BOIN(n_doses=2, target=0.5 + 1.5e-10 + beyond, p_saf=0.3, p_tox=0.7)
        assert selected_dose(design, n=[6, 6], dlt=[1, 5]) == selected


def test_bounded_mtd_refuses_an_estimate_above_lambda_d() -> None:
    n, dlt = [6, 0, 0], [3, 0, 0]
    assert selected_dose(BOIN(n_doses=3), n, dlt) == 1
    assert selected_dose(BOIN(n_doses=3, bound_mtd=True), n, dlt) == 0


def test_extra_safety_refuses_level_1_at_the_lower_cutoff() -> None:
    # 3 DLTs of 6 at target .30: P(p > .30) is .87, between .95 - .10 and .95.
    n, dlt = [6, 0, 0], [3, 0, 0]
    assert selected_dose(BOIN(n_doses=3), n, dlt) == 1
    assert selected_dose(BOIN(n_doses=3, extra_safe=True, extra_safe_offset=0.1), n, dlt) == 0


def test_a_level_closed_in_the_trial_is_not_selected() -> None:
    design = BOIN(n_doses=3)
    assert int(design.select(state(2, [6, 6, 0], [0, 2, 0]))[0]) == 2
    assert int(design.select(state(2, [6, 6, 0], [0, 2, 0], closed_from=2))[0]) == 1
