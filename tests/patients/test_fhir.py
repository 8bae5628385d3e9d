"""Patients from FHIR bundles: what is read, what is reported, and that nobody is lost."""

import json
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from simulator.analysis.screened_list import screen_list
from simulator.eligibility.three_valued import FAIL, PASS
from simulator.errors import ProtocolError
from simulator.fields import FIELDS, LVEF_MODALITIES, SEXES, Kind
from simulator.patients.fhir.codes import (
    ABSENT,
    ANSWERS,
    ICD10,
    OBSERVATIONS,
    OXYGEN_FLOW,
    PRESENT,
    SNOMED_CONDITIONS,
    UNITS,
)
from simulator.patients.list_reader import read_patient_list
from simulator.patients.patient_list import PatientList
from simulator.patients.units import factors
from tests.support.places import DOCS

LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
ICD10_URL, SNOMED = "http://hl7.org/fhir/sid/icd-10", "http://snomed.info/sct"
Resource = dict[str, Any]


def patient(id_: str = "p1", **more: object) -> Resource:
    return {"resourceType": "Patient", "id": id_, "gender": "female", "birthDate": "1970-05-20", **more}


def quantity(value: float, code: str) -> Resource:
    return {"value": value, "unit": code, "system": UCUM, "code": code}


def observation(
    loinc: str, value: object = None, code: str = "%", id_: str = "o1", **more: object
) -> Resource:
    one: Resource = {
        "resourceType": "Observation",
        "id": id_,
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": loinc}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-03-01",
    }
    if isinstance(value, int | float) and not isinstance(value, bool):
        one["valueQuantity"] = quantity(value, code)
    elif isinstance(value, dict):
        one |= value
    return {key: entry for key, entry in (one | more).items() if entry is not None}


def condition(code: str, system: str = ICD10_URL, id_: str = "c1", **more: object) -> Resource:
    return {
        "resourceType": "Condition",
        "id": id_,
        "code": {"coding": [{"system": system, "code": code}]},
        "subject": {"reference": "Patient/p1"},
        **more,
    }


def coded(code: str, system: str = LOINC) -> Resource:
    return {"valueCodeableConcept": {"coding": [{"system": system, "code": code}]}}


def bundle(*resources: Resource, timestamp: str | None = "2026-03-10T09:00:00+01:00") -> Resource:
    entries = [{"resource": one} for one in resources]
    stamp = {} if timestamp is None else {"timestamp": timestamp}
    return {"resourceType": "Bundle", "type": "collection", **stamp, "entry": entries}


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., PatientList]:
    def reading(*resources: Resource, mapping: str = "", timestamp: str | None = "2026-03-10") -> PatientList:
        path = tmp_path / "bundle.json"
        path.write_text(json.dumps(bundle(*resources, timestamp=timestamp and timestamp + "T09:00:00Z")))
        if not mapping:
            return read_patient_list(path)
        (tmp_path / "map.yaml").write_text(mapping, encoding="utf-8")
        return read_patient_list(path, tmp_path / "map.yaml")

    return reading


def told(listed: PatientList) -> list[str]:
    return [str(fault) for fault in listed.faults if not fault.is_note]


def noted(listed: PatientList) -> list[str]:
    return [str(fault) for fault in listed.faults if fault.is_note]


# The tables of codes


def test_every_code_leads_to_a_field_and_every_unit_to_one_of_the_table() -> None:
    for code, one in OBSERVATIONS.items():
        assert one.field in FIELDS, code
        assert not one.limit or one.limit in FIELDS
        assert not one.age or one.age in FIELDS
        assert one.also is None or one.also[1] in FIELDS[one.also[0]].categories
        assert one.positive == (FIELDS[one.field].kind is Kind.FLAG and "Blasts" in one.name)
    for meaning in (*ICD10.values(), *SNOMED_CONDITIONS.values()):
        assert all(FIELDS[name].kind is Kind.FLAG for name in meaning.flags)
        assert meaning.ruled_out in ("", *meaning.flags)
        assert meaning.kind is None or meaning.kind[1] in FIELDS[meaning.kind[0]].categories
    known = {unit for name in FIELDS for unit in factors(name)}
    assert set(UNITS.values()) <= known
    assert set(ANSWERS) <= set(FIELDS)


