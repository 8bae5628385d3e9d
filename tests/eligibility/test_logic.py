"""Kleene's truth tables, and what a column says where a value is missing."""

import numpy as np
import pytest

from simulator.eligibility.patient_columns import Chart
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN, and_, coded, not_, or_
from simulator.errors import ProtocolError

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


def test_nan_mask_and_missing_column_are_unknown() -> None:
    chart = Chart(
        {"ecog": np.array([1.0, np.nan, 3.0, 1.0]), "hiv": np.array([True, False, True, False])},
        {"ecog": np.array([True, True, True, False]), "hiv": np.array([False, True, True, True])},
    )
    assert chart.at_most("ecog", 2).tolist() == [PASS, UNKNOWN, FAIL, UNKNOWN]
    assert chart.above("ecog", 2).tolist() == [FAIL, UNKNOWN, PASS, UNKNOWN]
    assert chart.at_least("ecog", 2).tolist() == [FAIL, UNKNOWN, PASS, UNKNOWN]
    assert chart.flag("hiv").tolist() == [UNKNOWN, FAIL, PASS, FAIL]
    assert chart.flag("hbsag").tolist() == [UNKNOWN] * 4
    assert chart.is_known("ecog").tolist() == [True, False, True, False]
    assert np.isnan(chart.values("ecog")).tolist() == [False, True, False, True]


def test_a_flag_may_be_a_number_with_nan() -> None:
    chart = Chart({"hiv": np.array([1.0, 0.0, np.nan])})
    assert chart.flag("hiv").tolist() == [PASS, FAIL, UNKNOWN]


def test_a_multiple_of_an_unknown_limit_is_unknown() -> None:
    chart = Chart({"alt_u_l": np.array([30.0, 30.0, np.nan]), "alt_uln_u_l": np.array([10.0, np.nan, 10.0])})
    assert chart.within_multiple("alt_u_l", 3, "alt_uln_u_l").tolist() == [PASS, UNKNOWN, UNKNOWN]
    assert chart.within_multiple("ast_u_l", 3, "ast_uln_u_l").tolist() == [UNKNOWN] * 3


def test_categories_that_do_not_apply_are_none_of_those_named() -> None:
    chart = Chart({"cns_kind": np.array([-1, 0, 1], dtype=np.int8)})
    assert chart.one_of("cns_kind", "epilepsy", "active_leukaemia").tolist() == [FAIL, PASS, FAIL]


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"blood_group": np.zeros(2)}, "no patient field is called blood_group"),
        ({"ecog": np.zeros(2), "hiv": np.zeros(3)}, "of one length"),
        ({"ecog": np.zeros((2, 2))}, "one-dimensional"),
        ({}, "got none"),
    ],
)
def test_columns_that_cannot_be_read_are_refused(columns: dict[str, np.ndarray], message: str) -> None:
    with pytest.raises(ProtocolError, match=message):
        Chart(columns)


def test_asking_for_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no patient field is called blood_group"):
        Chart({"ecog": np.zeros(1)}).flag("blood_group")
