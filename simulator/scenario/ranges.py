"""How far a number may be off: as its file states it, or by a stated rule where it states nothing.

The rule for a number without low and high: half to twice it; of a share or percentage, half to twice its odds.
"""

from dataclasses import dataclass
from typing import Final

from simulator.scenario.provenance import Provenance

FACTOR: Final = 2.0
SHARES: Final = frozenset({"probability", "fraction"})
"""Units of numbers between 0 and 1, which are moved by their odds."""
PERCENT: Final = "percent"
NO_RANGE: Final = "no range stated"


@dataclass(frozen=True, slots=True)
class Range:
    """Low and high of a number; `is_stated` where they are its file's own."""

    low: float
    high: float
    is_stated: bool


def range_of(known: Provenance) -> Range | None:
    """Return the range of one number; None where it has none: a curve, or a number that the rule leaves as it is."""
    if isinstance(known.value, tuple):
        return None
    if known.low is not None and known.high is not None:
        return Range(known.low, known.high, True) if known.low < known.high else None
    if known.unit == PERCENT:
        of_one = default_range(float(known.value) / 100, is_share=True)
        return None if of_one is None else Range(100 * of_one.low, 100 * of_one.high, False)
    return default_range(float(known.value), is_share=known.unit in SHARES)


def default_range(value: float, *, is_share: bool) -> Range | None:
    """Return half to twice a number, or half to twice the odds of a share; None where that is one number."""
    if not is_share:
        low, high = sorted((value / FACTOR, value * FACTOR))
        return Range(low, high, False) if low < high else None
    if not 0 < value < 1:
        return None
    return Range(moved_odds(value, 1 / FACTOR), moved_odds(value, FACTOR), False)


def moved_odds(share: float, factor: float) -> float:
    """Return a share whose odds are so many times those of another."""
    return factor * share / (1 - share + factor * share)
