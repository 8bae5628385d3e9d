"""Numbers as lists write them: the value, or every value that a cell can mean."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulator.parsing.faults import shown

_NUMBER: Final = re.compile(r"([-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)\s*(.*)", re.DOTALL)
_COMMA: Final = re.compile(r"[-+]?[0-9]+,[0-9]+.*")
_GROUPED: Final = re.compile(r"([-+]?[1-9][0-9]{0,2})(?:[.,]([0-9]{3}))(?![0-9.,])\s*(.*)", re.DOTALL)
_GROUPS: Final = {
    ".": re.compile(
        r"([-+]?[1-9][0-9]{0,2}(?:,[0-9]{3})+)\.([0-9]+)\s*(.*)|([-+]?[1-9][0-9]{0,2}(?:,[0-9]{3}){2,})\s*(.*)"
    ),
    ",": re.compile(
        r"([-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3})+),([0-9]+)\s*(.*)|([-+]?[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,})\s*(.*)"
    ),
}
_APART: Final = re.compile(r"([-+]?[1-9][0-9]{0,2}(?:([' ])[0-9]{3})(?:\2[0-9]{3})*)(?![0-9'])")
"""Groups of three digits apart by a blank or an apostrophe, neither of which is a decimal mark anywhere."""
_TEXT: Final = re.compile(r"'(.+)|=\"([^\"]+)\"", re.DOTALL)
"""A number that a spreadsheet was told to keep as text: '85 or ="85"."""
_FLAG: Final = re.compile(r"^[↑↓]\s*|(?<=[0-9%])\s*(?:[↑↓]+|\((?:H|L|HH|LL|↑|↓)\)|\s(?:H|L|HH|LL))$")
"""How laboratories mark a value outside their range."""
_LIMIT: Final = re.compile(r"\s*(<=|>=|=<|=>|<|>|≤|≥)\s*(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"(.+?)\s*(?:-|~|—|\bbis\b|\bto\b|\bà\b|\ba\b|至|到)\s*(.+)", re.DOTALL)
_SIGNS: Final = {"≤": "<=", "=<": "<=", "≥": ">=", "=>": ">="}


@dataclass(frozen=True, slots=True)
class Number:
    """What a cell says.

    Attributes
    ----------
    value
        The number as written; NaN where it is none.
    after
        The text behind it, its unit.
    wrong
        What is wrong, or what must be asked.
    grouped
        The same digits with the mark taken as a separator of thousands, where they can be; else None.
    sign
        `<`, `<=`, `>` or `>=` before it, else empty.
    """

    value: float
    after: str = ""
    wrong: str = ""
    grouped: float | None = None
    sign: str = ""


_NONE: Final = float("nan")


def number_written(text: str, decimal: str) -> Number:
    """Return the number in a cell without outer spaces.

    Parameters
    ----------
    decimal
        The decimal mark of the file, `.` or `,`.
    """
    text = _as_number(text)
    limit = _LIMIT.fullmatch(text)
    sign = ""
    if limit is not None:
        sign = _SIGNS.get(limit.group(1), limit.group(1))
        text = limit.group(2)
    found = _unsigned(text, decimal)
    if found.wrong and sign:
        return Number(_NONE, wrong=f"{shown(limit.group(0).strip() if limit else text)} is no number")
    return Number(found.value, found.after, found.wrong, None if sign else found.grouped, sign)


def _as_number(text: str) -> str:
    """Return a cell without what is no part of its number and cannot change it."""
    kept = _TEXT.fullmatch(text)
    if kept is not None:
        text = (kept.group(1) or kept.group(2)).strip()
    text = _FLAG.sub("", text)
    apart = _APART.search(text)
    if apart is not None and not text[: apart.start()].strip("<>=≤≥ "):
        text = text[: apart.start()] + re.sub("[' ]", "", apart.group(1)) + text[apart.end() :]
    return text


def range_written(text: str, decimal: str, words: Mapping[str, int]) -> tuple[Number, Number] | None:
    """Return the two ends of a range such as `55-60 %` or `II-III`, or None where the cell is none.

    Parameters
    ----------
    words
        Words that are numbers here, in small letters.
    """
    found = _RANGE.fullmatch(text)
    if found is None:
        return None
    low, high = (
        Number(float(words[part.casefold()])) if part.casefold() in words else number_written(part, decimal)
        for part in found.groups()
    )
    is_range = not (low.wrong or high.wrong or low.sign or high.sign) and 0 <= low.value <= high.value
    return (low, high) if is_range and low.after in ("", high.after) else None


def _unsigned(text: str, decimal: str) -> Number:
    both = _GROUPS[decimal].fullmatch(text)
    if both is not None:
        whole, rest, after, only, after_only = both.groups()
        digits = (whole or only).replace("." if decimal == "," else ",", "")
        return Number(
            _float(f"{digits}.{rest}" if rest else digits), (after if whole else after_only).strip()
        )
    grouped = _GROUPED.fullmatch(text)
    together = _float(grouped.group(1) + grouped.group(2)) if grouped is not None else None
    plain = text
    if decimal == ",":
        if grouped is not None and "." in grouped.group(0)[: grouped.end(2)]:
            # 1.200 in a file of decimal commas: a separator, or a number another program wrote
            return _either(text, together, grouped)
        plain = text.replace(",", ".") if text.count(",") + text.count(".") == 1 else text
    elif _COMMA.fullmatch(text):
        if grouped is not None:
            return _either(text, together, grouped)
        return Number(
            _NONE, wrong=f"{shown(text)} is no number; a decimal comma is named in the mapping file"
        )
    found = _NUMBER.fullmatch(plain)
    if found is None:
        return Number(_NONE, wrong=f"{shown(text)} is no number")
    return Number(_float(found.group(1)), found.group(2).strip(), grouped=together)


def _either(text: str, together: float | None, grouped: re.Match[str]) -> Number:
    value = _float(f"{grouped.group(1)}.{grouped.group(2)}")
    asked = f"{shown(text)} is {together:g} or {value:g}? write it without a separator of thousands"
    return Number(value, grouped.group(3).strip(), asked, together)


def _float(digits: str) -> float:
    return (
        float(digits) if len(digits) <= 400 else math.copysign(math.inf, -1 if digits.startswith("-") else 1)
    )
