"""Sections as a Word file; the same sections give the same bytes."""

import io
from datetime import datetime
from typing import TYPE_CHECKING, assert_never
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from simulator.errors import StoreError
from simulator.report.blocks import Block, Drawing, Items, Pairs, Section, Table, Text, Verbatim, typeset

if TYPE_CHECKING:
    from docx.document import Document


def word_of(
    title: str,
    notes: tuple[str, ...],
    parts: tuple[Section, ...],
    *,
    option: str = "--word",
    wide: bool = True,
) -> bytes:
    """Return the sections under a title, with what is wrong at the top.

    Parameters
    ----------
    option
        What asked for it on the command line, for the message.
    wide
        Whether the page lies on its side: a table of operating characteristics has eleven columns.

    Raises
    ------
    StoreError
        python-docx is not installed.
    """
    try:
        from docx import Document as new_document
        from docx.enum.section import WD_ORIENT
        from docx.shared import Cm, Pt
    except ImportError:
        raise StoreError(f"{option}: needs python-docx: pip install 'phase1-simulator[word]'") from None
    document = new_document()
    page = document.sections[0]
    if wide:
        page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = (Cm(29.7), Cm(21.0)) if wide else (Cm(21.0), Cm(29.7))
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(1.8)
    document.styles["Normal"].font.size = Pt(10)
    _undated(document)
    document.add_heading(_xml(title), level=1)
    for note in notes:
        document.add_paragraph(_xml(note), style="Intense Quote")
    for part in parts:
        _word_section(document, part, 2)
    sink = io.BytesIO()
    document.save(sink)
    return _with_one_date(sink.getvalue())


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
    match block:
        case Text():
            document.add_paragraph(_xml(block.text))
        case Items():
            for item in block.items:
                document.add_paragraph(_xml(item), style="List Bullet")
        case Pairs():
            for term, text in block.pairs:
                paragraph = document.add_paragraph()
                paragraph.add_run(f"{_xml(term)}: ").bold = True
                paragraph.add_run(_xml(text))
        case Table():
            _word_table(document, block)
        case Verbatim():
            document.add_paragraph(f"{_xml(block.summary)}: in the run folder.")
        case Drawing():
            document.add_paragraph(_xml(block.caption))
        case _:
            assert_never(block)


def _word_table(document: "Document", table: Table) -> None:
    """Add a table; its heading is repeated on every page, and no row is cut between pages."""
    from docx.oxml import OxmlElement
    from docx.shared import Pt

    caption = document.add_paragraph()
    caption.add_run(_xml(table.caption)).bold = True
    caption.paragraph_format.keep_with_next = True
    lines = [table.headings]
    for group in table.groups:
        lines += [(group.title, *[""] * (len(table.headings) - 1))] if group.title else []
        lines += group.rows
    grid = document.add_table(rows=len(lines), cols=len(table.headings), style="Table Grid")
    heads = {0} | {place for place, line in enumerate(lines) if line[0] and not any(line[1:])}
    for place, (row, line) in enumerate(zip(grid.rows, lines, strict=True)):
        of_group = place in heads and place > 0
        if of_group:
            row.cells[0].merge(row.cells[-1])
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for column, (cell, text) in enumerate(zip(row.cells, line[:1] if of_group else line, strict=False)):
            run = cell.paragraphs[0].add_run(_xml(typeset(text)))
            run.font.size = Pt(7.5)
            run.bold = place in heads
            if column >= table.row_headings and not table.prose:
                cell.paragraphs[0].alignment = 2  # to the right
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph(_xml(table.note))
