"""The JSON Schema (draft 2020-12) of a scenario file, for editors; the reader itself checks more."""

from typing import Any, Final, TypeAlias

from pydantic import TypeAdapter

from simulator.designs import DESIGNS
from simulator.provenance import KNOWN
from simulator.scenario_designs import MAX_NAME
from simulator.scenario_sections import REQUIRED, SECTIONS

Schema: TypeAlias = dict[str, Any]

_SOURCE: Final[Schema] = {
    "type": "object",
    "properties": {
        "value": True,
        "low": {"type": "number"},
        "high": {"type": "number"},
        "unit": {"type": "string"},
        "known": {"enum": list(KNOWN)},
        "source": {"type": "string"},
        "note": {"type": "string"},
    },
    "required": ["value"],
    "additionalProperties": False,
}


def json_schema() -> Schema:
    """Return the schema: every number, curve or block of numbers may be a mapping with `value` and source."""
    definitions: Schema = {"source": _SOURCE}
    properties: Schema = {}
    for name, model in SECTIONS.items():
        if name == "designs":
            continue
        schema = model.model_json_schema(ref_template=f"#/$defs/{name}.{{model}}")
        for key, definition in schema.pop("$defs", {}).items():
            definitions[f"{name}.{key}"] = _below(definition)
        properties[name] = _sourced(_below(schema)) if name != "truths" else _list_of(_below(schema))
    properties["designs"] = _list_of({"oneOf": [_design(name) for name in DESIGNS]})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of a phase I dose-escalation trial",
        "type": "object",
        "properties": {name: properties[name] for name in SECTIONS},
        "required": sorted(REQUIRED),
        "additionalProperties": False,
        "$defs": definitions,
    }


def _list_of(items: Schema) -> Schema:
    return {"type": "array", "minItems": 1, "items": items}


def _below(schema: Schema) -> Schema:
    """Allow a source at every property, entry and free key of a schema."""
    changed = {key: value for key, value in schema.items() if key != "title"}
    if "properties" in schema:
        changed["properties"] = {key: _sourced(_below(below)) for key, below in schema["properties"].items()}
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            changed[key] = _sourced(_below(schema[key]))
    return changed


def _sourced(schema: Schema) -> Schema:
    if not _may_hold_number(schema):
        return schema
    return {"anyOf": [schema, {"$ref": "#/$defs/source", "properties": {"value": schema}}]}


def _may_hold_number(schema: Schema) -> bool:
    if "anyOf" in schema:
        return any(_may_hold_number(one) for one in schema["anyOf"])
    return "$ref" in schema or schema.get("type") in ("number", "integer", "array", "object")


def _design(name: str) -> Schema:
    options = TypeAdapter(DESIGNS[name]).json_schema()
    properties = {key: _sourced(below) for key, below in options["properties"].items()}
    return {
        "title": name,
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
            "design": {"const": name},
            **properties,
        },
        "required": ["name", "design"],
        "additionalProperties": False,
    }
