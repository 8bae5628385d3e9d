"""Read the tables of tests/published that the design tests compare with."""

import csv

from tests.support.places import PUBLISHED


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a table, as text by column."""
    with (PUBLISHED / name).open(newline="") as file:
        return list(csv.DictReader(file))


def integers(text: str) -> list[int]:
    """Read whole numbers separated by blanks."""
    return [int(word) for word in text.split()]


def numbers(text: str) -> list[float]:
    """Read numbers separated by blanks, '-' as NaN."""
    return [float("nan") if word == "-" else float(word) for word in text.split()]
