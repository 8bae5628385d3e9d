"""Kleene's truth tables over columns."""

import numpy as np
import pytest

from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN, and_, coded, not_, or_

VALUES = (FAIL, UNKNOWN, PASS)
AND = {
    **{(FAIL, FAIL): FAIL, (FAIL, UNKNOWN): FAIL, (FAIL, PASS): FAIL},
    **{(UNKNOWN, FAIL): FAIL, (UNKNOWN, UNKNOWN): UNKNOWN, (UNKNOWN, PASS): UNKNOWN},
    **{(PASS, FAIL): FAIL, (PASS, UNKNOWN): UNKNOWN, (PASS, PASS): PASS},
}
OR = {
    **{(FAIL, FAIL): FAIL, (FAIL, UNKNOWN): UNKNOWN, (FAIL, PASS): PASS},
    **{(UNKNOWN, FAIL): UNKNOWN, (UNKNOWN, UNKNOWN): UNKNOWN, (UNKNOWN, PASS): PASS},
    **{(PASS, FAIL): PASS, (PASS, UNKNOWN): PASS, (PASS, PASS): PASS},
}


def code(value: int) -> np.ndarray:
    return np.array([value], dtype=np.int8)


@pytest.mark.parametrize("left", VALUES)
@pytest.mark.parametrize("right", VALUES)
def test_and_or_follow_kleene(left: int, right: int) -> None:
    assert and_(code(left), code(right)).tolist() == [AND[left, right]]
    assert or_(code(left), code(right)).tolist() == [OR[left, right]]


@pytest.mark.parametrize(("value", "mirrored"), [(FAIL, PASS), (UNKNOWN, UNKNOWN), (PASS, FAIL)])
def test_not_follows_kleene(value: int, mirrored: int) -> None:
    assert not_(code(value)).tolist() == [mirrored]


def test_and_or_take_any_number() -> None:
    assert and_(code(PASS)).tolist() == [PASS]
    assert and_(code(PASS), code(PASS), code(UNKNOWN), code(FAIL)).tolist() == [FAIL]
    assert or_(code(FAIL), code(FAIL), code(UNKNOWN), code(PASS)).tolist() == [PASS]


def test_the_logic_leaves_its_inputs_alone() -> None:
    left, right = code(PASS), code(UNKNOWN)
    and_(left, right), or_(left, right), not_(left)
    assert (left.tolist(), right.tolist()) == ([PASS], [UNKNOWN])


def test_missing_is_unknown_whatever_holds() -> None:
    holds, missing = np.array([True, True, False, False]), np.array([True, False, True, False])
    assert coded(holds, missing).tolist() == [UNKNOWN, PASS, UNKNOWN, FAIL]
    assert holds.tolist() == [True, True, False, False]
