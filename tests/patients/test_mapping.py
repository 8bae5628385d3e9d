"""Columns to fields: headings in five languages, mapping files that make columns of others, long tables, guesses."""

import re
from pathlib import Path

import numpy as np
import pytest

from simulator.errors import ProtocolError
from simulator.fields import FIELDS
from simulator.patients.column_mapping import use_of
from simulator.patients.list_reader import read_patient_list
from simulator.patients.mapping_file import ListMapping, read_mapping
from simulator.patients.mapping_guesses import guess_mapping
from simulator.patients.patient_list import PatientList
from tests.support.in_process import run
from tests.support.places import DOCS


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


def values(patients: PatientList, name: str) -> list[float | None]:
    return [None if np.isnan(value) else float(value) for value in patients.columns[name]]


def faults(patients: PatientList) -> list[str]:
    return [str(fault) for fault in patients.faults if not fault.is_note]


GERMAN = {
    "Patienten-ID": "id",
    "Datum Überweisung": "referral",
    "Alter": "age_years",
    "Geschlecht": "sex",
    "ECOG": "ecog",
    "LVEF (%)": "lvef_percent",
    "Echo-Datum": "lvef_age_days",
    "Kreatinin (mg/dL)": "creatinine_umol_l",
    "Blasten KM %": "bm_blasts_percent",
    "CD117 %": "cd117_percent",
    "Infarktdatum": "infarct_days_ago",
    "Thrombozyten (G/L)": "platelets_10e9_l",
}
CHINESE = {
    "住院号": "id",
    "转诊日期": "referral",
    "年龄": "age_years",
    "性别": "sex",
    "ECOG评分": "ecog",
    "左室射血分数(%)": "lvef_percent",
    "总胆红素(μmol/L)": "bilirubin_umol_l",
    "肌酐（umol/L）": "creatinine_umol_l",
    "ALT(U/L)": "alt_u_l",
    "血氧饱和度(%)": "spo2_percent",
    "CD117阳性率(%)": "cd117_percent",
    "骨髓原始细胞(%)": "bm_blasts_percent",
    "HIV抗体": "hiv",
    "乙肝表面抗原": "hbsag",
}
OTHERS = {
    "Sexe": "sex",
    "Créatinine (µmol/L)": "creatinine_umol_l",
    "Date de la première rechute": "first_relapse_day",
    "Edad": "age_years",
    "Fecha de derivación": "referral",
    "Fecha de la primera recaída": "first_relapse_day",
}


@pytest.mark.parametrize(("header", "field"), [*GERMAN.items(), *CHINESE.items(), *OTHERS.items()])
def test_heading_in_another_language_is_found(header, field):
    use = use_of(header, ListMapping())
    assert use is not None
    assert use.field == field


@pytest.mark.parametrize(
    "header", ["CD117初诊(%)", "QTc(ms)", "Alter bei Erstdiagnose", "Größe", "Kreatinin"]
)
def test_heading_that_says_something_else_or_too_little_is_not_taken(header):
    assert use_of(header, ListMapping()) is None


def test_laboratory_value_without_its_unit_is_asked_for(read):
    patients = read("Patienten-ID,ECOG,Kreatinin\nP1,1,0.9\n")
    assert faults(patients) == [
        "line 1, column 'Kreatinin': could be creatinine_umol_l, but its unit is not stated: umol/L or mmol/L or "
        "mg/dL; name it in brackets; not used"
    ]


def test_two_columns_become_one_field(read):
    text = "id,Epilepsy,Other CNS,ecog\n" + "".join(
        f"P{k},{pair},1\n"
        for k, pair in enumerate(["no,no", "yes,no", "no,yes", "no,", ",yes", "no,perhaps"])
    )
    mapping = "columns: {Epilepsy: cns_history, Other CNS: cns_history}\n"
    with_rule = read(text, mapping + "combine: {cns_history: any}\n")
    assert values(with_rule, "cns_history") == [0, 1, 1, None, 1, None]
    assert with_rule.unreadable["cns_history"].tolist() == [False] * 5 + [True]
    assert faults(with_rule) == [
        "line 7, column 'Epilepsy + Other CNS': 'perhaps' is neither yes nor no; taken as unknown"
    ]
    assert "cns_history" not in read(text, mapping).columns


