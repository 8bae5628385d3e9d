"""Small workbooks as bytes, written by hand: no test needs a library that writes them."""

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Percent:
    """A number shown with a percent sign: 0.85 as 85 %."""

    value: float


Cell = str | float | bool | date | Percent | None
Rows = Sequence[Sequence[Cell]]

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_EPOCH = date(1899, 12, 30)


def letters(column: int) -> str:
    """Return the letters of a column counted from 0."""
    text = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def _xlsx_cell(row: int, column: int, value: Cell) -> str:
    at = f'r="{letters(column)}{row}"'
    match value:
        case None:
            return ""
        case bool():
            return f'<c {at} t="b"><v>{int(value)}</v></c>'
        case date():
            return f'<c {at} s="1"><v>{(value - _EPOCH).days}</v></c>'
        case Percent():
            return f'<c {at} s="2"><v>{value.value}</v></c>'
        case str() if value.startswith("#"):
            return f'<c {at} t="e"><v>{value}</v></c>'
        case str():
            return f'<c {at} t="inlineStr"><is><t>{escape(value)}</t></is></c>'
        case _:
            return f"<c {at}><v>{value}</v></c>"


def sheet_xml(rows: Rows, merged: Sequence[str] = (), first_row: int = 1) -> str:
    """Return the XML of one sheet of an xlsx file."""
    lines = [
        f'<row r="{k}">{"".join(_xlsx_cell(k, c, value) for c, value in enumerate(row))}</row>'
        for k, row in enumerate(rows, start=first_row)
    ]
    ranges = "".join(f'<mergeCell ref="{one}"/>' for one in merged)
    merges = f'<mergeCells count="{len(merged)}">{ranges}</mergeCells>' if merged else ""
    return f'<worksheet xmlns="{_MAIN}"><sheetData>{"".join(lines)}</sheetData>{merges}</worksheet>'


def xlsx(sheets: Mapping[str, Rows], merged: Sequence[str] = (), first_row: int = 1) -> bytes:
    """Return an xlsx workbook; `merged` are ranges such as A2:A3, of every sheet."""
    return packed({name: sheet_xml(rows, merged, first_row) for name, rows in sheets.items()})


def packed(sheets: Mapping[str, str]) -> bytes:
    """Return an xlsx workbook of sheets given as XML."""
    names = list(sheets)
    listed = "".join(
        f'<sheet name="{escape(name)}" sheetId="{k}" r:id="rId{k}"/>' for k, name in enumerate(names, start=1)
    )
    links = "".join(
        f'<Relationship Id="rId{k}" Type="{_OFFICE}/worksheet" Target="worksheets/sheet{k}.xml"/>'
        for k in range(1, len(names) + 1)
    )
    styles = f'<Relationship Id="rId0" Type="{_OFFICE}/styles" Target="styles.xml"/>'
    files = {
        "[Content_Types].xml": (
            '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
            '<Default Extension="xml" ContentType="application/xml"/></Types>'
        ),
        "_rels/.rels": (
            f'<Relationships xmlns="{_PACKAGE}"><Relationship Id="rId1" Type="{_OFFICE}/officeDocument" '
            'Target="xl/workbook.xml"/></Relationships>'
        ),
        "xl/workbook.xml": f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{_PACKAGE}">{styles}{links}</Relationships>',
        "xl/styles.xml": (
            f'<styleSheet xmlns="{_MAIN}"><numFmts count="1"><numFmt numFmtId="170" formatCode="0.0 %"/></numFmts>'
            '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
            '<xf numFmtId="170" applyNumberFormat="1"/></cellXfs></styleSheet>'
        ),
    } | {f"xl/worksheets/sheet{k}.xml": sheets[name] for k, name in enumerate(names, start=1)}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as out:
        for name, text in files.items():
            out.writestr(name, text)
    return content.getvalue()


def ods(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Return an OpenDocument sheet of text, numbers and dates."""

    def cell(value: Cell) -> str:
        match value:
            case None:
                return "<table:table-cell/>"
            case Percent():
                return f'<table:table-cell office:value-type="percentage" office:value="{value.value}"/>'
            case date():
                return f'<table:table-cell office:value-type="date" office:date-value="{value}"/>'
            case str():
                shown = f"<text:p>{escape(value)}</text:p>"
                return f'<table:table-cell office:value-type="string">{shown}</table:table-cell>'
            case _:
                return f'<table:table-cell office:value-type="float" office:value="{value}"/>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "".join(
        f' xmlns:{one}="urn:oasis:names:tc:opendocument:xmlns:{one}:1.0"'
        for one in ("office", "table", "text")
    )
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED)
        out.writestr(
            "content.xml",
            f"<office:document-content{names}><office:body><office:spreadsheet>"
            f'<table:table table:name="List">{lines}</table:table>'
            "</office:spreadsheet></office:body></office:document-content>",
        )
        out.writestr("META-INF/manifest.xml", "<manifest/>")
    return content.getvalue()
