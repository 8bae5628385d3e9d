"""The latest of several observations: by instants, with their precision and zone, never as text."""

import itertools
import random
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest

from simulator.analysis.screened_list import screen_list
from simulator.patients.instants import Instant, instant, instant_written, is_before, latest
from simulator.patients.list_reader import read_patient_list
from simulator.patients.patient_list import PatientList
from tests.patients.test_fhir import Resource, observation, patient, read, told

__all__ = ["read"]

ORDERED = [
    ("2026-03-01T23:30:00-05:00", "2026-03-02T06:00:00+01:00"),  # 04:30 and 05:00 in UTC
    ("2026-03-02T01:00:00+01:00", "2026-03-01T23:30:00-05:00"),  # as text the other way round
    ("2026-03-01T09:00:00Z", "2026-03-01T10:30:00+01:00"),
    ("2026-03-01T08:00:00", "2026-03-01T12:00:00"),
    ("2026-03-01T10:00:00.2Z", "2026-03-01T10:00:00.35Z"),
    ("2026-02-28", "2026-03-01T00:00:00Z"),
    ("2026-03-01T10:00:00Z", "2026-03-02T10:00:00"),
    ("2026-02", "2026-03-01"),
    ("2025", "2026-01"),
]
UNORDERED = [
    ("2026-03-01", "2026-03-01T08:00:00Z"),
    ("2026-03-01", "2026-03-01"),
    ("2026-03", "2026-03-01"),
    ("2026", "2026-03"),
    ("2026-03-01T10:00:00Z", "2026-03-01T10:00:00.5Z"),
    ("2026-03-01T10:00:00", "2026-03-01T12:00:00Z"),
    ("2026-03-01T10:00Z", "2026-03-01T10:00:30Z"),
]


@pytest.mark.parametrize(("earlier", "later"), ORDERED)
def test_order_of_two_instants(earlier, later):
    one, other = instant(earlier), instant(later)
    assert one is not None
    assert other is not None
    assert is_before(one, other)
    assert not is_before(other, one)


@pytest.mark.parametrize(("first", "second"), UNORDERED)
def test_order_of_two_instants_that_cannot_be_told(first, second):
    one, other = instant(first), instant(second)
    assert one is not None
    assert other is not None
    assert not is_before(one, other)
    assert not is_before(other, one)
    assert latest([one, other], lambda when: when) == [one, other]


@pytest.mark.parametrize(
    "text", ["", "03/2026", "2026-02-30", "2026-13", "2026-03-01T25:00:00Z", "soon", None]
)
def test_what_is_no_instant(text):
    assert instant(text) is None


def certainly_before(one: Instant, other: Instant) -> bool:
    """The rule for two, written out once more."""
    if one.end is not None and other.start is not None and one.has_zone == other.has_zone:
        return one.end <= other.start
    return one.last < other.first


def test_latest_are_those_before_which_no_other_certainly_is():
    draw = random.Random(3)

    def drawn() -> Instant:
        day = date(2026, 3, 1) + timedelta(days=draw.randrange(4))
        kind = draw.randrange(5)
        if kind < 2:
            return Instant(day, day + timedelta(days=kind * draw.randrange(5)))
        zone = draw.choice(["Z", "+05:00", "-08:00", "+14:00"]) if kind > 2 else ""
        found = instant(f"{day}T{draw.randrange(24):02}:{draw.randrange(60):02}{zone}")
        assert found is not None
        return found

    for _ in range(5000):
        some = [drawn() for _ in range(draw.randrange(6))]
        expected = [one for one in some if not any(certainly_before(one, other) for other in some)]
        assert latest(some, lambda one: one) == expected


def test_latest_of_many_takes_no_time_that_grows_with_their_pairs():
    many = [Instant(date(2026, 3, 1), date(2026, 3, 1))] * 200_000
    began = time.process_time()
    assert len(latest(many, lambda one: one)) == len(many)
    assert time.process_time() - began < 5


def test_latest_is_that_of_any_order_of_the_observations():
    texts = [
        "2026-03-01T08:00:00Z",
        "2026-03-01T09:00:00+02:00",
        "2026-02-01",
        "2026-01",
        "2026-03-01T07:59:59.9Z",
    ]
    moments = [one for text in texts if (one := instant(text)) is not None]
    for order in itertools.permutations(moments):
        assert latest(order, lambda when: when) == [moments[0]]
    assert latest([], lambda when: when) == []


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("02.03.2026 14:30", "2026-03-02T14:30"),
        ("2026年3月2日", "2026-03-02"),
        ("2026/3/2 8:05:10", "2026-03-02T08:05:10"),
        ("20260302", "2026-03-02"),
        ("2026-03", "2026-03"),
    ],
)
def test_row_of_a_list_has_its_instant_in_any_form(text, same):
    assert instant_written(text, None) == instant(same)


