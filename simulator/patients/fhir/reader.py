"""Patients from FHIR R4 resources, as the table that a list of patients is read from.

One row a Patient. Of a field observed more than once the most recent observation at or before the referral
counts; one that cannot be read is not replaced by an older one. What is not in the record is unknown: a
condition that is not listed is not absent.
"""

from collections import defaultdict
from pathlib import Path
from typing import Final

from simulator.errors import ProtocolError
from simulator.fields import FIELDS
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.fhir.codes import (
    LOINC,
    OBSERVATIONS,
    OXYGEN_CONCENTRATIONS,
    OXYGEN_FLOW,
    ROOM_AIR_PERCENT,
    SNOMED,
    ObservationCode,
    condition_code,
)
from simulator.patients.fhir.files import FoundResource, read_resources
from simulator.patients.fhir.record import (
    REFERRAL_COLUMN,
    Diagnosis,
    FhirFaults,
    FhirStatement,
    PatientRecord,
    settle,
)
from simulator.patients.fhir.values import (
    Element,
    Value,
    codings,
    effective,
    quantity_in,
    value_of,
)
from simulator.patients.instants import Instant, instant
from simulator.patients.mapping_file import ListMapping, Use
from simulator.patients.table import ListFault, PatientTable

ID_COLUMN: Final = "patient_id"
PATIENT_REFERRAL: Final = "3457005"
"""SNOMED CT: patient referral (procedure)."""
_VALID: Final = frozenset(("final", "amended", "corrected"))
_WITHDRAWN: Final = frozenset(("entered-in-error", "cancelled"))


def read_fhir(path: Path, mapping: ListMapping) -> PatientTable:
    """Read a bundle, a folder of bundles or NDJSON.

    Parameters
    ----------
    mapping
        A mapping whose `columns` name further codes, `system|code`, and whose `referral_date` is the day that
        dates are counted from.

    Raises
    ------
    ProtocolError
        Where the extra is missing, nothing can be read, or there is no Patient.
    """
    return _Records(path, mapping).table()


