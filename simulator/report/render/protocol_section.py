"""The statistical section of a protocol, as Markdown and as Word: the report's own sections, without figures."""

import io
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, assert_never
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.errors import StoreError
from simulator.report.blocks import Block, Drawing, Items, Pairs, Section, Table, Text, Verbatim
from simulator.report.sections.assumptions import assumptions
from simulator.report.sections.characteristics import characteristics
from simulator.report.sections.designs import designs, trial
from simulator.report.sections.estimand import estimand
from simulator.report.sections.findings import Findings
from simulator.report.sections.reproduction import reproduction
from simulator.report.sections.size import justification
from simulator.report.words import sections_in_words_of

if TYPE_CHECKING:
    from docx.document import Document


MARKDOWN: Final = str.maketrans({letter: f"\\{letter}" for letter in "\\`*_[]<>#|~&$"})
"""Letters that Markdown reads as markup inside a line, with a backslash before them (CommonMark 2.4)."""
LIST: Final = re.compile(r"^(?:(?=[-+=])|(\d+)(?=[.)](?:\s|$)))")
"""Where a line begins that Markdown would read as a list or a rule; the backslash goes behind the number."""


def statistical_section(found: Findings) -> tuple[str, tuple[Section, ...]]:
    """Return the title and the sections: design, rules, characteristics, size, estimand, assumptions, command."""
    about = found.comparison.scenario.about
    label = f"{about.registry_id}: " if about.registry_id else ""
    parts = (
        trial(found),
        designs(found),
        characteristics(found),
        justification(found),
        estimand(found),
        assumptions(found),
        reproduction(found),
    )
    title = f"Statistical section. {label}{about.title}"
    return title, sections_in_words_of(found.comparison.scenario, parts)


def markdown_text(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> str:
    """Return the statistical section as Markdown; names from the scenario stand as text, whatever they hold.

    Parameters
    ----------
    about, notes
        As for `page.page`.
    """
    title, parts = statistical_section(Findings(comparison, about, notes))
    lines = [f"# {_md(title)}", ""]
    for note in notes:
        lines += [f"> {_md(note)}", ""]
    for part in parts:
        lines += _md_section(part, 2)
    return "\n".join(lines).rstrip("\n") + "\n"


def _md(text: str) -> str:
    """Return the text as a line that Markdown shows as it is."""
    return LIST.sub(lambda match: f"{match[1] or ''}\\", _cell(text))


def _cell(text: str) -> str:
    return " ".join(text.split()).translate(MARKDOWN)


def _md_section(part: Section, level: int) -> Iterator[str]:
    yield from (f"{'#' * level} {_md(part.title)}", "")
    for block in part.blocks:
        yield from _md_block(block)
        yield ""
    for below in part.parts:
        yield from _md_section(below, level + 1)


def _md_block(block: Block) -> Iterator[str]:
    match block:
        case Text():
            yield _md(block.text)
        case Items():
            yield from (f"- {_md(item)}" for item in block.items)
        case Pairs():
            yield from (f"- **{_md(term)}**: {_md(said)}" for term, said in block.pairs)
        case Table():
            yield from _md_table(block)
        case Verbatim():
            yield f"{_md(block.summary)}: in the run folder."
        case Drawing():
            yield _md(block.caption)
        case _:
            assert_never(block)


def _md_table(table: Table) -> Iterator[str]:
    yield from (f"**{_md(table.caption)}**", "")
    yield _md_row(table.headings)
    left = table.row_headings if not table.prose else len(table.headings)
    yield _md_row([":--" if place < left else "--:" for place in range(len(table.headings))], plain=True)
    for group in table.groups:
        if group.title:
            yield _md_row((group.title, *[""] * (len(table.headings) - 1)))
        yield from (_md_row(row) for row in group.rows)
    if table.note:
        yield from ("", _md(table.note))


def _md_row(cells: tuple[str, ...] | list[str], plain: bool = False) -> str:
    return "| " + " | ".join(cell if plain else _cell(cell) for cell in cells) + " |"


def word_file(comparison: ComparisonTables, about: Mapping[str, Any], notes: tuple[str, ...] = ()) -> bytes:
    """Return the statistical section as a Word file; the same run gives the same bytes.

    Parameters
    ----------
    about, notes
        As for `page.page`.

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
        raise StoreError("--word: needs python-docx: pip install 'phase1-simulator[word]'") from None
    title, parts = statistical_section(Findings(comparison, about, notes))
    document = new_document()
    page = document.sections[0]
    # Wide: a table of operating characteristics has eleven columns.
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Cm(29.7), Cm(21.0)
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
    from datetime import datetime

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
            for term, said in block.pairs:
                paragraph = document.add_paragraph()
                paragraph.add_run(f"{_xml(term)}: ").bold = True
                paragraph.add_run(_xml(said))
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
            run = cell.paragraphs[0].add_run(_xml(text))
            run.font.size = Pt(7.5)
            run.bold = place in heads
            if column >= table.row_headings and not table.prose:
                cell.paragraphs[0].alignment = 2  # to the right
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph(_xml(table.note))
