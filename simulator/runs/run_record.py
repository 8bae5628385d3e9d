"""What a finished run leaves: its outputs, and run.json and manifest.json, by which the folder knows itself."""

import io
import json
import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from simulator.errors import StoreError
from simulator.runs.atomic_files import sha256
from simulator.runs.csv_text import frame_csv

if TYPE_CHECKING:
    from pandas import DataFrame

FORMAT: Final = "phase1-simulator run, version 1"
RUN: Final = "run.json"
MANIFEST: Final = "manifest.json"
FOLDERS: Final = ("parts", "tables", "figures")
PLAIN_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


def read_record(path: Path) -> dict[str, Any] | None:
    """Return a run.json or manifest.json that this tool wrote, None for anything else."""
    try:
        record = json.loads(path.read_bytes())
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError, ValueError):
        return None
    return record if isinstance(record, dict) and record.get("format") == FORMAT else None


def as_json(record: Mapping[str, Any]) -> bytes:
    """Return the bytes of the record; values that JSON does not know are an error."""
    return (json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n").encode()


def listed(names: Collection[str]) -> str:
    """Return the first five names and how many more there are."""
    shown = list(names)[:5]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _digests(folder: Path, record: Mapping[str, Any]) -> dict[str, str]:
    """Return what every file of a finished run should be; the manifest adds the parts to the outputs."""
    manifest = read_record(folder / MANIFEST)
    files = manifest.get("files") if manifest is not None else None
    return {**(files if isinstance(files, dict) else {}), **record["outputs"]}


def altered_files(folder: Path, record: Mapping[str, Any]) -> list[str]:
    """Return the files that are missing or not what the run wrote, the manifest among them."""
    manifest = read_record(folder / MANIFEST)
    given = manifest.get("files") if manifest is not None else None
    wrong = [
        name for name, digest in _digests(folder, record).items() if not is_as_written(folder, name, digest)
    ]
    if not isinstance(given, dict) or any(
        given.get(name) != digest for name, digest in record["outputs"].items()
    ):
        wrong.insert(0, MANIFEST)
    return wrong


def is_as_written(folder: Path, name: str, digest: object) -> bool:
    """Return whether a file is there with this SHA-256; a name that leads out of the folder is not."""
    file = folder / name
    if ".." in Path(name).parts or Path(name).is_absolute() or not file.is_file():
        return False
    return sha256(file.read_bytes()) == digest


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