def test_check_digits_of_every_loinc_code_are_right() -> None:
    for code in (*OBSERVATIONS, OXYGEN_FLOW):
        digits, check = code.split("-")
        odd = str(int(digits[::-1][::2][::-1]) * 2)
        total = sum(map(int, odd)) + sum(map(int, digits[::-1][1::2]))
        assert (10 - total % 10) % 10 == int(check), code


# What is read


@pytest.mark.parametrize(
    ("loinc", "value", "unit", "field", "expected"),
    [
        ("10230-1", 61, "%", "lvef_percent", 61),
        ("10230-1", 0.61, "1", "lvef_percent", 61),
        ("1975-2", 1.2, "mg/dL", "bilirubin_umol_l", 20.52),
        ("14631-6", 20.5, "umol/L", "bilirubin_umol_l", 20.5),
        ("2160-0", 2, "mg/dL", "creatinine_umol_l", 176.8),
        ("1742-6", 0.5, "ukat/L", "alt_u_l", 30),
        ("1742-6", 30, "[iU]/L", "alt_u_l", 30),
        ("76634-5", 0.44, "s", "qtcf_ms", 440),
        ("59408-5", 96, "%", "spo2_percent", 96),
        ("11150-0", 35, "%", "bm_blasts_percent", 35),
        ("26446-5", 2, "%", "pb_blasts", 1),
        ("26446-5", 0, "%", "pb_blasts", 0),
        ("751-8", 1500, "/uL", "neutrophils_10e9_l", 1.5),
        ("777-3", 55, "10*3/uL", "platelets_10e9_l", 55),
        ("89247-1", 2, "{score}", "ecog", 2),
        ("89247-1", {"valueInteger": 1}, "", "ecog", 1),
        ("89247-1", coded("LA9624-3"), "", "ecog", 2),
        ("88020-3", coded("LA28405-1"), "", "nyha", 2),
        ("5196-1", coded("260385009", SNOMED), "", "hbsag", 0),
        ("5196-1", coded("LA6576-8"), "", "hbsag", 1),
        ("29610-3", coded("LA11883-8"), "", "hbv_dna", 0),
        ("56888-1", {"valueString": "Non-Reactive"}, "", "hiv", 0),
        ("16128-1", {"valueCodeableConcept": {"text": "negative"}}, "", "hcv_antibody", 0),
    ],
)
def test_observation_is_read_by_code_and_unit(
    read: Callable[..., PatientList], loinc: str, value: object, unit: str, field: str, expected: float
) -> None:
    listed = read(patient(), observation(loinc, value, unit))
    assert told(listed) == []
    assert listed.columns[field].tolist() == [pytest.approx(expected, rel=1e-12)]


def test_age_in_years_sex_and_id_come_from_the_patient(read: Callable[..., PatientList]) -> None:
    listed = read(patient(birthDate="1970-03-11"), patient("p2", birthDate="1970-03-10", gender="male"))
    assert listed.ids == ("p1", "p2")
    assert listed.columns["age_years"].tolist() == [55, 56]
    assert listed.columns["sex"].tolist() == [SEXES.index("female"), SEXES.index("male")]


def test_most_recent_value_at_or_before_the_referral_counts(read: Callable[..., PatientList]) -> None:
    listed = read(
        patient(),
        observation("18043-0", 40, id_="old", effectiveDateTime="2026-01-05"),
        observation("18043-0", 55, id_="last", effectiveDateTime="2026-03-10"),
        observation("18043-0", 70, id_="later", effectiveDateTime="2026-03-11"),
    )
    assert listed.columns["lvef_percent"].tolist() == [55]
    assert listed.columns["lvef_age_days"].tolist() == [0]
    assert listed.columns["lvef_modality"].tolist() == [LVEF_MODALITIES.index("echocardiography")]
    assert "observations after the referral, not used: 1" in noted(listed)


