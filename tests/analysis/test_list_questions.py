"""Cells that can mean several values: a criterion that all of them decide alike is decided, the others are asked."""

from pathlib import Path

import numpy as np
import pytest

from simulator.analysis.screened_list import CODE_WORDS, ScreenedList, screen_list
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import screen
from simulator.eligibility.several_values import SeveralValues
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.patients.list_reader import read_patient_list
from tests.analysis.test_screened_list import WELL_ROW, listed
from tests.eligibility.patients import columns as well


def screened(tmp_path: Path, text: str, mapping: str = "") -> ScreenedList:
    path = tmp_path / "list.csv"
    path.write_text(text, encoding="utf-8")
    (tmp_path / "mapping.yaml").write_text(mapping, encoding="utf-8")
    return screen_list(read_patient_list(path, tmp_path / "mapping.yaml" if mapping else None))


def code(done: ScreenedList, row: int, criterion: str) -> str:
    return CODE_WORDS[int(done.verdicts.codes[row, done.verdicts.ids.index(criterion)])]


def asked(done: ScreenedList) -> dict[tuple[int, str], str]:
    return {
        (fault.line, fault.column): fault.message
        for fault in done.patients.faults
        if not fault.is_note and fault.column != "id"
    }


def column(tmp_path: Path, name: str, *cells: str, **others: str) -> ScreenedList:
    """Screen well patients who differ in one column."""
    return screen_list(
        read_patient_list(listed(tmp_path / "l.csv", *({**others, name: cell} for cell in cells)))
    )


def test_units_that_slip_inside_a_column_are_asked_and_the_others_are_judged(tmp_path: Path):
    done = screened(
        tmp_path,
        "patient_id,referral_date,aml_confirmed,CD117,marrow_blasts,flow_blasts_percent,ALT,ALT ULN\n"
        "A,2026-03-02,yes,85,35,30,32,50\nB,2026-03-02,yes,0.9,35,30,32,50\nC,2026-03-02,yes,72,0.35,0.4,1.200,50\n",
    )
    assert [code(done, row, "I1") for row in range(3)] == ["pass", "unknown", "pass"]
    assert [code(done, row, "I3") for row in range(3)] == ["pass", "pass", "unknown"]
    said = asked(done)
    assert set(said) == {(3, "CD117"), (4, "marrow_blasts"), (4, "flow_blasts_percent"), (4, "ALT")}
    assert said[3, "CD117"].startswith("'0.9' among values 72-85: percent or fraction? 0.9 % or 90 %")
    assert said[4, "ALT"].startswith("'1.200' is 1.2 or 1200?")
    assert np.isnan(done.patients.columns["cd117_percent"]).tolist() == [False, True, False]


def test_percentages_and_fractions_of_one_column_under_a_heading_in_percent(tmp_path: Path):
    changes = (
        {},
        {"cd117_percent": "0.9"},
        {"cd117_percent": "65"},
        {"bm_blasts_percent": "0.4"},
        {"bm_blasts_percent": ""},
    )
    path = tmp_path / "l.csv"
    listed(path, *changes)
    lines = path.read_text().splitlines()
    flow = ["flow_blasts_percent", "33", "33", "33", "0.35", "0.6"]
    path.write_text("\n".join(f"{line},{cell}" for line, cell in zip(lines, flow, strict=True)) + "\n")
    done = screen_list(read_patient_list(path))
    assert done.verdict_of() == ["eligible", "incomplete", "eligible", "incomplete", "incomplete"]
    assert code(done, 1, "I1") == code(done, 3, "I3") == code(done, 4, "I3") == "unknown"
    assert len(asked(done)) == 4


def test_percent_sign_in_the_cell_settles_it_and_one_in_the_heading_does_not(tmp_path: Path):
    done = column(tmp_path, "cd117_percent", "80", "0.9%", "0.9 %", "0.9", "<1", "<0.5 %")
    assert [code(done, row, "I1") for row in range(6)] == ["pass", "fail", "fail", "unknown", "fail", "fail"]
    assert set(asked(done)) == {(5, "cd117_percent")}


