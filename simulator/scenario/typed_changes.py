"""Changes of a scenario as users type them: key=value, NAME: key=value, ..., key=low:high:step."""

import math
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from simulator.errors import ScenarioError
from simulator.parsing.faults import Plain, shown
from simulator.parsing.yaml_nodes import read_nodes
from simulator.scenario.provenance import separate_sources

MOST_POINTS: Final = 100


@dataclass(frozen=True, slots=True)
class Variant:
    """A named set of changes, dotted path -> new value, applied in order."""

    name: str
    changes: dict[str, Plain]


def read_change(text: str) -> tuple[str, Plain]:
    """Read `key=value`; the value is what a scenario file would hold: 45, true, by_sex, [0.1, 0.2].

    Raises
    ------
    ScenarioError
        For text without a key and a value.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip() or not value.strip():
        raise ScenarioError(f"a change must be key=value, got {shown(text)}")
    top, faults = read_nodes(value.strip())
    if faults or top is None:
        reasons = "; ".join(fault.message for fault in faults) or "no value"
        raise ScenarioError(f"{key.strip()}: {reasons}, got {shown(value.strip())}")
    return key.strip(), separate_sources(top).data


def read_changes(texts: list[str]) -> dict[str, Plain]:
    """Read several changes of one variant; a key given twice is an error."""
    changes: dict[str, Plain] = {}
    for text in texts:
        key, value = read_change(text)
        if key in changes:
            raise ScenarioError(f"{key}: given twice in one variant")
        changes[key] = value
    return changes


def read_variant(text: str) -> Variant:
    """Read `NAME: key=value, key=value`; commas inside brackets belong to a value."""
    name, colon, rest = text.partition(":")
    if not colon or not name.strip() or "=" in name:
        raise ScenarioError(f"a variant must be NAME: key=value, key=value, ..., got {shown(text)}")
    return Variant(name.strip(), read_changes(_split(rest)))


def _split(text: str) -> list[str]:
    parts, depth = [""], 0
    for character in text:
        depth += (character in "[{") - (character in "]}")
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def read_sweep(text: str) -> tuple[str, list[int | float]]:
    """Read `key=low:high:step` as the key and low, low + step, ... up to high, which is in if it is met.

    Decimal arithmetic, so that 1.2:6:0.4 is 1.2, 1.6, ..., 6. Whole numbers stay whole.

    Raises
    ------
    ScenarioError
        For other text, a step that is not above 0, high below low, or more than MOST_POINTS points.
    """
    key, _, bounds = text.partition("=")
    legal = f"a sweep must be key=low:high:step, three numbers, got {shown(text)}"
    try:
        low, high, step = (Decimal(word.strip()) for word in bounds.split(":"))
    except (InvalidOperation, ValueError):
        raise ScenarioError(legal) from None
    if not key.strip() or not all(number.is_finite() for number in (low, high, step)):
        raise ScenarioError(legal)
    if step <= 0 or high < low:
        raise ScenarioError(f"{key.strip()}: a sweep needs low <= high and a step above 0, got {bounds}")
    points = math.floor((high - low) / step) + 1
    if points > MOST_POINTS:
        raise ScenarioError(f"{key.strip()}: a sweep of {points} points; at most {MOST_POINTS}")
    is_whole = all(number == number.to_integral_value() and "." not in str(number) for number in (low, step))
    values = [low + k * step for k in range(points)]
    return key.strip(), [int(value) if is_whole else float(value) for value in values]
