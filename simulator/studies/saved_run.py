"""A run folder read back: the comparison it holds, or the tables that can be shown, and what is wrong with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulator.errors import ScenarioError, StoreError
from simulator.runs.atomic_files import sha256
from simulator.runs.chunk_files import decoded, is_part_of
from simulator.runs.ending import Ending
from simulator.runs.plan import fingerprint, run_plan
from simulator.runs.replicates import Chunk, RunPlan, chunks
from simulator.runs.results import Results
from simulator.runs.run_folder import PART_NAME
from simulator.runs.run_record import RUN, altered_files, is_as_written, read_record, why_no_record
from simulator.scenario.provenance import CHANGED, DEFAULT, NOT_STATED, Provenance
from simulator.scenario.question import AUTO, MOST_REPLICATES
from simulator.scenario.scenario import Scenario, parse_scenario
from simulator.studies.compare import GAP, Comparison, warnings_of

if TYPE_CHECKING:
    from pandas import DataFrame

SCENARIO: Final = "scenario.yaml"
FINISHED: Final = "finished"


@dataclass(frozen=True, slots=True)
class SavedRun:
    """What a run folder holds, and how far it can be trusted.

    Attributes
    ----------
    about
        What the folder's record says of the run.
    notes
        What is wrong: unfinished, altered, of another version; and what is shown all the same. Empty for a
        finished run of this version whose every file is as it was written.
    comparison
        None where the run cannot be computed again from its parts.
    tables
        Saved tables that are as they were written, by name.
    """

    path: Path
    about: Mapping[str, Any]
    notes: tuple[str, ...]
    comparison: Comparison | None
    tables: "Mapping[str, DataFrame]" = field(default_factory=dict)


def load_run(path: str | PathLike[str]) -> Comparison:
    """Return the comparison that a run folder holds; its frames are those of the run, bit for bit.

    What is wrong with the folder, if the comparison does not depend on it, is among its `warnings`. So is an
    unfinished run: its comparison is over the replicates kept from the first on, without gap.

    Raises
    ------
    StoreError
        No run, a run of another version, or one whose parts or scenario are missing or altered.
    """
    saved = open_saved_run(path)
    if saved.comparison is None:
        raise StoreError("\n".join((f"{saved.path}: the comparison cannot be read back", *saved.notes)))
    return saved.comparison


def open_saved_run(path: str | PathLike[str]) -> SavedRun:
    """Read a run folder as far as it can be trusted.

    Raises
    ------
    StoreError
        Nothing of it can be shown: no folder, no run, an unfinished one without replicates, or a run for which
        neither the parts nor any table are as they were written.
    """
    folder = Path(path)
    record = _record(folder)
    about = record["about"]
    if record["status"] != FINISHED:
        return _unfinished(folder, record)
    altered = altered_files(folder, record)
    tables = _tables(folder, record, altered)
    notes = [f"Altered or missing since the run wrote it: {name}" for name in altered[:NAMED]]
    if len(altered) > NAMED:
        notes.append(f"Altered or missing since the run wrote it: {len(altered) - NAMED} more files")
    try:
        comparison = _rebuilt(folder, record, _scenario(folder, record), about["replicates"])
    except StoreError as error:
        notes.append(f"{str(error).removeprefix(f'{folder}: ')}; only the saved tables are shown")
        if not tables:
            raise StoreError("\n".join((f"{folder}: nothing of this run can be shown", *notes))) from None
        return SavedRun(folder, about, tuple(notes), None, tables)
    if altered:
        notes.append(
            "Every number here is computed again from the run's parts, which are as they were written"
        )
    return SavedRun(folder, about, tuple(notes), _warned(comparison, about, notes), tables)


NAMED: Final = 10


def _record(folder: Path) -> dict[str, Any]:
    """Return run.json, or say why the folder holds no run."""
    if not folder.exists():
        raise StoreError(f"{folder}: no such folder")
    if not folder.is_dir():
        raise StoreError(f"{folder}: is a file; a run is a folder that `simulator compare --out` wrote")
    try:
        record = read_record(folder / RUN)
    except OSError as error:
        raise StoreError(f"{folder / RUN}: cannot be read: {error.strerror}") from None
    if record is None:
        raise StoreError(f"{folder}: {why_no_record(folder / RUN)}")
    about = record["about"]
    if about.get("kind") is not None:
        raise StoreError(
            f"{folder}: holds the answer of `simulator {about['kind']}`, not a comparison; it has no report: see "
            "its text, tables/ and figures/"
        )
    if (
        not _is_count(about.get("replicates"), 1)
        or about["replicates"] > MOST_REPLICATES
        or not _is_count(about.get("seed"), 0)
        or not all(_are_names(about.get(key, [])) for key in ("designs", "truths", "warnings"))
    ):
        raise StoreError(f"{folder / RUN}: altered since a run wrote it; run the comparison again")
    return record


def _is_count(value: object, least: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= least


def _are_names(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(name, str) for name in value)


def _tables(folder: Path, record: Mapping[str, Any], altered: list[str]) -> "dict[str, DataFrame]":
    """Return the saved tables that are as they were written."""

    names = [name for name in record["outputs"] if name.startswith("tables/") and name.endswith(".parquet")]
    return {Path(name).stem: pd.read_parquet(folder / name) for name in names if name not in altered}


def _scenario(folder: Path, record: Mapping[str, Any]) -> Scenario:
    """Return the scenario of a finished run, or say why it cannot be trusted."""
    here, there = version("phase1-simulator"), record["about"].get("version", "unknown")
    if there != here:
        raise StoreError(f"{folder}: Written by version {there}; this is version {here}")
    if not is_as_written(folder, SCENARIO, record["outputs"].get(SCENARIO)):
        raise StoreError(f"{folder}: {SCENARIO} is missing or altered, so the run cannot be computed again")
    return _parsed(folder, record["about"], (folder / SCENARIO).read_text(encoding="utf-8"))


def _parsed(folder: Path, about: Mapping[str, Any], text: str) -> Scenario:
    try:
        # its patients need not be there any more: their hash is part of the fingerprint
        scenario = parse_scenario(text, str(folder / SCENARIO), patients=False)
    except ScenarioError as error:
        raise StoreError(
            f"{folder}: The scenario is not legal for this installation ({error.faults[0]})"
        ) from None
    _restore_unsourced(scenario.provenance, about.get("unsourced"))
    return scenario


def _restore_unsourced(provenance: dict[str, Provenance], unsourced: object) -> None:
    """Mark again the numbers that the run's own file did not state: scenario.yaml writes them like any other."""
    for word in (DEFAULT, CHANGED):
        paths = unsourced.get(word) if isinstance(unsourced, dict) else None
        for path in paths if isinstance(paths, list) else ():
            if path in provenance and provenance[path].known == NOT_STATED:
                provenance[path] = replace(provenance[path], known=word)


