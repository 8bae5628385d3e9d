"""Sections as a Word file; the same sections give the same bytes."""

import io
from datetime import datetime
from typing import TYPE_CHECKING, Final, assert_never
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from simulator.errors import StoreError
from simulator.report.blocks import Block, Drawing, Items, Pairs, Section, Table, Text, Verbatim, typeset
from simulator.report.render.column_widths import column_widths_cm, table_lines

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table as WordTable
    from docx.text.paragraph import Paragraph

MARGIN_CM: Final = 1.8
TEXT_CM: Final = 21.0 - 2 * MARGIN_CM
PADDING_LETTERS: Final = 2.5
SIDE_TWIPS: Final = "57"
"""Margin of a cell on either side, 1 mm."""
ROWS_KEPT_TOGETHER: Final = 24
"""Rows of a table that is not broken between pages."""


def word_of(
    title: str,
    notes: tuple[str, ...],
    parts: tuple[Section, ...],
    *,
    option: str = "--word",
    header: str = "",
) -> bytes:
    """Return the sections under a title on upright A4 pages, with what is wrong at the top.

    Parameters
    ----------
    option
        What asked for it on the command line, for the message.
    header
        Stands at the head of every page.

    Raises
    ------
    StoreError
        python-docx is not installed.
    """
    try:
        from docx import Document as new_document
        from docx.shared import Cm
    except ImportError:
        raise StoreError(f"{option}: needs python-docx: pip install 'phase1-simulator[word]'") from None
    document = new_document()
    page = document.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(MARGIN_CM)
    page.header.paragraphs[0].text = _xml(header)
    _number_pages(page.footer.paragraphs[0])
    _plain_styles(document)
    _undated(document)
    document.add_heading(_xml(title), level=1)
    for note in notes:
        document.add_paragraph(_xml(note), style="Intense Quote")
    for part in parts:
        _word_section(document, part, 2)
    sink = io.BytesIO()
    document.save(sink)
    return _with_one_date(sink.getvalue())


def _plain_styles(document: "Document") -> None:
    """Set text and headings in one black face of the sizes of a protocol."""
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 10, "Heading 1": 16, "Heading 2": 13, "Heading 3": 11, "Intense Quote": 10}
    for name, size in sizes.items():
        style = document.styles[name]
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        style.font.name, style.font.size = "Arial", Pt(size)
        style.font.color.rgb = RGBColor(0, 0, 0)
    document.styles["Normal"].paragraph_format.space_after = Pt(6)


def _number_pages(paragraph: "Paragraph") -> None:
    """Write the number of the page, which Word fills in."""
    from docx.enum.text import WD_PARAGRAPH_ALIGNMENT
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph.alignment = WD_PARAGRAPH_ALIGNMENT.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(field)


def _with_one_date(packed: bytes) -> bytes:
    """Return the file with the same date on every part of its archive."""
    sink = io.BytesIO()
    with ZipFile(io.BytesIO(packed)) as given, ZipFile(sink, "w", ZIP_DEFLATED) as kept:
        for name in given.namelist():
            part = ZipInfo(name)
            part.compress_type = ZIP_DEFLATED
            kept.writestr(part, given.read(name))
    return sink.getvalue()


def _undated(document: "Document") -> None:
    """Leave out who wrote the file and when: the same run gives the same file."""

    about = document.core_properties
    about.author = about.last_modified_by = about.comments = ""
    about.created = about.modified = datetime(2000, 1, 1)


def _xml(text: str) -> str:
    """Return the text without the letters that XML cannot hold."""
    return "".join(letter if letter.isprintable() or letter in "\n\t" else "\ufffd" for letter in text)


def _word_section(document: "Document", part: Section, level: int) -> None:
    document.add_heading(_xml(part.title), level=level)
    for block in part.blocks:
        _word_block(document, block)
    for below in part.parts:
        _word_section(document, below, level + 1)


def _word_block(document: "Document", block: Block) -> None:
    from docx.shared import Cm, Pt

    match block:
        case Text():
            document.add_paragraph(_xml(block.text))
        case Items():
            for item in block.items:
                document.add_paragraph(_xml(item), style="List Bullet")
        case Pairs():
            for term, text in block.pairs:
                paragraph = document.add_paragraph()
                paragraph.paragraph_format.space_after = Pt(3)
                paragraph.add_run(f"{_xml(term)}: ").bold = True
                paragraph.add_run(_xml(text))
        case Table():
            _word_table(document, block)
        case Verbatim():
            document.add_paragraph(f"{_xml(block.summary)}: in the run folder.")
        case Drawing():
            if block.png:
                document.add_picture(io.BytesIO(block.png), width=Cm(TEXT_CM))
                document.paragraphs[-1].paragraph_format.keep_with_next = True
            document.add_paragraph(_xml(block.caption))
        case _:
            assert_never(block)


def _word_table(document: "Document", table: Table) -> None:
    """Add a table; its heading is repeated on every page, and no row is cut between pages."""
    from docx.oxml import OxmlElement
    from docx.shared import Cm, Pt

    caption = document.add_paragraph()
    caption.add_run(_xml(table.caption)).bold = True
    caption.paragraph_format.keep_with_next = True
    lines = table_lines(table)
    grid = document.add_table(rows=len(lines), cols=len(table.headings), style="Table Grid")
    grid.autofit = False
    _narrow_margins(grid)
    widths = [Cm(cm) for cm in _widths_cm(lines)]
    for width, of_grid in zip(widths, grid.columns, strict=True):
        of_grid.width = width
    heads = {0} | {place for place, line in enumerate(lines) if line[0] and not any(line[1:])}
    whole = len(lines) <= ROWS_KEPT_TOGETHER
    for place, (row, line) in enumerate(zip(grid.rows, lines, strict=True)):
        of_group = place in heads and place > 0
        if of_group:
            row.cells[0].merge(row.cells[-1])
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for column, (cell, text) in enumerate(zip(row.cells, line[:1] if of_group else line, strict=False)):
            paragraph = cell.paragraphs[0]
            paragraph.paragraph_format.space_after = Pt(1)
            paragraph.paragraph_format.keep_with_next = (whole or place in heads) and place < len(lines) - 1
            run = paragraph.add_run(_xml(typeset(text)))
            run.font.size = Pt(7.5)
            run.bold = place in heads
            if column >= table.row_headings and not table.prose:
                paragraph.alignment = 2  # to the right
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    note = document.add_paragraph(_xml(table.note))
    note.paragraph_format.space_before = Pt(3)
    note.paragraph_format.space_after = Pt(9)


def _narrow_margins(grid: "WordTable") -> None:
    """Give the cells of a table small margins, so that its numbers stay on one line."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    margins = OxmlElement("w:tblCellMar")
    for side in ("left", "right"):
        margin = OxmlElement(f"w:{side}")
        margin.set(qn("w:w"), SIDE_TWIPS)
        margin.set(qn("w:type"), "dxa")
        margins.append(margin)
    properties = grid._tbl.tblPr
    properties.find(qn("w:tblLook")).addprevious(margins)  # the schema's order


def _widths_cm(lines: list[tuple[str, ...]]) -> list[float]:
    """Return the width of each column of a table as wide as the text."""
    wanted = column_widths_cm(lines, TEXT_CM, PADDING_LETTERS)
    return [TEXT_CM * width / sum(wanted) for width in wanted]
