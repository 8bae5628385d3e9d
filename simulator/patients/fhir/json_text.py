"""JSON as FHIR writes it, with numbers and nesting that no parser holds kept from spoiling the rest."""

import json
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Final

_DEEPEST: Final = 60
"""Levels that are read: resources have a few, and each level of extensions adds two."""
_MOST_DIGITS: Final = 400
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)


def read_json(text: str, tell: Callable[[str], None] = lambda message: None) -> object:
    """Return a document; a number that is none stays text, which no resource may have in its place.

    What is nested deeper than any resource is read as null; `tell` is given a sentence on it.

    Raises
    ------
    ValueError
        Where it is not JSON.
    """
    try:
        return _parsed(text)
    except RecursionError:
        shallow, place = _pruned(text)
        line = text.count("\n", 0, place) + 1
        tell(f"line {line}: what is nested deeper than {_DEEPEST} levels")
        try:
            return _parsed(shallow)
        except RecursionError:
            raise ValueError("nested too deep") from None


def _parsed(text: str) -> object:
    return json.loads(text, parse_float=_decimal, parse_int=_integer, parse_constant=_no_constant)


def _decimal(word: str) -> Decimal | str:
    try:
        number = Decimal(word)
    except InvalidOperation:  # its power of ten is beyond those of the type
        return word
    return word if len(word) > _MOST_DIGITS or abs(number.adjusted()) > _MOST_DIGITS else number


def _integer(word: str) -> int | str:
    return int(word) if len(word) <= _MOST_DIGITS else word


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number of JSON")


def _pruned(text: str) -> tuple[str, int]:
    """Return the text with null in the place of what is nested too deep, and where the first of it begins."""
    kept: list[str] = []
    depth, begin, first = 0, 0, -1
    cut = 0
    for token in _TOKEN.finditer(text):
        mark = token.group()
        if mark in "[{":
            depth += 1
            if depth == _DEEPEST + 1:
                cut = token.start()
        elif mark in "]}":
            if depth == _DEEPEST + 1:
                first = cut if first < 0 else first
                kept += [text[begin:cut], "null"]
                begin = token.end()
            depth -= 1
    return "".join([*kept, text[begin:]]), max(first, 0)