def _rebuilt(folder: Path, record: Mapping[str, Any], scenario: Scenario, replicates: int) -> Comparison:
    """Compute the comparison from the run's parts, the first replicates of them."""
    plan = _job(folder, record, scenario)
    done = _chunks(folder, record, replicates)
    results = Results.in_order(plan, done, scenario.trial.target)
    gap = pd.read_parquet(folder / GAP) if _is_whole(folder, record, GAP) else None
    return Comparison(scenario, results, warnings_of(scenario, results), _ending(folder, record), gap)


def _is_whole(folder: Path, record: Mapping[str, Any], name: str) -> bool:
    """Return whether the run wrote this file, and it is as it was written."""
    return name in record["outputs"] and is_as_written(folder, name, record["outputs"][name])


def _job(folder: Path, record: Mapping[str, Any], scenario: Scenario) -> RunPlan:
    """Return what was run; its fingerprint must be that of the record."""
    about = record["about"]
    own = {truth.name for truth in scenario.truths}
    truths = [name for name in about.get("truths", own) if name in own]
    try:
        plan = run_plan(scenario, about.get("designs"), truths or None, about["seed"])
    except ScenarioError as error:
        raise StoreError(f"{folder}: {RUN} does not belong to its scenario ({error.faults[0]})") from None
    if fingerprint(plan, _ending(folder, record).asked or about["replicates"]) != record["fingerprint"]:
        raise StoreError(
            f"{folder}: The settings of the run are not those that this installation reads from its scenario: "
            f"written by another state of version {about.get('version', 'unknown')}, or {RUN} was altered"
        )
    return plan


