"""What a finished run leaves: its outputs, and run.json and manifest.json, by which the folder knows itself."""

import io
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import StoreError
from simulator.runs.atomic_files import sha256_of_file
from simulator.runs.csv_text import frame_csv

if TYPE_CHECKING:
    from pandas import DataFrame

FORMAT: Final = "phase1-simulator run, version 1"
RUN: Final = "run.json"
MANIFEST: Final = "manifest.json"
FOLDERS: Final = ("parts", "tables", "figures")
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
OUTPUT_NAME: Final = re.compile(r"((tables|figures)/)?[A-Za-z0-9][A-Za-z0-9._-]{0,109}")
"""Names of outputs inside a run folder: none leads out of it, or into a folder of somebody else."""
STATUSES: Final = ("running", "finished")
MOST_BYTES: Final = 50_000_000
"""A run.json or manifest.json beyond this was not written by a run; it is not read."""


def read_record(path: Path) -> dict[str, Any] | None:
    """Return a run.json that this tool wrote, None for anything else.

    Raises
    ------
    StoreError
        This tool wrote it, and it is damaged: truncated or altered.
    """
    record = _read(path)
    if record is None:
        return None
    wrong = _damage(record)
    if wrong:
        raise StoreError(f"{path}: altered since a run wrote it ({wrong}); `compare --force` starts over")
    return record


def readable_record(path: Path) -> dict[str, Any] | None:
    """Return a run.json that this tool wrote and that is whole, None for anything else."""
    try:
        return read_record(path)
    except StoreError:
        return None


def is_written_by_a_run(path: Path) -> bool:
    """Return whether a run.json or manifest.json, whole or damaged, is of this tool; a symbolic link is not."""
    return _read(path) is not None


def why_no_record(path: Path) -> str:
    """Return what lies in the place of a run.json of this tool."""
    content = _content(path)
    if content is None:
        if path.is_symlink():
            return f"{RUN} is a symbolic link, which is not followed"
        if path.is_file():
            return f"{RUN} is larger than any that a run writes"
        return f"{RUN} is no file" if path.exists() else f"holds no run: there is no {RUN}"
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return f"{RUN} is not JSON: damaged, or not written by a run"
    written = found.get("format") if isinstance(found, dict) else None
    if isinstance(written, str) and written.startswith("phase1-simulator run"):
        return f"written as {written!r}; this version reads {FORMAT!r}"
    return f"{RUN} was not written by a run of this tool"


def _content(path: Path) -> bytes | None:
    """Return the bytes of a file; None for what is none, is behind a link, or larger than a run writes."""
    try:
        if path.is_symlink() or not path.is_file() or path.stat().st_size > MOST_BYTES:
            return None
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _read(path: Path) -> dict[str, Any] | None:
    """Return the content of a file of this tool, empty where it cannot be understood, None for other files."""
    content = _content(path)
    if content is None:
        return None
    try:
        record = json.loads(content)
    except (ValueError, RecursionError):
        return {} if FORMAT.encode() in content[:1000] else None
    return record if isinstance(record, dict) and record.get("format") == FORMAT else None


def _damage(record: Mapping[str, Any]) -> str:
    """Return what is wrong with a run.json, empty where nothing is."""
    if not isinstance(record.get("fingerprint"), str):
        return "it names no fingerprint"
    if record.get("status") not in STATUSES:
        return f"its status is neither {' nor '.join(STATUSES)}"
    if not isinstance(record.get("about"), dict):
        return "it does not say what the run is about"
    return "" if isinstance(record.get("outputs"), dict) else "it does not list its outputs"


def is_output_name(name: str) -> bool:
    """Return whether a run writes outputs of this name: inside its folder, and none of its own records."""
    return OUTPUT_NAME.fullmatch(name) is not None and name not in (RUN, MANIFEST, *FOLDERS)


def is_inside(folder: Path, name: str) -> bool:
    """Return whether a name is that of a file in the folder, with no symbolic link on the way to it."""
    if "\0" in name or ".." in Path(name).parts or Path(name).is_absolute():
        return False
    file = folder / name
    return not any(place.is_symlink() for place in (file, *file.parents) if folder in place.parents)


def as_json(record: Mapping[str, Any]) -> bytes:
    """Return the bytes of the record; values that JSON does not know are an error."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def listed(names: Collection[str]) -> str:
    """Return the first five names and how many more there are."""
    shown = list(names)[:5]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _digests(folder: Path, record: Mapping[str, Any]) -> dict[str, str]:
    """Return what every file of a finished run should be; the manifest adds the parts to the outputs."""
    return {**(_manifest_files(folder) or {}), **record["outputs"]}


def _manifest_files(folder: Path) -> dict[str, Any] | None:
    files = (_read(folder / MANIFEST) or {}).get("files")
    return files if isinstance(files, dict) else None


def altered_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Return the files that are missing or not what the run wrote, the manifest among them."""
    given = _manifest_files(folder)
    wrong = [
        name for name, digest in _digests(folder, record).items() if not is_as_written(folder, name, digest)
    ]
    if given is None or any(given.get(name) != digest for name, digest in record["outputs"].items()):
        wrong.insert(0, MANIFEST)
    return wrong


def is_as_written(folder: Path, name: str, digest: object) -> bool:
    """Return whether a file is there with this SHA-256; one outside the folder, or behind a link, is not."""
    file = folder / name
    try:
        return is_inside(folder, name) and file.is_file() and sha256_of_file(file) == digest
    except OSError:  # a name that no file can have, or a file that cannot be read
        return False


def output_files(
    tables: Mapping[str, "DataFrame"], texts: Mapping[str, str], figures: Mapping[str, Mapping[str, bytes]]
) -> dict[str, bytes]:
    """Return the bytes of every output by its name in the folder."""
    reserved = {RUN, MANIFEST, *FOLDERS}
    contents: dict[str, bytes] = {}
    for name in [*tables, *texts, *figures]:
        if PLAIN_NAME.fullmatch(name) is None or (name in texts and name in reserved):
            raise StoreError(
                f"output {name!r}: legal are 1 to 100 letters, digits and . _ - that begin with a letter or "
                f"digit, except {listed(sorted(reserved))}"
            )
    for name, frame in tables.items():
        flat = frame if frame.index.names == [None] else frame.reset_index()
        contents[f"tables/{name}.parquet"] = _parquet(flat)
        contents[f"tables/{name}.csv"] = frame_csv(flat).encode()
    contents.update({name: text.encode() for name, text in texts.items()})
    for name, renderings in figures.items():
        contents.update({f"figures/{name}.{suffix}": content for suffix, content in renderings.items()})
    return contents


def _parquet(frame: "DataFrame") -> bytes:
    sink = io.BytesIO()
    frame.to_parquet(sink, engine="pyarrow", index=False)
    return sink.getvalue()
