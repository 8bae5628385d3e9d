"""Output on a terminal or into a file of any encoding: what it cannot hold is printed plainer, never an error."""

import codecs
import io
import sys
from typing import Final

_HANDLER: Final = "simulator.plainer"
_PLAINER: Final = {
    "─": "-",
    "━": "-",
    "│": "|",
    "≥": ">=",
    "≤": "<=",
    "–": "-",
    "—": "-",
    "…": "...",
    "±": "+-",
}


def print_whatever_the_encoding() -> None:
    """Let standard output and error replace what their encoding does not have."""
    codecs.register_error(_HANDLER, _plainer)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=_HANDLER)


def _plainer(error: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    found = error.object[error.start : error.end]
    escaped = (
        _PLAINER.get(letter) or letter.encode("ascii", "backslashreplace").decode() for letter in found
    )
    return "".join(escaped), error.end
