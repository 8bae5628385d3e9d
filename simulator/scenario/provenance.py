"""Where each number comes from: read next to the number, kept under its dotted path.

A number (or a list or mapping of numbers) may be written as it is, or as `{value: 50, low: 44, high: 65,
unit: years, known: expert assumption, source: ..., note: ...}`. The stages' parameter models see the bare
value.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from simulator.parsing.faults import Fault, Path, Plain, did_you_mean, shown
from simulator.parsing.yaml_nodes import Node

Number: TypeAlias = int | float

LOOKED_UP: Final = "looked up"
KNOWN: Final = (
    LOOKED_UP,
    "from memory",
    "expert assumption",
    "computed from public patient data",
    "assumption",
)
"""How a number may be known, in the words a file uses; or as `fitted_to` writes it."""
_FITTED: Final = re.compile(r"fitted to \S.* \(n = \d+\)")
FITTED_PATTERN: Final = f"^{_FITTED.pattern}$"
NEEDS_SOURCE: Final = frozenset({LOOKED_UP, "computed from public patient data"})
NOT_STATED: Final = "no source stated"
DEFAULT: Final = "default of the simulator, not in the file"
CHANGED: Final = "changed after reading"

KEYS: Final = ("value", "low", "high", "unit", "known", "source", "note")
MARKS: Final = frozenset({"known", "source"})
"""Keys that no parameter has, so a mapping with one of them states a source."""


def fitted_to(log: str, n: int) -> str:
    """Return how a number is known that a log of n patients has moved."""
    return f"fitted to {log} (n = {n})"


def is_known(word: object) -> bool:
    """Return whether a file may say so of a number."""
    return isinstance(word, str) and (word in KNOWN or _FITTED.fullmatch(word) is not None)


@dataclass(frozen=True, slots=True)
class Provenance:
    """A number with what is known about it.

    Attributes
    ----------
    value
        The number, or a tuple of numbers for a curve over the levels.
    unit
        Its unit: 'days', 'probability', 'number' where it has none.
    low, high
        The plausible range, where given; of a curve that of every entry.
    known
        One of `KNOWN`, or `NOT_STATED`, `DEFAULT` or `CHANGED`.
    """

    value: Number | tuple[Number, ...]
    unit: str
    low: float | None = None
    high: float | None = None
    source: str = ""
    known: str = NOT_STATED
    note: str = ""


@dataclass(frozen=True, slots=True)
class SourceStatement:
    """What one mapping of a file states, before it is tied to its numbers."""

    low: float | None = None
    high: float | None = None
    unit: str | None = None
    known: str | None = None
    source: str = ""
    note: str = ""


@dataclass(slots=True)
class ValuesAndSources:
    """A file with values and sources apart: `data` as the models take it, and what is stated about each path."""

    data: Plain = None
    stated: dict[Path, SourceStatement] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def separate_sources(node: Node) -> ValuesAndSources:
    """Split a file's nodes into bare values and the statements about them."""
    separated = ValuesAndSources()
    separated.data = _bare(node, (), None, separated)
    return separated


def _bare(node: Node, path: Path, outer: SourceStatement | None, separated: ValuesAndSources) -> Plain:
    match node.value:
        case dict() as entries if path and is_statement(entries):
            return _stated(node, path, outer, separated)
        case dict() as entries:
            return {key: _bare(below, (*path, key), outer, separated) for key, below in entries.items()}
        case list() as items:
            # A list of numbers is one curve with one source; its entries then have none of their own.
            if outer is not None and all(is_number(below.value) for below in items):
                separated.stated[path] = outer
                outer = None
            return [_bare(below, (*path, i), outer, separated) for i, below in enumerate(items)]
        case scalar:
            if outer is not None and is_number(scalar):
                separated.stated[path] = outer
            return scalar


def is_statement(entries: Mapping[str, object]) -> bool:
    """Return whether a mapping states a number's source rather than parameters."""
    return "value" in entries or not MARKS.isdisjoint(entries)