def test_value_is_kept_where_every_reading_gives_the_same_verdict(tmp_path: Path):
    done = column(tmp_path, "cd117_percent", "80", "0.15", "65")
    assert code(done, 1, "I1") == "fail"  # 0.15 % or 15 %
    assert done.patients.columns["cd117_percent"].tolist() == [80, 0.15, 65]
    assert asked(done) == {}
    done = column(tmp_path, "bilirubin_umol_l", "12", "0.7", "15")
    assert code(done, 1, "I4") == "pass"  # 0.7 umol/L or 12 umol/L
    assert done.patients.columns["bilirubin_umol_l"].tolist() == [12, 0.7, 15]


def test_low_percentages_among_low_ones_are_percentages(tmp_path: Path):
    done = column(tmp_path, "cd117_percent", "0.9", "1.5", "2", "3", "0.6", "2.5")
    assert asked(done) == {}
    assert [code(done, row, "I1") for row in range(6)] == ["fail"] * 6


def test_a_bare_one_is_one_percent_unless_fractions_occur(tmp_path: Path):
    assert asked(column(tmp_path, "cd117_percent", "1", "80", "65", "70")) == {}
    assert set(asked(column(tmp_path, "cd117_percent", "1", "80", "0.65", "70"))) == {
        (2, "cd117_percent"),
        (4, "cd117_percent"),
    }


def test_one_bilirubin_of_twenty_in_the_other_unit_is_asked(tmp_path: Path):
    cells = [f"{0.5 + 0.05 * k:.2f}" for k in range(19)]
    row = {**WELL_ROW, "bilirubin_uln_umol_l": "21"}
    path = tmp_path / "l.csv"
    header = ",".join(row).replace("bilirubin_umol_l", "Bilirubin (mg/dL)")
    lines = [",".join({**row, "bilirubin_umol_l": cell}.values()) for cell in [*cells, "8"]]
    path.write_text("\n".join([header, *lines]) + "\n")
    done = screen_list(read_patient_list(path))
    assert [code(done, k, "I4") for k in range(20)] == ["pass"] * 19 + ["unknown"]
    assert "mg/dL or umol/L? 136.8 umol/L or 8 umol/L" in asked(done)[21, "Bilirubin (mg/dL)"]


def test_transaminases_in_microkatal_are_asked_where_both_may_be(tmp_path: Path):
    path = listed(
        tmp_path / "l.csv",
        *({"alt_u_l": "32", "ast_u_l": "28"} for _ in range(5)),
        {"alt_u_l": "6.0", "ast_u_l": "5.0"},
        {"alt_u_l": "5.2", "ast_u_l": "30"},
    )
    done = screen_list(read_patient_list(path))
    assert [code(done, row, "I4") for row in (0, 5, 6)] == ["pass", "unknown", "pass"]
    assert set(asked(done)) == {(7, "alt_u_l"), (7, "ast_u_l")}


def test_limit_that_decides_a_criterion_decides_it(tmp_path: Path):
    done = column(tmp_path, "spo2_percent", ">95", "≥92", ">90", "<92", "<95", "<=92")
    codes = [code(done, row, "I6") for row in range(6)]
    assert codes == ["pass", "pass", "unknown", "fail", "unknown", "unknown"]
    assert set(asked(done)) == {(line, "spo2_percent") for line in (4, 6, 7)}
    (failed,) = (one for one in done.reasons() if one.criterion == "I6" and one.result == "fail")
    assert failed.words.startswith("spo2_percent <92;")
    missing = [one.missing for one in done.reasons() if one.criterion == "I6" and one.result == "unknown"]
    assert missing == ["spo2_percent"] * 3


def test_limit_decides_the_boundary_of_a_multiple_of_uln_exactly(tmp_path: Path):
    done = column(tmp_path, "alt_u_l", ">150", ">=150", "<=150", "<150", alt_uln_u_l="50")
    assert [code(done, row, "I4") for row in range(4)] == ["fail", "unknown", "pass", "pass"]


def test_limit_decides_one_criterion_and_not_another(tmp_path: Path):
    # pb_blasts decides I2; more than 3 % of marrow blasts may or may not be more than 5 %
    done = column(tmp_path, "bm_blasts_percent", ">3", ">5", "<5")
    assert [code(done, row, "I2") for row in range(3)] == ["pass"] * 3
    assert [code(done, row, "I3") for row in range(3)] == ["unknown", "pass", "unknown"]


