"""Read the file that a scenario's `population` names: strictly, once, and known by its content.

A list that is screened may have cells that cannot be read; they are reported, and unknown. A scenario may not:
every fault of its file is an error, since what a trial is planned on must not depend on a slip nobody saw.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.screen import INFECTION, screen
from simulator.eligibility.three_valued import FAIL, PASS, UNKNOWN
from simulator.errors import ScenarioError, SimulatorError
from simulator.fields import FIELDS, Group
from simulator.parsing.printable import printable
from simulator.patients.list_reader import read_patient_list
from simulator.patients.patient_list import PatientList
from simulator.patients.table import ListFault
from simulator.population.file_rows import Missing, PatientRows
from simulator.population.parameters import PopulationParameters

FAULTS_SHOWN: Final = 20
MOST_ROWS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class FileFault:
    """One thing wrong with a population's file, and the key of the section that it is about."""

    key: str
    message: str


def read_population(
    parameters: PopulationParameters, folder: Path, held: PopulationParameters | None = None
) -> tuple[PopulationParameters, list[FileFault]]:
    """Return the parameters with the rows of their file, its absolute path and its hashes; or what is wrong.

    Parameters
    ----------
    folder
        What a relative path is relative to.
    held
        Parameters whose rows were read before: taken again where file, mapping and hashes are the same, so
        that what is read once stays what it was, whatever becomes of the file.
    """
    if parameters.file is None:
        return parameters, []
    file = Path(os.path.abspath(folder / parameters.file))
    mapping = None if parameters.map is None else Path(os.path.abspath(folder / parameters.map))
    places = {"file": str(file), "map": None if mapping is None else str(mapping)}
    if held is not None and held.rows is not None and _is_same(parameters, places, held):
        hashes = {"sha256": held.sha256, "map_sha256": held.map_sha256}
        return parameters.model_copy(update={**places, **hashes}).with_rows(held.rows), []
    try:
        # hashed before and after: a file that changes while it is read is known by neither hash
        before = _digests(file, mapping)
        listed = read_patient_list(file, mapping)
        after = _digests(file, mapping)
    except SimulatorError as error:
        lines = str(error).splitlines()
        named = [
            line if k == 0 or str(mapping) in line else f"{file}: {line}" for k, line in enumerate(lines)
        ]
        return parameters, [FileFault("file", line) for line in named]
    if before != after:
        return parameters, [FileFault("file", f"{printable(str(file))}: changed while it was read")]
    digests = {"sha256": before[0], "map_sha256": before[1]}
    faults = [*_faults_of_digests(parameters, digests), *_faults_of_list(listed)]
    if faults:
        return parameters, faults
    joined = "".join(digest for digest in before if digest is not None)
    rows = PatientRows(_known(listed), joined, _notes(listed))
    return parameters.model_copy(update={**places, **digests}).with_rows(rows), []


def _is_same(
    parameters: PopulationParameters, places: dict[str, str | None], held: PopulationParameters
) -> bool:
    hashes = (parameters.sha256 in (None, held.sha256), parameters.map_sha256 in (None, held.map_sha256))
    return places == {"file": held.file, "map": held.map} and all(hashes)


def _digests(file: Path, mapping: Path | None) -> tuple[str, str | None]:
    return content_digest(file), None if mapping is None else content_digest(mapping)


