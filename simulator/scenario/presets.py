"""Presets of a scenario: named lists of changes, and each must give a valid scenario."""

import copy
import re
from collections.abc import Callable
from typing import Any, Final

from pydantic import ConfigDict, Field, RootModel

from simulator.parsing.faults import Fault, Path, Plain, dotted, shown
from simulator.scenario.dotted_paths import set_at

MAX_PRESETS: Final = 50
MAX_CHANGES: Final = 40
MAX_NAME: Final = 60
_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9 .%/+_-]*[A-Za-z0-9%])?")
NOT_IN_A_PRESET: Final = frozenset({"run", "presets"})


class Presets(RootModel[dict[str, tuple[dict[str, Any], ...]]]):
    """Name -> changes, each a mapping of one dotted path to its new value: `- arrivals.sites: 2`."""

    model_config = ConfigDict(frozen=True)

    root: dict[str, tuple[dict[str, Any], ...]] = Field(default_factory=dict, max_length=MAX_PRESETS)

    @property
    def changes(self) -> dict[str, dict[str, Any]]:
        """Name -> dotted path -> new value, in the order of the file."""
        return {
            name: {path: value for change in entries for path, value in change.items()}
            for name, entries in self.root.items()
        }


def faults_of_form(data: Plain) -> list[Fault]:
    """Check names, and that every change is one path with one value, no path twice."""
    if not isinstance(data, dict):
        return []
    faults: list[Fault] = []
    for name, entries in data.items():
        at: Path = ("presets", name)
        if len(name) > MAX_NAME or not _NAME.fullmatch(name):
            legal = f"a preset's name must be 1 to {MAX_NAME} letters, digits, spaces and .%/+_-"
            faults.append(Fault(at, f"{legal}, got {shown(name)}", at_key=True))
        if not isinstance(entries, list):
            continue
        if not 1 <= len(entries) <= MAX_CHANGES:
            faults.append(Fault(at, f"must be a list of 1 to {MAX_CHANGES} changes, got {len(entries)}"))
        seen: set[str] = set()
        for i, entry in enumerate(entries):
            if not isinstance(entry, dict):
                continue
            if len(entry) != 1:
                message = f"a change must be one path with its value, got a mapping of {len(entry)}"
                faults.append(Fault((*at, i), message))
            faults += [
                Fault((*at, i, path), "given twice in this preset", at_key=True)
                for path in entry
                if path in seen
            ]
            seen |= set(entry)
    return faults


def faults_of_presets(
    presets: Presets, data: dict[str, Plain], faults_of: Callable[[dict[str, Plain]], list[Fault]]
) -> list[Fault]:
    """Apply every preset to a scenario's bare values and return what is then wrong, placed at the change.

    Parameters
    ----------
    data
        Every section, defaults filled in.
    faults_of
        Returns the faults of changed values.
    """
    faults: list[Fault] = []
    bare = {name: section for name, section in data.items() if name != "presets"}
    for name, entries in presets.root.items():
        changed = copy.deepcopy(bare)
        places: dict[str, Path] = {}
        for i, entry in enumerate(entries):
            for path, value in entry.items():
                places[path] = at = ("presets", name, i, path)
                wrong = _refused(changed, path, value)
                if wrong is not None:
                    faults.append(Fault(at, wrong, at_key=True))
        for fault in faults_of(changed):
            where = dotted(fault.path, changed)
            near = [path for path in places if _overlap(path, where)]
            if near:
                message = fault.message if near[-1] == where else f"{where}: {fault.message}"
                faults.append(Fault(places[near[-1]], message))
            else:
                faults.append(Fault(("presets", name), f"{where}: {fault.message}", at_key=True))
    return faults


def _refused(data: dict[str, Plain], path: str, value: object) -> str | None:
    if path.split(".", maxsplit=1)[0] in NOT_IN_A_PRESET:
        return "is the same for the base and every variant; not part of a preset"
    wrong = set_at(data, path, value)
    return None if wrong is None else wrong.removeprefix(f"{path}: ")


def _overlap(path: str, where: str) -> bool:
    """Return whether one dotted path is the other, or lies under it."""
    return path == where or where.startswith(f"{path}.") or path.startswith(f"{where}.")