def test_negative_cd117_fails_at_the_cut_off_of_laboratories_and_not_at_a_lower_one(tmp_path: Path):
    path = listed(tmp_path / "l.csv", {"cd117_percent": "neg."}, {"cd117_percent": "阴性"}, {})
    patients = read_patient_list(path)
    assert [code(screen_list(patients), row, "I1") for row in range(3)] == ["fail", "fail", "pass"]
    lower = screen_list(patients, EligibilityReadings(cd117_percent=10))
    assert [code(lower, row, "I1") for row in range(3)] == ["unknown", "unknown", "pass"]


def test_ambiguous_date_is_asked_only_where_it_matters(tmp_path: Path):
    text = (
        "id,screening_date,LVEF,lvef_modality,echo_date\n"
        "P1,2026-03-10,61,echo,01/03/2026\nP2,2026-03-10,61,echo,02/03/2026\nP3,2026-12-10,61,echo,02/03/2026\n"
        "P4,2026-03-10,61,echo,2026-03\nP5,2026-03-31,61,echo,2026-03\n"
    )
    done = screened(tmp_path, text)
    codes = [code(done, row, "I5") for row in range(5)]
    assert codes == ["unknown", "unknown", "unknown", "unknown", "unknown"]
    assert {line for line, _ in asked(done)} == {2, 3, 5, 6}  # in December both days are too long ago
    done = screened(tmp_path, text, "dates: day first\n")
    assert [code(done, row, "I5") for row in range(3)] == ["pass", "pass", "unknown"]


def test_unreadable_entry_is_not_replaced_by_what_decides_in_its_absence(tmp_path: Path):
    row = {**WELL_ROW, "cd117_ihc_percent": "80", "hbv_dna": ""}
    path = tmp_path / "l.csv"
    rows = ({**row, "cd117_percent": cell, "hbv_dna": dna} for cell, dna in (("", ""), ("+++", "see note")))
    path.write_text("\n".join([",".join(row), *(",".join(one.values()) for one in rows)]) + "\n")
    done = screen_list(read_patient_list(path))
    assert [code(done, k, "I1") for k in range(2)] == ["pass", "unknown"]
    assert [code(done, k, "E4") for k in range(2)] == ["pass", "unknown"]


def test_question_of_an_empty_box_of_consent_is_settled_by_its_values(tmp_path: Path):
    text = (
        "id,screening_date,consent_signed,consent_date,first_procedure_date\n"
        "P1,2026-03-10,yes,02/03/2026,2026-03-05\nP2,2026-03-10,yes,01/02/2026,2026-03-05\n"
    )
    done = screened(tmp_path, text)
    assert [code(done, row, "I10") for row in range(2)] == ["pass", "pass"]
    late = screened(tmp_path, text.replace("2026-03-05", "2026-02-15"))
    assert [code(late, row, "I10") for row in range(2)] == ["unknown", "pass"]


@pytest.mark.parametrize(("marrow", "flow"), [((0.4, 40.0), (0.3, 30.0)), ((0.4, 4.0), (0.3, 0.9))])
def test_several_values_are_judged_together_by_brute_force(marrow, flow):
    patient = {name: np.repeat(values, 2) for name, values in well().items()}
    several = [SeveralValues("bm_blasts_percent", 1, marrow), SeveralValues("flow_blasts_percent", 1, flow)]
    done = screen(patient, EligibilityReadings(), several=several)
    k = done.ids.index("I3")
    found = {PASS if m > 5 or f > 1 else FAIL for m in marrow for f in flow}
    assert done.codes[0, k] == PASS
    assert done.codes[1, k] == (found.pop() if len(found) == 1 else UNKNOWN)
    assert ("bm_blasts_percent" in done.unsettled["I3"]) == (marrow[1] > 5)


def test_too_many_combinations_are_unknown():
    names = ("bilirubin_umol_l", "alt_u_l", "ast_u_l", "creatinine_umol_l", "alt_uln_u_l")
    several = [SeveralValues(name, 0, tuple(float(k) for k in range(10, 20))) for name in names]
    done = screen(well(), EligibilityReadings(), several=several)
    assert done.codes[0, done.ids.index("I4")] == UNKNOWN
    assert set(done.unsettled["I4"]) == set(names)
