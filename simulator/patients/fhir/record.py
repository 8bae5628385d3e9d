"""One patient's FHIR record as a row: what holds on the day of referral, out of all that was ever recorded."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from simulator.parsing.faults import shown
from simulator.patients.fhir.codes import OBSERVATIONS, ConditionCode
from simulator.patients.fhir.files import FoundResource
from simulator.patients.fhir.values import Moment, moment
from simulator.patients.table import ListFault

REFERRAL_COLUMN: Final = "referral_date"
UNREADABLE: Final = "?"
"""A cell that says unknown, in the place of one that could not be read and is reported."""


@dataclass(slots=True)
class FhirFaults:
    """What is wrong with resources, and how many were not read and why."""

    faults: list[ListFault]
    counts: Counter[str] = field(default_factory=Counter)

    def add(self, place: str, message: str) -> None:
        """Add what is wrong at a place."""
        self.faults.append(ListFault(0, "", message, resource=place))

    def listed(self) -> list[ListFault]:
        """Return the faults, then a note for each reason to leave resources unread."""
        notes = [
            ListFault(0, "", f"{why}: {count}", is_note=True) for why, count in sorted(self.counts.items())
        ]
        return [*self.faults, *notes]


@dataclass(frozen=True, slots=True)
class FhirStatement:
    """What one resource says of one field; `others` is what it says of others along with it."""

    when: Moment
    cell: str
    place: str
    others: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrong: str = ""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A condition that is confirmed (`holds`) or refuted; `known` is its onset, or when it was recorded."""

    meaning: ConditionCode
    holds: bool
    known: Moment | None
    onset: Moment | None
    place: str


@dataclass(slots=True)
class PatientRecord:
    """One row in the making; `cells` maps a field to its cell and where that is from."""

    found: FoundResource
    row: int
    referral: date | None = None
    statements: dict[str, list[FhirStatement]] = field(default_factory=lambda: defaultdict(list))
    conditions: list[Diagnosis] = field(default_factory=list)
    requests: dict[date, str] = field(default_factory=dict)
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)


def settle(patient: PatientRecord, referral_date: date | None, stamp: str | None, faults: FhirFaults) -> None:
    """Fill the cells.

    Parameters
    ----------
    referral_date
        The day of referral of everybody, or None.
    stamp
        When the patient's bundle was put together, or None.
    """
    _set_referral(patient, referral_date, stamp, faults)
    _set_person(patient, faults)
    for name, found in patient.statements.items():
        _set_most_recent(patient, name, found, faults)
    _set_conditions(patient, faults)


def _set_referral(
    patient: PatientRecord, referral_date: date | None, stamp: str | None, faults: FhirFaults
) -> None:
    place = ""
    if referral_date is not None:
        patient.referral, place = referral_date, "the mapping file"
    elif len(patient.requests) == 1:
        ((patient.referral, place),) = patient.requests.items()
    elif patient.requests:
        places = ", ".join(patient.requests.values())
        faults.add(patient.found.place, f"several referrals ({places}): the day of referral is unknown")
    else:
        made = moment(stamp)
        if made is not None:
            patient.referral, place = made.day, "Bundle.timestamp"
        else:
            faults.add(patient.found.place, "no day of referral: ages and days are unknown")
    if patient.referral is not None:
        patient.cells[REFERRAL_COLUMN] = (patient.referral.isoformat(), place)


def _set_person(patient: PatientRecord, faults: FhirFaults) -> None:
    resource, place = patient.found.resource, patient.found.place
    gender = resource.get("gender")
    if gender in ("male", "female"):
        patient.cells["sex"] = (str(gender), f"{place}.gender")
    elif gender not in (None, "unknown"):
        faults.add(f"{place}.gender", f"{shown(gender)}: sex is male or female; taken as unknown")
    written = resource.get("birthDate")
    born = moment(written)
    if written is not None and born is None:
        faults.add(f"{place}.birthDate", f"{shown(written)} has no day; the age is unknown")
    if born is not None and patient.referral is not None:
        day = patient.referral
        before_birthday = (day.month, day.day) < (born.day.month, born.day.day)
        age = day.year - born.day.year - before_birthday
        patient.cells["age_years"] = (str(age), f"{place}.birthDate")


def _set_most_recent(
    patient: PatientRecord, name: str, statements: list[FhirStatement], faults: FhirFaults
) -> None:
    day = patient.referral
    before = [one for one in statements if day is None or one.when.day <= day]
    if len(before) < len(statements):
        faults.counts["observations after the referral, not used"] += len(statements) - len(before)
    if not before:
        return
    latest = max(one.when for one in before)
    last = [one for one in before if one.when == latest]
    if any((one.cell, one.wrong) != (last[0].cell, last[0].wrong) for one in last):
        values = ", ".join(f"{one.cell or 'unreadable'} at {one.place}" for one in last)
        faults.add(patient.found.place, f"{name}: several values of one moment ({values}); unknown")
        return
    chosen = last[0]
    if chosen.wrong:
        faults.add(chosen.place, chosen.wrong)
        patient.cells[name] = (UNREADABLE, chosen.place)
        return
    if chosen.cell:
        patient.cells[name] = (chosen.cell, chosen.place)
        patient.cells |= chosen.others
        age = next((one.age for one in OBSERVATIONS.values() if one.field == name and one.age), "")
        if age and day is not None:
            patient.cells[age] = (str((day - chosen.when.day).days), chosen.place)
    else:
        patient.cells |= {key: value for key, value in chosen.others.items() if key == "on_oxygen"}


def _set_conditions(patient: PatientRecord, faults: FhirFaults) -> None:
    day = patient.referral
    flags: dict[str, dict[str, str]] = defaultdict(dict)
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    onsets: dict[str, list[Moment | None]] = defaultdict(list)
    for one in patient.conditions:
        meaning = one.meaning
        if one.known is not None and day is not None and one.known.day > day:
            faults.counts["conditions after the referral, not used"] += 1
        elif one.holds:
            for name in meaning.flags:
                flags[name].setdefault("yes", one.place)
            if meaning.kind is not None:
                kinds[meaning.kind[0]].setdefault(meaning.kind[1], one.place)
            if meaning.days_ago:
                onsets[meaning.days_ago].append(one.onset)
        else:
            flags[meaning.ruled_out].setdefault("no", one.place)
    for name, answers in (*flags.items(), *kinds.items()):
        _agree(patient, name, answers, faults)
    for name, moments in onsets.items():
        known = [one for one in moments if one is not None]
        if day is not None and len(known) == len(moments):
            patient.cells[name] = (str((day - max(known).day).days), patient.found.place)


def _agree(patient: PatientRecord, name: str, answers: Mapping[str, str], faults: FhirFaults) -> None:
    """Take what all resources say of a field; where they differ, it is unknown."""
    observed = patient.cells.get(name)
    all_of = dict(answers)
    if observed is not None and observed[0] not in (UNREADABLE, *answers):
        all_of[observed[0]] = observed[1]
    if len(all_of) > 1:
        listed = ", ".join(f"{cell} at {place}" for cell, place in all_of.items())
        faults.add(patient.found.place, f"{name}: contradictory ({listed}); unknown")
        patient.cells[name] = (UNREADABLE, patient.found.place)
    else:
        ((cell, place),) = all_of.items()
        patient.cells[name] = (cell, place)
