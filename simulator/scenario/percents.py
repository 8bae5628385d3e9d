"""Curves that were written in percent: one fault that says what to write, in place of one for every entry."""

from collections.abc import Sequence
from typing import Final

from simulator.parsing.faults import Fault, Path, Plain

CURVES: Final = ("p_dlt", "p_response")
_MOST: Final = 100.0


def percents_named(faults: Sequence[Fault], truth: Plain, at: Path) -> list[Fault]:
    """Return the faults of a truth, those of a curve in percent replaced by one."""
    found = list(faults)
    for key in CURVES:
        path: Path = (*at, key)
        fractions = _fractions(truth.get(key)) if isinstance(truth, dict) else None
        inside = [fault for fault in found if fault.path[: len(path)] == path]
        if fractions is None or not inside:
            continue
        place = found.index(inside[0])
        found = [fault for fault in found if fault not in inside]
        message = f"must be probabilities between 0 and 1; if these are percent, write {fractions}"
        found.insert(place, Fault(path, message))
    return found


def _fractions(curve: Plain) -> str | None:
    """Return the curve as fractions where it is a list of numbers that can be percent, most of them above 1."""
    if not isinstance(curve, list) or not curve:
        return None
    numbers = [one for one in curve if isinstance(one, int | float) and not isinstance(one, bool)]
    above = sum(one > 1 for one in numbers)
    if (
        len(numbers) < len(curve)
        or not all(0 <= one <= _MOST for one in numbers)
        or 2 * above <= len(numbers)
    ):
        return None
    return "[" + ", ".join(f"{one / _MOST:.6g}" for one in numbers) + "]"
