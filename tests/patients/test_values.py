"""What a cell says: dates, limits, words and numbers as hospitals write them, or a question that names the cell."""

from pathlib import Path

import numpy as np
import pytest

from simulator.analysis.screened_list import screen_list
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.errors import ProtocolError
from simulator.fields import FIELDS
from simulator.patients import cell_answers, list_reader
from simulator.patients.list_reader import read_patient_list
from simulator.patients.patient_list import PatientList
from simulator.patients.written_dates import days_written
from simulator.patients.written_words import yes_or_no


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: str, mapping: str | None = None) -> PatientList:
        path = tmp_path / "list.csv"
        path.write_text(content, encoding="utf-8")
        if mapping is None:
            return read_patient_list(path)
        said = tmp_path / "mapping.yaml"
        said.write_text(mapping, encoding="utf-8")
        return read_patient_list(path, said)

    return reader


def one(patients: PatientList, name: str) -> float | None:
    (value,) = patients.columns[name]
    return None if np.isnan(value) else float(value)


@pytest.mark.parametrize(
    "cell",
    [
        *(
            "2026-02-20",
            "2026-2-20",
            "2026/2/20",
            "2026/02/20",
            "20.02.2026",
            "20.2.2026",
            "20/02/2026",
            "20260220",
        ),
        *("2026年2月20日", "2026 年 2 月 20 日", "2026-02-20 14:30:00", "2026-02-20T23:59:59Z", "02/20/2026"),
        *(
            "2026-02-20T08:00:00.250+01:00",
            "20.02.2026 8:05",
            "20 Feb 2026",
            "20. Februar 2026",
            "20-FEB-2026",
        ),
        *("20 février 2026", "２０２６-０２-２０", " 2026-02-20 "),
    ],
)
def test_date_is_read_however_it_is_written(read, cell):
    patients = read(f"id;referral_date;echo_date\nP1;2026-03-02;{cell}\n")
    assert one(patients, "lvef_age_days") == 10
    assert patients.faults == ()


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (
            "45000",
            "'45000' is a number where a date belongs: is it 2023-03-15, the day of a spreadsheet?",
        ),
        (
            "01/03/2026",
            "'01/03/2026' is 2026-03-01 or 2026-01-03? say 'dates: day first' or 'dates: month first'",
        ),
        ("2026-02", "'2026-02' says the month alone: which day?"),
        ("2026年2月", "says the month alone"),
        ("30.02.2026", "'30.02.2026' is no day of the calendar"),
        ("2026-13", "is no month of the calendar"),
        ("20260230", "is no day of the calendar"),
        ("spring", "'spring' is no date that can be read; write year-month-day"),
        ("9" * 5000, "is no date that can be read"),
    ],
)
def test_date_that_is_none_or_several_is_asked_for(read, cell, said):
    patients = read(f"id;referral_date;echo_date\nP1;2026-03-02;{cell}\n")
    assert one(patients, "lvef_age_days") is None
    (fault,) = patients.faults
    assert (fault.line, fault.column) == (2, "echo_date")
    assert said in fault.message
    assert len(fault.message) < 200


@pytest.mark.parametrize(("dates", "days"), [("day first", 1), ("month first", 58)])
def test_mapping_says_what_comes_first_in_a_date(read, dates, days):
    text = "id;referral_date;echo_date\nP1;2026-03-02;01/03/2026\n"
    assert one(read(text, f"dates: {dates}\n"), "lvef_age_days") == days
    with pytest.raises(ProtocolError, match="must be one of 'day first', 'month first', got 'either'"):
        read(text, "dates: either\n")


def test_a_dotted_date_has_its_day_first_whatever_the_mapping_says():
    assert days_written("02.03.2026", False) == days_written("2026-03-02", None)


