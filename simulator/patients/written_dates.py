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
_TWO_DIGITS: Final = re.compile(r"(\d{1,2})([-/.])\s?(\d{1,2})\2\s?(\d{2})" + _TIME, re.IGNORECASE)
_COMPACT: Final = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_MONTH: Final = re.compile(r"(\d{4})[-/.](\d{1,2})|(\d{1,2})[/.](\d{4})")
_NAMED: Final = re.compile(
    r"(\d{1,2})[-. ]\s*(?:de\s+)?([^\W\d_]{3,10})\.?[- ,]\s*(?:del?\s+)?(\d{4})" + _TIME, re.IGNORECASE
)
_NAMED_FIRST: Final = re.compile(
    r"([^\W\d_]{3,10})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})" + _TIME, re.IGNORECASE
)
_DAY_NUMBER: Final = re.compile(r"\d{5}(?:\.\d+)?")
_MONTHS: Final = (
    ("jan", "january", "januar", "janvier", "janv", "enero", "ene", "jänner"),
    ("feb", "february", "februar", "février", "févr", "fév", "febrero"),
    ("mar", "march", "märz", "mrz", "mär", "mars", "marzo"),
    ("apr", "april", "avril", "avr", "abril", "abr"),
    ("may", "mai", "mayo"),
    ("jun", "june", "juni", "juin", "junio"),
    ("jul", "july", "juli", "juillet", "juil", "julio"),
    ("aug", "august", "août", "agosto", "ago"),
    ("sep", "sept", "september", "septembre", "septiembre"),
    ("oct", "october", "okt", "oktober", "octobre", "octubre"),
    ("nov", "november", "novembre", "noviembre"),
    ("dec", "december", "dez", "dezember", "décembre", "déc", "diciembre", "dic"),
)
_MONTH_NAMED: Final = {word: k + 1 for k, words in enumerate(_MONTHS) for word in words}
_LAST_CENTURY: Final = 69
_SPREADSHEET_ORIGIN: Final = date(1899, 12, 30).toordinal()

Days = tuple[float, ...]
"""Ordinals (1: 1 January of year 1) of the days that a cell can mean; of a month its first and last day."""


def looks_dated(text: str) -> bool:
    """Return whether a cell has the form of a date, of whatever calendar day."""
    forms = (_YEAR_FIRST, _YEAR_LAST, _CHINESE, _COMPACT, _NAMED, _NAMED_FIRST, _TWO_DIGITS)
    return any(form.fullmatch(text) for form in forms)


def days_written(text: str, day_first: bool | None) -> tuple[Days, str]:
    """Return the days that a cell can mean, and what is wrong with it or must be asked; no days: no date.

    The day is the one written, whatever the time and zone beside it.

    Parameters
    ----------
    day_first
        What 02/03/2026 is: 2 March, 3 February (False), or not said (None).
    """
    found = _in_numbers(text, day_first) or _with_a_word(text)
    if found is not None:
        return found
    month_only = _MONTH.fullmatch(text)
    if month_only is not None:
        year, month, other_month, other_year = month_only.groups()
        return _month(text, int(year or other_year), int(month or other_month))
    if _DAY_NUMBER.fullmatch(text):
        return (), _day_number(text)
    return (), f"{text!r:.60} is no date that can be read; write year-month-day"


def _in_numbers(text: str, day_first: bool | None) -> tuple[Days, str] | None:
    found = _YEAR_FIRST.fullmatch(text) or _COMPACT.fullmatch(text)
    if found is not None:
        parts = [part for part in found.groups() if part.isdigit()]
        return _day(text, *map(int, parts))
    found = _YEAR_LAST.fullmatch(text)
    if found is not None:
        first, mark, second, year = found.groups()
        return _year_last(text, int(first), int(second), int(year), True if mark == "." else day_first)
    found = _TWO_DIGITS.fullmatch(text)
    if found is not None:
        first, mark, second, year = found.groups()
        return _two_digits(text, mark, (int(first), int(second), int(year)), day_first)
    return None


def _with_a_word(text: str) -> tuple[Days, str] | None:
    """Return what a date with the name of a month, or in Chinese, can be."""
    chinese = _CHINESE.fullmatch(text)
    if chinese is not None:
        year, month, day = chinese.groups()
        if day is None:
            return _month(text, int(year), int(month))
        return _day(text, int(year), int(month), int(day))
    named, first = _NAMED.fullmatch(text), _NAMED_FIRST.fullmatch(text)
    if named is not None:
        day, word, year = named.groups()
    elif first is not None:
        word, day, year = first.groups()
    else:
        return None
    month_number = _MONTH_NAMED.get(word.casefold())
    return None if month_number is None else _day(text, int(year), month_number, int(day))


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


def _two_digits(
    text: str, mark: str, parts: tuple[int, int, int], day_first: bool | None
) -> tuple[Days, str]:
    """Return what 02.03.26 can be: the year stands last or first, and a key of the mapping says last."""
    first, second, third = parts
    if day_first is not None:
        is_day_first = day_first or mark == "."
        day, month = (first, second) if is_day_first else (second, first)
        return _day(text, _whole_year(third), month, day)
    ways = [(third, second, first), (first, second, third)]  # year, month, day
    if mark == "/":
        ways.insert(1, (third, first, second))
    found = [_day(text, _whole_year(year), month, day)[0] for year, month, day in ways]
    days = tuple(dict.fromkeys(day for one in found for day in one))
    if len(days) < 2:
        return days, "" if days else f"{text!r:.60} is no day of the calendar"
    listed = " or ".join(date.fromordinal(int(day)).isoformat() for day in days)
    say = "say 'dates: day first' or 'dates: month first' in the mapping file, or write the year with four digits"
    return days, f"{text!r:.60} is {listed}? {say}"


def _whole_year(year: int) -> int:
    """Return a year of two digits as POSIX reads it: 69 to 99 are of the last century."""
    return year + (2000 if year < _LAST_CENTURY else 1900)