def test_one_column_says_of_two_fields_what_each_needs(read):
    mapping = (
        "columns:\n  Epilepsy: [cns_history, {field: cns_kind, codes: {'yes': epilepsy, 'no': unknown}}]\n"
    )
    patients = read("id,Epilepsy\nP1,yes\nP2,no\n", mapping)
    assert values(patients, "cns_history") == [1, 0]
    assert values(patients, "cns_kind") == [0, None]


def test_date_of_an_infarction_says_whether_and_how_long_ago(read):
    text = "id,referral_date,MI\nP1,2026-03-02,2026-01-01\nP2,2026-03-02,no\nP3,2026-03-02,\nP4,2026-03-02,perhaps\n"
    uses = "{field: infarct_days_ago, unit: date}]\n"
    patients = read(text, "columns:\n  MI: [{field: infarct, given: yes}, " + uses)
    assert values(patients, "infarct") == [1, 0, None, None]
    assert values(patients, "infarct_days_ago") == [60, None, None, None]
    assert {fault.split(":")[0] for fault in faults(patients)} == {
        "line 5, column 'MI (infarct)'",
        "line 5, column 'MI (infarct_days_ago)'",
    }
    coded = text.replace("no", "keiner")
    patients = read(coded, "columns:\n  MI: [{field: infarct, given: yes, codes: {keiner: no}}, " + uses)
    assert values(patients, "infarct") == [1, 0, None, None]
    assert values(patients, "infarct_days_ago") == [60, None, None, None]
    empty = read(text, "columns:\n  MI: [{field: infarct, given: yes, empty: no}, " + uses)
    assert values(empty, "infarct") == [1, 0, 0, None]


def test_numbers_by_code(read):
    assert values(read("id,NYHA\nP1,II\nP2,iv\nP3,3\n"), "nyha") == [2, 4, 3]
    mapping = "columns:\n  Performance: {field: ecog, codes: {fully active: 0, restricted: 1, not asked: unknown}}\n"
    patients = read("id,Performance\nP1,Fully active\nP2,restricted\nP3,not asked\nP4,2\n", mapping)
    assert values(patients, "ecog") == [0, 1, None, 2]


def test_sum_of_columns_is_unknown_where_one_is(read):
    text = "id,3+7,FLAG-Ida\nP1,1,1\nP2,2,\nP3,1,x\n"
    patients = read(text, "columns: {3+7: n_induction, FLAG-Ida: n_induction}\ncombine: {n_induction: sum}\n")
    assert values(patients, "n_induction") == [2, None, None]
    assert patients.unreadable["n_induction"].tolist() == [False, False, True]


def test_first_known_of_two_columns_is_taken_in_the_order_of_the_mapping(read):
    text = "id,old,new\nP1,50,60\nP2,55,NA\n"
    mapping = "columns: {new: lvef_percent, old: lvef_percent}\ncombine: {lvef_percent: first}\n"
    assert values(read(text, mapping), "lvef_percent") == [60, 55]


def test_method_column_routes_a_value(read):
    text = "id,CD117,Method\nP1,80,flow\nP2,40,IHC\nP3,30,\nP4,,flow\nP5,20,PCR\n"
    mapping = "columns:\n  CD117: {by: Method, fields: {Flow: cd117_percent, IHC: cd117_ihc_percent}}\n"
    patients = read(text, mapping)
    assert values(patients, "cd117_percent") == [80, None, None, None, None]
    assert values(patients, "cd117_ihc_percent") == [None, 40, None, None, None]
    assert patients.unreadable["cd117_percent"].tolist() == [False, False, True, False, True]
    assert [fault.split(":")[0] for fault in faults(patients)] == [
        "line 4, column 'Method'",
        "line 6, column 'Method'",
    ]


