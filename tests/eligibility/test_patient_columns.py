"""What a column says where a value is missing, and limits that are a multiple of another field."""

import numpy as np
import pytest

from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.errors import ProtocolError


def test_value_written_as_exactly_the_multiple_of_the_limit_passes_and_the_next_digit_fails():
    hundredths = np.arange(100, 10_000)
    limits = hundredths / 100
    for multiple, thousandths in ((1.5, hundredths * 15), (3.0, hundredths * 30)):
        for more, code in ((0, PASS), (1, FAIL)):
            values = (thousandths + more) / 1000
            patients = PatientColumns({"bilirubin_umol_l": values, "bilirubin_uln_umol_l": limits})
            codes = patients.within_multiple("bilirubin_umol_l", multiple, "bilirubin_uln_umol_l")
            assert (codes == code).all()


def test_nan_mask_and_missing_column_are_unknown() -> None:
    patients = PatientColumns(
        {"ecog": np.array([1.0, np.nan, 3.0, 1.0]), "hiv": np.array([True, False, True, False])},
        {"ecog": np.array([True, True, True, False]), "hiv": np.array([False, True, True, True])},
    )
    assert patients.at_most("ecog", 2).tolist() == [PASS, UNKNOWN, FAIL, UNKNOWN]
    assert patients.above("ecog", 2).tolist() == [FAIL, UNKNOWN, PASS, UNKNOWN]
    assert patients.at_least("ecog", 2).tolist() == [FAIL, UNKNOWN, PASS, UNKNOWN]
    assert patients.flag("hiv").tolist() == [UNKNOWN, FAIL, PASS, FAIL]
    assert patients.flag("hbsag").tolist() == [UNKNOWN] * 4
    assert patients.is_known("ecog").tolist() == [True, False, True, False]
    assert np.isnan(patients.values("ecog")).tolist() == [False, True, False, True]


def test_a_flag_may_be_a_number_with_nan() -> None:
    patients = PatientColumns({"hiv": np.array([1.0, 0.0, np.nan])})
    assert patients.flag("hiv").tolist() == [PASS, FAIL, UNKNOWN]


def test_a_multiple_of_an_unknown_limit_is_unknown() -> None:
    patients = PatientColumns(
        {"alt_u_l": np.array([30.0, 30.0, np.nan]), "alt_uln_u_l": np.array([10.0, np.nan, 10.0])}
    )
    assert patients.within_multiple("alt_u_l", 3, "alt_uln_u_l").tolist() == [PASS, UNKNOWN, UNKNOWN]
    assert patients.within_multiple("ast_u_l", 3, "ast_uln_u_l").tolist() == [UNKNOWN] * 3


def test_categories_that_do_not_apply_are_none_of_those_named() -> None:
    patients = PatientColumns({"cns_kind": np.array([-1, 0, 1], dtype=np.int8)})
    assert patients.one_of("cns_kind", "epilepsy", "active_leukaemia").tolist() == [FAIL, PASS, FAIL]


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
        PatientColumns(columns)


def test_asking_for_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ProtocolError, match="no patient field is called blood_group"):
        PatientColumns({"ecog": np.zeros(1)}).flag("blood_group")
