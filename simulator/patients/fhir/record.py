"""One patient's FHIR record as a row: what holds on the day of referral, out of all that was ever recorded."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from simulator.parsing.faults import shown
from simulator.patients.fhir.codes import OBSERVATIONS, ConditionCode
from simulator.patients.fhir.files import FoundResource
from simulator.patients.instants import Instant, instant, latest
from simulator.patients.table import NOT_READABLE, ListFault

REFERRAL_COLUMN: Final = "referral_date"


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
    """What one resource says of one field.

    Attributes
    ----------
    others
        What it says of other fields along with it.
    written
        Path and text of when it was observed.
    """

    when: Instant | None
    cell: str
    place: str
    others: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrong: str = ""
    written: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A condition that is confirmed (`holds`) or refuted; `known` is its onset, or when it was recorded."""

    meaning: ConditionCode
    holds: bool
    known: Instant | None
    onset: Instant | None
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
    undecided: set[str] = field(default_factory=set)
    is_dead: bool = False


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
        made = instant(stamp)
        if made is not None and made.day is not None:
            patient.referral, place = made.day, "Bundle.timestamp"
        elif patient.statements or patient.conditions or "birthDate" in patient.found.resource:
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
    found = instant(written)
    born = None if found is None else found.day
    if written is not None and born is None:
        faults.add(f"{place}.birthDate", f"{shown(written)} has no day; the age is unknown")
    if born is not None and patient.referral is not None:
        day = patient.referral
        before_birthday = (day.month, day.day) < (born.month, born.day)
        age = day.year - born.year - before_birthday
        patient.cells["age_years"] = (str(age), f"{place}.birthDate")
    _set_death(patient, faults)


def _set_death(patient: PatientRecord, faults: FhirFaults) -> None:
    """Name who died before the referral, or may have."""
    resource, place = patient.found.resource, patient.found.place
    written, day = resource.get("deceasedDateTime"), patient.referral
    died = instant(written)
    if died is not None and day is not None and died.last <= day:
        patient.is_dead = True
        faults.add(
            f"{place}.deceasedDateTime", f"died on {written}, referred on {day}: dead before the referral"
        )
    elif died is not None and day is not None and died.first > day:
        return
    elif written is not None:
        message = f"{shown(written)}: before or after the referral cannot be told"
        faults.add(f"{place}.deceasedDateTime", message)
    elif resource.get("deceasedBoolean"):
        faults.add(f"{place}.deceasedBoolean", "died on a day not given: before or after the referral?")


def _set_most_recent(
    patient: PatientRecord, name: str, statements: list[FhirStatement], faults: FhirFaults
) -> None:
    day = patient.referral
    dated = [one for one in statements if one.when is not None]
    before = [one for one in dated if day is None or _day(one.when, first=True) <= day]
    if len(before) < len(dated):
        faults.counts["observations after the referral, not used"] += len(dated) - len(before)
    if not before:
        return
    last = latest(before, lambda one: one.when or _ALWAYS)
    unsure = [one for one in statements if one.when is None]
    if day is not None:
        unsure += [one for one in last if _day(one.when, first=False) > day]
    if any((one.cell, one.wrong) != (last[0].cell, last[0].wrong) for one in (*last, *unsure)) or (
        unsure and any(one.when is not None for one in unsure)
    ):
        _say_unknown(patient, name, [*last, *(one for one in unsure if one not in last)], faults)
        return
    chosen = last[0]
    when = _day(chosen.when, first=True)
    if chosen.wrong:
        faults.add(chosen.place, chosen.wrong)
        patient.cells[name] = (NOT_READABLE, chosen.place)
        return
    if chosen.cell:
        patient.cells[name] = (chosen.cell, chosen.place)
        patient.cells |= chosen.others
        age = next((one.age for one in OBSERVATIONS.values() if one.field == name and one.age), "")
        if age and day is not None and when == _day(chosen.when, first=False):
            patient.cells[age] = (str((day - when).days), chosen.place)
    else:
        patient.cells |= {key: value for key, value in chosen.others.items() if key == "on_oxygen"}


_ALWAYS: Final = Instant(date.min, date.max)


def _day(when: Instant | None, first: bool) -> date:
    return (_ALWAYS if when is None else when).first if first else (_ALWAYS if when is None else when).last


def _say_unknown(
    patient: PatientRecord, name: str, statements: list[FhirStatement], faults: FhirFaults
) -> None:
    """Report values of which nobody can tell which is the most recent before the referral."""
    values = ", ".join(f"{one.cell or 'unreadable'} at {one.place}" for one in statements)
    if len({one.when for one in statements}) == 1 and len(statements) > 1:
        message = f"{name}: several values of one moment ({values}); unknown"
    elif len(statements) == 1 and statements[0].when is not None:
        place, text = statements[0].written
        faults.add(place, f"{shown(text)} has no day: before or after the referral? {name} is unknown")
        patient.undecided.add(name)
        return
    else:
        message = f"{name}: which is the most recent cannot be told ({values}); unknown"
    faults.add(patient.found.place, message)
    patient.undecided.add(name)


def _set_conditions(patient: PatientRecord, faults: FhirFaults) -> None:
    day = patient.referral
    flags: dict[str, dict[str, str]] = defaultdict(dict)
    kinds: dict[str, dict[str, str]] = defaultdict(dict)
    onsets: dict[str, list[Instant | None]] = defaultdict(list)
    for one in patient.conditions:
        meaning = one.meaning
        if one.known is not None and day is not None and one.known.first > day:
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
        known = [one.day for one in moments if one is not None and one.day is not None]
        if day is not None and len(known) == len(moments):
            patient.cells[name] = (str((day - max(known)).days), patient.found.place)


def _agree(patient: PatientRecord, name: str, answers: Mapping[str, str], faults: FhirFaults) -> None:
    """Take what all resources say of a field; where they differ, it is unknown."""
    observed = patient.cells.get(name)
    all_of = dict(answers)
    if observed is not None and observed[0] not in (NOT_READABLE, *answers):
        all_of[observed[0]] = observed[1]
    if len(all_of) > 1:
        listed = ", ".join(f"{cell} at {place}" for cell, place in all_of.items())
        faults.add(patient.found.place, f"{name}: contradictory ({listed}); unknown")
        patient.cells[name] = (NOT_READABLE, patient.found.place)
    else:
        ((cell, place),) = all_of.items()
        patient.cells[name] = (cell, place)