def content_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes; of a folder, that of the names and hashes of the files in it.

    Raises
    ------
    ScenarioError
        For a path that cannot be read.
    """
    try:
        if not path.is_dir():
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
        inside = sorted(one for one in path.iterdir() if one.is_file())
        lines = [f"{content_digest(one)}  {one.name}\n" for one in inside]
    except FileNotFoundError:
        raise ScenarioError(f"{printable(str(path))}: no such file") from None
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise ScenarioError(f"{printable(str(path))}: cannot be read: {reason}") from None
    return hashlib.sha256("".join(lines).encode(errors="surrogateescape")).hexdigest()


def _faults_of_digests(parameters: PopulationParameters, found: dict[str, str | None]) -> Iterator[FileFault]:
    for key, digest in found.items():
        stated = getattr(parameters, key)
        if stated is not None and stated != digest:
            yield FileFault(
                key,
                f"the file has another content than stated: {digest}; another file gives "
                "another run; remove the key to use it as it is now",
            )


def _faults_of_list(listed: PatientList) -> list[FileFault]:
    wrong = [fault for fault in listed.faults if not fault.is_note]
    if listed.count > MOST_ROWS:
        wrong.append(ListFault(0, "", f"has {listed.count} rows, legal: at most {MOST_ROWS}"))
    found = [FileFault("file", f"{listed.file}: {fault}") for fault in wrong[:FAULTS_SHOWN]]
    if len(wrong) > FAULTS_SHOWN:
        more = f"and {len(wrong) - FAULTS_SHOWN} more faults; `simulator screen` lists them all"
        found.append(FileFault("file", f"{listed.file}: {more}"))
    return found


def _known(listed: PatientList) -> dict[str, np.ndarray[tuple[int], np.dtype[np.float64]]]:
    """Return the columns of which something is known; where there is none, one that says nothing."""
    known = {name: values for name, values in listed.columns.items() if not np.isnan(values).all()}
    return known or dict([next(iter(listed.columns.items()))])


def _notes(listed: PatientList) -> tuple[str, ...]:
    return tuple(str(fault) for fault in listed.faults if fault.is_note)


def faults_of_eligibility(parameters: PopulationParameters, readings: EligibilityReadings) -> list[FileFault]:
    """Return which criteria nobody of the file can pass because of what it lacks, where unknown stays unknown.

    An infection that does not pass may resolve, and is no such criterion.
    """
    rows = parameters.rows
    if rows is None or parameters.missing is Missing.SYNTHETIC:
        return []
    verdicts = screen(dict(rows.columns), readings)
    found = []
    for k, id_ in enumerate(verdicts.ids):
        codes = verdicts.codes[:, k]
        could = codes == PASS if id_ != INFECTION else codes != UNKNOWN
        unknown = int(np.count_nonzero(codes == UNKNOWN))
        if verdicts.screened[k] and unknown and not could.any():
            fails = int(np.count_nonzero(codes == FAIL))
            found.append(f"{id_} (unknown for {unknown}, fails for {fails} of {rows.count})")
    if not found:
        return []
    message = (
        f"nobody of the file can be eligible: what it lacks leaves {', '.join(found)} without a pass, and an "
        "unknown never passes; add the columns (`simulator screen` names them), or write `missing: synthetic` "
        "to have the scenario's law draw what a row lacks"
    )
    return [FileFault("file", message)]


def population_notes(parameters: PopulationParameters, *, in_full: bool = False) -> tuple[str, ...]:
    """Return what a reader of any number must know of the file behind it; nothing for synthetic patients.

    `in_full` names the fields that are not all from the file; else they are counted.
    """
    rows = parameters.rows
    if rows is None or parameters.sha256 is None:
        return ()
    mapped = "" if parameters.map_sha256 is None else f", mapping {parameters.map_sha256[:12]}"
    count = f"{rows.count} row{'s' if rows.count > 1 else ''}"
    lines = [
        f"the patients are the {count} of {printable(Path(str(parameters.file)).name)} (SHA-256 "
        f"{parameters.sha256[:12]}{mapped}), drawn with replacement: no interval says how far others would differ"
    ]
    drawn = [one.name for one in FIELDS.values() if one.drawn and one.name != "status"]
    if parameters.missing is Missing.UNKNOWN:
        drawn = [name for name in drawn if FIELDS[name].group is Group.LATER]
    law = "from the scenario's law, uncorrelated with the row but for what the law itself makes depend on it"
    lines += _listed(law, rows, drawn, in_full)
    if parameters.missing is Missing.UNKNOWN:
        others = [name for name in rows.columns if name not in drawn]
        lines += _listed("unknown, and so no pass", rows, others, in_full)
    else:
        lines += _half_dated(rows)
    return tuple(lines)


def _listed(what: str, rows: PatientRows, names: list[str], in_full: bool) -> list[str]:
    lacking = {name: _lacking(rows, name) for name in names}
    whole = [name for name, count in lacking.items() if count == rows.count]
    part = [f"{name} {count}" for name, count in lacking.items() if 0 < count < rows.count]
    if not whole and not part:
        return []
    if not in_full:
        return [f"{what}: {len(whole)} fields for everybody, {len(part)} for some rows"]
    parts = [", ".join(whole)] if whole else []
    parts += [f"for some rows {', '.join(part)}"] if part else []
    return [f"{what}: {'; '.join(parts)}"]


def _half_dated(rows: PatientRows) -> list[str]:
    names = ("first_cr_day", "first_relapse_day")
    lacks = [np.isnan(rows.columns[name]) for name in names if name in rows.columns]
    if len(lacks) == 1:
        half = int(np.count_nonzero(~lacks[0]))
    else:
        half = int(np.count_nonzero(lacks[0] != lacks[1])) if lacks else 0
    return [f"of {half} rows one of {' and '.join(names)} is known; the other stays unknown"] if half else []


def _lacking(rows: PatientRows, name: str) -> int:
    values = rows.columns.get(name)
    if values is None:
        return rows.count
    lacks = np.isnan(values)
    flag = rows.columns.get(FIELDS[name].only_with)
    return int(np.count_nonzero(lacks if flag is None else lacks & (flag != 0)))
