"""New numbers in a scenario's own file: its order, comments and spelling stay, and the new numbers say how known."""

from collections.abc import Mapping
from dataclasses import dataclass
from io import StringIO
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.representer import RoundTripRepresenter

from simulator.errors import ScenarioError
from simulator.parsing.faults import Plain
from simulator.scenario.provenance import is_statement

WIDEST: Final = 10**6


@dataclass(frozen=True, slots=True)
class NewNumber:
    """A new value at a dotted path, with what is to be said of it; the range only of a single number."""

    value: Plain
    known: str
    low: float | None = None
    high: float | None = None
    note: str = ""


def with_numbers(text: str, numbers: Mapping[str, NewNumber]) -> str:
    """Return a scenario's text with numbers replaced, or added where they were defaults.

    Parameters
    ----------
    text
        A scenario that can be read.
    numbers
        Dotted path -> its new value; entries of lists cannot be named.

    Raises
    ------
    ScenarioError
        For a path that leads through something other than sections and keys.
    """
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = WIDEST
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.Representer = _Representer
    document = yaml.load(text)
    for path, number in numbers.items():
        _set(document, path.split("."), number, path)
    written = StringIO()
    yaml.dump(document, written)
    return written.getvalue()


class _Representer(RoundTripRepresenter):
    """Writes `null` where a file says so, and not nothing."""

    def represent_none(self, _data: None) -> Any:
        return self.represent_scalar("tag:yaml.org,2002:null", "null")


_Representer.add_representer(type(None), _Representer.represent_none)


def _set(document: Any, steps: list[str], number: NewNumber, path: str) -> None:
    at = document
    for step in steps[:-1]:
        if not isinstance(at, dict):
            raise ScenarioError(f"{path}: cannot be set in the file: {step} is no section")
        if step not in at:
            at[step] = CommentedMap()
        at = at[step]
        while isinstance(at, dict) and "value" in at and is_statement(at):
            at = at["value"]
    if not isinstance(at, dict):
        raise ScenarioError(f"{path}: cannot be set in the file: what lies above is no mapping")
    at[steps[-1]] = _stated(number)


def _stated(number: NewNumber) -> CommentedMap:
    """Return `{value: ..., low: ..., high: ..., known: ..., note: ...}` on one line."""
    entries: dict[str, Any] = {"value": _flow(number.value)}
    if number.low is not None and number.high is not None:
        entries |= {"low": number.low, "high": number.high}
    entries["known"] = number.known
    if number.note:
        entries["note"] = number.note
    found = CommentedMap(entries)
    found.fa.set_flow_style()
    return found


def _flow(value: Plain) -> Any:
    if not isinstance(value, dict):
        return value
    found = CommentedMap({key: _flow(below) for key, below in value.items()})
    found.fa.set_flow_style()
    return found