LONG = """patient: Pat
    date: When
    code: Test
    value: Result
    unit: Unit
    codes:
      CD117: cd117_percent
      CREA: creatinine_umol_l
      LVEF: lvef_percent
      SEX: {field: sex, codes: {1: male, 2: female}}
      REF: referral
"""
MEASURED = """Pat,Age,When,Test,Result,Unit
P1,50,2026-03-02,REF,2026-03-02,
P1,50,2026-02-20,CD117,70,%
P1,50,2026-02-25,CD117,15,%
P1,50,2026-03-05,CD117,90,%
P1,50,2026-02-10,CREA,1.0,mg/dL
P1,50,2026-02-22,LVEF,61,%
P1,50,2026-02-22,K,4.1,mmol/L
P2,60,2026-03-02,REF,2026-03-02,
P2,61,2026-02-20,CD117,70,%
P2,60,2026-02-20T08:00,CD117,10,%
P2,60,soon,CREA,80,umol/L
P2,60,2026-02-10,SEX,2,
P3,40,2026-03-02,CREA,80,apples
,40,2026-03-02,CREA,80,umol/L
"""


def test_long_table_has_the_most_recent_value_at_the_referral_in_one_row_a_patient(read):
    patients = read(MEASURED, f"long:\n    {LONG}")
    assert patients.ids == ("P1", "P2", "P3")
    assert patients.lines == (2, 9, 14)
    assert values(patients, "cd117_percent") == [15, None, None]
    assert values(patients, "creatinine_umol_l") == [88.4, None, None]
    assert values(patients, "lvef_percent") == [61, None, None]
    assert values(patients, "lvef_age_days") == [8, None, None]
    assert values(patients, "age_years") == [50, None, 40]
    assert values(patients, "sex") == [None, 1, None]
    assert patients.unreadable["creatinine_umol_l"].tolist() == [False, True, True]
    said = "\n".join(faults(patients))
    for words in (
        "'P2': which cd117_percent of lines 10, 11 is the last cannot be told",
        "line 12, column 'When': the date 'soon' cannot be read, so which creatinine_umol_l is the last is unknown",
        "'P2' has '60' on line 9 and '61' on line 10: the rows of a patient differ; age_years is unknown",
        "line 14, column 'Result': unit 'apples': creatinine_umol_l is in umol/L, mmol/L, mg/dL",
        "line 15, column 'Pat': has no identifier",
    ):
        assert words in said
    assert "codes that are not in the mapping, not read: K (1)" in "\n".join(map(str, patients.faults))


def test_long_mapping_of_list_formats_md_reads_a_long_table(read):
    page = (DOCS / "list_formats.md").read_text(encoding="utf-8")
    found = re.search(r"<!-- long -->\n```\n(.*?)```", page, re.DOTALL)
    assert found is not None
    rows = "A,2026-03-02,REF,2026-03-02,\nA,2026-03-01,KREA,1,mg/dL\nA,2026-02-01,KREA,2,mg/dL\n"
    patients = read(f"PatID,When,Test,Result,Unit\n{rows}", found.group(1))
    assert values(patients, "creatinine_umol_l") == [88.4]


