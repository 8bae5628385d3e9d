"""Write a scenario back as a file: the same numbers with their sources, one line each, defaults filled in."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

from simulator.parsing.faults import Path, Plain, dotted
from simulator.scenario.provenance import Provenance, is_known

_PLAIN_WORD: Final = re.compile(r"[A-Za-z][A-Za-z0-9_/ +-]*[A-Za-z0-9]")
_RESERVED: Final = frozenset({"null", "true", "false"})
_NOT_PRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def to_text(data: dict[str, Plain], provenance: Mapping[str, Provenance]) -> str:
    """Return the YAML text of a scenario's bare values and what is known of them."""
    lines: list[str] = []
    for name, section in data.items():
        lines += _block(name, section, (name,), _Writer(data, provenance), "")
        lines.append("")
    return "\n".join(lines)


class _Writer:
    """Looks up what is known of the value at a path."""

    def __init__(self, data: dict[str, Plain], provenance: Mapping[str, Provenance]) -> None:
        self._data = data
        self._provenance = provenance

    def flow(self, value: Plain, path: Path) -> str:
        """Return a value on one line, with its source where the file may state it."""
        known = self._provenance.get(dotted(path, self._data))
        if known is not None and is_known(known.known):
            return _with_source(_flow(value), known)
        if isinstance(value, list):
            return "[" + ", ".join(self.flow(item, (*path, i)) for i, item in enumerate(value)) + "]"
        if isinstance(value, dict):
            entries = (f"{key}: {self.flow(below, (*path, key))}" for key, below in value.items())
            return "{" + ", ".join(entries) + "}"
        return _flow(value)


def _block(key: str, value: Plain, path: Path, writer: _Writer, indent: str) -> Iterator[str]:
    if isinstance(value, dict) and value:
        yield f"{indent}{key}:"
        for name, below in value.items():
            yield from _block(name, below, (*path, name), writer, indent + "  ")
    elif isinstance(value, list) and value and all(isinstance(item, dict) and item for item in value):
        yield f"{indent}{key}:"
        for i, item in enumerate(value):
            assert isinstance(item, dict)
            mark = "- "
            for name, below in item.items():
                yield f"{indent}  {mark}{name}: {writer.flow(below, (*path, i, name))}"
                mark = "  "
    else:
        yield f"{indent}{key}: {writer.flow(value, path)}"


def _with_source(value: str, known: Provenance) -> str:
    parts = [f"value: {value}"]
    parts += [
        f"{key}: {_flow(bound)}"
        for key, bound in (("low", known.low), ("high", known.high))
        if bound is not None
    ]
    if known.unit != "number":
        parts.append(f"unit: {_flow(known.unit)}")
    parts.append(f"known: {_flow(known.known)}")
    parts += [
        f"{key}: {_flow(text)}" for key, text in (("source", known.source), ("note", known.note)) if text
    ]
    return "{" + ", ".join(parts) + "}"


def _flow(value: Plain) -> str:
    match value:
        case str():
            return _text(value)
        case list():
            return "[" + ", ".join(_flow(item) for item in value) + "]"
        case dict():
            return "{" + ", ".join(f"{key}: {_flow(below)}" for key, below in value.items()) + "}"
        case _:
            return json.dumps(value)


def _text(text: str) -> str:
    if _PLAIN_WORD.fullmatch(text) and text.lower() not in _RESERVED:
        return text
    # A JSON string is a double-quoted YAML scalar, but for characters that YAML does not take unescaped.
    quoted = json.dumps(text, ensure_ascii=False)
    return _NOT_PRINTABLE.sub(lambda match: f"\\u{ord(match.group()):04x}", quoted)
