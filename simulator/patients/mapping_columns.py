"""The sections `columns`, `combine` and `long` of a mapping file, read with every fault and its place."""

from collections.abc import Mapping
from typing import Any, Final

from simulator.fields import FIELDS, Kind
from simulator.parsing.faults import did_you_mean, shown
from simulator.parsing.printable import printable
from simulator.parsing.yaml_nodes import Node
from simulator.patients.column_names import REFERRAL, closest_name
from simulator.patients.mapping_parts import Combine, LongTable, Part
from simulator.patients.mapping_uses import Use, read_use

PlacedMessages = list[tuple[str, str]]

_ROUTE_KEYS: Final = ("by", "fields")
_LONG_COLUMNS: Final = ("patient", "date", "code", "value", "unit")
_LONG_REQUIRED: Final = ("patient", "code", "value")
_FLAGS_ONLY: Final = (Combine.ANY, Combine.ALL)


def read_columns(
    node: Node, columns: dict[str, Use | None], parts: dict[str, tuple[Part, ...]]
) -> PlacedMessages:
    """Take the uses of all columns; return what is wrong, with its place."""
    if not isinstance(node.value, dict):
        return [_placed(node, f"columns: must be a mapping, got {shown(node.value)}")]
    faults = []
    for name, below in node.value.items():
        several, use, message = None, None, None
        if isinstance(below.value, list):
            several, message = _several(below.value)
        elif isinstance(below.value, dict) and "by" in below.value:
            several, message = _routes(below.value)
        elif isinstance(below.value, dict) and "given" in below.value:
            several, message = _several([below])
        else:
            use, message = read_use(below)
        if message is None and (name in columns or name in parts):
            message = "has a use already; a column has one"
        if message is not None:
            faults.append(_placed(below, f"columns.{printable(name)}: {message}"))
        elif several is not None:
            parts[name] = several
        else:
            columns[name] = use
    return faults


def _placed(node: Node, message: str) -> tuple[str, str]:
    return f"{node.at.line}:{node.at.column}", message


def _several(nodes: list[Node]) -> tuple[tuple[Part, ...], str | None]:
    parts: list[Part] = []
    for node in nodes:
        part, message = _part(node)
        if part is None:
            return (), message or "must be a field, not ignore"
        parts.append(part)
    return tuple(parts), None if parts else "must name at least one field"


def _part(node: Node) -> tuple[Part | None, str | None]:
    value = node.value
    if not isinstance(value, dict) or "given" not in value:
        use, message = read_use(node)
        return (None if use is None else Part(use)), message
    rest = Node(
        {key: below for key, below in value.items() if key not in ("given", "empty")}, node.at, node.keys
    )
    use, message = read_use(rest)
    if use is None:
        return None, message
    empty = value["empty"].value if "empty" in value else ""
    if FIELDS[use.field].kind is not Kind.FLAG or value["given"].value not in (True, "yes"):
        return None, f"given: only `given: yes`, of a yes/no; {use.field} is {FIELDS[use.field].kind}"
    if empty not in ("", False, "no"):
        return None, f"empty: must be no, or left out, got {shown(empty)}"
    return Part(use, given=True, empty="no" if empty != "" else ""), None


def _routes(value: Mapping[str, Node]) -> tuple[tuple[Part, ...], str | None]:
    strange = [key for key in value if key not in _ROUTE_KEYS]
    if strange:
        return (), f"unknown key {shown(strange[0])}" + did_you_mean(strange[0], _ROUTE_KEYS)
    by = value["by"].value
    routes = value["fields"].value if "fields" in value else None
    if not isinstance(by, str) or not isinstance(routes, dict) or not routes:
        return (), "must have `by`, the name of a column, and `fields`, from its cells to fields"
    found: list[tuple[Use, list[str]]] = []
    for cell, below in routes.items():
        use, message = read_use(below)
        if message is not None:
            return (), f"fields.{printable(cell)}: {message}"
        if use is not None:
            cells = next((cells for one, cells in found if one == use), None)
            if cells is None:
                cells = []
                found.append((use, cells))
            cells.append(cell.casefold())
    return tuple(Part(use, by=by, cells=tuple(cells)) for use, cells in found), None


def read_combine(node: Node) -> tuple[dict[str, Combine], PlacedMessages]:
    """Return how the columns of each field become one, and what is wrong, with its place."""
    if not isinstance(node.value, dict):
        return {}, [_placed(node, f"combine: must be a mapping from field to rule, got {shown(node.value)}")]
    found, faults = {}, []
    rules = [rule.value for rule in Combine]
    for name, below in node.value.items():
        kind = FIELDS[name].kind if name in FIELDS else None
        message = ""
        if kind is None:
            message = f"no patient field{closest_name(name)}"
        elif below.value not in rules:
            message = f"must be one of {', '.join(rules)}, got {shown(below.value)}"
        elif (below.value in _FLAGS_ONLY) != (kind is Kind.FLAG) and below.value != Combine.FIRST:
            message = f"{below.value} is no rule for {name}, which is {FIELDS[name].unit}"
        if message:
            faults.append(_placed(below, f"combine.{printable(name)}: {message}"))
        else:
            found[name] = Combine(str(below.value))
    return found, faults


def read_long(node: Node) -> tuple[LongTable | None, PlacedMessages]:
    """Return how to read a table with a row for each measurement, and what is wrong, with its place."""
    value = node.value
    if not isinstance(value, dict):
        return None, [_placed(node, f"long: must be a mapping, got {shown(value)}")]
    legal = (*_LONG_COLUMNS, "codes")
    faults = [
        _placed(below, f"long.{printable(key)}: unknown key{did_you_mean(key, legal)}")
        for key, below in value.items()
        if key not in legal
    ]
    names: dict[str, Any] = {key: value[key].value for key in _LONG_COLUMNS if key in value}
    faults += [
        _placed(value[key], f"long.{key}: must be the name of a column, got {shown(name)}")
        for key, name in names.items()
        if not isinstance(name, str)
    ]
    faults += [_placed(node, f"long.{key}: required") for key in _LONG_REQUIRED if key not in names]
    codes: dict[str, Use | None] = {}
    entries = value["codes"].value if "codes" in value else None
    if not isinstance(entries, dict):
        faults.append(_placed(node, "long.codes: required, a mapping from code to field"))
    else:
        for cell, below in entries.items():
            message = None
            if below.value == REFERRAL:
                codes[cell.casefold()] = Use(REFERRAL)
            else:
                codes[cell.casefold()], message = read_use(below, unit_required="unit" not in names)
            if message is not None:
                faults.append(_placed(below, f"long.codes.{printable(cell)}: {message}"))
    return (None if faults else LongTable(**names, codes=codes)), faults