def test_later_time_of_one_day_counts_and_one_moment_with_two_values_is_reported(
    read: Callable[..., PatientList],
) -> None:
    morning = observation("89247-1", 1, "{score}", id_="a", effectiveDateTime="2026-03-01T08:00:00Z")
    noon = observation("89247-1", 2, "{score}", id_="b", effectiveDateTime="2026-03-01T12:00:00Z")
    assert read(patient(), noon, morning).columns["ecog"].tolist() == [2]
    twice = read(patient(), noon, noon | {"id": "c", "valueQuantity": quantity(3, "{score}")})
    assert "ecog" not in twice.columns
    assert any("several values of one moment (2 at" in line for line in told(twice))
    assert read(patient(), noon, noon).columns["ecog"].tolist() == [2]


def test_unreadable_last_value_is_not_replaced_by_an_older_one(read: Callable[..., PatientList]) -> None:
    listed = read(
        patient(),
        observation("14631-6", 12, "umol/L", id_="old", effectiveDateTime="2026-02-01"),
        observation("14631-6", 3, "g/L", id_="last"),
    )
    assert np.isnan(listed.columns["bilirubin_umol_l"]).all()
    assert told(listed) == [
        "bundle.json: Observation/last.valueQuantity.code: unit 'g/L': bilirubin_umol_l is in umol/L, mmol/L, "
        "mg/dL; taken as unknown"
    ]


def test_upper_limit_of_normal_is_that_of_the_observation_used(read: Callable[..., PatientList]) -> None:
    ranges = {"referenceRange": [{"high": quantity(1.2, "mg/dL")}]}
    old = observation("1975-2", 0.8, "mg/dL", id_="old", effectiveDateTime="2026-01-01", **ranges)
    new = observation("1975-2", 0.9, "mg/dL", referenceRange=[{"high": quantity(1.0, "mg/dL")}])
    listed = read(patient(), old, new)
    assert listed.columns["bilirubin_uln_umol_l"].tolist() == [17.1]
    several = read(patient(), new | {"referenceRange": [{"high": quantity(h, "mg/dL")} for h in (1.0, 1.2)]})
    assert "bilirubin_uln_umol_l" not in several.columns
    assert any("2 ranges with an upper limit" in line for line in told(several))