def test_referral_in_german_dates_is_one(read):
    patients = read("id;referral_date;echo_date\nP1;02.03.2026;20.02.2026\nP2;03.03.2026;01.03.2026\n")
    assert patients.columns["lvef_age_days"].tolist() == [10, 2]


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        *(
            (word, True)
            for word in ("Yes", "ja", "是", "有", "oui", "sí", "vrai", "pos.", "Positiv", "阳性", "阳性(+)")
        ),
        *(
            (word, True)
            for word in ("(+)", "1+", "+++", "3 +", "positif", "positiva", "nachweisbar", "detected")
        ),
        *(
            (word, False)
            for word in ("no", "nein", "否", "无", "non", "neg.", "NEGATIV", "阴性", "(-)", "négatif")
        ),
        *(
            (word, False)
            for word in ("negativo", "not detected", "nicht nachweisbar", "non-reactive", "阴性(-)")
        ),
        *((word, None) for word in ("-", "±", "pending", "阴性(+)", "5", "see note", "")),
    ],
)
def test_yes_and_no_in_five_languages(word, meant):
    assert yes_or_no(word.casefold()) is meant


@pytest.mark.parametrize(
    ("cell", "sex"),
    [
        *((cell, 0) for cell in ("m", "männlich", "男", "homme", "Hombre", "masculino", "H")),
        *((cell, 1) for cell in ("w", "weiblich", "女", "femme", "mujer", "F")),
    ],
)
def test_sex_in_five_languages(read, cell, sex):
    assert one(read(f"id,sex,ecog\nP1,{cell},1\n"), "sex") == sex


def test_m_beside_h_may_be_mujer_and_is_asked(read):
    patients = read("id,sex\nP1,H\nP2,M\n")
    assert np.isnan(patients.columns["sex"]).tolist() == [False, True]
    assert "male or mujer" in str(patients.faults[0])


@pytest.mark.parametrize(
    ("header", "cell", "name", "value"),
    [
        *(
            (("ecog", "1分", "ecog", 1)),
            ("age", "61岁", "age_years", 61),
            ("lvef", "97 %", "lvef_percent", None),
        ),
        ("spo2", "97%", "spo2_percent", 97),
        ("LVEF (%)", "６１", "lvef_percent", 61),
        ("LVEF", "61％", "lvef_percent", 61),
        ("cd117", "0.9%", "cd117_percent", 0.9),
        ("age", "50 Jahre", "age_years", 50),
        ("ALT", "1,234,567", "alt_u_l", None),
        ("ALT", "1,234.5", "alt_u_l", 1234.5),
        ("ALT", "1.2E+02", "alt_u_l", 120),
        ("hbv_dna", "<20 IU/mL", "hbv_dna", 0),
        ("hcv_rna", "<15", "hcv_rna", 0),
    ],
)
def test_cell_with_its_unit_or_in_other_digits_is_read(read, header, cell, name, value):
    assert one(read(f'id;{header};nyha\nP1;"{cell}";1\n'), name) == value


@pytest.mark.parametrize(
    "cell", ["1e99999999", "9" * 5000, "-1e999", "1e99999999999999999999", "0." + "9" * 5000]
)
def test_enormous_number_is_a_fault_of_its_cell(read, cell):
    patients = read(f"id,ALT,ecog,referral_date,echo_date\nP1,{cell},{cell},2026-03-02,{cell}\n")
    assert one(patients, "ecog") is None
    assert {fault.column for fault in patients.faults} >= {"ecog", "echo_date"}
    assert all(len(str(fault)) < 300 for fault in patients.faults)