def is_number(value: object) -> bool:
    """Return whether a value is a number; true and false are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def _stated(node: Node, path: Path, outer: SourceStatement | None, separated: ValuesAndSources) -> Plain:
    assert isinstance(node.value, dict)
    entries = node.value
    before = len(separated.faults)
    if "value" not in entries:
        separated.faults.append(
            Fault(path, "a mapping with `known` or `source` needs `value`, its number", at_key=True)
        )
        return None
    statement = _statement(entries, path, outer, separated)
    below = entries["value"]
    if isinstance(below.value, bool | str):
        message = f"only numbers have a source, got {shown(below.value)}; write the value alone"
        separated.faults.append(Fault(path, message))
    entries_of = [one.value for one in below.value] if isinstance(below.value, list) else [below.value]
    if len(separated.faults) == before:
        for value in entries_of:
            if isinstance(value, int | float):
                _check_range(value, statement, path, separated)
    return _bare(below, path, statement, separated)


def _statement(
    entries: dict[str, Node], path: Path, outer: SourceStatement | None, separated: ValuesAndSources
) -> SourceStatement:
    found: dict[str, Any] = {}
    for key, node in entries.items():
        fault = _wrong_entry(key, node.value)
        if fault is None:
            found[key] = node.value
        else:
            separated.faults.append(Fault((*path, key), fault, at_key=key not in KEYS))
    found.pop("value", None)
    if "known" not in found and "known" not in entries:
        if outer is None or outer.known is None:
            message = f"`known` is missing; must be one of {', '.join(KNOWN)}"
            separated.faults.append(Fault(path, message, at_key=True))
        else:
            inherited = {"known": outer.known, "source": outer.source, "note": outer.note}
            found = {**inherited, **found}
    if found.get("known") in NEEDS_SOURCE and not found.get("source"):
        message = f"known: {found['known']} needs a source"
        separated.faults.append(Fault(path, message, at_key=True))
    return SourceStatement(**found)


def _wrong_entry(key: str, value: object) -> str | None:
    match key:
        case "value":
            return None
        case "low" | "high":
            several = "; of a list it holds for every entry" if isinstance(value, list) else ""
            return None if is_number(value) else f"must be a number{several}, got {shown(value)}"
        case "known":
            if is_known(value):
                return None
            return f"must be one of {', '.join(KNOWN)}, fitted to LOG (n = ...), got {shown(value)}"
        case "unit" | "source" | "note":
            return None if isinstance(value, str) else f"must be text, got {shown(value)}"
        case _:
            return "unknown key next to `value`" + did_you_mean(key, KEYS)


def _check_range(value: Number, statement: SourceStatement, path: Path, separated: ValuesAndSources) -> None:
    if statement.low is not None and value < statement.low:
        separated.faults.append(Fault(path, f"value {value:g} is below its own low {statement.low:g}"))
    if statement.high is not None and value > statement.high:
        separated.faults.append(Fault(path, f"value {value:g} is above its own high {statement.high:g}"))


_PER_DAYS: Final = re.compile(r".*_per_\d+_days")
_SPECIAL_UNITS: Final = {
    "dose_levels": "1e6 CAR+ cells/kg",
    "referrals_per_site_month": "referrals/site/month",
    "ramp_start_fraction": "fraction",
    "shortfall_low": "fraction",
    "shortfall_high": "fraction",
    "tolerance": "fraction",
    "tcell_fold_median": "fold",
    "tcell_fold": "fold",
    "response_dlt_odds_ratio": "odds ratio",
    "dlt_odds_ratio": "odds ratio",
    "death_odds_ratio": "odds ratio",
    "sites": "sites",
}
_SUFFIX_UNITS: Final = (
    ("_days", "days"),
    ("_day", "day"),
    ("_months", "months"),
    ("_month", "month"),
    ("_years", "years"),
    ("_percent", "percent"),
    ("_ms", "ms"),
    ("_umol_l", "umol/L"),
    ("_u_l", "U/L"),
    ("_10e9_l", "10^9/L"),
    ("_x_uln", "multiple of ULN"),
    ("_log_sd", "sd of the log"),
)


def unit_of(path: Path, schema: Mapping[str, Any]) -> str:
    """Return the unit of a number from its name and legal range; 'number' where it has none."""
    words = [step for step in path if isinstance(step, str)]
    name = words[-1] if words else ""
    if name in _SPECIAL_UNITS:
        return _SPECIAL_UNITS[name]
    if "correlations" in words:
        return "correlation"
    if "costs" in words:
        return "currency"
    top = schema.get("maximum", schema.get("exclusiveMaximum"))
    is_share = schema.get("type") == "number" and schema.get("minimum", schema.get("exclusiveMinimum")) == 0
    # Before the suffixes: withdrawal_per_30_days ends in _days, and is a probability.
    if (is_share and top == 1) or _PER_DAYS.fullmatch(name):
        return "probability"
    for suffix, unit in _SUFFIX_UNITS:
        if f"_{name}".endswith(suffix):
            return unit
    return "count" if schema.get("type") == "integer" else "number"


def numbers_in(data: Plain, path: Path, apart: Callable[[Path], bool]) -> Iterator[tuple[Path, Any]]:
    """Yield (path, number), and (path, tuple) for a list of numbers none of which has a statement of its own."""
    match data:
        case dict():
            for key, below in data.items():
                yield from numbers_in(below, (*path, key), apart)
        case list() if data and all(is_number(item) for item in data):
            if any(apart((*path, i)) for i in range(len(data))):
                yield from (((*path, i), item) for i, item in enumerate(data))
            else:
                yield path, tuple(data)
        case list():
            for i, below in enumerate(data):
                yield from numbers_in(below, (*path, i), apart)
        case _ if is_number(data):
            yield path, data
        case _:
            pass