def test_saturation_on_oxygen_is_none_on_room_air(read: Callable[..., PatientList]) -> None:
    def component(code: str, value: float, unit: str) -> Resource:
        return {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": quantity(value, unit)}

    on = read(patient(), observation("59408-5", 97, component=[component("3151-8", 2, "L/min")]))
    assert on.columns["on_oxygen"].tolist() == [1]
    assert "spo2_percent" not in on.columns
    off = read(patient(), observation("59408-5", 97, component=[component("3150-6", 21, "%")]))
    assert off.columns["on_oxygen"].tolist() == [0]
    assert off.columns["spo2_percent"].tolist() == [97]
    assert "on_oxygen" not in read(patient(), observation("59408-5", 97)).columns


def test_null_members_say_nothing(read: Callable[..., PatientList]) -> None:
    empty = observation("10230-1", 60, id_="o2") | {"valueQuantity": None}
    listed = read(patient(gender=None), observation("76634-5", 431, "ms") | {"component": None}, empty)
    assert listed.columns["qtcf_ms"].tolist() == [431]
    assert "sex" not in listed.columns
    assert told(listed) == []
    assert noted(listed) == ["observations without a value, not read: 1"]


def test_components_are_read_as_observations(read: Callable[..., PatientList]) -> None:
    part = {
        "code": {"coding": [{"system": LOINC, "code": "76634-5"}]},
        "valueQuantity": quantity(431, "ms"),
    }
    listed = read(patient(), observation("34534-8", component=[part]))
    assert listed.columns["qtcf_ms"].tolist() == [431]


@pytest.mark.parametrize(
    ("code", "system", "field", "value"),
    [
        ("C92.0", ICD10_URL, "aml_confirmed", 1),
        ("C92.02", "http://hl7.org/fhir/sid/icd-10-cm", "aml_confirmed", 1),
        ("C92.4", ICD10_URL, "promyelocytic", 1),
        ("91861009", SNOMED, "aml_confirmed", 1),
        ("B20", ICD10_URL, "hiv", 1),
        ("G40.9", ICD10_URL, "cns_history", 1),
        ("I63.5", ICD10_URL, "cns_history", 1),
        ("I25.2", ICD10_URL, "infarct", 1),
    ],
)
def test_condition_is_read_by_code(
    read: Callable[..., PatientList], code: str, system: str, field: str, value: float
) -> None:
    assert read(patient(), condition(code, system)).columns[field].tolist() == [value]


@pytest.mark.parametrize("code", ["C92.1", "C91.0", "I20.9", "Z94.8", "C9"])
def test_condition_of_another_code_says_nothing_and_is_counted(
    read: Callable[..., PatientList], code: str
) -> None:
    listed = read(patient(), condition(code))
    assert set(listed.columns) == {"age_years", "sex"}
    assert "conditions of a code that is not read: 1" in noted(listed)


def test_condition_that_is_not_listed_is_unknown_and_one_refuted_is_absent(
    read: Callable[..., PatientList],
) -> None:
    system = "http://terminology.hl7.org/CodeSystem/condition-ver-status"

    def with_status(status: str) -> PatientList:
        return read(
            patient(),
            condition("B20", verificationStatus={"coding": [{"system": system, "code": status}]}),
        )

    assert "hiv" not in read(patient()).columns
    assert with_status("refuted").columns["hiv"].tolist() == [0]
    assert with_status("confirmed").columns["hiv"].tolist() == [1]
    assert "hiv" not in with_status("entered-in-error").columns
    provisional = with_status("provisional")
    assert "hiv" not in provisional.columns
    assert any("verificationStatus: 'provisional', legal: confirmed" in line for line in told(provisional))


def test_infarct_counts_days_from_its_onset_and_an_undated_one_leaves_them_unknown(
    read: Callable[..., PatientList],
) -> None:
    dated = condition("I21.0", onsetDateTime="2026-01-09")
    older = condition("I21.9", id_="c2", onsetDateTime="2020-01-09")
    assert read(patient(), older, dated).columns["infarct_days_ago"].tolist() == [60]
    undated = condition("I22.1", id_="c3", recordedDate="2026-02-01")
    listed = read(patient(), dated, undated)
    assert listed.columns["infarct"].tolist() == [1]
    assert "infarct_days_ago" not in listed.columns


def test_refuted_condition_rules_out_no_more_than_itself(read: Callable[..., PatientList]) -> None:
    refuted = {"verificationStatus": {"coding": [{"code": "refuted"}]}}
    for code in ("G40.9", "I63.0", "I21.0", "C92.0"):
        assert set(read(patient(), condition(code, **refuted)).columns) == {"age_years", "sex"}
    assert read(patient(), condition("C92.4", **refuted)).columns["promyelocytic"].tolist() == [0]


def test_contradicting_resources_make_the_field_unknown_and_are_named(
    read: Callable[..., PatientList],
) -> None:
    listed = read(patient(), condition("B20"), observation("56888-1", coded("LA6577-6")))
    assert np.isnan(listed.columns["hiv"]).all()
    assert any("hiv: contradictory (yes at bundle.json: Condition/c1" in line for line in told(listed))


# The day of referral


def test_day_of_referral_is_the_mapping_files_then_the_requests_then_the_bundles(
    read: Callable[..., PatientList],
) -> None:
    request = {
        "resourceType": "ServiceRequest", "id": "r1", "status": "active", "intent": "order",
        "subject": {"reference": "Patient/p1"}, "authoredOn": "2026-03-05",
        "category": [{"coding": [{"system": SNOMED, "code": "3457005"}]}],
    }  # fmt: skip
    echo = observation("18043-0", 60)
    days = [
        read(patient(), echo, request, mapping="referral_date: 2026-03-21\n"),
        read(patient(), echo, request),
        read(patient(), echo),
    ]
    assert [one.columns["lvef_age_days"].tolist() for one in days] == [[20], [4], [9]]
    none = read(patient(), echo, timestamp=None)
    assert none.columns["lvef_percent"].tolist() == [60]
    assert "lvef_age_days" not in none.columns
    assert "age_years" not in none.columns
    assert told(none) == ["bundle.json: Patient/p1: no day of referral: ages and days are unknown"]
    two = read(patient(), echo, request, request | {"id": "r2", "authoredOn": "2026-03-07"})
    assert any("several referrals" in line for line in told(two))


def test_referral_date_of_a_mapping_file_serves_a_list_without_the_column(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,echo_date\na,2026-03-01\n", encoding="utf-8")
    (tmp_path / "m.yaml").write_text("referral_date: 2026-03-15\n", encoding="utf-8")
    listed = read_patient_list(tmp_path / "p.csv", tmp_path / "m.yaml")
    assert listed.columns["lvef_age_days"].tolist() == [14]
    (tmp_path / "m.yaml").write_text("referral_date: 15.3.2026\n", encoding="utf-8")
    with pytest.raises(
        ProtocolError, match=r"referral_date: must be a day, year-month-day, got '15\.3\.2026'"
    ):
        read_patient_list(tmp_path / "p.csv", tmp_path / "m.yaml")


# What is wrong


@pytest.mark.parametrize(
    ("resource", "said"),
    [
        (observation("10230-1", 161), "Observation/o1.valueQuantity.value: impossible value '161'"),
        (observation("14631-6", 0.8, "umol/L"), "Observation/o1.valueQuantity.value: mixed units? '0.8'"),
        (
            observation("10230-1", 61, "mm"),
            "Observation/o1.valueQuantity.code: unit 'mm': lvef_percent is in %",
        ),
        (
            observation("1742-6", {"valueQuantity": {"value": 3}}),
            ".unit: has no unit; alt_u_l is in U/L, ukat/L",
        ),
        (
            observation("14631-6", {"valueQuantity": {**quantity(5, "umol/L"), "comparator": "<"}}),
            "Observation/o1.valueQuantity.comparator: '< 5' is no number",
        ),
        (observation("89247-1", 1.5, "{score}"), "o1.valueQuantity.value: '1.5' is not a whole number"),
        (
            observation("89247-1", coded("LA9-9")),
            "answer 'LA9-9' is none of those known of ecog",
        ),
        (observation("5196-1", 3, "%"), "Observation/o1.valueQuantity: a quantity is no value of hbsag"),
        (observation("10230-1", 60, effectiveDateTime=None), ".effectiveDateTime: has no date; not used"),
        (observation("10230-1", 60, effectiveDateTime="2026-03"), ".effectiveDateTime: '2026-03' has no day"),
        (
            observation("10230-1", 60, status="preliminary"),
            "Observation/o1.status: 'preliminary', legal: amended",
        ),
        (observation("10230-1", 60, status=None), "Observation/o1.status: Value for the field"),
        (
            observation("10230-1", 60, valueQuantity={"value": "sixty"}),
            "Observation/o1.valueQuantity.value: Value",
        ),
        (
            observation("10230-1", 60, frobnicated=1),
            "Observation/o1.frobnicated: Extra inputs are not permitted",
        ),
        (
            observation("10230-1", 60, subject={"reference": "Patient/p9"}),
            "'Patient/p9' is no Patient read",
        ),
        (condition("C92.0", subject=None), "Condition/c1.subject.reference: '' is no Patient read"),
        (condition("C92.0", subject="Patient/p1"), "Condition/c1.subject: "),
    ],
)
def test_fault_is_told_with_resource_and_path_and_the_others_are_read(
    read: Callable[..., PatientList], resource: Resource, said: str
) -> None:
    listed = read(patient(), resource, observation("76634-5", 433, "ms", id_="o2"))
    (line,) = told(listed)
    assert line.startswith("bundle.json: ")
    assert said in line
    assert listed.columns["qtcf_ms"].tolist() == [433]
    assert "lvef_percent" not in listed.columns or np.isnan(listed.columns["lvef_percent"]).all()


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"gender": "other"}, "Patient/p1.gender: 'other': sex is male or female"),
        ({"birthDate": "1970"}, "Patient/p1.birthDate: '1970' has no day"),
        ({"birthDate": 1970}, "Patient/p1.birthDate: "),
    ],
)
def test_faulty_patient_keeps_his_row_and_his_observations(
    read: Callable[..., PatientList], more: Resource, said: str
) -> None:
    listed = read(patient(**more), observation("10230-1", 60))
    assert listed.ids == ("p1",)
    assert listed.columns["lvef_percent"].tolist() == [60]
    assert any(said in line for line in told(listed))


