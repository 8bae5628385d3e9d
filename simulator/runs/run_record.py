"""The two files by which a run folder knows itself: run.json and manifest.json."""

import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from simulator.errors import StoreError
from simulator.runs.atomic_files import sha256

FORMAT: Final = "phase1-simulator run, version 1"
RUN: Final = "run.json"
MANIFEST: Final = "manifest.json"
FOLDERS: Final = ("parts", "tables", "figures")


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


def altered_files(path: str | Path) -> tuple[str, ...]:
    """Return the files of a finished run that are missing or differ from its manifest.

    Raises
    ------
    StoreError
        The folder holds no finished run.
    """
    folder = Path(path)
    record, manifest = read_record(folder / RUN), read_record(folder / MANIFEST)
    if record is None or manifest is None or record["status"] != "finished":
        raise StoreError(f"{folder}: holds no finished run")
    files: dict[str, str] = manifest["files"]
    return tuple(
        name
        for name, digest in files.items()
        if not (folder / name).is_file() or sha256((folder / name).read_bytes()) != digest
    )


def listed(names: Collection[str]) -> str:
    """Name the first five and count the rest."""
    shown = list(names)[:5]
    return ", ".join(shown) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
