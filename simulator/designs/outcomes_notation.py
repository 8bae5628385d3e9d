"""The shorthand for a trial so far: "1NNN 2NTN" is three at level 1, then three at level 2, one with DLT."""

import re
from dataclasses import dataclass
from typing import Final

from simulator.errors import DesignError

NO_DLT: Final = "N"
DLT: Final = "T"
_COHORT: Final = re.compile("([0-9]{1,40})([NT]+)")
_COUNT: Final = re.compile("([0-9]{1,4})/([0-9]{1,4})")


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


def parse_counts(text: str, n_doses: int) -> tuple[list[int], list[int]]:
    """Read DLTs/patients per level, "0/3 1/6 2/3 0/0", into patients and DLTs per level.

    Raises
    ------
    DesignError
        For a word of another form, more DLTs than patients, or another number of levels than `n_doses`.
    """
    n, dlt = [], []
    words = text.split()
    for level, word in enumerate(words, start=1):
        match = _COUNT.fullmatch(word)
        if match is None:
            raise DesignError(f"counts, level {level}: {word!r}: must be DLTs/patients, such as 1/6")
        toxic, treated = int(match[1]), int(match[2])
        if toxic > treated:
            raise DesignError(f"counts, level {level}: {word!r}: more DLTs than patients")
        n.append(treated)
        dlt.append(toxic)
    if len(words) != n_doses:
        raise DesignError(f"counts = {text!r}: must have {n_doses} entries, one a level, got {len(words)}")
    return n, dlt