def test_what_is_not_read_is_counted(read: Callable[..., PatientList]) -> None:
    medication = {"resourceType": "Medication", "id": "m1"}
    weight = observation("29463-7", 70, "kg")
    wrong = observation("10230-1", 60, id_="o2", status="entered-in-error")
    empty = observation("10230-1", id_="o3", dataAbsentReason={"text": "not performed"})
    listed = read(patient(), medication, medication, weight, wrong, empty)
    assert told(listed) == []
    assert noted(listed) == [
        "bundle.json: types of resource not read: 2 Medication",
        "observations of a code that is not read, loinc.org|29463-7: 1",
        "observations that are entered-in-error, not read: 1",
        "observations without a value, not read: 1",
    ]


# Files


def test_folder_and_ndjson_give_what_one_bundle_gives(tmp_path: Path) -> None:
    people = [patient(f"p{k}", birthDate=f"19{60 + k}-01-01") for k in range(4)]
    echoes = [
        observation("10230-1", 50 + k, id_=f"o{k}", subject={"reference": f"Patient/p{k}"}) for k in range(4)
    ]
    stamp = "2026-03-10T00:00:00Z"
    one = tmp_path / "one.json"
    one.write_text(json.dumps(bundle(*people, *echoes, timestamp=stamp)))
    folder = tmp_path / "folder"
    folder.mkdir()
    for k in range(4):
        (folder / f"{k}.json").write_text(json.dumps(bundle(people[k], echoes[k], timestamp=stamp)))
    lines = tmp_path / "all.ndjson"
    lines.write_text("\n".join(json.dumps(row) for row in (*echoes, *people)) + "\n")
    (tmp_path / "m.yaml").write_text("referral_date: 2026-03-10\n")
    lists = [read_patient_list(path, tmp_path / "m.yaml") for path in (one, folder, lines)]
    for other in lists[1:]:
        assert other.ids == lists[0].ids
        assert {name: column.tolist() for name, column in other.columns.items()} == {
            name: column.tolist() for name, column in lists[0].columns.items()
        }
        assert told(other) == []


