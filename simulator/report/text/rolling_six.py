"""The decisions of rolling six: as text, CSV, one HTML page, or Word. No number is computed here."""

from typing import Final

from simulator.designs.rolling_six_table import StateTable
from simulator.report.blocks import Items, Pairs, Section
from simulator.report.render.html import rendered
from simulator.report.render.text import block_lines, dense, wrapped
from simulator.report.render.word import word_of
from simulator.report.sections.decision_table import STATE_HEADINGS, rolling_six_table, state_cells
from simulator.runs.csv_text import csv_text

READING: Final = Items(
    (
        "Count everyone at the current level over the whole trial, the DLTs among them, and those who are pending."
        " The decision is asked for before each patient.",
        "Escalate: the next patient is treated one level higher. Treat here: at the same level. Wait: nobody is"
        " treated until an outcome is known. Close the level: it and all above it are closed for good, and the next"
        " patient is treated one level lower, unless six are there already.",
        "At the highest open level nobody escalates: where the table says so, the next patient is treated there until"
        " six are, and then it is the maximum tolerated dose.",
    )
)


def state_bytes(table: StateTable, name: str, about: str, form: str) -> bytes:
    """Return the decisions as a file of one of the formats of decision tables, text in UTF-8.

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
    caption = f"{about}. {table.n_doses} dose levels; decisions below the highest open level."
    decisions, conventions = rolling_six_table(table.rows, caption), Pairs(tuple(table.conventions.items()))
    sections = (
        Section("decisions", "Decision table", (decisions,)),
        Section("reading", "How to read the table", (READING,)),
        Section("conventions", "Conventions of the design", (conventions,)),
    )
    match form:
        case "csv":
            return csv_text(STATE_HEADINGS, map(state_cells, table.rows)).encode()
        case "html":
            return rendered(title, about, caption, (), sections, contents=False).encode()
        case "docx":
            return word_of(title, (), sections, option="--format docx")
        case _:
            lines = [title, *wrapped(caption), "", *dense(decisions), "", *wrapped(decisions.note)]
            for sentence in READING.items:
                lines += wrapped(sentence)
            return "\n".join([*lines, "", "Conventions", *block_lines(conventions)]).encode() + b"\n"
