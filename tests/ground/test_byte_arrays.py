"""Choices between flags and numbers of one byte."""

import numpy as np
import pytest

from simulator.byte_arrays import choose

MASK = np.array([True, False, True, False])
CODES = np.array([0, 1, 2, -1], dtype=np.int8)
FLAGS = np.array([True, True, False, False])


@pytest.mark.parametrize(
    ("these", "others"),
    [
        (CODES, CODES[::-1]),
        (CODES, np.int8(1)),
        (CODES, np.array([2], dtype=np.int8)),
        (np.int8(-1), CODES),
        (2, CODES),
        (np.int8(3), np.int8(-4)),
        (FLAGS, ~FLAGS[::-1]),
        (FLAGS, False),
        (True, FLAGS),
    ],
)
def test_a_choice_is_that_of_where(these: object, others: object) -> None:
    chosen = choose(MASK, these, others)
    assert chosen.tolist() == np.where(MASK, these, others).tolist()
    flags = isinstance(these, bool) or np.asarray(these).dtype == np.bool_
    assert chosen.dtype == (np.bool_ if flags else np.int8)


def test_nobody_is_chosen_for() -> None:
    assert len(choose(MASK[:0], CODES[:0], np.int8(1))) == 0
