"""The words of the project, one meaning each, as they stand in docs/glossary.md: read from the packaged table."""

import csv
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.resources import files
from typing import Final

from simulator.errors import SimulatorError

COLUMNS_PRINTED: Final = "Columns that compare prints"
"""The section of the headings of the first screen and of `--full`."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A row of the glossary.

    Attributes
    ----------
    section
        Heading under which it stands.
    name
        Word, or names in backticks, several apart by commas.
    where
        In which table, file or command; empty where the section says it.
    """

    section: str
    name: str
    meaning: str
    where: str

    @property
    def names(self) -> tuple[str, ...]:
        """The names that the row explains, without backticks."""
        return tuple(name.strip("` ") for name in self.name.split(", "))


@cache
def entries() -> tuple[Entry, ...]:
    """Return every row, in the order of the page."""
    text = files("simulator.report").joinpath("glossary.csv").read_text(encoding="utf-8")
    return tuple(Entry(**row) for row in csv.DictReader(text.splitlines()))


def explained(word: str) -> tuple[Entry, ...]:
    """Return what a column, name or word means; what `compare` prints comes first.

    Raises
    ------
    SimulatorError
        The glossary lacks it; the message names those written most like it.
    """
    wanted = word.partition("≤")[0].strip().strip("`").casefold()  # months≤120 are months, up to a limit
    found = [entry for entry in entries() if wanted in (name.casefold() for name in entry.names)]
    if not found:
        known = sorted({name.casefold() for entry in entries() for name in entry.names})
        near = get_close_matches(wanted, known, n=4)
        hint = (
            f"did you mean {', '.join(near)}?" if near else "`simulator explain` lists the columns of compare"
        )
        raise SimulatorError(f"the glossary has no {word!r}: {hint}")
    return tuple(sorted(found, key=lambda entry: entry.section != COLUMNS_PRINTED))


def columns_printed() -> tuple[Entry, ...]:
    """Return the headings of the tables that `compare` prints."""
    return tuple(entry for entry in entries() if entry.section == COLUMNS_PRINTED)
