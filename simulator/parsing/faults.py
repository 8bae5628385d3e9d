"""What is wrong with a file that a person wrote, in words: where, which key, which value, what would be legal."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError
from pydantic_core import PydanticUndefined

from simulator.durations import LAWS
from simulator.parsing.per_site import FORMS
from simulator.parsing.printable import printable

Path: TypeAlias = tuple[str | int, ...]
"""Keys and 0-based indices from the top of the file to a value."""
Plain: TypeAlias = bool | int | float | str | list["Plain"] | dict[str, "Plain"] | None
"""What a file can hold once sources are set aside."""

MAX_SHOWN: Final = 40
ALTERNATIVES: Final = frozenset({"bool", "constrained-float", "constrained-int", "literal['auto']"})
"""Names that pydantic gives to the alternatives of a value that may be true, false or a number."""
LARGE: Final = 1e9
"""From here on a bound is written as a power of ten."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong. `at_key` points at the key itself rather than at its value."""

    path: Path
    message: str
    at_key: bool = False


def dotted(path: Path, data: object) -> str:
    """Return the path as users write it: entries of named lists by name, other entries counted from 1."""
    parts = []
    for step in path:
        inside: object = None
        if isinstance(step, int):
            if isinstance(data, list) and step < len(data):
                inside = data[step]
            name = inside.get("name") if isinstance(inside, Mapping) else None
            parts.append(name if isinstance(name, str) and name else str(step + 1))
        else:
            inside = data.get(step) if isinstance(data, Mapping) else None
            parts.append(step)
        data = inside
    return printable(".".join(parts))


def is_text(text: str) -> bool:
    """Return whether text can be written to a file: half a surrogate pair cannot."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def shown(value: object) -> str:
    """Return a value as a message shows it, short."""
    match value:
        case None:
            return "nothing"
        case bool():
            return "true" if value else "false"
        case str():
            text = value if len(value) <= MAX_SHOWN else value[:MAX_SHOWN] + "..."
            return repr(text)
        case int() | float():
            return repr(value)
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            return f"a {type(value).__name__}"


def did_you_mean(word: str, legal: Iterable[str]) -> str:
    """Return '; did you mean ...?' where a legal word is close, else the legal words."""
    words = list(legal)
    # reversed, so that of two words that differ in case alone the first listed is offered
    by_small_letters = {one.casefold(): one for one in reversed(words)}
    close = difflib.get_close_matches(word.casefold(), by_small_letters, n=1)
    if close:
        return f"; did you mean {by_small_letters[close[0]]!r}?"
    return f"; legal: {', '.join(words)}" if words else ""


def faults_of(error: ValidationError, model: type[BaseModel], at: Path, data: object) -> list[Fault]:
    """Translate pydantic's errors about `data`, found at the path `at`, into faults."""
    return faults_of_entries(entries_of(error), model, at, data)


def entries_of(error: ValidationError) -> list[dict[str, Any]]:
    """Return pydantic's errors; where a value may be of two kinds the kind is no part of its place.

    A default that follows from other keys cannot be had where one of them is wrong: pydantic reports it as
    undefined, which nobody wrote.
    """
    return [
        {**entry, "loc": tuple(step for step in entry["loc"] if step not in LAWS | ALTERNATIVES | FORMS)}
        for entry in error.errors(include_url=False)
        if entry["input"] is not PydanticUndefined
    ]


def faults_of_entries(
    entries: Iterable[Mapping[str, Any]], model: type[BaseModel], at: Path, data: object
) -> list[Fault]:
    """Translate some of pydantic's errors."""
    listed = list(entries)
    # A list with a bad entry also counts as too short for pydantic: only the entry is wrong.
    inside = {tuple(entry["loc"][:k]) for entry in listed for k in range(len(entry["loc"]))}
    wrong = [entry for entry in listed if entry["type"] != "too_short" or tuple(entry["loc"]) not in inside]
    return list(dict.fromkeys(_translate(dict(entry), model, at, data) for entry in wrong))


def _translate(entry: dict[str, Any], model: type[BaseModel], at: Path, data: object) -> Fault:
    loc: Path = entry["loc"]
    match entry["type"]:
        case "extra_forbidden":
            legal = field_schema(model, loc[:-1]).get("properties", {})
            return Fault((*at, *loc), "unknown key" + did_you_mean(str(loc[-1]), legal), at_key=True)
        case "missing":
            wanted = expected(field_schema(model, loc))
            return Fault((*at, *loc), f"required key is missing; must be {wanted}", at_key=True)
        case "value_error":
            named = field_schema(model, loc).get("properties", {})
            return _own_rule(str(entry["ctx"]["error"]), (*at, *loc), _inside(data, loc), named)
        case _:
            wanted = expected(field_schema(model, loc))
            return Fault((*at, *loc), f"must be {wanted}, got {shown(entry['input'])}")


