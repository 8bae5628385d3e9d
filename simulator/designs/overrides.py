"""A clinician's decision against the design's advice, with its reason."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from simulator.designs.outcomes_notation import Cohort
from simulator.errors import DesignError

STOP: Final = 0
MAX_REASON: Final = 500
_OVERRIDE: Final = re.compile(
    r"\s*(?:cohort\s+(\d{1,9})\s+)?(?:level\s+(\d{1,9})|(stop))\s*:(.*)", re.I | re.S
)


@dataclass(frozen=True, slots=True)
class Override:
    """What was decided in place of the advice.

    Attributes
    ----------
    level
        Level treated, 1-based; `STOP` where the trial is stopped.
    cohort
        Which cohort, from 1; None for the first one at this level that needs an explanation, else the next.
    """

    level: int
    reason: str
    cohort: int | None = None

    def __str__(self) -> str:
        """Write it as `parse_override` reads it."""
        cohort = "" if self.cohort is None else f"cohort {self.cohort} "
        decided = "stop" if self.level == STOP else f"level {self.level}"
        return f"{cohort}{decided}: {self.reason}"


def parse_override(text: str) -> Override:
    """Read "level 2: reason", "cohort 3 level 2: reason" or "stop: reason".

    Raises
    ------
    DesignError
        For text of another form, or without a reason.
    """
    match = _OVERRIDE.fullmatch(text)
    if match is None:
        raise DesignError(
            f'override {text!r}: must be "level 2: reason", "cohort 3 level 2: reason" or "stop: reason"'
        )
    cohort, level, _, reason = match.groups()
    if level is not None and int(level) < 1:
        raise DesignError(f"override {text!r}: level must be at least 1")
    given = checked_reason(f"override {text!r}", reason)
    return Override(STOP if level is None else int(level), given, None if cohort is None else int(cohort))


def checked_reason(where: str, reason: str) -> str:
    """Return the reason on one line; DesignError where there is none, or it is no printable text."""
    given = " ".join(reason.split())
    if not 1 <= len(given) <= MAX_REASON or not given.isprintable():
        raise DesignError(f"{where}: the reason must be printable text of 1 to {MAX_REASON} characters")
    return given


def explanation(
    where: str,
    number: int,
    cohort: Cohort,
    departs: bool,
    with_data: str | None,
    overrides: Sequence[Override],
) -> tuple[str | None, list[Override]]:
    """Return the reason given for a cohort, None where there is none, and the overrides that are left.

    A reason for this cohort by number, or given with its data, is its own. One without a number goes to the first
    cohort at its level that departs from the advice.

    Raises
    ------
    DesignError
        Two reasons for one cohort, or a reason for another level than the one treated.
    """
    named = [override for override in overrides if override.cohort == number]
    if len(named) + (with_data is not None) > 1:
        raise DesignError(f"{where}: more than one override is given for cohort {number}")
    if named:
        if named[0].level != cohort.level:
            raise DesignError(
                f"{where}: override {str(named[0])!r}: the cohort was treated at level {cohort.level}"
            )
        return named[0].reason, [override for override in overrides if override is not named[0]]
    left = list(overrides)
    if with_data is None and departs:
        for override in overrides:
            if override.cohort is None and override.level == cohort.level:
                left.remove(override)
                return override.reason, left
    return with_data, left
