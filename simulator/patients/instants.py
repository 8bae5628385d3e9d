"""When something was observed, as precisely as it is written, and which of several observations is the latest."""

import calendar
import re
from collections.abc import Callable, Mapping, Sequence
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
    return one not in latest([one, other], lambda instant: instant)


def latest(items: Sequence[Item], when: Callable[[Item], Instant]) -> list[Item]:
    """Return the items than which no other is certainly later: several where their order cannot be told."""
    # the last beginnings, so that many items take no longer than each alone
    starts: dict[bool, datetime] = {}
    first_days: dict[bool | None, date] = {}
    for one in map(when, items):
        kind = None if one.start is None else one.has_zone
        first_days[kind] = max(first_days.get(kind, one.first), one.first)
        if one.start is not None:
            starts[one.has_zone] = max(starts.get(one.has_zone, one.start), one.start)
    return [one for one in items if not _is_older(when(one), starts, first_days)]


def _is_older(one: Instant, starts: Mapping[bool, datetime], first_days: Mapping[bool | None, date]) -> bool:
    """Return whether something certainly begins after one, of the last beginnings by kind (zone, none, no time)."""
    if one.end is None:
        return any(one.last < day for day in first_days.values())
    days = (day for kind, day in first_days.items() if kind is None or kind != one.has_zone)
    return one.end <= starts[one.has_zone] or any(one.last < day for day in days)


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