@pytest.mark.parametrize(
    ("decimal", "cell", "value", "said"),
    [
        (".", "1,250", None, "'1,250' is 1250 or 1.25? write it without a separator of thousands"),
        (".", "12 ,", None, "'12 ,' ends in a mark: are digits missing behind it?"),
        (".", "12,5", None, "'12,5' is no number; a decimal comma is named in the mapping file"),
        (",", "12,5", 12.5, ""),
        (",", "12.5", 12.5, ""),
        (",", "1.250", None, "'1.250' is 1250 or 1.25?"),
        (",", "1.250,5", 1250.5, ""),
        (
            ",",
            "1,250",
            1.25,
            "'1,250' is read as 1.25, as the mapping declares the comma; 1250 would be likelier",
        ),
    ],
)
def test_mark_that_can_be_decimal_or_of_thousands(read, decimal, cell, value, said):
    patients = read(f'id;donor_tcell_fold\nP1;"{cell}"\nP2;20\n', f"decimal: '{decimal}'\n")
    found = patients.columns["donor_tcell_fold"][0]
    assert (None if np.isnan(found) else found) == value
    assert [said in str(fault) for fault in patients.faults] == ([True] if said else [])


def test_limit_has_the_two_ends_of_what_it_allows(read):
    patients = read("id;ALT;ecog;spo2;CD117\nP1;<5;<2;>95;≥90\nP2;>= 40;>1;≤ 91;neg.\n")
    ends = {(one.row, one.field): one.possible for one in patients.questions}
    assert ends[0, "alt_u_l"] == pytest.approx((1, 5), abs=1e-6)
    assert ends[0, "alt_u_l"][1] < 5
    assert ends[0, "ecog"] == (0, 1)
    assert ends[0, "spo2_percent"][0] > 95
    assert ends[0, "cd117_percent"] == (90, 100)
    assert ends[1, "alt_u_l"] == (40, 50000)
    assert ends[1, "ecog"] == (2, 5)
    assert ends[1, "spo2_percent"] == (50, 91)
    assert ends[1, "cd117_percent"] == pytest.approx((0, 20), abs=1e-6)
    assert all(one.is_limit for one in patients.questions)


def test_limit_outside_what_is_possible_is_a_fault(read):
    patients = read("id,spo2\nP1,>150\nP2,<10\n")
    assert [str(fault).split(": ")[1][:16] for fault in patients.faults] == ["impossible value"] * 2
    assert patients.questions == ()


def test_what_is_usual_lies_within_what_is_possible():
    for field in FIELDS.values():
        if field.usual is not None:
            low, high = field.plausible or (field.low, field.high)
            assert low <= field.usual[0] < field.usual[1] <= high, field.name


def test_rows_that_are_no_patients_are_named_and_not_counted(read):
    patients = read("id;age;ecog\nP1;12;1\nid;age;ecog\nP2;50;2\n;;\nTotal;25;\nSumme:;;3\n合计;2;\n")
    assert patients.ids == ("P1", "P2")
    assert patients.lines == (2, 4)
    assert [(fault.line, fault.message.split(";")[0]) for fault in patients.faults] == [
        (2, "age 12: younger than 18, in a trial of adults"),
        (3, "repeats the header"),
        (5, "has no value at all"),
        (6, "begins with 'Total', the word of a summary"),
        (7, "begins with 'Summe:', the word of a summary"),
        (8, "begins with '合计', the word of a summary"),
    ]


def test_sum_in_a_row_of_too_few_cells_is_one_too(read):
    patients = read("id;ecog;age\nP1;1;50\nTotal;25\n")
    assert patients.ids == ("P1",)
    assert not patients.unreadable["ecog"].any()


def test_prior_cr_is_said_to_include_cri_where_a_column_is_mapped_to_it(read):
    text = "id;CR ever;ecog\nP1;yes;1\n"
    assert any("prior_cr, which includes CRi?" in str(fault) for fault in read(text).faults)
    mapped = read(text, "columns: {CR ever: prior_cr}\n")
    assert one(mapped, "prior_cr") == 1
    assert [str(fault) for fault in mapped.faults] == [
        "line 1, column 'CR ever': prior_cr includes CRi: a remission with incomplete recovery must be a yes here too"
    ]