def _ending(folder: Path, record: Mapping[str, Any]) -> Ending:
    try:
        return Ending.of(record["about"])
    except StoreError as error:
        raise StoreError(f"{folder / RUN}: {error}") from None


def _chunks(folder: Path, record: Mapping[str, Any], replicates: int) -> Iterator[Chunk]:
    """Yield the chunks of the first replicates, every part as it was written."""
    found = _parts(folder)
    for part in chunks(record["about"]["replicates"]):
        if part.start >= replicates:
            break
        content = _content(found, part, record["fingerprint"])
        if content is None:
            raise StoreError(
                f"{folder}: Replicates {part.start} to {part.stop - 1} are missing or altered in parts/, so the run "
                "cannot be computed again"
            )
        yield decoded(content)


def _parts(folder: Path) -> dict[tuple[int, int], Path]:
    """Return the parts of the folder by their first and last replicate."""
    place = folder / "parts"
    names = sorted(place.iterdir()) if place.is_dir() else []
    matches = ((PART_NAME.fullmatch(entry.name), entry) for entry in names)
    return {(int(match[1]), int(match[2])): entry for match, entry in matches if match is not None}


def _content(found: Mapping[tuple[int, int], Path], part: range, digest: str) -> bytes | None:
    """Return a part's bytes; None where it is not there, not what its name says, or of another run."""
    file = found.get((part.start, part.stop))
    if file is None or not file.is_file():
        return None
    content = file.read_bytes()
    match = PART_NAME.fullmatch(file.name)
    if match is None or sha256(content) != match[3] or not is_part_of(content, part, digest):
        return None
    return content


def _warned(comparison: Comparison, about: Mapping[str, Any], notes: list[str]) -> Comparison:
    """Return the comparison with what the run and the reading of its folder have to say."""
    said = (*about.get("warnings", ()), *notes)
    more = tuple(warning for warning in said if warning not in comparison.warnings)
    return replace(comparison, warnings=comparison.warnings + more)


def _unfinished(folder: Path, record: Mapping[str, Any]) -> SavedRun:
    """Return the comparison over the replicates kept from the first on, or say which command resumes."""
    about = record["about"]
    wanted, found = about["replicates"], _parts(folder)
    kept = 0
    for part in chunks(wanted):
        if _content(found, part, record["fingerprint"]) is None:
            break
        kept = part.stop
    asked = _ending(folder, record).asked or wanted
    resume = (
        f"`simulator compare SCENARIO --replicates {asked} --seed {about['seed']} --out {folder}`, with the same "
        "scenario, designs and truths, resumes it"
    )
    most = "at most " if asked == AUTO else ""
    state = f"Unfinished run: of {most}{wanted} replicates the first {kept} are kept without gap; {resume}"
    here, there = version("phase1-simulator"), about.get("version", "unknown")
    if there != here:
        raise StoreError(f"{folder}: unfinished run written by version {there}; this is version {here}")
    if not kept or not isinstance(about.get("scenario"), str):
        raise StoreError(f"{folder}: nothing can be shown yet. {state}")
    comparison = _rebuilt(folder, record, _parsed(folder, about, about["scenario"]), kept)
    return SavedRun(folder, about, (state,), _warned(comparison, {}, [state]))
