"""The shorthand for a trial so far: "1NNN 2NTN" is three at level 1, then three at level 2, one with DLT."""

import re
from dataclasses import dataclass
from typing import Final

from simulator.errors import DesignError

NO_DLT: Final = "N"
DLT: Final = "T"
_COHORT: Final = re.compile("([0-9]+)([NT]+)")


@dataclass(frozen=True, slots=True)
class Cohort:
    """One cohort with complete outcomes: its level (1-based), patients and DLTs."""

    level: int
    n: int
    dlt: int


def parse_outcomes(text: str, n_doses: int) -> tuple[Cohort, ...]:
    """Read one cohort a word: the level, then one letter a patient, N without DLT, T with.

    Raises
    ------
    DesignError
        For a word of another form, or a level outside 1..n_doses; it names the word and its position.
    """
    if not isinstance(text, str):
        raise DesignError(f'outcomes = {text!r}: must be text such as "1NNN 2NTN"')
    cohorts = []
    for position, word in enumerate(text.split(), start=1):
        match = _COHORT.fullmatch(word)
        if match is None:
            raise DesignError(
                f"outcomes, cohort {position}: {word!r}: must be a level, then one letter a patient,"
                f" {NO_DLT} without DLT and {DLT} with, such as 2NTN"
            )
        level, letters = int(match[1]), match[2]
        if not 1 <= level <= n_doses:
            raise DesignError(f"outcomes, cohort {position}: {word!r}: level must be in 1..{n_doses}")
        cohorts.append(Cohort(level, len(letters), letters.count(DLT)))
    return tuple(cohorts)