def test_instants_of_a_long_table_are_compared_with_their_zones(read):
    rows = "P1,2026-02-20T23:30:00-05:00,CD117,10,%\nP1,2026-02-21T01:00:00+01:00,CD117,70,%\n"
    mapping = f"referral_date: 2026-03-01\nlong:\n    {LONG}"
    patients = read(f"Pat,When,Test,Result,Unit\n{rows}", mapping)
    assert values(patients, "cd117_percent") == [10]


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("combine: {nothing: any}\n", "combine.nothing: no patient field"),
        ("combine: {ecog: any}\n", "combine.ecog: any is no rule for ecog, which is grade"),
        ("combine: {cns_history: sum}\n", "combine.cns_history: sum is no rule"),
        ("combine: {ecog: mean}\n", "must be one of any, all, sum, first"),
        ("columns: {x: {by: y}}\n", "columns.x: must have `by`"),
        ("columns: {x: {by: y, fields: {a: nothing}}}\n", "columns.x: fields.a: no patient field"),
        ("columns: {x: []}\n", "must name at least one field"),
        ("columns: {x: [ecog, nothing]}\n", "no patient field 'nothing'"),
        ("columns: {x: {field: ecog, given: yes}}\n", "given: only `given: yes`, of a yes/no"),
        ("columns: {x: {field: ecog, codes: {a: b}}}\n", "codes.a: must be a number or unknown, got 'b'"),
        ("long: {patient: x}\n", "long.code: required"),
        ("long: {patient: x, code: y, value: z, codes: {a: nothing}}\n", "long.codes.a: no patient field"),
        ("long: {patient: x, kode: y}\n", "long.kode: unknown key; did you mean 'code'?"),
    ],
)
def test_faulty_section_is_refused_with_its_place(read, mapping, said):
    with pytest.raises(ProtocolError, match=r"mapping.yaml:\d+:\d+: ") as error:
        read("id,x,ecog\nP1,1,1\n", mapping)
    assert said in str(error.value)


def test_long_table_without_its_columns_is_an_error(read):
    with pytest.raises(ProtocolError, match="long: the file has no column 'Pat'"):
        read("id,ecog\nP1,1\n", f"long:\n    {LONG}")


LIST = (
    "Patienten-ID;Datum Überweisung;Alter;Kreatinin;HIV;Station;LVEF;ECOG\n"
    "P1;2026-03-02;54;0,9;neg;7;61;1\nP2;2026-03-03;61;1,1;vielleicht;7;58,5;2\nP3;2026-03-04;47;0,8;pos;2;-;1\n"
)


def test_mapping_written_for_a_list_can_be_used_as_it_is_and_asks(tmp_path):
    (tmp_path / "list.csv").write_text(LIST, encoding="utf-8")
    to = str(tmp_path / "map.yaml")
    code, said, _ = run(["screen", str(tmp_path / "list.csv"), "--write-mapping", to])
    assert (code, said.split(": ")[-1]) == (0, "5 columns, 5 questions (# ?).\n")
    text = Path(to).read_text(encoding="utf-8")
    assert read_mapping(Path(to)).decimal == ","
    assert '  "Alter": {field: age_years, unit: "years"}  # the unit is assumed\n' in text
    assert (
        '"Kreatinin": {field: creatinine_umol_l, unit: "mg/dL"}  # ? its values are ordinary in mg/dL' in text
    )
    assert (
        '"HIV": {field: hiv, codes: {"neg": no, "vielleicht": unknown, "pos": yes}}  # ? "vielleicht"' in text
    )
    assert '  # "Station": ignore  # ? no field has this name' in text
    assert '# missing: ["-"]  # ?' in text
    patients = read_patient_list(tmp_path / "list.csv", to)
    assert values(patients, "creatinine_umol_l") == [79.56, 97.24, 70.72]
    assert values(patients, "hiv") == [0, None, 1]
    assert values(patients, "lvef_percent") == [61, 58.5, None]
    code, _, message = run(["screen", str(tmp_path / "list.csv"), "--write-mapping", to])
    assert code == 2
    assert "--force" in message


def test_unit_that_cannot_be_told_is_left_to_the_reader(tmp_path):
    (tmp_path / "list.csv").write_text("id,ecog,creatinine\nP1,1,8\n", encoding="utf-8")
    run(["screen", str(tmp_path / "list.csv"), "--write-mapping", str(tmp_path / "map.yaml")])
    text = (tmp_path / "map.yaml").read_text(encoding="utf-8")
    assert '  # "creatinine": {field: creatinine_umol_l, unit: }  # ? in which unit' in text