@pytest.mark.parametrize(("decimal", "cell"), [(".", "99"), (",", "99"), (".", "99.9"), (",", "99,9")])
def test_number_that_the_mapping_calls_missing_is_no_value(read, decimal, cell):
    patients = read(
        f'id;life_expectancy\nP1;"{cell}"\nP2;6\n', f"decimal: '{decimal}'\nmissing: ['{cell}']\n"
    )
    assert np.isnan(patients.columns["life_expectancy_months"]).tolist() == [True, False]
    assert patients.faults == ()


def test_more_unclear_cells_than_a_list_has_are_counted_and_unknown(read, monkeypatch):
    monkeypatch.setattr(cell_answers, "MOST_ODD", 3)
    monkeypatch.setattr(list_reader, "MOST_CELL_FAULTS", 4)
    words = "".join(f"P{k};x{k};yes\n" for k in range(6))
    patients = read(f"id;ALT;hiv\n{words}P6;30;no\n")
    assert np.isnan(patients.columns["alt_u_l"]).tolist() == [True] * 6 + [False]
    assert patients.unreadable["alt_u_l"].tolist() == [True] * 6 + [False]
    said = [str(fault) for fault in patients.faults if fault.column == "ALT"]
    assert [text.split(": ")[1][:8] for text in said if "line" in text] == [
        "'x0' is ",
        "'x1' is ",
        "'x2' is ",
        "not read",
    ]
    assert "2 more of its cells cannot be read" in said[0]


def test_list_of_more_questions_than_can_be_judged_is_refused(read, monkeypatch):
    monkeypatch.setattr(list_reader, "MOST_QUESTIONS", 3)
    assert len(read("id;ALT;AST\nP1;<5;<5\nP2;<5;5\n").questions) == 3
    with pytest.raises(ProtocolError, match="more than 3 of its cells are limits or can mean several"):
        read("id;ALT;AST\nP1;<5;<5\nP2;<5;<5\n")


# Ranges


@pytest.mark.parametrize(
    ("header", "cell", "ends"),
    [
        ("CD117", "55-60", (55, 60)),
        ("CD117", "55 – 60 %", (55, 60)),
        ("LVEF", "55% bis 60%", (55, 60)),
        ("LVEF", "55～60", (55, 60)),
        ("ecog", "1-2", (1, 2)),
        ("ecog", "1至2", (1, 2)),
        ("nyha", "II-III", (2, 3)),
        ("ALT", "1.5 to 1.9 ukat/L", None),
        ("CD117", "60-55", None),
        ("CD117", "55-", None),
        ("CD117", "2026-03-02", None),
    ],
)
def test_range_has_two_ends(read, header, cell, ends):
    other = 1 if header in ("ecog", "nyha") else 60
    patients = read(f"id;{header}\nP1;{cell}\nP2;{other}\n")
    found = [one.possible for one in patients.questions if one.row == 0]
    assert found == ([] if ends is None else [ends])
    assert np.isnan(next(iter(patients.columns.values()))[0])


def test_range_decides_where_both_ends_do(read):
    text = "id;referral_date;aml_confirmed;CD117;ecog\n"
    rows = "P1;2026-03-02;yes;55-60;1-2\nP2;2026-03-02;yes;15-25;2-3\nP3;2026-03-02;yes;5-10;3-4\n"
    done = screen_list(read(text + rows))
    assert {id_: done.verdicts.codes[:, k].tolist() for k, id_ in enumerate(done.verdicts.ids)}["I1"] == [
        PASS,
        UNKNOWN,
        FAIL,
    ]
    assert done.verdicts.codes[:, done.verdicts.ids.index("I8")].tolist() == [PASS, UNKNOWN, FAIL]
    assert [(fault.line, fault.column) for fault in done.patients.faults] == [(3, "CD117"), (3, "ecog")]
    assert "'15-25' is no number but a range" in str(done.patients.faults[0])


