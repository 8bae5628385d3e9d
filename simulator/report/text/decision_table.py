"""The decision table of a protocol: as text, CSV, one HTML page, or Word. No number is computed here."""

import io
from typing import TYPE_CHECKING, Final

from simulator.csv_text import csv_text
from simulator.designs.design import TABLE_COLUMNS
from simulator.designs.protocol_table import LEVEL_1, ProtocolRow, ProtocolTable
from simulator.errors import DesignError
from simulator.report.render.text import columns, wrapped

if TYPE_CHECKING:
    from docx.document import Document

FORMATS: Final = ("text", "csv", "html", "docx")
NEVER: Final = "-"
HEADINGS: Final = {
    "n": "Patients at the level (n)",
    "escalate_if_at_most": "Escalate if DLTs ≤",
    "deescalate_if_at_least": "De-escalate if DLTs ≥",
    "eliminate_if_at_least": "Eliminate if DLTs ≥",
    LEVEL_1: "Stop at level 1 if DLTs ≥",
}

_PAGE: Final = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 11pt/1.4 "DejaVu Sans", Arial, sans-serif; max-width: 48em; margin: 2em auto; padding: 0 1em; }
h1 { font-size: 1.25em; } h2 { font-size: 1em; margin-top: 1.4em; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding-bottom: .5em; }
th, td { border-bottom: 1px solid #bbb; padding: .2em .6em; text-align: right; }
thead th { border-bottom: 2px solid #000; vertical-align: bottom; }
thead { display: table-header-group; } tr { break-inside: avoid; }
@page { margin: 2cm; }
@media print { body { margin: 0; max-width: none; font-size: 9pt; } }
</style>
</head>
<body>
<h1>{{ title }}</h1>
<table>
<caption>{{ caption }}</caption>
<thead><tr>{% for heading in headings %}<th scope="col">{{ heading }}</th>{% endfor %}</tr></thead>
<tbody>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</tbody>
</table>
<h2>How to read the table</h2>
{% for note in notes %}<p>{{ note }}</p>
{% endfor %}<h2>Conventions of the design</h2>
<dl>
{% for key, text in conventions.items() %}<dt><strong>{{ key }}</strong></dt><dd>{{ text }}</dd>
{% endfor %}</dl>
</body>
</html>
"""


def table_bytes(table: ProtocolTable, name: str, about: str, form: str) -> bytes:
    """Return the table as a file of one of the `FORMATS`, text in UTF-8.

    Parameters
    ----------
    name, about
        The design as the scenario calls it, and one line on the trial.

    Raises
    ------
    DesignError
        Word is asked for and python-docx is not installed.
    """
    match form:
        case "csv":
            return _csv(table).encode()
        case "html":
            return _html(table, name, about).encode()
        case "docx":
            return _word(table, name, about)
        case _:
            return _text(table, name, about).encode()


def notes(table: ProtocolTable) -> tuple[str, ...]:
    """Say how the table is read, and what elimination does."""
    found = [
        "Count the patients with a complete outcome at the current level over the whole trial (n), and the DLTs"
        " among them. Up to the first bound the next cohort is treated one level higher, from the second on one"
        " level lower, in between at the same level; where there is no such open level, at the same level."
        f" {NEVER}: no count does.",
        "Eliminate: the level and all above it are closed for good, and the next cohort is treated at the highest"
        " level that is still open; where level 1 is eliminated, the trial stops.",
    ]
    found.append("Rules that act beside the table, such as stopping or titration, are among the conventions.")
    if table.level_1_differs:
        found.append("Level 1 is judged by the last column in place of the one before it.")
    return tuple(found)


def table_columns(table: ProtocolTable) -> tuple[str, ...]:
    """Return the columns that the table prints, by name."""
    return (*TABLE_COLUMNS, LEVEL_1) if table.level_1_differs else TABLE_COLUMNS


def table_cells(table: ProtocolTable, row: ProtocolRow, never: str) -> list[str]:
    """Return the cells of a row; `never` stands where no count reaches a bound."""
    bounds = (getattr(row, column) for column in table_columns(table))
    return [never if bound is None else str(bound) for bound in bounds]


def _caption(table: ProtocolTable, about: str) -> str:
    target = "" if table.target is None else f", target DLT risk {table.target:g}"
    return f"{about}. {table.n_doses} dose levels{target}."


def _title(name: str) -> str:
    return f"Dose-escalation decisions, design {name}"


def _text(table: ProtocolTable, name: str, about: str) -> str:
    headings = [HEADINGS[column] for column in table_columns(table)]
    rows = [table_cells(table, row, NEVER) for row in table.rows]
    lines = [_title(name), *wrapped(_caption(table, about)), "", *columns(headings, rows), ""]
    for note in notes(table):
        lines += wrapped(note)
    lines += ["", "Conventions"]
    for key, text in table.conventions.items():
        lines += wrapped(f"{key}: {text}", "  ")
    return "\n".join(lines) + "\n"


def _csv(table: ProtocolTable) -> str:
    """Return the columns of `decision_table`; empty where no count reaches a bound."""
    return csv_text(table_columns(table), (table_cells(table, row, "") for row in table.rows))


def _html(table: ProtocolTable, name: str, about: str) -> str:
    from jinja2 import Environment, StrictUndefined

    page = Environment(autoescape=True, undefined=StrictUndefined).from_string(_PAGE)
    return page.render(
        title=_title(name),
        caption=_caption(table, about),
        headings=[HEADINGS[column] for column in table_columns(table)],
        rows=[table_cells(table, row, "–") for row in table.rows],
        notes=[note.replace(f" {NEVER}: no", " –: no") for note in notes(table)],
        conventions=table.conventions,
    )


def _word(table: ProtocolTable, name: str, about: str) -> bytes:
    try:
        from docx import Document as new_document
    except ImportError:
        raise DesignError("--format docx: needs python-docx: pip install 'phase1-simulator[word]'") from None
    document = new_document()
    document.add_heading(_title(name), level=1)
    document.add_paragraph(_caption(table, about))
    _word_table(document, table)
    document.add_heading("How to read the table", level=2)
    for note in notes(table):
        document.add_paragraph(note)
    document.add_heading("Conventions of the design", level=2)
    for key, text in table.conventions.items():
        paragraph = document.add_paragraph()
        paragraph.add_run(f"{key}: ").bold = True
        paragraph.add_run(text)
    sink = io.BytesIO()
    document.save(sink)
    return sink.getvalue()


def _word_table(document: "Document", table: ProtocolTable) -> None:
    """Add the table; its heading is repeated on every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.oxml import OxmlElement

    shown = table_columns(table)
    grid = document.add_table(rows=1, cols=len(shown), style="Table Grid")
    for cell, column in zip(grid.rows[0].cells, shown, strict=True):
        cell.paragraphs[0].add_run(HEADINGS[column]).bold = True
    grid.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    for row in table.rows:
        for cell, text in zip(grid.add_row().cells, table_cells(table, row, "–"), strict=True):
            cell.text = text
            cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.RIGHT