def _own_rule(message: str, path: Path, data: object, legal: Iterable[str]) -> Fault:
    """Place a model's own message at the key that it begins with, or at the first that it names and the data has."""
    word = message.split(" ", 1)[0]
    key = word.rstrip(":")
    if not isinstance(data, Mapping):
        return Fault(path, message)
    if key in data:
        return Fault((*path, key), message[len(word) :].lstrip() if word.endswith(":") else message)
    if key in legal:
        there = [other for other in re.findall(r"\w+", message) if other in data and other in legal]
        return Fault((*path, *there[:1]), message)
    return Fault(path, message)


def with_left_out(fault: Fault, given: Plain, values: Mapping[str, object]) -> Fault:
    """Return a fault of a section that also says what holds for the keys it names that the file leaves out."""
    if not isinstance(given, dict) or fault.at_key:
        return fault
    words = dict.fromkeys(re.findall(r"\w+", fault.message))
    left_out = [word for word in words if word in values.keys() - given]
    if fault.path[-1:] == tuple(words)[:1]:  # there the message has the value already
        left_out = [word for word in left_out if f"{word} {values[word]}" not in fault.message]
    said = [f"{word} is left out, so {shown(values[word])}" for word in left_out]
    return replace(fault, message="; ".join([fault.message, *said]))


def _inside(data: object, path: Path) -> object:
    for step in path:
        if isinstance(data, Mapping):
            data = data.get(str(step))
        elif isinstance(data, Sequence) and isinstance(step, int) and step < len(data):
            data = data[step]
        else:
            return None
    return data


@cache
def _schema(model: type[BaseModel]) -> dict[str, Any]:
    return model.model_json_schema()


def field_schema(model: type[BaseModel], path: Path) -> dict[str, Any]:
    """Return the JSON Schema of the value at a path inside a model; empty where there is none."""
    root = _schema(model)
    node = _resolved(root, root)
    for step in path:
        properties = node.get("properties", {})
        below = node.get("items") if isinstance(step, int) else properties.get(step)
        if below is None and not isinstance(step, int):
            below = node.get("additionalProperties")
        if not isinstance(below, dict):
            return {}
        node = _resolved(below, root)
    return node


def _resolved(node: dict[str, Any], root: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in node:
        return _resolved(root["$defs"][node["$ref"].rsplit("/", 1)[1]], root)
    if "anyOf" in node:
        some = [_resolved(one, root) for one in node["anyOf"] if one.get("type") != "null"]
        if len(some) == 1:
            return {**some[0], "nullable": len(node["anyOf"]) > 1}
    if "oneOf" in node and any("items" in one for one in node["oneOf"]):
        one, each = node["oneOf"]
        return {**one, "items": each["items"], "minItems": each["minItems"], "maxItems": each["maxItems"]}
    if "oneOf" in node:
        legal = [_resolved(one, root).get("properties", {}) for one in node["oneOf"]]
        return {"type": "object", "properties": {key: below for keys in legal for key, below in keys.items()}}
    return node


def expected(schema: Mapping[str, Any]) -> str:
    """Return what a schema allows, in words: 'a number between 0 and 1'."""
    alternative = " or null" if schema.get("nullable") else ""
    if "enum" in schema or "const" in schema:
        legal = schema.get("enum") or [schema["const"]]
        return "one of " + ", ".join(str(word) for word in legal) + alternative
    match schema.get("type"):
        case "number":
            return f"a number{_range(schema)}{alternative}"
        case "integer":
            return f"an integer{_range(schema)}{alternative}"
        case "boolean":
            return "true or false" + alternative
        case "string":
            return f"text{_size(schema, 'Length', 'characters')}{alternative}"
        case "array":
            return f"a list{_size(schema, 'Items', 'entries')}{alternative}"
        case "object":
            return "a mapping (key: value)" + alternative
        case _:
            return " or ".join(expected(one) for one in schema.get("anyOf", ())) or "a legal value"


def _range(schema: Mapping[str, Any]) -> str:
    if "minimum" in schema and "maximum" in schema:
        return f" between {_digits(schema['minimum'])} and {_digits(schema['maximum'])}"
    bounds = (
        ("minimum", "at least"),
        ("exclusiveMinimum", "above"),
        ("maximum", "at most"),
        ("exclusiveMaximum", "below"),
    )
    parts = [f"{word} {_digits(schema[key])}" for key, word in bounds if key in schema]
    return " " + " and ".join(parts) if parts else ""


def _digits(bound: float) -> str:
    return str(int(bound)) if bound == int(bound) and abs(bound) < LARGE else f"{bound:g}"


def _size(schema: Mapping[str, Any], what: str, of: str) -> str:
    low, high = schema.get(f"min{what}"), schema.get(f"max{what}")
    if low is not None and high is not None:
        return f" of {low} to {high} {of}"
    if low is not None:
        return f" of at least {low} {of}"
    return f" of at most {high} {of}" if high is not None else ""
