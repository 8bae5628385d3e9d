"""Reading a real list: columns, units, and everything that is wrong with it is reported and nothing guessed."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import ProtocolError, ScenarioError
from simulator.fields import FIELDS, Kind
from simulator.patients.column_names import SYNONYMS, closest_name, normal_name
from simulator.patients.list_reader import read_patient_list
from simulator.patients.patient_list import PatientList
from simulator.patients.units import legal_range, unit_written


@pytest.fixture
def read(tmp_path: Path):
    def reader(content: str | bytes, mapping: str | None = None) -> PatientList:
        path = tmp_path / "list.csv"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        if mapping is None:
            return read_patient_list(path)
        said = tmp_path / "mapping.yaml"
        said.write_text(mapping)
        return read_patient_list(path, said)

    return reader


def faults(patients: PatientList) -> list[str]:
    return [str(fault) for fault in patients.faults]


def values(patients: PatientList, name: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in patients.columns[name]]


MOLAR_MASS_G_PER_MOL = {"bilirubin": 584.66, "creatinine": 113.12}


def test_every_synonym_leads_to_a_field_or_a_role():
    assert {name for name in SYNONYMS.values() if name not in FIELDS} == {"id", "referral"}
    assert not SYNONYMS.keys() & FIELDS.keys()


def test_a_column_name_is_the_synonym_of_one_field():
    alone = [word for one in FIELDS.values() for word in (*one.synonyms, *one.translations)]
    dated = [word for one in FIELDS.values() for word in (*one.dated_synonyms, *one.dated_translations)]
    assert len(set(alone)) == len(alone)
    assert len(set(dated)) == len(dated)
    assert not set(alone) & FIELDS.keys()
    assert all(normal_name(word) == word for word in (*SYNONYMS, *dated))


def test_what_lists_write_of_a_field_fits_its_range():
    for one in FIELDS.values():
        low, high = legal_range(one.name)
        assert set(one.category_words.values()) <= set(one.categories), one.name
        assert one.low is not None
        assert one.high is not None
        assert one.low <= low < high <= one.high, one.name
        assert not one.only_with or FIELDS[one.only_with].kind is Kind.FLAG, one.name
        assert (one.seen is None) == (one.ordinary is None), one.name
        if one.seen is not None and one.ordinary is not None:
            assert len(one.other_units) == 1
            assert low <= one.seen[0] < one.ordinary[0] < one.ordinary[1] < one.seen[1] <= high, one.name


def test_factors_of_units_are_those_of_the_molar_masses():
    for name, mass in MOLAR_MASS_G_PER_MOL.items():
        # rounded to the first decimal: H30
        assert round(10_000 / mass, 1) == FIELDS[f"{name}_umol_l"].other_units["mg/dL"]


@pytest.mark.parametrize(
    ("header", "cell", "name", "value"),
    [
        ("Bilirubin (mg/dL)", "1.2", "bilirubin_umol_l", 20.52),
        ("bilirubin_umol_l", "20.52", "bilirubin_umol_l", 20.52),
        ("Creatinine [µmol/L]", "90", "creatinine_umol_l", 90),
        ("creatinine_mg_dl", "2", "creatinine_umol_l", 176.8),
        ("LVEF", "61 %", "lvef_percent", 61),
        ("lvef (fraction)", "0.61", "lvef_percent", 61),
        ("QTcF (s)", "0.42", "qtcf_ms", 420),
        ("ALT (ukat/L)", "1.5", "alt_u_l", 90),
        ("platelets_g_l", "50", "platelets_10e9_l", 50),
        ("Platelets (/uL)", "50000", "platelets_10e9_l", 50),
        ("Life expectancy (years)", "0.5", "life_expectancy_months", 6),
        ("Gender", "F", "sex", 1),
        ("HIV", "Negative", "hiv", 0),
        ("cns kind", "Active leukaemia", "cns_kind", 2),
        ("first_cr_day", "-300", "first_cr_day", -300),
    ],
)
def test_column_is_read_in_its_unit(read, header, cell, name, value):
    patients = read(f"patient_id,{header}\nP1,{cell}\n")
    assert values(patients, name) == [value]
    assert faults(patients) == []


@pytest.mark.parametrize("written", ["g/L", "g/l", "G/L", " g/L "])
def test_a_field_in_grams_per_litre_can_be_read(read, monkeypatch, written):
    monkeypatch.setitem(
        FIELDS, "albumin_g_l", replace(FIELDS["platelets_10e9_l"], name="albumin_g_l", unit="g/L")
    )
    patients = read(f"id,albumin_g_l ({written}),Platelets (G/L)\nP1,35,50\n")
    assert values(patients, "albumin_g_l") == [35]
    assert values(patients, "platelets_10e9_l") == [50]
    assert faults(patients) == []


def test_the_written_case_tells_giga_per_litre_from_gram_per_litre(monkeypatch):
    both = replace(FIELDS["platelets_10e9_l"], other_units={"g/L": 2.0})
    monkeypatch.setitem(FIELDS, "platelets_10e9_l", both)
    assert unit_written("platelets_10e9_l", "g/L") == "g/L"
    assert unit_written("platelets_10e9_l", "G/L") == "10^9/L"
    assert unit_written("hiv", "g/L") is None


def test_laboratory_column_without_a_unit_is_not_used(read):
    patients = read("id,ecog,bilirubin\nP1,1,0.8\n")
    assert "bilirubin_umol_l" not in patients.columns
    assert faults(patients) == [
        "line 1, column 'bilirubin': could be bilirubin_umol_l, but its unit is not stated: umol/L or mmol/L "
        "or mg/dL; name it in brackets; not used"
    ]


@pytest.mark.parametrize(
    ("header", "cell", "said"),
    [
        ("bm_blasts_percent", "140", "impossible value '140': 140 %, possible 0 to 100"),
        ("lvef_percent", "6.2", "impossible value '6.2': 6.2 %, possible 10 to 90"),
        ("lvef (fraction)", "62", "impossible value '62': 6200 %, possible 10 to 90"),
        ("ecog", "1.5", "'1.5' is not a whole number"),
        ("ecog", "1-2", "'1-2' is no number but a range"),
        ("age", "<65", "'<65' is no number"),
        ("age", "65,5", "'65,5' is no number; a decimal comma is named in the mapping file"),
        ("age", "1e999", "impossible value '1e999': inf years, possible 0 to 120"),
        ("hiv", "-", "'-' is neither yes nor no"),
        ("sex", "x", "'x' is none of male, female"),
        ("creatinine (mg/dL)", "88 umol/L", "mixed units: '88 umol/L' in a column of mg/dL"),
        (
            "creatinine_umol_l",
            "0.9",
            "mixed units? '0.9' is hardly ever seen in umol/L and ordinary in mg/dL",
        ),
        (
            "bilirubin (mg/dL)",
            "15",
            "mixed units? '15' is hardly ever seen in mg/dL and ordinary in umol/L",
        ),
        ("first_cr_day", "40", "impossible value '40': 40 days from referral, possible -36525 to 0"),
    ],
)
def test_impossible_cell_is_reported_with_its_place_and_unknown_while_others_are_read(
    read, header, cell, said
):
    good = {"hiv": "no", "sex": "m", "ecog": "1", "age": "50", "first_cr_day": "-9"}.get(header, "35")
    if "fraction" in header:
        good = "0.35"
    if header.startswith(("bilirubin", "creatinine (")):
        good = "1"
    patients = read(f'id,{header}\nP1,"{cell}"\nP2,{good}\n')
    (column,) = patients.columns.values()
    assert np.isnan(column).tolist() == [True, False]
    (fault,) = patients.faults
    assert (fault.line, fault.column) == (2, header)
    assert said in fault.message
    assert "unknown" in fault.message or "mixed" in fault.message
    assert next(iter(patients.unreadable.values())).tolist() == [True, False]


def test_percent_column_of_fractions_is_refused_as_a_whole_and_reported_once(read):
    patients = read("id,ecog,blasts_x,bm_blasts\nP1,1,,0.4\nP2,1,,0.05\nP3,1,,\n")
    assert values(patients, "bm_blasts_percent") == [None, None, None]
    assert patients.unreadable["bm_blasts_percent"].tolist() == [True, True, False]
    assert sum("percent or fraction" in fault for fault in faults(patients)) == 1
    assert values(read("id,bm_blasts_percent\nP1,0.4\n"), "bm_blasts_percent") == [0.4]


def test_dates_count_from_the_referral(read):
    patients = read(
        "id,referral_date,first_cr_date,first_relapse_day,echo_date\n"
        "P1,2026-03-01,2025-03-01,2026-02-01,2026-02-20\n"
        "P2,,2025-03-01,2026-02-01,\n"
        "P3,2026-03-01,2026-03-02,01/02/2026,2026-02-30\n"
    )
    assert values(patients, "first_cr_day") == [-365, None, None]
    assert values(patients, "first_relapse_day") == [-28, None, None]
    assert values(patients, "lvef_age_days") == [9, None, None]
    assert [(fault.line, fault.column) for fault in patients.faults] == [
        (3, "first_cr_date"),
        (3, "first_relapse_day"),
        (4, "first_cr_date"),
        (4, "first_relapse_day"),
        (4, "echo_date"),
    ]


def test_dates_without_a_referral_column_are_unknown_and_reported_once(read):
    patients = read("id,first_cr_date\nP1,2025-03-01\nP2,2025-04-01\n")
    assert values(patients, "first_cr_day") == [None, None]
    assert len(patients.faults) == 1
    assert "no column of referral dates" in faults(patients)[0]


def test_days_since_an_origin_count_from_the_referral_column(read):
    mapping = "referral: seen\ncolumns:\n  cr: {field: first_cr_day, unit: days since origin}\n"
    patients = read("id,seen,cr\nP1,400,90\nP2,,90\n", mapping)
    assert values(patients, "first_cr_day") == [-310, None]
    assert [fault.line for fault in patients.faults] == [3]


def test_relapse_before_remission_makes_both_unknown(read):
    patients = read("id,first_cr_day,first_relapse_day\nP1,-100,-200\nP2,-200,-100\n")
    assert values(patients, "first_cr_day") == [None, -200]
    assert values(patients, "first_relapse_day") == [None, -100]
    assert "contradict each other" in faults(patients)[0]


def test_no_row_is_lost_whatever_its_form(read):
    patients = read(
        'id,ecog,hiv\nP1,1,no\nP2,1\nP3,1,no,extra\nP4,1,no,,\n,2,no\n\n,,\nP1,0,no\n"P8,1,no\nP9,2,yes\n'
    )
    assert patients.ids == ("P1", "P2", "P3", "P4", "line 6", "P1", '"P8', "P9")
    assert patients.lines == (2, 3, 4, 5, 6, 9, 10, 11)
    assert values(patients, "ecog") == [1, None, None, 1, 2, 0, 1, 2]
    assert [(fault.line, fault.message.split(";")[0]) for fault in patients.faults] == [
        (3, "has 2 cells, the header 3"),
        (4, "has 4 cells, the header 3"),
        (6, "has no identifier"),
        (8, "has no value at all"),
        (9, "duplicate id 'P1', first on line 2"),
        (10, "a quote is opened and not closed"),
    ]


def test_open_quote_before_a_very_long_rest_spoils_its_line_alone(read):
    patients = read('id,ecog,x\nP1,1,"' + "a" * 200_000 + "\nP2,2,z\n")
    assert patients.ids == ("P1", "P2")
    assert values(patients, "ecog") == [1, 2]
    assert [fault.line for fault in patients.faults] == [1, 2]
    patients = read('"id,ecog\nP1,1\n')
    assert [(fault.line, fault.message.split(";")[0]) for fault in patients.faults] == [
        (1, "a quote is opened and not closed")
    ]


def test_field_claimed_twice_is_used_by_neither_unless_the_mapping_says(read):
    text = "id,LVEF,lvef_percent\nP1,60,61\n"
    with pytest.raises(ProtocolError, match="claimed by 'LVEF' and 'lvef_percent'"):
        read(text)
    assert values(read(text, "columns: {LVEF: lvef_percent}\n"), "lvef_percent") == [60]


def test_mapping_with_codes_takes_no_other_cell(read):
    mapping = "decimal: ','\nmissing: ['-9']\ncolumns:\n  g: {field: sex, codes: {'1': male, '2': female}}\n"
    patients = read("id;g;age\nP1;1;50,5\nP2;m;-9\nP3;2;60\n", mapping)
    assert values(patients, "sex") == [0, None, 1]
    assert values(patients, "age_years") == [50.5, None, 60]
    assert [(fault.line, fault.column) for fault in patients.faults] == [(3, "g")]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("columns: {x: nothing}\n", "no patient field 'nothing'"),
        ("columns: {x: {field: ecog, unit: kg}}\n", "unit: ecog is in grade, got 'kg'"),
        ("columns: {x: bilirubin_umol_l}\n", "unit: required"),
        ("columns: {x: {field: sex, codes: {a: boy}}}\n", "must be one of male, female, unknown"),
        ("colums: {}\n", "unknown key; did you mean 'columns'?"),
        ("encoding: klingon\n", "no such encoding"),
        ("id: x\ncolumns: {x: ecog}\n", "has a use already"),
        ("[1]\n", "must be a mapping"),
    ],
)
def test_faulty_mapping_is_refused_with_its_place(read, mapping, said):
    with pytest.raises(ProtocolError, match=r"mapping.yaml:\d+:\d+: ") as error:
        read("id,x,ecog\nP1,1,1\n", mapping)
    assert said in str(error.value)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the file is empty"),
        (b"\n1,2\n", "first line is empty"),
        (b"id,ecog\n", "has no patient"),
        (b"a,b\n1,2\n", "no column is a patient field"),
        (b"PAR1xxxx", "cannot be read"),
    ],
)
def test_list_of_which_nothing_can_be_read_is_an_error(read, content, said):
    with pytest.raises(ProtocolError, match=said):
        read(content)


def test_names_of_columns_that_are_no_fields_are_shortened_and_counted(read):
    with pytest.raises(ProtocolError, match="no column is a patient field") as error:
        read(("b" * 900).encode() + b"".join(b",a%d" % k for k in range(300)) + b"\n1,2\n")
    lines = str(error.value).splitlines()
    assert len(lines) == 202
    assert lines[1] == f"column '{'b' * 40}...': matches no patient field"
    assert lines[-1] == "and 101 more faults"


def test_parquet_is_read_as_csv_is(tmp_path: Path):
    import datetime

    import pandas as pd

    path = tmp_path / "list.parquet"
    pd.DataFrame(
        {
            "id": ["P1", "P2"],
            "referral_date": [datetime.date(2026, 3, 1), None],
            "first_cr_date": pd.to_datetime(["2025-03-01", "2025-03-02"]),
            "hiv": [True, None],
            "age": [50.5, 140.0],
        }
    ).to_parquet(path)
    patients = read_patient_list(path)
    assert values(patients, "first_cr_day") == [-365, None]
    assert values(patients, "hiv") == [1, None]
    assert values(patients, "age_years") == [50.5, None]
    assert [fault.line for fault in patients.faults] == [2, 2]


def test_a_hint_names_a_field_of_the_same_thing_or_none() -> None:
    assert closest_name("cd117_at_diagnosis_percnt") == "; did you mean 'cd117_at_diagnosis_percent'?"
    assert closest_name("bm_blasts_at_diagnosis_percent") != "; did you mean 'cd117_at_diagnosis_percent'?"
    assert closest_name("nothing_of_the_kind") == ""


def test_mapping_file_that_is_too_large_is_called_a_mapping_file(read):
    with pytest.raises(ScenarioError, match=r"larger than 1000000 bytes, the most a mapping file may have$"):
        read("id,ecog\nP1,1\n", "#" * 1_000_001)


def test_identifier_as_long_as_a_text_is_cut(read):
    patients = read(f"patient_id;ecog\n{'x' * 100_000};1\nP2;2\n")
    assert [len(name) for name in patients.ids] == [201, 2]
    assert patients.columns["ecog"].tolist() == [1, 2]
    assert ["is an identifier of more than 200 letters; cut" in one.message for one in patients.faults] == [
        True
    ]
