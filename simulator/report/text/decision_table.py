"""The decision table of a protocol: as text, CSV, one HTML page, or Word. No number is computed here."""

from typing import Final

from simulator.designs.protocol_table import ProtocolTable
from simulator.report.blocks import NONE, Section
from simulator.report.render.html import rendered
from simulator.report.render.text import block_lines, dense, wrapped
from simulator.report.render.word import word_of
from simulator.report.sections.decision_table import (
    FOLLOW_UP_HEADINGS,
    conventions,
    decision_table,
    follow_up_cells,
    follow_up_table,
    reading,
    table_cells,
    table_columns,
)
from simulator.runs.csv_text import csv_text

FORMATS: Final = ("text", "csv", "html", "docx")


def table_bytes(table: ProtocolTable, name: str, about: str, form: str) -> bytes:
    """Return the table as a file of one of the `FORMATS`, text in UTF-8.

    Parameters
    ----------
    name, about
        The design as the scenario calls it, and one line on the trial.

    Raises
    ------
    StoreError
        For Word, python-docx is not installed.
    """
    title = f"Dose-escalation decisions, design {name}"
    target = "" if table.target is None else f", target DLT risk {table.target:g}"
    caption = f"{about}. {table.n_doses} dose levels{target}."
    match form:
        case "csv":
            return _csv(table).encode()
        case "html":
            return rendered(title, about, caption, (), _sections(table, caption), contents=False).encode()
        case "docx":
            return word_of(title, (), _sections(table, caption), option="--format docx")
        case _:
            return _text(table, title, caption).encode()


def _sections(table: ProtocolTable, caption: str) -> tuple[Section, ...]:
    pending = follow_up_table(table)
    tables = (decision_table(table, caption), *(() if pending is None else (pending,)))
    return (
        Section("decisions", "Decision table", tables),
        Section("reading", "How to read the table", (reading(table),)),
        Section("conventions", "Conventions of the design", (conventions(table),)),
    )


def _text(table: ProtocolTable, title: str, caption: str) -> str:
    lines = [title, *wrapped(caption), "", *dense(decision_table(table, caption)), ""]
    for sentence in reading(table, NONE).items:
        lines += wrapped(sentence)
    pending = follow_up_table(table)
    if pending is not None:
        lines += ["", pending.caption, *dense(pending), ""]
        lines += wrapped(pending.note)
    return "\n".join([*lines, "", "Conventions", *block_lines(conventions(table))]) + "\n"


def _csv(table: ProtocolTable) -> str:
    """Return the columns of `decision_table`, empty where no count reaches a bound; by follow-up, that table."""
    if table.follow_up:
        return csv_text(FOLLOW_UP_HEADINGS, (follow_up_cells(row, "", "") for row in table.follow_up))
    return csv_text(table_columns(table), (table_cells(table, row, "") for row in table.rows))