class _Records:
    """Turns resources into rows."""

    def __init__(self, path: Path, mapping: ListMapping) -> None:
        self._name = printable(str(path))
        self._mapping = mapping
        reading = read_resources(path)
        self._faults = FhirFaults(reading.faults)
        self._stamps = reading.timestamps
        self._found = reading.found
        self._patients: list[PatientRecord] = []
        self._in_bundle: dict[tuple[int, str], int] = {}
        self._anywhere: dict[str, set[int]] = defaultdict(set)
        self._local, wrong = _local_codes(mapping)
        self._faults.faults += wrong

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
            settle(patient, self._mapping.referral_date, self._stamps.get(patient.found.bundle), self._faults)
        return self._as_table()

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
                self._patients.append(PatientRecord(found, row))
            for name in filter(None, (f"Patient/{found.id}" if found.id else "", found.url)):
                self._in_bundle[found.bundle, name] = row
                self._anywhere[name].add(row)
        if not self._patients:
            faults = [str(fault) for fault in self._faults.faults[:10]]
            raise ProtocolError("\n".join([f"{self._name}: has no Patient that can be read", *faults]))

    def _subject(self, found: FoundResource) -> PatientRecord | None:
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
                self._faults.add(place, f"{shown(reference)} is several patients; not used")
                return None
        self._faults.add(
            f"{found.place}.subject.reference", f"{shown(reference)} is no Patient read; not used"
        )
        return None

    # What resources say

    def _request(self, found: FoundResource, patient: PatientRecord) -> None:
        concepts = [found.resource.get("code"), *(found.resource.get("category") or [])]
        if not any((SNOMED, PATIENT_REFERRAL) in codings(concept) for concept in concepts):
            self._faults.counts["requests that are no referral of a patient, not read"] += 1
            return
        authored = instant(found.resource.get("authoredOn"))
        if authored is None or authored.day is None:
            self._faults.add(f"{found.place}.authoredOn", "a referral without its day; not used")
        else:
            patient.requests[authored.day] = f"{found.place}.authoredOn"

    def _observation(self, found: FoundResource, patient: PatientRecord) -> None:
        one = found.resource
        parts = [("", one), *((f".component[{k}]", c) for k, c in enumerate(one.get("component") or []))]
        meant = [(path, part, self._meaning(found.place + path, part.get("code"))) for path, part in parts]
        if not any(meaning for _, _, meaning in meant):
            codes = ", ".join(
                f"{system.rsplit('/', 1)[-1]}|{code}" for system, code in codings(one.get("code"))
            )
            self._faults.counts[f"observations of a code that is not read, {printable(codes) or 'none'}"] += 1
            return
        status = one.get("status")
        if status not in _VALID:
            if status in _WITHDRAWN:
                self._faults.counts[f"observations that are {status}, not read"] += 1
            else:
                legal = ", ".join(sorted(_VALID))
                self._faults.add(f"{found.place}.status", f"{shown(status)}, legal: {legal}; not used")
            return
        at, text = effective(one)
        when = instant(text)
        if when is None:
            why = f"{shown(text)} has no day" if at else "has no date"
            self._faults.add(f"{found.place}.{at or 'effectiveDateTime'}", f"{why}; not used")
        for path, part, meaning in meant:
            if meaning is not None:
                written = f"{found.place}.{at}", str(text)
                self._say(patient, found, found.place + path, part, meaning, when, written)

    def _meaning(self, place: str, concept: Element | None) -> tuple[ObservationCode, Use | None] | None:
        meanings: dict[str, tuple[ObservationCode, Use | None]] = {}
        for system, code in codings(concept):
            use = self._local.get((system, code))
            if use is not None:
                meanings[use.field] = ObservationCode(use.field, code), use
            elif system == LOINC and code in OBSERVATIONS:
                meanings.setdefault(OBSERVATIONS[code].field, (OBSERVATIONS[code], None))
        if len(meanings) > 1:
            self._faults.add(f"{place}.code", f"its codes say {' and '.join(meanings)}; not used")
        return next(iter(meanings.values())) if len(meanings) == 1 else None

    def _say(
        self,
        patient: PatientRecord,
        found: FoundResource,
        place: str,
        part: Element,
        meaning: tuple[ObservationCode, Use | None],
        when: Instant | None,
        written: tuple[str, str],
    ) -> None:
        code, use = meaning
        value = value_of(part, code.field, use, positive=code.positive)
        if value is None:
            self._faults.counts["observations without a value, not read"] += 1
            return
        others: dict[str, tuple[str, str]] = {}
        if code.also is not None:
            others[code.also[0]] = (code.also[1], f"{place}.code")
        if code.limit:
            self._limit(part, place, code, others)
        if code.field == "spo2_percent":
            value = self._air(found, value, others)
        cell = FhirStatement(when, value.cell, f"{place}.{value.path}", others, value.wrong, written)
        patient.statements[code.field].append(cell)

    def _limit(
        self, part: Element, place: str, code: ObservationCode, others: dict[str, tuple[str, str]]
    ) -> None:
        ranges = part.get("referenceRange") or []
        upper = [
            (k, one["high"])
            for k, one in enumerate(ranges)
            if "high" in one and all(kind == "normal" for _, kind in codings(one.get("type")))
        ]
        if len(upper) > 1:
            message = f"{len(upper)} ranges with an upper limit; {code.limit} is unknown"
            self._faults.add(f"{place}.referenceRange", message)
        elif upper:
            k, high = upper[0]
            value = quantity_in(high, f"referenceRange[{k}].high", code.limit)
            if value.wrong:
                self._faults.add(f"{place}.{value.path}", value.wrong)
            else:
                others[code.limit] = (value.cell, f"{place}.{value.path}")

    def _air(self, found: FoundResource, value: Value, others: dict[str, tuple[str, str]]) -> Value:
        """Return the value without its number where it was measured on oxygen: it is none on room air."""
        on: list[bool] = []
        for k, component in enumerate(found.resource.get("component") or []):
            number = (component.get("valueQuantity") or {}).get("value")
            for system, code in codings(component.get("code")):
                if system == LOINC and number is not None and code in (OXYGEN_FLOW, *OXYGEN_CONCENTRATIONS):
                    on.append(float(number) > (0 if code == OXYGEN_FLOW else ROOM_AIR_PERCENT))
                    others["on_oxygen"] = ("yes" if any(on) else "no", f"{found.place}.component[{k}]")
        if any(on) and not value.wrong:
            self._faults.counts["saturations measured on oxygen, none on room air"] += 1
            return Value("", value.path)
        return value

    def _condition(self, found: FoundResource, patient: PatientRecord) -> None:
        one = found.resource
        meant = {
            meaning.name: meaning
            for system, code in codings(one.get("code"))
            if (meaning := condition_code(system, code)) is not None
        }
        if not meant:
            self._faults.counts["conditions of a code that is not read"] += 1
            return
        if len(meant) > 1:
            self._faults.add(f"{found.place}.code", f"its codes say {' and '.join(meant)}; not used")
            return
        status = next((code for _, code in codings(one.get("verificationStatus"))), "confirmed")
        if status in _WITHDRAWN:
            self._faults.counts[f"conditions that are {status}, not read"] += 1
        elif status not in ("confirmed", "refuted"):
            message = f"{shown(status)}, legal: confirmed, refuted; not used"
            self._faults.add(f"{found.place}.verificationStatus", message)
        else:
            meaning = next(iter(meant.values()))
            holds = status == "confirmed"
            if not holds and not meaning.ruled_out:
                self._faults.counts["conditions refuted, from which nothing follows"] += 1
                return
            onset = instant(one.get("onsetDateTime"))
            known = onset or instant(one.get("recordedDate"))
            patient.conditions.append(Diagnosis(meaning, holds, known, onset, found.place))
            if meaning.days_ago and (onset is None or onset.day is None):
                why = f"conditions without the day of onset, so that {meaning.days_ago} is unknown"
                self._faults.counts[why] += 1

    def _as_table(self) -> PatientTable:
        used = {name for patient in self._patients for name in patient.cells}
        headers = [ID_COLUMN]
        headers += [REFERRAL_COLUMN] if REFERRAL_COLUMN in used else []
        headers += [name for name in FIELDS if name in used]
        table = PatientTable(headers, faults=self._faults.listed(), is_records=True)
        for patient in self._patients:
            for name in patient.undecided:
                table.undecided.setdefault(name, set()).add(patient.row)
        table.dead = frozenset(patient.row for patient in self._patients if patient.is_dead)
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


def _local_codes(mapping: ListMapping) -> tuple[dict[tuple[str, str], Use], list[ListFault]]:
    """Return the codes that a mapping file names, and what of it does not speak of codes."""
    codes: dict[tuple[str, str], Use] = {}
    faults = []
    for name, use in mapping.columns.items():
        system, bar, code = name.partition("|")
        if not bar or use is None or use.field not in FIELDS:
            message = f"columns.{printable(name)}: of FHIR a field is named by system|code; not used"
            faults.append(ListFault(0, "", message, resource="the mapping file"))
        else:
            codes[system, code] = use
    return codes, faults
