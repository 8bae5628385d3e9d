"""The extent of the sheets of a workbook, read before the library does, which makes room for all cells between."""

import html
import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import Final, NamedTuple

from simulator.patients.list_files.open_document import OpenSheets
from simulator.patients.list_files.shared_strings import SharedStrings
from simulator.patients.list_files.zip_sizes import TooLargeError, pieces

MOST_UNPACKED: Final = 300_000_000
"""Bytes of XML that a workbook may unpack to."""
MOST_LETTERS: Final = 3
MOST_DIGITS: Final = 7
"""Of a place in a sheet, whose last cell is XFD1048576; the library takes longer ones, and makes room for them."""
_PLACE: Final = re.compile(rb"""r\s*=\s*["']([A-Za-z]*)([0-9]+)["']""")
"""Where a row or a cell says that it stands, in whatever way XML lets it be written."""
_STEP: Final = re.compile(
    rb"<(?:\w+:)?(?:(row)(?=[\s/>])(?=[^>]*>)([^>]*?\sr\s*=)?|c(?=[\s/>])(?=[^>]*>)(?![^>]*?\sr\s*=))"
)
"""A row, which says what row it is or follows the one before, or a cell that follows the one before."""
_XLSX_ERROR: Final = re.compile(rb'<(?:\w+:)?c\b(?=[^>]*\bt="e")[^>]*?\br="([A-Z]{1,7})([0-9]{1,9})"')
_SHEET: Final = re.compile(rb'<(?:\w+:)?sheet\b(?=[^>]*\bname="([^"]*)")[^>]*?\b\w+:id="([^"]*)"')
_LINK: Final = re.compile(rb'<(?:\w+:)?Relationship\b(?=[^>]*\bId="([^"]*)")[^>]*?\bTarget="([^"]*)"')
_STYLES: Final = "xl/styles.xml"
_STRINGS: Final = "xl/sharedStrings.xml"
_NAMES: Final = ("xl/workbook.xml", "xl/_rels/workbook.xml.rels")
_FORMAT: Final = re.compile(
    rb'<(?:\w+:)?numFmt\b(?=[^>]*\bnumFmtId="([0-9]{1,9})")[^>]*?\bformatCode="([^"]*)"'
)
_CELL_STYLES: Final = re.compile(rb"<(?:\w+:)?cellXfs\b[^>]*>(.*?)</(?:\w+:)?cellXfs>", re.DOTALL)
_OWN_PERCENT_FORMATS: Final = frozenset((9, 10))
_OPEN_CONTENT: Final = "content.xml"
MOST_OF_A_PART: Final = 20_000_000
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
    is_binary
        Whether it keeps its sheets in binary files (xlsb), whose extent is unknown.
    """

    errors: dict[str, Places]
    percents: dict[str, Places]
    is_binary: bool = False


def check_sizes(content: bytes, most_cells: int) -> Marked:
    """Check what a zipped workbook unpacks to; return its cells that are errors or percentages.

    Raises
    ------
    TooLargeError
        Where it unpacks to more than `MOST_UNPACKED` bytes, a sheet spans more than `most_cells` cells or has too
        much text in them, or more than `MOST_MARKED` are errors or percentages.
    zipfile.BadZipFile
        Where it cannot be unpacked.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        members = [one for one in packed.infolist() if not one.is_dir()]
    # a directory can list one packed member many times over
    if sum(one.compress_size for one in members) > len(content):
        raise zipfile.BadZipFile("its members overlap")
    unpacked = _Unpacked(most_cells)
    # styles and strings come first: they say which cells are percentages, and how long those of text are
    for member in sorted(members, key=lambda one: one.filename not in (_STYLES, _STRINGS)):
        unpacked.begin(member.filename)
        for size, piece in _overlapping(pieces(content, member)):
            unpacked.take(size, piece)
    return unpacked.marked()


