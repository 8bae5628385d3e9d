"""What a plain word of a YAML 1.2 file means (core schema): `no` is text, `1e3` a number, `010` ten."""

import math
import re
from typing import Final, TypeAlias

MAX_NUMBER_CHARACTERS: Final = 40

Scalar: TypeAlias = bool | int | float | str | None

_NULL: Final = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_INTEGER: Final = re.compile(r"[-+]?[0-9]+")
_BASED: Final = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE: Final = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")


def plain_scalar(text: str) -> Scalar:
    """Return the value of an unquoted word.

    Raises
    ------
    ValueError
        For a number that is not finite or has more than `MAX_NUMBER_CHARACTERS` characters.
    """
    if text in _NULL:
        return None
    if text in _TRUE or text in _FALSE:
        return text in _TRUE
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"must be a finite number, got {text}")
    integer, based = _INTEGER.fullmatch(text), _BASED.fullmatch(text)
    if not (integer or based or _FLOAT.fullmatch(text)):
        return text
    # reading an integer takes time quadratic in its digits
    if len(text) > MAX_NUMBER_CHARACTERS:
        raise ValueError(
            f"must be a number of at most {MAX_NUMBER_CHARACTERS} characters, got {text[:20]}..."
        )
    if based:
        return int(text, 0)
    if integer:
        return int(text)
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"must be a finite number, got {text}")
    return number
