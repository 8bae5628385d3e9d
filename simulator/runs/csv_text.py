"""CSV as this program writes it: UTF-8, and no cell that a spreadsheet would run."""

import csv
import io
import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, TextIO

if TYPE_CHECKING:
    from pandas import DataFrame

_LEADS: Final = frozenset("=+-@\t\r＝＋－＠")
"""How text begins that a spreadsheet takes for a formula; the wide signs are those of Asian keyboards."""
_MAY_LEAD: Final = _LEADS | {" "}
_NUMBER: Final = re.compile(r"\s*[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?\s*")


def csv_cell(value: object) -> object:
    """Return a value as a cell that no spreadsheet runs and every file can hold.

    Text that begins with `=`, `+`, `-` or `@` is given a leading apostrophe, unless it is a number or that sign
    alone: -3.1 stays a number. Anything but text is returned as it is. Half a surrogate pair is escaped.
    """
    if not isinstance(value, str) or (value.isascii() and value[:1] not in _MAY_LEAD):
        return value
    text = value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")
    plain = text.lstrip(" ")
    if plain[:1] not in _LEADS or len(plain.strip()) == 1 or _NUMBER.fullmatch(text):
        return text
    return f"'{text}"


def csv_text(header: Iterable[object], rows: Iterable[Iterable[object]]) -> str:
    """Return a header and rows as CSV."""
    text = io.StringIO()
    write_csv(text, header, rows)
    return text.getvalue()


def write_csv(file: TextIO, header: Iterable[object], rows: Iterable[Iterable[object]]) -> None:
    """Write a header and rows as CSV, row by row."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([csv_cell(cell) for cell in header])
    writer.writerows([csv_cell(cell) for cell in row] for row in rows)


def frame_csv(frame: "DataFrame") -> str:
    """Return the columns of a table as CSV, without its index."""
    safe = frame.copy(deep=False)
    safe.columns = [csv_cell(name) for name in frame.columns]
    for k, kind in enumerate(frame.dtypes):
        if kind == object or str(kind) in ("str", "string", "category"):  # noqa: E721
            safe.isetitem(k, frame.iloc[:, k].astype(object).map(csv_cell).to_numpy())
    return str(safe.to_csv(index=False, lineterminator="\n"))
