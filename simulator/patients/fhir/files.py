"""FHIR R4 resources from a bundle, a folder of them or NDJSON: found, validated, and none lost."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, TypeAlias

from pydantic import ValidationError

from simulator.errors import ProtocolError
from simulator.parsing.faults import shown
from simulator.parsing.printable import printable
from simulator.patients.fhir.json_text import read_json
from simulator.patients.table import MAX_BYTES, MOST_ROWS, ListFault

Resource: TypeAlias = Mapping[str, Any]

SUFFIXES: Final = (".json", ".ndjson", ".jsonl")
MOST_FOLDER_BYTES: Final = 500_000_000
MOST_VALUES: Final = 3_000_000
"""Commas and lists in one file: each value takes some hundred bytes of memory, however short it is written."""
MOST_FAULTS: Final = 200_000
READ: Final = ("Patient", "Observation", "Condition", "ServiceRequest")
"""Types of resource that are read; others are counted."""
MISSING_EXTRA: Final = (
    "reading FHIR needs the package fhir.resources; install it with: pip install 'phase1-simulator[fhir]'"
)


@dataclass(frozen=True, slots=True)
class FoundResource:
    """One valid resource.

    Attributes
    ----------
    bundle
        Number of the bundle, or of the file of single resources, that it came in.
    place
        File, type and id, as messages name it.
    url
        Full URL of its entry, by which others refer to it.
    """

    kind: str
    resource: Resource
    bundle: int
    place: str
    url: str = ""

    @property
    def id(self) -> str:
        """Id of the resource, or empty."""
        return str(self.resource.get("id", ""))


@dataclass(slots=True)
class Reading:
    """All resources, what is wrong with some, and the moment each bundle was put together."""

    found: list[FoundResource] = field(default_factory=list)
    faults: list[ListFault] = field(default_factory=list)
    timestamps: dict[int, str] = field(default_factory=dict)
    bundles: int = 0
    patients: int = 0

    def add(self, fault: ListFault, name: str) -> None:
        """Add a fault of one of many parts of a file.

        Raises
        ------
        ProtocolError
            Where the file has more of them than a list can have.
        """
        if len(self.faults) >= MOST_FAULTS:
            first = "\n".join(map(str, self.faults[:5]))
            raise ProtocolError(
                f"{name}: more than {MOST_FAULTS} faults, the most a list may have; first:\n{first}"
            )
        self.faults.append(fault)


def is_fhir(path: Path) -> bool:
    """Return whether a path is to be read as FHIR: a folder, or a file of JSON."""
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"{"
    except OSError:
        return False


def read_resources(path: Path) -> Reading:
    """Read and validate every resource.

    Raises
    ------
    ProtocolError
        Where the extra is missing, the path cannot be read, or there is no file in the folder.
    """
    reading = Reading()
    files = _files(path, reading)
    models = _models()
    for file in files:
        name = printable(file.name)
        others: Counter[str] = Counter()
        for place, resource, bundle, url in _resources(file, reading):
            kind = resource.get("resourceType")
            if kind not in READ:
                others[printable(str(kind))] += 1
                continue
            where = f"{name}: {kind}/{printable(str(resource.get('id', place)))}"
            wrong = _invalid(models[kind], resource)
            for at, why in wrong:
                reading.add(_fault(f"{where}.{at}" if at else where, why), name)
            reading.patients += kind == "Patient"
            if reading.patients > MOST_ROWS:
                raise ProtocolError(f"{name}: has more than {MOST_ROWS} patients, the most a list may have")
            if not wrong:
                reading.found.append(FoundResource(kind, _without_nulls(resource), bundle, where, url))
            elif kind == "Patient":  # a patient keeps their place, with nothing known but who they are
                kept = {"id": resource["id"]} if isinstance(resource.get("id"), str) else {}
                reading.found.append(FoundResource(kind, kept, bundle, where, url))
        if others:
            listed = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
            reading.faults.append(
                ListFault(0, "", f"types of resource not read: {listed}", is_note=True, resource=name)
            )
    return reading


def _models() -> Mapping[str, Any]:
    """Return the validating models; the package is not imported before a FHIR file is read."""
    try:
        from fhir.resources.R4B.condition import Condition
        from fhir.resources.R4B.observation import Observation
        from fhir.resources.R4B.patient import Patient
        from fhir.resources.R4B.servicerequest import ServiceRequest
    except ImportError:
        raise ProtocolError(MISSING_EXTRA) from None
    return {
        "Patient": Patient,
        "Observation": Observation,
        "Condition": Condition,
        "ServiceRequest": ServiceRequest,
    }


def _fault(place: str, message: str) -> ListFault:
    return ListFault(0, "", f"{message}; not used", resource=place)


def _files(path: Path, reading: Reading) -> list[Path]:
    name = printable(str(path))
    try:
        if not path.is_dir():
            return [path]
        inside = sorted(path.iterdir())
        files = [one for one in inside if one.suffix.lower() in SUFFIXES and one.is_file()]
        if sum(one.stat().st_size for one in files) > MOST_FOLDER_BYTES:
            raise ProtocolError(
                f"{name}: its files are larger than {MOST_FOLDER_BYTES} bytes, the most a list may have"
            )
    except OSError as error:
        raise ProtocolError(f"{name}: cannot be read: {error.strerror}") from None
    for one in inside:
        if one not in files:
            note = f"is no file ending in {', '.join(SUFFIXES)}; not read"
            reading.faults.append(ListFault(0, "", note, is_note=True, resource=printable(one.name)))
    if not files:
        raise ProtocolError(f"{name}: the folder has no file ending in {', '.join(SUFFIXES)}")
    return files


def _resources(file: Path, reading: Reading) -> Iterator[tuple[str, Resource, int, str]]:
    """Yield (place, resource, number of its bundle, full URL) of a file."""
    name = printable(file.name)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ProtocolError(f"{name}: larger than {MAX_BYTES} bytes, the most a list may have")
        text = file.read_bytes().decode("utf-8-sig")
        if text.count(",") + text.count("[") > MOST_VALUES:
            raise ProtocolError(
                f"{name}: has more than {MOST_VALUES} values, the most a list may have; divide it"
            )
    except FileNotFoundError:
        raise ProtocolError(f"{printable(str(file))}: no such file") from None
    except OSError as error:
        raise ProtocolError(f"{printable(str(file))}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        reading.faults.append(_fault(name, f"byte {error.start + 1} is not UTF-8"))
        return
    reading.bundles += 1
    number = reading.bundles
    for place, document in _documents(text, name, reading):
        if not isinstance(document, dict):
            reading.add(_fault(f"{name}: {place}", f"must be a resource, got {shown(document)}"), name)
        elif document.get("resourceType") == "Bundle":
            yield from _entries(document, f"{name}: {place}", reading)
        else:
            yield place, document, number, ""


def _documents(text: str, name: str, reading: Reading) -> Iterator[tuple[str, object]]:
    """Yield one JSON document of the whole file, or one of each line where it is NDJSON."""
    try:
        yield "Bundle", read_json(text, _told(name, reading))
        return
    except ValueError as error:
        lines = text.splitlines()
        # NDJSON has a document on its first line already; else the error is that of one document
        several = len(lines) > 1 and _is_json(lines[0])
        if not several:
            reading.faults.append(_fault(name, f"is not JSON: {error}"))
            return
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield f"line {number}", read_json(line, _told(f"{name}: line {number}", reading))
        except ValueError as error:
            reading.add(_fault(f"{name}: line {number}", f"is not JSON: {error}"), name)


def _told(place: str, reading: Reading) -> Callable[[str], None]:
    return lambda message: reading.faults.append(_fault(place, message))


def _is_json(text: str) -> bool:
    try:
        read_json(text)
    except ValueError:
        return False
    return True


def _entries(bundle: Resource, where: str, reading: Reading) -> Iterator[tuple[str, Resource, int, str]]:
    reading.bundles += 1
    number = reading.bundles
    stamp = bundle.get("timestamp")
    if isinstance(stamp, str):
        reading.timestamps[number] = stamp
    entries = bundle.get("entry", [])
    if not isinstance(entries, list):
        reading.faults.append(_fault(f"{where}.entry", f"must be a list, got {shown(entries)}"))
        return
    for k, entry in enumerate(entries):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            path = f"{where}.entry[{k}].resource"
            reading.add(_fault(path, f"must be a resource, got {shown(resource)}"), where)
            continue
        if resource.get("resourceType") == "Bundle":
            yield from _entries(resource, f"{where}.entry[{k}]", reading)
            continue
        url = entry.get("fullUrl")
        yield f"entry[{k}]", resource, number, url if isinstance(url, str) else ""


def _without_nulls(value: Any) -> Any:
    """Return the same without members and items that are null, which say nothing."""
    match value:
        case dict():
            return {key: _without_nulls(below) for key, below in value.items() if below is not None}
        case list():
            return [_without_nulls(below) for below in value if below is not None]
        case _:
            return value


def _invalid(model: Any, resource: Resource) -> list[tuple[str, str]]:
    """Return (path, what is wrong) of a resource that is none of its type."""
    try:
        model.model_validate(resource)
    except ValidationError as error:
        return [
            (_path(entry["loc"]), f"{printable(entry['msg'])}, got {shown(_plain(entry['input']))}")
            for entry in error.errors(include_url=False)
        ]
    except RecursionError:
        return [("", "nested too deep")]
    except (TypeError, ValueError) as error:  # some rules of a type raise past its model
        return [("", printable(str(error).split("\n", 1)[0]))]
    return []


def _plain(value: object) -> object:
    return float(value) if isinstance(value, Decimal) else value


def _path(loc: tuple[str | int, ...]) -> str:
    text = ""
    for step in loc:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return printable(text.removeprefix("."))