def test_range_that_may_be_in_another_unit_is_asked_for(read):
    text = "id;referral_date;aml_confirmed;CD117\nP1;2026-03-02;yes;0.4-0.6\nP2;2026-03-02;yes;70\n"
    done = screen_list(read(text))
    assert done.verdicts.codes[:, done.verdicts.ids.index("I1")].tolist() == [UNKNOWN, PASS]
    assert "'0.4-0.6' is a range in % or in fraction?" in str(done.patients.faults[0])


def test_limit_that_is_ordinary_in_the_other_unit_is_asked_for(read):
    patients = read("id;creatinine (mg/dL)\nP1;>90\nP2;>0.8\nP3;0.9\n")
    assert "'>90' is a limit in mg/dL or in umol/L?" in str(patients.faults[0])
    assert [one.row for one in patients.questions] == [1]


# Words that are no answer


@pytest.mark.parametrize(
    "cell", ["<20 IU/mL detected", "<20, nachweisbar", "<20 positiv", "<2000", "<10^6", "<1.0E+07"]
)
@pytest.mark.parametrize("name", ["hbv_dna", "hcv_rna"])
def test_limit_of_a_viral_load_that_does_not_say_that_nothing_was_found_is_asked_for(read, name, cell):
    patients = read(f'id;{name}\nP1;"{cell}"\nP2;no\n')
    assert one_of(patients, name) == [None, 0]
    assert "found, or below the limit of the assay?" in str(patients.faults[0])


@pytest.mark.parametrize("cell", ["<20", "< 20 IU/mL", "<1.0E+03", "＜500 拷贝/mL", "<=12 copies/ml"])
def test_limit_of_a_viral_load_that_an_assay_has_is_a_no(read, cell):
    patients = read(f'id;hbv_dna\nP1;"{cell}"\nP2;no\n')
    assert one_of(patients, "hbv_dna") == [0, 0]


@pytest.mark.parametrize(
    ("name", "cells", "values"),
    [
        ("hiv", ("1", "2", "1"), [None, None, None]),
        ("hiv", ("0", "1", "2"), [None, None, None]),
        ("hiv", ("1", "no", "2"), [None, 0, None]),
        ("hiv", ("0", "1", "9"), [0, 1, None]),
        ("hbv_dna", ("0", "1", "250"), [0, None, None]),
        ("hbv_dna", ("0", "1", "1"), [0, 1, 1]),
    ],
)
def test_digit_among_others_may_be_yes_or_no_and_is_asked_for(read, name, cells, values):
    patients = read(f"id;{name}\n" + "".join(f"P{k};{cell}\n" for k, cell in enumerate(cells)))
    assert one_of(patients, name) == values
    assert len(patients.faults) == values.count(None)


def one_of(patients: PatientList, name: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in patients.columns[name]]


@pytest.mark.parametrize(
    ("cell", "verdict"),
    [("", FAIL), ("NA", FAIL), ("no", FAIL), ("unknown", UNKNOWN), ("?", UNKNOWN), ("-", UNKNOWN)],
)
@pytest.mark.parametrize("mapping", ["missing: ['-']\n", None])
def test_word_for_unknown_is_no_empty_consent(read, cell, verdict, mapping):
    done = screen_list(read(f"id;consent_signed;ecog\nP1;{cell};1\n", mapping))
    assert done.verdicts.codes[0, done.verdicts.ids.index("I10")] == verdict
    assert len(done.patients.faults) == (verdict == UNKNOWN)


@pytest.mark.parametrize(
    ("cell", "verdict"), [("", PASS), ("unknown", UNKNOWN), ("not done", UNKNOWN), ("no", PASS)]
)
def test_word_for_unknown_is_no_missing_objection(read, cell, verdict):
    done = screen_list(read(f"id;investigator_flag;ecog\nP1;{cell};1\n"))
    assert done.verdicts.codes[0, done.verdicts.ids.index("E9")] == verdict