def test_date_that_can_be_two_days_spans_both():
    found = instant_written("02/03/2026", None)
    assert found is not None
    assert (found.first.isoformat(), found.last.isoformat()) == ("2026-02-03", "2026-03-02")
    assert instant_written("02/03/2026", True) == instant("2026-03-02")
    assert instant_written("later", None) is None


def ecog(value: int, when: str | None, id_: str) -> Resource:
    return observation("89247-1", value, "{score}", id_=id_, effectiveDateTime=when)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("2026-03-01T23:30:00-05:00", "2026-03-02T01:00:00+01:00", 1),
        ("2026-03-02T01:00:00+01:00", "2026-03-01T23:30:00-05:00", 3),
        ("2026-03-01", "2026-03-01T08:00:00Z", None),
        ("2026-02", "2026-02-10", None),
        ("2026-02", "2026-03-01", 3),
        ("2026-03", "2026-02-10", None),  # perhaps after the referral
        (None, "2026-03-01", None),
        ("2026-04-01", "2026-03-01", 3),
    ],
)
def test_fhir_observation_that_is_the_most_recent(read: Callable[..., PatientList], one, other, expected):
    listed = read(patient(), ecog(1, one, "a"), ecog(3, other, "b"))
    screened = screen_list(listed)
    code = screened.verdicts.codes[0, screened.verdicts.ids.index("I8")]
    assert code == {None: 1, 1: 2, 3: 0}[expected]
    assert bool(told(listed)) == (expected is None)
    assert all("ecog" in line or "has no date" in line for line in told(listed))


def test_equal_values_need_no_order(read: Callable[..., PatientList]):
    listed = read(patient(), ecog(1, "2026-03-01", "a"), ecog(1, "2026-03-01T08:00:00Z", "b"))
    assert listed.columns["ecog"].tolist() == [1]
    assert told(listed) == []


def test_unreadable_last_one_is_not_replaced_by_an_older_one_in_another_zone(
    read: Callable[..., PatientList],
):
    unreadable = observation("14631-6", 3, "g/L", id_="last", effectiveDateTime="2026-03-01T23:30:00-05:00")
    older = observation("14631-6", 12, "umol/L", id_="old", effectiveDateTime="2026-03-02T01:00:00+01:00")
    assert np.isnan(read(patient(), older, unreadable).columns["bilirubin_umol_l"]).all()


def test_comparator_of_fhir_is_a_limit_that_decides(read: Callable[..., PatientList]):
    def saturation(comparator: str, value: float) -> str:
        amount = {"value": value, "unit": "%", "system": "http://unitsofmeasure.org", "code": "%"}
        part = {"valueQuantity": {**amount, "comparator": comparator}}
        screened = screen_list(read(patient(), observation("59408-5", part)))
        return str(screened.verdicts.codes[0, screened.verdicts.ids.index("I6")])

    assert [saturation("<", 92), saturation(">", 80)] == ["0", "1"]


@pytest.mark.parametrize(
    ("content", "said", "verdict"),
    [
        ('{"id": "p1"}', "", "incomplete"),
        ('{"id": "p1", "gender": "male", "birthDate": "19760311"}', "birthDate", "incomplete"),
        (
            '{"id": "p1", "gender": "male", "birthDate": "1976-03-11", "deceasedDateTime": "2026-02-01"}',
            "died on 2026-02-01, referred on 2026-03-10: dead before the referral",
            "dead before referral",
        ),
        (
            '{"id": "p1", "deceasedDateTime": "2026-03"}',
            "before or after the referral cannot be told",
            "incomplete",
        ),
        ('{"id": "p1", "deceasedBoolean": true}', "died on a day not given", "incomplete"),
        ('{"id": "p1", "deceasedDateTime": "2026-04-01"}', "", "incomplete"),
        ('{"id": "p1", "x": 1e99999999999999999999}', "Patient/p1.x", "incomplete"),
        ('{"id": "p1", "x": ' + "9" * 5000 + "}", "Patient/p1.x", "incomplete"),
    ],
)
def test_fhir_patient_with_one_bad_field_has_one_row_and_its_fault(tmp_path: Path, content, said, verdict):
    path = tmp_path / "bundle.json"
    entry = '{"resource": {"resourceType": "Patient", ' + content[1:] + "}"
    path.write_text(
        '{"resourceType": "Bundle", "type": "collection", "timestamp": "2026-03-10T08:00:00Z", "entry": ['
        + entry
        + "]}"
    )
    listed = read_patient_list(path)
    assert listed.ids == ("p1",)
    assert screen_list(listed).verdict_of() == [verdict]
    assert [said in line for line in told(listed)] == ([True] if said else [])
