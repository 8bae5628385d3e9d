"""The definitions that every number rests on."""

import numpy as np
import pytest

from simulator import measures


@pytest.mark.parametrize(
    ("p_dlt", "correct"),
    [
        ([0.05, 0.10, 0.20, 0.30, 0.45], 4),
        ([0.20, 0.40], 1),  # equally far: the lower
        ([0.25, 0.35], 1),  # equally far, though not in binary
        ([0.05, 0.10], 2),  # all below: the top
        ([0.35, 0.50], 1),  # exactly target + 0.05 is not too toxic
        ([0.3500001, 0.50], 0),
        ([0.50, 0.60], 0),
        ([0.30, 0.30, 0.30], 3),  # of equal risks at the target the highest
        ([0.02, 0.02, 0.02, 0.02], 4),
        ([0.02, 0.021, 0.022, 0.023], 4),
        ([0.05, 0.22, 0.22, 0.22], 4),  # a plateau
        ([0.10, 0.20, 0.40, 0.60], 2),
        ([0.05, 0.15, 0.45, 0.60], 2),  # equally far, though not in binary
        ([0.10, 0.20, 0.20, 0.40, 0.40], 3),  # equally far: of the equal risks below the highest
        ([0.34, 0.34, 0.60], 1),  # of equal risks above the target the lowest
        ([0.35, 0.45, 0.55, 0.60], 1),
        ([0.50, 0.30, 0.10, 0.10], 2),  # falling: judged on every level
        ([0.40, 0.20], 2),  # falling, equally far: the risk below the target
        ([0.60, 0.50, 0.40], 0),
        ([0.05, 0.45], 2),  # a steep ladder: correct, and an overdose
    ],
)
def test_correct_dose_is_the_closest_and_none_where_all_are_above_the_margin(
    p_dlt: list[float], correct: int
) -> None:
    assert measures.correct_dose(p_dlt, 0.30) == correct


def test_correct_dose_takes_many_truths() -> None:
    truths = [[0.30, 0.45, 0.58, 0.70], [0.15, 0.30, 0.45, 0.60], [0.50, 0.60, 0.70, 0.80]]
    assert measures.correct_dose(truths, 0.30).tolist() == [1, 2, 0]


def test_overdose_is_above_the_margin_and_none_is_never_one() -> None:
    p_dlt = [0.10, 0.30, 0.1 + 0.25, 0.36]
    assert measures.overly_toxic(p_dlt, 0.30).tolist() == [False, False, False, True]
    assert measures.is_overdose([0, 1, 2, 3, 4, 4], p_dlt, 0.30).tolist() == [False] * 4 + [True] * 2


def test_a_share_of_exactly_sixty_percent_is_not_more_than_sixty() -> None:
    n = [[4, 6], [4, 7], [12, 18], [0, 3], [0, 0]]
    above = measures.mostly_above_target(n, [0.2, 0.31], 0.30, 60)
    assert above.tolist() == [False, True, False, True, False]
    of_planned = measures.mostly_above_target(n, [0.2, 0.31], 0.30, 60, of_patients=30)
    assert of_planned.tolist() == [False, False, False, False, False]
    assert not measures.mostly_above_target([[0, 9]], [0.2, 0.1 + 0.2], 0.30, 60)[0]


def test_poor_allocation_is_less_than_an_equal_share() -> None:
    n = [[10, 10, 10], [11, 9, 10], [3, 0, 0], [0, 0, 0]]
    assert measures.is_poorly_allocated(n, 2).tolist() == [False, True, True, False]


def test_what_is_at_the_selected_level() -> None:
    n, selection = [[3, 6], [3, 2], [3, 0]], [2, 2, 0]
    assert measures.at_selected(n, selection).tolist() == [6, 2, 0]
    assert measures.selected_on_fewer_than(3, n, selection).tolist() == [False, True, False]
    assert measures.selected_on_fewer_than(7, n, np.array(selection)).tolist() == [True, True, False]
