"""Published numbers to compare with the margins of the synthetic population; never sampled.

The numbers are in `published_margins.csv`, one row each.
"""

import csv
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Known(StrEnum):
    """How the number is known."""

    LOOKED_UP = "looked up"
    COMPUTED = "computed from public patient data"


@dataclass(frozen=True, slots=True)
class Anchor:
    """One published number.

    Attributes
    ----------
    field
        Name of the patient field whose margin it is compared with.
    statistic
        What the number says of the field.
    value, low, high
        The number, and the range or interval printed with it; None where none was.
    people
        Whose number it is.
    detail
        Counts, sample size or kind of interval, as printed.
    """

    field: str
    statistic: str
    value: float
    low: float | None
    high: float | None
    unit: str
    people: str
    detail: str
    known: Known
    note: str
    source: str


@cache
def anchors() -> tuple[Anchor, ...]:
    """Return all published numbers, in the order of the patient's way."""
    table = files("simulator.population").joinpath("published_margins.csv").read_text(encoding="utf-8")
    return tuple(_anchor(row) for row in csv.DictReader(table.splitlines()))


def _anchor(row: dict[str, str]) -> Anchor:
    return Anchor(
        field=row["field"],
        statistic=row["statistic"],
        value=float(row["value"]),
        low=float(row["low"]) if row["low"] else None,
        high=float(row["high"]) if row["high"] else None,
        unit=row["unit"],
        people=row["people"],
        detail=row["detail"],
        known=Known(row["known"]),
        note=row["note"],
        source=row["source"],
    )