def test_fields_are_listed_with_units_names_and_criteria():
    code, said, _ = run(["fields", "creatinine_umol_l", "qtcb_ms", "sex"])
    assert code == 0
    assert "creatinine_umol_l: umol/L, 5 to 5000. Serum." in said
    assert "units: umol/L, mmol/L, mg/dL; must be stated" in said
    assert "kreatinin" in said
    assert "read by: I4" in said
    assert "read by: E2 (in another reading)" in said
    assert "sex: one of male, female." in said
    _, everything, _ = run(["fields"])
    assert all(f"\n{name}: " in f"\n{everything}" for name in FIELDS)
    code, _, message = run(["fields", "creatinin_umol_l"])
    assert (code, message) == (2, "creatinin_umol_l: no patient field; did you mean 'creatinine_umol_l'?\n")


# Long tables: dates and units of their rows

ROWS_LONG = "long: {patient: P, date: When, code: Test, value: Result, unit: Unit, codes: {%s}}\n"


@pytest.mark.parametrize(
    ("month", "day", "meant"),
    [
        ("2026-02", "2026-03-01", 1),  # the whole month is before the day
        ("2026-02", "2026-02-10", None),
        ("2026-03", "2026-02-10", None),  # it may be after the referral
        ("2026-04", "2026-02-10", 1),
    ],
)
def test_month_alone_is_ordered_where_every_day_of_it_is(read, month, day, meant):
    text = f"P;referral_date;When;Test;Result;Unit\nA;2026-03-02;{month};E;3;\nA;2026-03-02;{day};E;1;\n"
    patients = read(text, ROWS_LONG % "E: ecog")
    assert values(patients, "ecog") == [meant]
    assert bool(faults(patients)) == (meant is None)


@pytest.mark.parametrize(
    "day", ["20260301", "2026年3月1日", "1.3.2026", "1 Mar 2026", "2026/3/1 08:15", "01/03/2026"]
)
def test_long_table_reads_the_dates_that_a_wide_one_reads(read, day):
    text = f"P;referral_date;When;Test;Result;Unit\nA;2026-03-02;2026-02-01;E;3;\nA;2026-03-02;{day};E;1;\n"
    patients = read(text, "dates: day first\n" + ROWS_LONG % "E: ecog")
    assert values(patients, "ecog") == [1]
    assert faults(patients) == []


@pytest.mark.parametrize(
    ("field", "value", "unit", "others", "said"),
    [
        ("creatinine_umol_l", "88", "mg/dL", "0.9", "mixed units? '88' is hardly ever seen in mg/dL"),
        ("creatinine_umol_l", "88", "mg/dL", "umol", "mixed units? '88' is likelier in umol/L than in mg/dL"),
        ("{field: bilirubin_umol_l, unit: mg/dL}", "16", "", "0.7", "mixed units? '16' is hardly ever seen"),
        ("{field: bilirubin_umol_l, unit: mg/dL}", "11", "", "0.7", "'11' among values of 0.7"),
        ("creatinine_umol_l", "0.9", "mg/dL", "umol", ""),
    ],
)
def test_number_of_a_long_table_is_compared_in_the_unit_of_the_others(read, field, value, unit, others, said):
    cell, word = ("80", "umol/L") if others == "umol" else (others, unit)
    rows = "".join(f"B{k};2026-03-01;X;{cell};{word}\n" for k in range(5))
    patients = read(
        f"P;When;Test;Result;Unit\nA;2026-03-01;X;{value};{unit}\n{rows}", ROWS_LONG % f"X: {field}"
    )
    asked = [*map(str, patients.faults), *(one.fault.message for one in patients.questions)]
    assert any(said.split(" among")[0] in one for one in asked) == bool(said)
    assert [one.row for one in patients.questions if not one.is_limit] == (
        [0] if said and "likelier" not in said else []
    )


