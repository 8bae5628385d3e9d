"""When something was observed, as precisely as it is written, and which of several observations is the latest."""

import calendar
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, TypeVar

from simulator.patients.written_dates import days_written

_FHIR: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(?:[T ](.+))?)?)?")
_CLOCK: Final = re.compile(
    r"(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d{2}:?\d{2})?", re.IGNORECASE
)
_TIME_BEHIND: Final = re.compile(r"^(.*\S)[T ]\s*(\d{1,2}:\d{2}.*)$")

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Instant:
    """A point in time as precisely as it is written: it lies somewhere between two.

    Attributes
    ----------
    first, last
        The first and last day it can be, as written, in its own time zone.
    start, end
        The first moment it can be and the first it cannot be any more; None where no time of day is written. In
        UTC where a zone is written.
    has_zone
        Whether a zone is written.
    """

    first: date
    last: date
    start: datetime | None = None
    end: datetime | None = None
    has_zone: bool = False

    @property
    def day(self) -> date | None:
        """The day, or None where it is not written."""
        return self.first if self.first == self.last else None


def instant(text: object) -> Instant | None:
    """Return a date or time of FHIR or of a record, with its precision: year, month, day, minute, second or less.

    None where it is none, or a day that the calendar does not have.
    """
    found = _FHIR.fullmatch(str(text).strip())
    if found is None:
        return None
    year, month, day, clock = found.groups()
    try:
        first = date(int(year), int(month or 1), int(day or 1))
        if month is None:
            return Instant(first, date(int(year), 12, 31))
        if day is None:
            return Instant(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))
        return Instant(first, first) if clock is None else _with_time(first, clock)
    except (ValueError, OverflowError):
        return None


def instant_written(text: str, day_first: bool | None) -> Instant | None:
    """Return when a row of a list was measured, in any form of a date that lists have, with or without a time.

    Of a date that can be two days, the span of both; None where it is no date.
    """
    exact = instant(text)
    if exact is not None:
        return exact
    behind = _TIME_BEHIND.match(text.strip())
    days, _ = days_written(behind.group(1) if behind else text.strip(), day_first)
    if not days:
        return None
    first, last = (date.fromordinal(int(day)) for day in (min(days), max(days)))
    if behind is None or first != last:
        return Instant(first, last)
    try:
        return _with_time(first, behind.group(2))
    except (ValueError, OverflowError):
        return None


def is_before(one: Instant, other: Instant) -> bool:
    """Return whether one is certainly before the other.

    Two times with a zone are compared as moments, and two without one as they are written. Else the days as
    written decide, and within a day nothing does.
    """
    if one.end is not None and other.start is not None and one.has_zone == other.has_zone:
        return one.end <= other.start
    return one.last < other.first


def latest(items: Sequence[Item], when: Callable[[Item], Instant]) -> list[Item]:
    """Return the items than which no other is certainly later: several where their order cannot be told."""
    if not items:
        return []
    # what ends two days before the last beginning is earlier in every zone
    newest = max(when(one).first for one in items)
    near = [one for one in items if when(one).last >= newest - timedelta(days=2)]
    return [one for one in near if not any(is_before(when(one), when(other)) for other in near)]


def _with_time(day: date, clock: str) -> Instant:
    found = _CLOCK.fullmatch(clock.strip())
    if found is None:
        raise ValueError(clock)
    hour, minute, second, fraction, zone = found.groups()
    start = datetime(day.year, day.month, day.day, int(hour), int(minute), min(int(second or 0), 59))
    if second is None:
        length = timedelta(minutes=1)
    elif fraction is None:
        length = timedelta(seconds=1)
    else:
        digits = fraction[:6]
        start += timedelta(microseconds=int(digits.ljust(6, "0")))
        length = timedelta(microseconds=10 ** (6 - len(digits)))
    if zone is None:
        return Instant(day, day, start, start + length)
    start = start.replace(tzinfo=_zone(zone)).astimezone(UTC)
    return Instant(day, day, start, start + length, True)


def _zone(text: str) -> timezone:
    if text in "Zz":
        return UTC
    hours, minutes = int(text[1:3]), int(text[-2:])
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=hours, minutes=minutes))
