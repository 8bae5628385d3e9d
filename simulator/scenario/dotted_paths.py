"""Find and set a value by its dotted path: `eligibility.lvef_percent`, `truths.M1.p_dlt.3`."""

import difflib
import math
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import TypeAlias

from pydantic import BaseModel

from simulator.parsing.faults import Plain, is_text, shown
from simulator.parsing.printable import printable

Place: TypeAlias = tuple[dict[str, Plain], str] | tuple[list[Plain], int]


def set_at(data: dict[str, Plain], path: str, value: object) -> str | None:
    """Set the value at a dotted path of a scenario's bare values; return what is wrong, or None."""
    place = _find(data, path.split("."))
    if place is None:
        return f"{printable(path)}: unknown path{_suggestion(data, path)}"
    try:
        plain = to_plain(value)
    except ValueError as error:
        return f"{printable(path)}: {error}"
    match place:
        case (dict() as entries, str() as key):
            entries[key] = plain
        case (list() as items, int() as index):
            items[index] = plain
    _forget_hashes(data, path)
    return None


def value_at(data: dict[str, Plain], path: str) -> Plain:
    """Return the value at a dotted path of a scenario's bare values; None where there is none."""
    match _find(data, path.split(".")):
        case (dict() as entries, str() as key):
            return entries.get(key)
        case (list() as items, int() as index):
            found: Plain = items[index]
            return found
        case _:
            return None


def _forget_hashes(data: dict[str, Plain], path: str) -> None:
    """Drop the hashes of a population's file when another file is named: they are those of the old one."""
    population = data.get("population")
    if path in ("population.file", "population.map") and isinstance(population, dict):
        population.update(sha256=None, map_sha256=None)
        if path == "population.file" and population["file"] is None:
            population["map"] = None


def to_plain(value: object) -> Plain:
    """Return a Python value as a file would hold it; ValueError for one that a file cannot hold."""
    match value:
        case Enum():
            return to_plain(value.value)
        case str() if not is_text(value):
            raise ValueError(f"text has half a surrogate pair: {shown(value)}")
        case None | bool() | int() | str():
            return value
        case float():
            if not math.isfinite(value):
                raise ValueError(f"must be a finite number, got {value}")
            return float(value)
        case BaseModel():
            return to_plain(value.model_dump(mode="json"))
        case Mapping():
            return {str(key): to_plain(below) for key, below in value.items()}
        case list() | tuple():
            return [to_plain(below) for below in value]
        case _ if hasattr(value, "tolist"):
            return to_plain(value.tolist())
        case _:
            raise ValueError(f"must be a number, text, list or mapping, got {shown(value)}")


def _find(data: Plain, steps: list[str]) -> Place | None:
    """Walk to the last step; options of a design and correlations may be new keys."""
    for depth, step in enumerate(steps):
        last = depth == len(steps) - 1
        if isinstance(data, dict):
            free = steps[0] == "designs" or steps[:-1] == ["population", "correlations"]
            if last and (step in data or free):
                return data, step
            data = data.get(step)
        elif isinstance(data, list):
            index = _index(data, step)
            if index is None:
                return None
            if last:
                return data, index
            data = data[index]
        else:
            return None
    return None


def _index(items: list[Plain], step: str) -> int | None:
    names = [item.get("name") if isinstance(item, dict) else None for item in items]
    if step in names:
        return names.index(step)
    if step.isdecimal() and len(step) < 10 and 1 <= int(step) <= len(items) and names[int(step) - 1] is None:
        return int(step) - 1
    return None


def _suggestion(data: dict[str, Plain], path: str) -> str:
    paths = list(_paths(data))
    ending = [known for known in paths if known.endswith("." + path)]
    close = ending[:1] or difflib.get_close_matches(path, paths, n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; legal first words: {', '.join(data)}"


def _paths(data: Plain, above: str = "") -> Iterator[str]:
    entries: list[tuple[str, Plain]] = []
    if isinstance(data, dict):
        entries = list(data.items())
    elif isinstance(data, list):
        for i, item in enumerate(data):
            name = item.get("name") if isinstance(item, dict) else None
            entries.append((name if isinstance(name, str) else str(i + 1), item))
    for key, below in entries:
        path = f"{above}.{key}" if above else key
        yield path
        yield from _paths(below, path)
