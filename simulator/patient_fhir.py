"""Patients from FHIR R4 resources, as the table that a list of patients is read from.

One row a Patient. Of a field observed more than once the most recent observation at or before the referral
counts; one that cannot be read is not replaced by an older one. What is not in the record is unknown: a
condition that is not listed is not absent.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Final

from simulator.errors import ProtocolError
from simulator.fields import FIELDS
from simulator.patient_fhir_codes import (
    LOINC,
    OBSERVATIONS,
    OXYGEN_CONCENTRATIONS,
    OXYGEN_FLOW,
    ROOM_AIR_PERCENT,
    SNOMED,
    ConditionCode,
    ObservationCode,
    condition_code,
)
from simulator.patient_fhir_files import Found, read_resources
from simulator.patient_fhir_values import (
    Element,
    Moment,
    Value,
    codings,
    effective,
    moment,
    quantity_in,
    value_of,
)
from simulator.patient_mapping import ListMapping, Use
from simulator.patient_table import ListFault, PatientTable
from simulator.scenario_faults import printable, shown

ID_COLUMN: Final = "patient_id"
REFERRAL_COLUMN: Final = "referral_date"
PATIENT_REFERRAL: Final = "3457005"
"""SNOMED CT: patient referral (procedure)."""
_VALID: Final = frozenset(("final", "amended", "corrected"))
_WITHDRAWN: Final = frozenset(("entered-in-error", "cancelled"))


@dataclass(frozen=True, slots=True)
class Statement:
    """What one resource says of one field; `beside` is what it says of others along with it."""

    when: Moment
    cell: str
    place: str
    beside: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    wrong: str = ""


@dataclass(slots=True)
class _Patient:
    """One row in the making."""

    found: Found
    row: int
    referral: date | None = None
    referral_place: str = ""
    said: dict[str, list[Statement]] = field(default_factory=lambda: defaultdict(list))
    conditions: list[tuple[ConditionCode, bool, Moment | None, str]] = field(default_factory=list)
    requests: dict[date, str] = field(default_factory=dict)
    cells: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_fhir(path: Path, said: ListMapping) -> PatientTable:
    """Read a bundle, a folder of bundles or NDJSON.

    Parameters
    ----------
    said
        A mapping whose `columns` name further codes, `system|code`, and whose `referral_date` is the day that
        dates are counted from.

    Raises
    ------
    ProtocolError
        Where the extra is missing, nothing can be read, or there is no Patient.
    """
    return _Records(path, said).table()


class _Records:
    """Turns resources into rows."""

    def __init__(self, path: Path, said: ListMapping) -> None:
        self._name = printable(str(path))
        self._said = said
        reading = read_resources(path)
        self._faults = reading.faults
        self._stamps = reading.timestamps
        self._found = reading.found
        self._patients: list[_Patient] = []
        self._in_bundle: dict[tuple[int, str], int] = {}
        self._anywhere: dict[str, set[int]] = defaultdict(set)
        self._unread: Counter[str] = Counter()
        self._local, wrong = _local_codes(said)
        self._faults += wrong

    def table(self) -> PatientTable:
        self._take_patients()
        for found in self._found:
            if found.kind == "Patient":
                continue
            patient = self._subject(found)
            if patient is not None:
                match found.kind:
                    case "Observation":
                        self._observation(found, patient)
                    case "Condition":
                        self._condition(found, patient)
                    case _:
                        self._request(found, patient)
        for patient in self._patients:
            self._settle(patient)
        for why, count in sorted(self._unread.items()):
            self._note(f"{why}: {count}")
        return self._as_table()

    def _fault(self, place: str, message: str) -> None:
        self._faults.append(ListFault(0, "", message, resource=place))

    def _note(self, message: str) -> None:
        self._faults.append(ListFault(0, "", message, is_note=True))

    # Who there is

    def _take_patients(self) -> None:
        known: dict[tuple[str, str], int] = {}
        for found in self._found:
            if found.kind != "Patient":
                continue
            key = (found.id, repr(sorted(found.resource.items())))
            row = known.get(key) if found.id else None
            if row is None:
                row = len(self._patients)
                known[key] = row
                self._patients.append(_Patient(found, row))
            for name in filter(None, (f"Patient/{found.id}" if found.id else "", found.url)):
                self._in_bundle[found.bundle, name] = row
                self._anywhere[name].add(row)
        if not self._patients:
            faults = [str(fault) for fault in self._faults[:10]]
            raise ProtocolError("\n".join([f"{self._name}: has no Patient that can be read", *faults]))

    def _subject(self, found: Found) -> _Patient | None:
        reference = str((found.resource.get("subject") or {}).get("reference", ""))
        names = [reference, "/".join(reference.split("/_history", maxsplit=1)[0].split("/")[-2:])]
        for name in names:
            row = self._in_bundle.get((found.bundle, name))
            if row is not None:
                return self._patients[row]
        for name in names:
            rows = self._anywhere.get(name, set())
            if len(rows) == 1:
                return self._patients[next(iter(rows))]
            if rows:
                place = f"{found.place}.subject.reference"
                self._fault(place, f"{shown(reference)} is several patients; not used")
                return None
        self._fault(f"{found.place}.subject.reference", f"{shown(reference)} is no Patient read; not used")
        return None

    # What resources say

    def _request(self, found: Found, patient: _Patient) -> None:
        concepts = [found.resource.get("code"), *(found.resource.get("category") or [])]
        if not any((SNOMED, PATIENT_REFERRAL) in codings(concept) for concept in concepts):
            self._unread["requests that are no referral of a patient, not read"] += 1
            return
        authored = moment(found.resource.get("authoredOn"))
        if authored is None:
            self._fault(f"{found.place}.authoredOn", "a referral without its day; not used")
        else:
            patient.requests[authored.day] = f"{found.place}.authoredOn"

    def _observation(self, found: Found, patient: _Patient) -> None:
        one = found.resource
        parts = [("", one), *((f".component[{k}]", c) for k, c in enumerate(one.get("component") or []))]
        meant = [(path, part, self._meaning(found.place + path, part.get("code"))) for path, part in parts]
        if not any(meaning for _, _, meaning in meant):
            codes = ", ".join(
                f"{system.rsplit('/', 1)[-1]}|{code}" for system, code in codings(one.get("code"))
            )
            self._unread[f"observations of a code that is not read, {printable(codes) or 'none'}"] += 1
            return
        status = one.get("status")
        if status not in _VALID:
            if status in _WITHDRAWN:
                self._unread[f"observations that are {status}, not read"] += 1
            else:
                legal = ", ".join(sorted(_VALID))
                self._fault(f"{found.place}.status", f"{shown(status)}, legal: {legal}; not used")
            return
        at, text = effective(one)
        when = moment(text)
        if when is None:
            why = f"{shown(text)} has no day" if at else "has no date"
            self._fault(f"{found.place}.{at or 'effectiveDateTime'}", f"{why}; not used")
            return
        for path, part, meaning in meant:
            if meaning is not None:
                self._say(patient, found, found.place + path, part, meaning, when)

    def _meaning(self, place: str, concept: Element | None) -> tuple[ObservationCode, Use | None] | None:
        meanings: dict[str, tuple[ObservationCode, Use | None]] = {}
        for system, code in codings(concept):
            use = self._local.get((system, code))
            if use is not None:
                meanings[use.field] = ObservationCode(use.field, code), use
            elif system == LOINC and code in OBSERVATIONS:
                meanings.setdefault(OBSERVATIONS[code].field, (OBSERVATIONS[code], None))
        if len(meanings) > 1:
            self._fault(f"{place}.code", f"its codes say {' and '.join(meanings)}; not used")
        return next(iter(meanings.values())) if len(meanings) == 1 else None

    def _say(
        self,
        patient: _Patient,
        found: Found,
        place: str,
        part: Element,
        meaning: tuple[ObservationCode, Use | None],
        when: Moment,
    ) -> None:
        code, use = meaning
        value = value_of(part, code.field, use, positive=code.positive)
        if value is None:
            self._unread["observations without a value, not read"] += 1
            return
        beside: dict[str, tuple[str, str]] = {}
        if code.also is not None:
            beside[code.also[0]] = (code.also[1], f"{place}.code")
        if code.limit:
            self._limit(part, place, code, beside)
        if code.field == "spo2_percent":
            value = self._air(found, value, beside)
        cell = Statement(when, value.cell, f"{place}.{value.path}", beside, value.wrong)
        patient.said[code.field].append(cell)

    def _limit(
        self, part: Element, place: str, code: ObservationCode, beside: dict[str, tuple[str, str]]
    ) -> None:
        ranges = part.get("referenceRange") or []
        upper = [
            (k, one["high"])
            for k, one in enumerate(ranges)
            if "high" in one and all(kind == "normal" for _, kind in codings(one.get("type")))
        ]
        if len(upper) > 1:
            message = f"{len(upper)} ranges with an upper limit; {code.limit} is unknown"
            self._fault(f"{place}.referenceRange", message)
        elif upper:
            k, high = upper[0]
            value = quantity_in(high, f"referenceRange[{k}].high", code.limit)
            if value.wrong:
                self._fault(f"{place}.{value.path}", value.wrong)
            else:
                beside[code.limit] = (value.cell, f"{place}.{value.path}")

    def _air(self, found: Found, value: Value, beside: dict[str, tuple[str, str]]) -> Value:
        """Say whether a saturation was measured on oxygen; then it is none on room air."""
        on: list[bool] = []
        for k, component in enumerate(found.resource.get("component") or []):
            number = (component.get("valueQuantity") or {}).get("value")
            for system, code in codings(component.get("code")):
                if system == LOINC and number is not None and code in (OXYGEN_FLOW, *OXYGEN_CONCENTRATIONS):
                    on.append(float(number) > (0 if code == OXYGEN_FLOW else ROOM_AIR_PERCENT))
                    beside["on_oxygen"] = ("yes" if any(on) else "no", f"{found.place}.component[{k}]")
        if any(on) and not value.wrong:
            self._unread["saturations measured on oxygen, none on room air"] += 1
            return Value("", value.path)
        return value

    def _condition(self, found: Found, patient: _Patient) -> None:
        one = found.resource
        meant = {
            meaning.name: meaning
            for system, code in codings(one.get("code"))
            if (meaning := condition_code(system, code)) is not None
        }
        if not meant:
            self._unread["conditions of a code that is not read"] += 1
            return
        if len(meant) > 1:
            self._fault(f"{found.place}.code", f"its codes say {' and '.join(meant)}; not used")
            return
        status = next((code for _, code in codings(one.get("verificationStatus"))), "confirmed")
        if status in _WITHDRAWN:
            self._unread[f"conditions that are {status}, not read"] += 1
        elif status not in ("confirmed", "refuted"):
            message = f"{shown(status)}, legal: confirmed, refuted; not used"
            self._fault(f"{found.place}.verificationStatus", message)
        else:
            onset = moment(one.get("onsetDateTime"))
            began = onset or moment(one.get("recordedDate"))
            meaning = next(iter(meant.values()))
            patient.conditions.append((meaning, status == "confirmed", began, found.place))
            if meaning.days_ago and onset is None and status == "confirmed":
                self._unread[
                    f"conditions without the day of onset, so that {meaning.days_ago} is unknown"
                ] += 1

    # What holds for a patient

    def _settle(self, patient: _Patient) -> None:
        self._set_referral(patient)
        self._set_person(patient)
        for name, statements in patient.said.items():
            self._set_most_recent(patient, name, statements)
        self._set_conditions(patient)

    def _set_referral(self, patient: _Patient) -> None:
        if self._said.referral_date is not None:
            patient.referral, patient.referral_place = self._said.referral_date, "the mapping file"
        elif len(patient.requests) == 1:
            ((patient.referral, patient.referral_place),) = patient.requests.items()
        elif patient.requests:
            places = ", ".join(patient.requests.values())
            self._fault(patient.found.place, f"several referrals ({places}): the day of referral is unknown")
        else:
            stamp = moment(self._stamps.get(patient.found.bundle))
            if stamp is not None:
                patient.referral, patient.referral_place = stamp.day, "Bundle.timestamp"
            else:
                self._fault(patient.found.place, "no day of referral: ages and days are unknown")
        if patient.referral is not None:
            patient.cells[REFERRAL_COLUMN] = (patient.referral.isoformat(), patient.referral_place)

    def _set_person(self, patient: _Patient) -> None:
        resource, place = patient.found.resource, patient.found.place
        gender = resource.get("gender")
        if gender in ("male", "female"):
            patient.cells["sex"] = (str(gender), f"{place}.gender")
        elif gender not in (None, "unknown"):
            self._fault(f"{place}.gender", f"{shown(gender)}: sex is male or female; taken as unknown")
        written = resource.get("birthDate")
        born = moment(written)
        if written is not None and born is None:
            self._fault(f"{place}.birthDate", f"{shown(written)} has no day; the age is unknown")
        if born is not None and patient.referral is not None:
            day = patient.referral
            before_birthday = (day.month, day.day) < (born.day.month, born.day.day)
            age = day.year - born.day.year - before_birthday
            patient.cells["age_years"] = (str(age), f"{place}.birthDate")

    def _set_most_recent(self, patient: _Patient, name: str, statements: list[Statement]) -> None:
        day = patient.referral
        before = [one for one in statements if day is None or one.when.day <= day]
        if len(before) < len(statements):
            self._unread["observations after the referral, not used"] += len(statements) - len(before)
        if not before:
            return
        latest = max(one.when for one in before)
        last = [one for one in before if one.when == latest]
        if any((one.cell, one.wrong) != (last[0].cell, last[0].wrong) for one in last):
            values = ", ".join(f"{one.cell or 'unreadable'} at {one.place}" for one in last)
            self._fault(patient.found.place, f"{name}: several values of one moment ({values}); unknown")
            return
        chosen = last[0]
        if chosen.wrong:
            self._fault(chosen.place, chosen.wrong)
            patient.cells[name] = ("?", chosen.place)
            return
        if chosen.cell:
            patient.cells[name] = (chosen.cell, chosen.place)
            patient.cells |= chosen.beside
            age = next((one.age for one in OBSERVATIONS.values() if one.field == name and one.age), "")
            if age and day is not None:
                patient.cells[age] = (str((day - chosen.when.day).days), chosen.place)
        else:
            patient.cells |= {key: value for key, value in chosen.beside.items() if key == "on_oxygen"}

    def _set_conditions(self, patient: _Patient) -> None:
        day = patient.referral
        flags: dict[str, dict[str, str]] = defaultdict(dict)
        kinds: dict[str, dict[str, str]] = defaultdict(dict)
        onsets: dict[str, list[Moment | None]] = defaultdict(list)
        for meaning, holds, began, place in patient.conditions:
            if began is not None and day is not None and began.day > day:
                self._unread["conditions after the referral, not used"] += 1
                continue
            for name in meaning.flags if holds else meaning.flags[-1:]:
                flags[name].setdefault("yes" if holds else "no", place)
            if holds and meaning.kind is not None:
                kinds[meaning.kind[0]].setdefault(meaning.kind[1], place)
            if holds and meaning.days_ago:
                onsets[meaning.days_ago].append(began)
        for name, answers in (*flags.items(), *kinds.items()):
            self._agree(patient, name, answers)
        for name, moments in onsets.items():
            known = [one for one in moments if one is not None]
            if day is not None and len(known) == len(moments):
                patient.cells[name] = (str((day - max(known).day).days), patient.found.place)

    def _agree(self, patient: _Patient, name: str, answers: Mapping[str, str]) -> None:
        """Take what all resources say of a field; where they differ, it is unknown."""
        observed = patient.cells.get(name)
        all_of = dict(answers)
        if observed is not None and observed[0] not in ("?", *answers):
            all_of[observed[0]] = observed[1]
        if len(all_of) > 1:
            told = ", ".join(f"{cell} at {place}" for cell, place in all_of.items())
            self._fault(patient.found.place, f"{name}: contradictory ({told}); unknown")
            patient.cells[name] = ("?", patient.found.place)
        else:
            ((cell, place),) = all_of.items()
            patient.cells[name] = (cell, place)

    def _as_table(self) -> PatientTable:
        used = {name for patient in self._patients for name in patient.cells}
        headers = [ID_COLUMN]
        headers += [REFERRAL_COLUMN] if REFERRAL_COLUMN in used else []
        headers += [name for name in FIELDS if name in used]
        table = PatientTable(headers, faults=self._faults, is_records=True)
        for patient in self._patients:
            row = [patient.found.id]
            for k, name in enumerate(headers[1:], start=1):
                cell, place = patient.cells.get(name, ("", ""))
                row.append(cell)
                if place:
                    table.origin[patient.row, k] = place
            table.rows.append(row)
            table.lines.append(patient.row + 1)
        return table


def _local_codes(said: ListMapping) -> tuple[dict[tuple[str, str], Use], list[ListFault]]:
    """Return the codes that a mapping file names, and what of it does not speak of codes."""
    codes: dict[tuple[str, str], Use] = {}
    faults = []
    for name, use in said.columns.items():
        system, bar, code = name.partition("|")
        if not bar or use is None or use.field not in FIELDS:
            message = f"columns.{printable(name)}: of FHIR a field is named by system|code; not used"
            faults.append(ListFault(0, "", message, resource="the mapping file"))
        else:
            codes[system, code] = use
    return codes, faults
