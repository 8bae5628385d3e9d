"""The extent of the sheets of a workbook, read before the library does, which makes room for all cells between."""

import html
import io
import re
import zipfile
from collections.abc import Iterator
from typing import Final

from simulator.patients.list_files.zip_sizes import TooLargeError, pieces

MOST_UNPACKED: Final = 300_000_000
"""Bytes of XML that a workbook may unpack to."""
_XLSX_CELL: Final = re.compile(rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,7})([0-9]{1,9})"')
_XLSX_ERROR: Final = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,7})([0-9]{1,9})"')
_SHEET: Final = re.compile(rb'<(?:\w+:)?sheet\b(?=[^>]*\bname="([^"]*)")[^>]*?\b\w+:id="([^"]*)"')
_LINK: Final = re.compile(rb'<(?:\w+:)?Relationship\b(?=[^>]*\bId="([^"]*)")[^>]*?\bTarget="([^"]*)"')
_ODS_REPEATS: Final = re.compile(
    rb'<table:table-(row|cell)\b[^>]*?\btable:number-(?:rows|columns)-repeated="([0-9]+)"[^>]*?(/?)>'
)
_OVERLAP: Final = 4096
"""Bytes of a piece that are read again with the next one: a tag is shorter."""


Places = set[tuple[int, int]]
"""Row and column of cells, from 0."""


def check_sizes(content: bytes, most_cells: int) -> dict[str, Places]:
    """Check what a zipped workbook unpacks to; return by sheet the cells that hold an error, such as #N/A.

    The library reads those as empty cells, which they are not.

    Raises
    ------
    TooLargeError
        Where it unpacks to more than `MOST_UNPACKED` bytes, or a sheet spans more than `most_cells` cells.
    zipfile.BadZipFile
        Where it cannot be unpacked.
    """
    total = 0
    errors: dict[str, Places] = {}
    names: dict[str, bytes] = {}
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
    # a directory can list one packed member many times over
    if sum(one.compress_size for one in members) > len(content):
        raise zipfile.BadZipFile("its members overlap")
    for member in members:
        is_sheet = "worksheets/" in member.filename and member.filename.endswith(".xml")
        last_row = last_column = 0
        for size, piece in _overlapping(pieces(content, member)):
            total += size
            if total > MOST_UNPACKED:
                raise TooLargeError(f"unpacks to more than {MOST_UNPACKED} bytes")
            if member.filename in ("xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
                names[member.filename] = names.get(member.filename, b"") + piece[-size:]
            if is_sheet and b't="e"' in piece:
                found = {(int(row) - 1, _number(column) - 1) for column, row in _XLSX_ERROR.findall(piece)}
                errors.setdefault(member.filename, set()).update(found)
            if is_sheet:
                for letters, digits in _XLSX_CELL.findall(piece):
                    last_row = max(last_row, int(digits))
                    last_column = max(last_column, _number(letters))
                if last_row * last_column > most_cells:
                    raise TooLargeError(f"has a sheet of more than {most_cells} cells")
            elif member.filename == "content.xml" and _repeats(piece) > most_cells:
                raise TooLargeError(f"repeats cells more than {most_cells} times")
    return _by_sheet(errors, names) if errors else {}


def _by_sheet(errors: dict[str, Places], names: dict[str, bytes]) -> dict[str, Places]:
    """Return the same by the names of the sheets, which the workbook keeps apart from those of its files."""
    links = dict(_LINK.findall(names.get("xl/_rels/workbook.xml.rels", b"")))
    found = {}
    for name, link in _SHEET.findall(names.get("xl/workbook.xml", b"")):
        file = "xl/" + links.get(link, b"").decode("utf-8", "replace").removeprefix("/xl/")
        if file in errors:
            found[html.unescape(name.decode("utf-8", "replace"))] = errors[file]
    return found


def _overlapping(found: Iterator[bytes]) -> Iterator[tuple[int, bytes]]:
    """Yield (size, piece), a piece beginning with the end of the one before."""
    before = b""
    for piece in found:
        yield len(piece), before + piece
        before = piece[-_OVERLAP:]


def _number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = 26 * number + letter - 64
    return number


def _repeats(piece: bytes) -> int:
    """Return the most cells that a row or cell of an OpenDocument sheet stands for, where it holds a value.

    Empty rows and cells at the end of a sheet are repeated up to its last one; they take no room.
    """
    most = 0
    for _, times, closed in _ODS_REPEATS.findall(piece):
        most = max(most, 0 if closed else int(times))
    return most