def test_same_id_in_two_bundles_is_two_patients_each_with_his_own_observations(tmp_path: Path) -> None:
    for k, born in enumerate(("1960-01-01", "1980-01-01")):
        one = bundle(patient(birthDate=born), observation("10230-1", 50 + k))
        (tmp_path / f"{k}.json").write_text(json.dumps(one))
    listed = read_patient_list(tmp_path)
    assert listed.columns["lvef_percent"].tolist() == [50, 51]
    assert any("duplicate id 'p1'" in line for line in told(listed))
    stray = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": observation("10230-1", 9)}],
    }
    (tmp_path / "2.json").write_text(json.dumps(stray))
    assert any("is several patients; not used" in line for line in told(read_patient_list(tmp_path)))


def test_full_urls_resolve_references(tmp_path: Path) -> None:
    one = bundle(patient(), observation("10230-1", 58, subject={"reference": "urn:uuid:1"}))
    one["entry"][0]["fullUrl"] = "urn:uuid:1"
    (tmp_path / "b.json").write_text(json.dumps(one))
    assert read_patient_list(tmp_path / "b.json").columns["lvef_percent"].tolist() == [58]


def test_broken_file_of_a_folder_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(bundle(patient(), observation("10230-1", 60))))
    (tmp_path / "b.json").write_text('{"resourceType": "Bundle", "entry": [')
    (tmp_path / "c.json").write_bytes(b'{"resourceType": "Patient", "id": "\xff"}')
    (tmp_path / "d.ndjson").write_text(json.dumps(patient("p2")) + "\n{oops}\n")
    (tmp_path / "e.txt").write_text("notes")
    listed = read_patient_list(tmp_path)
    assert listed.ids == ("p1", "p2")
    said = "\n".join(map(str, listed.faults))
    assert "b.json: is not JSON" in said
    assert "c.json: byte 36 is not UTF-8" in said
    assert "d.ndjson: line 2: is not JSON" in said
    assert "e.txt: is no file ending in .json" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"resourceType": "Bundle"', "is not JSON"),
        ('{"resourceType": "Bundle", "type": "collection"}', "has no Patient"),
        ('{"resourceType": "Patient", "birthDate": NaN}', "NaN is no number of JSON"),
        ("{" + '"a":{' * 100_000, "nested too deep"),
    ],
)
def test_list_of_which_nothing_can_be_read_is_an_error(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "b.json").write_text(content)
    with pytest.raises(ProtocolError, match=said):
        read_patient_list(tmp_path / "b.json")


