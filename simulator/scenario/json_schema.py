"""The JSON Schema (draft 2020-12) of a scenario file, for editors; the reader itself checks more."""

from typing import Any, Final, TypeAlias

from pydantic import BaseModel, TypeAdapter

from simulator.designs import DecisionTable
from simulator.designs.interval_design import IntervalDesign
from simulator.designs.pending_outcomes import READINGS
from simulator.designs.pending_policy import POLICIES
from simulator.designs.registry import registered, registered_names
from simulator.designs.stopping_rules import STOPPING_RULES
from simulator.eligibility.own_criteria import OwnCriteria
from simulator.scenario.design_options import PENDING, STOPPING, TITRATION, TITRATION_LEVELS
from simulator.scenario.designs import CSV, MAX_NAME
from simulator.scenario.designs import DEFAULT as DEFAULT_RUN
from simulator.scenario.parts import MODELLED, NONE, RESPONSE
from simulator.scenario.provenance import FITTED_PATTERN, KNOWN
from simulator.scenario.sections import REQUIRED, SECTIONS
from simulator.scenario.utilities_option import SCHEMA as UTILITIES_SCHEMA
from simulator.scenario.utilities_option import UTILITIES

Schema: TypeAlias = dict[str, Any]

_SOURCE: Final[Schema] = {
    "type": "object",
    "properties": {
        "value": True,
        "low": {"type": "number"},
        "high": {"type": "number"},
        "unit": {"type": "string"},
        "known": {"anyOf": [{"enum": list(KNOWN)}, {"type": "string", "pattern": FITTED_PATTERN}]},
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
        if name in ("designs", RESPONSE):
            continue
        schema = _in(model, name, definitions)
        properties[name] = _sourced(schema) if name != "truths" else _list_of(schema)
    own = _in(OwnCriteria, "own_criteria", definitions)
    properties["eligibility"] = {"anyOf": [properties["eligibility"], own, {"const": NONE}]}
    properties["product"] = {"anyOf": [properties["product"], {"const": NONE}]}
    properties[RESPONSE] = {"enum": [NONE, MODELLED]}
    definitions["stopping_rule"] = {"oneOf": [_rule(name, definitions) for name in STOPPING_RULES]}
    designs = [_design(name, definitions) for name in registered_names()]
    properties["designs"] = _list_of({"oneOf": designs})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Scenario of a phase I dose-escalation trial",
        "type": "object",
        "properties": {name: properties[name] for name in SECTIONS},
        "required": sorted(REQUIRED),
        "additionalProperties": False,
        "$defs": definitions,
    }


def _in(model: type[BaseModel], prefix: str, definitions: Schema) -> Schema:
    """Return a model's schema; what it refers to is added to the definitions."""
    schema = model.model_json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for key, definition in schema.pop("$defs", {}).items():
        definitions[f"{prefix}.{key}"] = _below(definition)
    return _below(schema)


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
    # Since draft 2019-09 other keywords may stand next to `$ref`, and both hold.
    return {"anyOf": [schema, {"$ref": "#/$defs/source", "properties": {"value": schema}}]}


def _may_hold_number(schema: Schema) -> bool:
    for several in ("anyOf", "oneOf"):
        if several in schema:
            return any(_may_hold_number(one) for one in schema[several])
    return "$ref" in schema or schema.get("type") in ("number", "integer", "array", "object")


def _design(name: str, definitions: Schema) -> Schema:
    """Return the schema of an entry of `designs`; what its options refer to is added to the definitions."""
    kind = registered(name)
    properties = _options(kind, f"designs.{name}", definitions)
    around: Schema = {
        DEFAULT_RUN: {"type": "boolean"},
        TITRATION: {"type": "boolean"},
        TITRATION_LEVELS: {"type": ["integer", "null"], "minimum": 1},
        STOPPING: {"type": "array", "items": {"$ref": "#/$defs/stopping_rule"}},
    }
    if issubclass(kind, IntervalDesign) and "pending" not in kind.reads:
        around[PENDING] = _pending()
    if kind is DecisionTable:
        around[CSV] = {"type": "string", "minLength": 1}
    return {
        "title": name,
        "type": "object",
        "properties": {
            "name": {"type": "string", "minLength": 1, "maxLength": MAX_NAME},
            "design": {"const": name},
            **around,
            **properties,
        },
        "required": ["name", "design"],
        "additionalProperties": False,
    }


def _pending() -> Schema:
    """Return the schema of the policy around a design by a decision table: its name, or a mapping with options."""
    policy: Schema = {"enum": [*POLICIES]}
    options = {
        option: {"type": "number", "minimum": 0, "maximum": 1} for option in ("q_escalate", "q_deescalate")
    }
    mapping: Schema = {
        "type": "object",
        "properties": {"policy": policy, **options, "probabilities": {"enum": [*READINGS]}},
        "additionalProperties": False,
    }
    return {"anyOf": [policy, mapping, {"type": "null"}]}


def _rule(name: str, definitions: Schema) -> Schema:
    """Return the schema of one stopping rule; the target is the trial's where it is not given."""
    kind = STOPPING_RULES[name]
    required = set(TypeAdapter(kind).json_schema().get("required", [])) - {"target"}
    return {
        "title": name,
        "type": "object",
        "properties": {"rule": {"const": name}, **_options(kind, f"stopping.{name}", definitions)},
        "required": ["rule", *sorted(required)],
        "additionalProperties": False,
    }


def _options(kind: type, prefix: str, definitions: Schema) -> Schema:
    schema = TypeAdapter(kind).json_schema(ref_template=f"#/$defs/{prefix}.{{model}}")
    for key, definition in schema.get("$defs", {}).items():
        definitions[f"{prefix}.{key}"] = {**_below(definition), "additionalProperties": False}
    properties = {key: _sourced(below) for key, below in schema["properties"].items()}
    if UTILITIES in properties:
        properties[UTILITIES] = _sourced(_below(UTILITIES_SCHEMA))
    return properties