def test_own_unit_of_a_field_may_be_written_in_a_mapping(read):
    patients = read("id;F\nP1;20\n", "columns: {F: {field: donor_tcell_fold, unit: fold}}\n")
    assert values(patients, "donor_tcell_fold") == [20]


# What --write-mapping guesses

MEASURED_LONG = """PatNr;Überweisungsdatum;Datum;Test;Ergebnis;Einheit
A;2026-03-02;2026-02-20;CD117;80;%
A;2026-03-02;2026-02-20;Kreatinin;0.9;mg/dL
A;2026-03-02;2026-02-21;ECOG;1;
A;2026-03-02;2026-02-21;Wunschkost;x;
B;2026-03-04;2026-02-28;CD117;ausstehend;%
B;2026-03-04;2026-02-28;Kreatinin;80;umol/L
"""


def test_mapping_written_for_a_long_table_reads_it(tmp_path, read):
    path = tmp_path / "long.csv"
    path.write_text(MEASURED_LONG.replace("PatNr", "Patienten-Nr"), encoding="utf-8")
    guessed = guess_mapping(path)
    assert '"Wunschkost": ignore  # ? no field has this name' in guessed.text
    patients = read(path.read_text(encoding="utf-8"), guessed.text)
    assert patients.ids == ("A", "B")
    assert values(patients, "cd117_percent")[0] == 80
    assert values(patients, "ecog") == [1, None]
    assert values(patients, "creatinine_umol_l") == pytest.approx([0.9 * 88.4, 80])


def test_mapping_written_for_a_wide_table_is_not_that_of_a_long_one(tmp_path):
    path = tmp_path / "wide.csv"
    path.write_text("id;result;ecog;note\nP1;x;1;CD117\nP2;y;2;ECOG\n", encoding="utf-8")
    assert "long:" not in guess_mapping(path).text


def test_words_that_say_nothing_are_guessed_and_others_asked(tmp_path, read):
    path = tmp_path / "list.csv"
    text = "id;CD117;life_expectancy\nP1;ausstehend;999\nP2;siehe Akte;6\nP3;80;9\n"
    path.write_text(text, encoding="utf-8")
    guessed = guess_mapping(path).text
    assert 'missing: ["ausstehend", "999"]  # ?' in guessed
    assert '# missing: ["siehe Akte"]  # ?' in guessed
    patients = read(text, guessed)
    assert values(patients, "life_expectancy_months") == [None, 6, 9]
    assert [fault.line for fault in patients.faults if not fault.is_note] == [3]


def test_command_screen_writes_a_mapping_and_does_not_write_over_one(tmp_path):
    path, out = tmp_path / "list.csv", tmp_path / "map.yaml"
    path.write_text("id;Alter;ECOG\nP1;54;1\n", encoding="utf-8")
    code, said, _ = run(["screen", str(path), "--write-mapping", str(out)])
    assert (code, "2 columns" in said) == (0, True)
    assert "Alter" in out.read_text(encoding="utf-8")
    code, _, wrong = run(["screen", str(path), "--write-mapping", str(out)])
    assert (code, "exists; --force writes over it" in wrong) == (2, True)
    assert run(["screen", str(path), "--write-mapping", str(out), "--force"])[0] == 0
    assert run(["screen", str(path), "--map", str(out)])[0] == 0


def test_command_fields_prints_units_range_synonyms_and_criteria(tmp_path):
    code, said, _ = run(["fields", "nyha"])
    assert code == 0
    for word in ("nyha", "1 to 4", "E2", "nyha klasse"):
        assert word in said, word
    code, said, _ = run(["fields"])
    assert (code, all(name in said for name in FIELDS)) == (0, True)
    code, _, wrong = run(["fields", "nyhha"])
    assert (code, "nyha" in wrong) == (2, True)