def test_folder_without_a_json_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ProtocolError, match=r"the folder has no file ending in \.json"):
        read_patient_list(tmp_path)


# docs/fhir.md


def page() -> str:
    return (DOCS / "fhir.md").read_text(encoding="utf-8")


def rows_of_page(name: str) -> list[list[str]]:
    found = re.search(rf"<!-- {name} -->\n((?:\|.*\n)+)", page())
    assert found is not None, name
    lines = found.group(1).splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def test_page_lists_every_observation_code_with_its_name_and_field() -> None:
    listed = {code: (name, field.strip("`")) for code, name, field, _ in rows_of_page("observations")}
    assert listed == {code: (one.name, one.field) for code, one in OBSERVATIONS.items()}
    for code, _, _, more in rows_of_page("observations"):
        one = OBSERVATIONS[code]
        for word in (one.limit, one.age, *(one.also or ())):
            assert word in more


def test_page_lists_every_condition_code_and_what_follows() -> None:
    listed: dict[str, str] = {}
    for name, icd, snomed, confirmed, refuted in rows_of_page("conditions"):
        codes = [code.strip() for code in (*icd.split(","), *snomed.split(",")) if code.strip()]
        listed |= dict.fromkeys(codes, name)
        for code in codes:
            meaning = (ICD10 | SNOMED_CONDITIONS)[code]
            assert all(f"`{flag}`" in confirmed for flag in meaning.flags)
            assert (f"`{meaning.days_ago}`" in confirmed) == bool(meaning.days_ago)
            assert refuted == (f"`{meaning.ruled_out}`" if meaning.ruled_out else "nothing")
    assert listed == {code: one.name for code, one in (ICD10 | SNOMED_CONDITIONS).items()}


def test_page_lists_every_unit_and_answer() -> None:
    text = page()
    assert all(f"`{unit}`" in text for unit in UNITS)
    assert all(code in text for code in PRESENT | ABSENT)


# Further codes, and the command


def test_mapping_of_fhir_md_names_further_codes(read: Callable[..., PatientList]) -> None:
    local = {"coding": [{"system": "http://hospital.example/lab", "code": "CD117"}]}
    flag = {"coding": [{"system": "http://hospital.example/lab", "code": "GT"}]}
    found = re.search(r"<!-- fhir mapping -->\n```\n(.*?)```", page(), re.DOTALL)
    assert found is not None
    mapping = found.group(1) + "  Ward: ecog\n"
    listed = read(
        patient(),
        observation("x", 80, code="%") | {"code": local},
        observation("x", {"valueString": "Never"}, id_="o2") | {"code": flag},
        mapping=mapping,
    )
    assert listed.columns["cd117_percent"].tolist() == [80]
    assert listed.columns["prior_gene_therapy"].tolist() == [0]
    assert told(listed) == [
        "the mapping file: columns.Ward: of FHIR a field is named by system|code; not used"
    ]