class _Unpacked:
    """What the members of a workbook, taken piece by piece, say of its cells."""

    def __init__(self, most_cells: int) -> None:
        self._most_cells = most_cells
        self._total = 0
        self._extent = _Extent(most_cells)
        self._found = Marked({}, {})
        self._parts: dict[str, bytearray] = {}
        self._percent: re.Pattern[bytes] | None = None
        self._strings = SharedStrings()
        self._open_sheets = OpenSheets(most_cells)
        self._name = ""
        self._is_binary = False

    def begin(self, name: str) -> None:
        """Begin the member of this name."""
        self._is_binary = self._is_binary or "workbook.bin" in name
        if self._name == _STYLES:
            self._percent = _percent_cell(bytes(self._parts.get(_STYLES, b"")))
        self._name, self._extent = name, _Extent(self._most_cells)

    def take(self, size: int, piece: bytes) -> None:
        """Take a piece of the member, of which the last `size` bytes are new."""
        self._total += size
        if self._total > MOST_UNPACKED:
            raise TooLargeError(f"unpacks to more than {MOST_UNPACKED} bytes")
        if self._name in (_STYLES, *_NAMES):
            part = self._parts.setdefault(self._name, bytearray())
            part += piece[-size:]
            if len(part) > MOST_OF_A_PART:
                raise TooLargeError(f"has more than {MOST_OF_A_PART} bytes of styles or names of sheets")
        elif self._name == _STRINGS:
            self._strings.take_strings(size, piece)
        elif self._name == _OPEN_CONTENT:
            self._open_sheets.take(piece[-size:])
        else:
            self._cells(size, piece)

    def _cells(self, size: int, piece: bytes) -> None:
        if b't="e"' in piece:
            _mark(self._found.errors.setdefault(self._name, set()), _XLSX_ERROR.findall(piece))
        if self._percent is not None:
            _mark(self._found.percents.setdefault(self._name, set()), self._percent.findall(piece))
        self._strings.take_cells(piece)
        self._extent.take(size, piece)

    def marked(self) -> Marked:
        """Return the cells by the names of their sheets."""
        parts = {name: bytes(part) for name, part in self._parts.items()}
        errors, percents = (_by_sheet(places, parts) for places in (self._found.errors, self._found.percents))
        return Marked(errors, percents | self._open_sheets.percents, self._is_binary)


class _Extent:
    """The last row and column of the cells of a sheet, taken piece by piece."""

    def __init__(self, most_cells: int) -> None:
        self._most_cells = most_cells
        self._last_row = self._last_column = 0
        self._named_row = self._following_rows = 0
        self._in_row = self._most_in_row = 0

    def take(self, size: int, piece: bytes) -> None:
        """Take a piece of which the last `size` bytes are new; TooLargeError where its cells span too much."""
        for letters, digits in _PLACE.findall(piece):
            if len(letters) > MOST_LETTERS or len(digits) > MOST_DIGITS:
                raise TooLargeError("has a cell beyond the last that a sheet can have, XFD1048576")
            if letters:
                self._last_row = max(self._last_row, int(digits))
                self._last_column = max(self._last_column, _number(letters))
            else:
                self._named_row = max(self._named_row, int(digits))
        for step in _STEP.finditer(piece):
            if step.end() > len(piece) - size:
                self._follow(is_row=step[1] is not None, named=step[2] is not None)
        rows, columns = self._last_row, self._last_column
        if self._most_in_row:
            rows, columns = max(rows, self._named_row) + self._following_rows, columns + self._most_in_row
        if rows * columns > self._most_cells:
            raise TooLargeError(f"has a sheet of more than {self._most_cells} cells")

    def _follow(self, *, is_row: bool, named: bool) -> None:
        if is_row:
            self._following_rows += not named
            self._in_row = 0
        else:
            self._in_row += 1
            self._most_in_row = max(self._most_in_row, self._in_row)


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
    for letter in letters.upper():
        number = 26 * number + letter - 64
    return number
