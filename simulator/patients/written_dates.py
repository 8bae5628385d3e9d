"""Dates as lists write them: every day that a cell can mean."""

import calendar
import re
from datetime import date
from typing import Final

_CLOCK: Final = r"[T ]\s*\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?"
_ZONE: Final = r"\s*(?:Z|[+-]\d{2}:?\d{2})?"
_TIME: Final = f"(?:{_CLOCK}{_ZONE})?"
_YEAR_FIRST: Final = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})" + _TIME, re.IGNORECASE)
_CHINESE: Final = re.compile(
    r"(\d{4})\s*年\s*(\d{1,2})\s*月(?:\s*(\d{1,2})\s*[日号])?" + _TIME, re.IGNORECASE
)
_YEAR_LAST: Final = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{4})" + _TIME, re.IGNORECASE)
_COMPACT: Final = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_MONTH: Final = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[/.](\d{4})")
_NAMED: Final = re.compile(r"(\d{1,2})[-. ]\s*([^\W\d_]{3,10})\.?[- ,]\s*(\d{4})" + _TIME, re.IGNORECASE)
_DAY_NUMBER: Final = re.compile(r"\d{5}(?:\.\d+)?")
_MONTHS: Final = (
    ("jan", "january", "januar", "janvier", "enero", "jänner"),
    ("feb", "february", "februar", "février", "febrero"),
    ("mar", "march", "märz", "mrz", "mär", "mars", "marzo"),
    ("apr", "april", "avril", "abril"),
    ("may", "mai", "mayo"),
    ("jun", "june", "juni", "juin", "junio"),
    ("jul", "july", "juli", "juillet", "julio"),
    ("aug", "august", "août", "agosto"),
    ("sep", "sept", "september", "septembre", "septiembre"),
    ("oct", "october", "okt", "oktober", "octobre", "octubre"),
    ("nov", "november", "novembre", "noviembre"),
    ("dec", "december", "dez", "dezember", "décembre", "diciembre"),
)
_MONTH_NAMED: Final = {word: k + 1 for k, words in enumerate(_MONTHS) for word in words}
_SPREADSHEET_ORIGIN: Final = date(1899, 12, 30).toordinal()

Days = tuple[float, ...]
"""Ordinals (1: 1 January of year 1) of the days that a cell can mean; of a month its first and last day."""


def looks_dated(text: str) -> bool:
    """Return whether a cell has the form of a date, of whatever calendar day."""
    forms = (_YEAR_FIRST, _YEAR_LAST, _CHINESE, _COMPACT, _NAMED)
    return any(form.fullmatch(text) for form in forms)


def days_written(text: str, day_first: bool | None) -> tuple[Days, str]:
    """Return the days that a cell can mean, and what is wrong with it or must be asked; no days: no date.

    The day is the one written, whatever the time and zone beside it.

    Parameters
    ----------
    day_first
        What 02/03/2026 is: 2 March, 3 February (False), or not said (None).
    """
    found = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is not None:
        parts = [part for part in found.groups() if part.isdigit()]
        return _day(text, *map(int, parts))
    named = _NAMED.fullmatch(text)
    if named is not None and named.group(2).casefold() in _MONTH_NAMED:
        return _day(text, int(named.group(3)), _MONTH_NAMED[named.group(2).casefold()], int(named.group(1)))
    chinese = _CHINESE.fullmatch(text)
    if chinese is not None:
        year, month, day = chinese.groups()
        return (
            _month(text, int(year), int(month))
            if day is None
            else _day(text, int(year), int(month), int(day))
        )
    found = _YEAR_LAST.fullmatch(text)
    if found is not None:
        first, mark, second, year = found.groups()
        return _year_last(text, int(first), int(second), int(year), True if mark == "." else day_first)
    month_only = _MONTH.fullmatch(text)
    if month_only is not None:
        year, month, other_month, other_year = month_only.groups()
        return _month(text, int(year or other_year), int(month or other_month))
    if _DAY_NUMBER.fullmatch(text):
        return (), _day_number(text)
    return (), f"{text!r:.60} is no date that can be read; write year-month-day"


def _day_number(text: str) -> str:
    day = date.fromordinal(_SPREADSHEET_ORIGIN + int(float(text))).isoformat()
    return f"'{text}' is a number where a date belongs: is it {day}, the day of a spreadsheet? write the date"


def _day(text: str, year: int, month: int, day: int) -> tuple[Days, str]:
    try:
        return (float(date(year, month, day).toordinal()),), ""
    except ValueError:
        return (), f"{text!r:.60} is no day of the calendar"


def _month(text: str, year: int, month: int) -> tuple[Days, str]:
    if not (1 <= month <= 12 and 1 <= year <= 9999):
        return (), f"{text!r:.60} is no month of the calendar"
    last = calendar.monthrange(year, month)[1]
    days = (float(date(year, month, 1).toordinal()), float(date(year, month, last).toordinal()))
    return days, f"{text!r:.60} says the month alone: which day?"


def _year_last(text: str, first: int, second: int, year: int, day_first: bool | None) -> tuple[Days, str]:
    if day_first is not None:
        day, month = (first, second) if day_first else (second, first)
        return _day(text, year, month, day)
    by_day, _ = _day(text, year, second, first)
    by_month, _ = _day(text, year, first, second)
    either = tuple(dict.fromkeys(by_day + by_month))
    if len(either) == 2:
        one, other = (date.fromordinal(int(day)).isoformat() for day in either)
        say = "say 'dates: day first' or 'dates: month first' in the mapping file"
        return either, f"{text!r:.60} is {one} or {other}? {say}"
    return either, "" if either else f"{text!r:.60} is no day of the calendar"