def test_values_of_a_bundle_decide_criteria(read: Callable[..., PatientList]) -> None:
    listed = read(patient(), observation("18043-0", 61), observation("89247-1", 3, "{score}", id_="o2"))
    screened = screen_list(listed)
    codes = dict(zip(screened.verdicts.ids, screened.verdicts.codes[0].tolist(), strict=True))
    assert codes["I5"] == PASS
    assert codes["I8"] == FAIL
    assert screened.verdict_of() == ["screen failure"]


def simulator(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], capture_output=True, text=True, check=False
    )


def test_command_screens_a_bundle_and_writes_faults_with_their_place(tmp_path: Path) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle(patient(), observation("10230-1", 161))))
    done = simulator("screen", str(path), "--out", str(tmp_path / "out"))
    assert done.returncode == 0
    assert "bundle.json: Observation/o1.valueQuantity.value: impossible value '161'" in done.stderr
    assert (
        "1 patient screened: 0 eligible, consent not on the list; 0 screen failure; 1 incomplete"
        in " ".join(done.stdout.split())
    )
    faults = (tmp_path / "out" / "faults.csv").read_text(encoding="utf-8")
    assert "Observation/o1.valueQuantity.value" in faults


def test_without_the_extra_one_message_names_it_and_csv_needs_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle(patient())))
    for name in [name for name in sys.modules if name == "fhir" or name.startswith("fhir.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "fhir", None)
    with pytest.raises(ProtocolError, match=r"pip install 'phase1-simulator\[fhir\]'$"):
        read_patient_list(path)
    (tmp_path / "p.csv").write_text("id,ecog\na,1\n", encoding="utf-8")
    assert read_patient_list(tmp_path / "p.csv").count == 1


def test_reading_a_csv_list_imports_no_fhir(tmp_path: Path) -> None:
    (tmp_path / "p.csv").write_text("id,ecog\na,1\n", encoding="utf-8")
    program = (
        "import sys; from simulator.patients.list_reader import read_patient_list; "
        f"read_patient_list({str(tmp_path / 'p.csv')!r}); print('fhir' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_number_that_no_computer_holds_is_a_fault_of_its_resource_alone(tmp_path: Path) -> None:
    number = '{"resourceType":"Patient","id":"a","x":1e99999999999999999999}'
    digits = f'{{"resourceType":"Patient","id":"b","y":{"9" * 5000}}}'
    (tmp_path / "list.ndjson").write_text(f"{number}\n{digits}\n{json.dumps(patient('c'))}\n")
    patients = read_patient_list(tmp_path / "list.ndjson", None)
    assert patients.ids == ("a", "b", "c")
    wrong = [
        fault.resource for fault in patients.faults if not fault.is_note and "referral" not in fault.message
    ]
    assert wrong == ["list.ndjson: Patient/a.x", "list.ndjson: Patient/b.y"]


def test_extensions_nested_too_deep_are_a_fault_with_their_line_and_others_are_read(tmp_path: Path) -> None:
    deep = '{"url":"u","extension":[' * 3000 + '{"url":"z","valueString":"[q"}' + "]}" * 3000
    first = json.dumps(patient("a", extension=[])).replace('"extension": []', f'"extension": [{deep}]')
    whole = json.dumps(bundle(patient("b"))).replace('"entry": [', f'"entry": [\n{{"resource": {first}}},')
    (tmp_path / "bundle.json").write_text(whole)
    patients = read_patient_list(tmp_path / "bundle.json")
    assert patients.ids == ("a", "b")
    assert patients.columns["age_years"].tolist() == [55, 55]
    assert [str(fault) for fault in patients.faults] == [
        "bundle.json: line 2: what is nested deeper than 60 levels; not used"
    ]
