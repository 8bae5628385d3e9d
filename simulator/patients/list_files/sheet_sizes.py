"""The extent of the sheets of a workbook, read before the library does, which makes room for all cells between."""

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

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
_STYLES: Final = "xl/styles.xml"
_NAMES: Final = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_FORMAT: Final = re.compile(
    rb'<(?:\w+:)?numFmt\b(?=[^>]*\bnumFmtId="([0-9]{1,9})")[^>]*?\bformatCode="([^"]*)"'
)
_CELL_STYLES: Final = re.compile(rb"<(?:\w+:)?cellXfs\b[^>]*>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_OWN_PERCENT_FORMATS: Final = frozenset((9, 10))
MOST_MARKED: Final = 1_000_000
_OVERLAP: Final = 4096
"""Bytes of a piece that are read again with the next one: a tag is shorter."""


Places = set[tuple[int, int]]
"""Row and column of cells, from 0."""


class Marked(NamedTuple):
    """By sheet the cells that the library does not tell from others.

    Attributes
    ----------
    errors
        Cells that hold an error, such as #N/A, read as empty ones.
    percents
        Cells shown with a percent sign, read as 0.85 for 85 %.
    """

    errors: dict[str, Places]
    percents: dict[str, Places]


def check_sizes(content: bytes, most_cells: int) -> Marked:
    """Check what a zipped workbook unpacks to; return the cells of an xlsx file that are errors or percentages.

    Raises
    ------
    TooLargeError
        Where it unpacks to more than `MOST_UNPACKED` bytes, a sheet spans more than `most_cells` cells, or more than
        `MOST_MARKED` are errors or percentages.
    zipfile.BadZipFile
        Where it cannot be unpacked.
    """
    total = 0
    marked = Marked({}, {})
    parts: dict[str, bytes] = {}
    styled: re.Pattern[bytes] | None = None
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
    # a directory can list one packed member many times over
    if sum(one.compress_size for one in members) > len(content):
        raise zipfile.BadZipFile("its members overlap")
    # the styles come first: they say which cells of the sheets are percentages
    for member in sorted(members, key=lambda one: one.filename != _STYLES):
        is_sheet = "worksheets/" in member.filename and member.filename.endswith(".xml")
        last_row = last_column = 0
        for size, piece in _overlapping(pieces(content, member)):
            total += size
            if total > MOST_UNPACKED:
                raise TooLargeError(f"unpacks to more than {MOST_UNPACKED} bytes")
            if member.filename in (_STYLES, *_NAMES):
                parts[member.filename] = parts.get(member.filename, b"") + piece[-size:]
            if is_sheet and b't="e"' in piece:
                _mark(marked.errors.setdefault(member.filename, set()), _XLSX_ERROR.findall(piece))
            if is_sheet and styled is not None:
                _mark(marked.percents.setdefault(member.filename, set()), styled.findall(piece))
            if is_sheet:
                for letters, digits in _XLSX_CELL.findall(piece):
                    last_row = max(last_row, int(digits))
                    last_column = max(last_column, _number(letters))
                if last_row * last_column > most_cells:
                    raise TooLargeError(f"has a sheet of more than {most_cells} cells")
            elif member.filename == "content.xml" and _repeats(piece) > most_cells:
                raise TooLargeError(f"repeats cells more than {most_cells} times")
        if member.filename == _STYLES:
            styled = _percent_cell(parts.pop(_STYLES, b""))
    return Marked(*(_by_sheet(places, parts) for places in marked))


def _mark(places: Places, found: Iterable[tuple[bytes, bytes]]) -> None:
    places.update((int(row) - 1, _number(column) - 1) for column, row in found)
    if len(places) > MOST_MARKED:
        raise TooLargeError(f"has more than {MOST_MARKED} cells that are errors or percentages")


def _percent_cell(styles: bytes) -> re.Pattern[bytes] | None:
    """Return what a cell of a percent format looks like, or None where the workbook has no such format."""
    formats = {int(id_) for id_, code in _FORMAT.findall(styles) if b"%" in code} | _OWN_PERCENT_FORMATS
    cells = _CELL_STYLES.search(styles)
    used = re.findall(rb"<(?:\w+:)?xf\b[^>]*?\bnumFmtId=\"([0-9]{1,9})\"", cells.group(1)) if cells else []
    percents = [b"%d" % k for k, id_ in enumerate(used) if int(id_) in formats]
    style = rb'(?=[^>]*\bs="(?:' + b"|".join(percents) + rb')")'
    return (
        re.compile(rb"<(?:\w+:)?c\b" + style + rb'[^>]*?\br="([A-Z]{1,7})([0-9]{1,9})"') if percents else None
    )


def _by_sheet(places: dict[str, Places], parts: dict[str, bytes]) -> dict[str, Places]:
    """Return the same by the names of the sheets, which the workbook keeps apart from those of its files."""
    workbook, relations = (parts.get(name, b"") for name in _NAMES)
    links = dict(_LINK.findall(relations))
    found = {}
    for name, link in _SHEET.findall(workbook) if places else ():
        file = "xl/" + links.get(link, b"").decode("utf-8", "replace").removeprefix("/xl/")
        if file in places:
            found[html.unescape(name.decode("utf-8", "replace"))] = places[file]
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
