"""The scores of a design by benefit and risk: as text, CSV, one HTML page, or Word. No number is computed here."""

from simulator.designs.desirability_scores import ScoreTable
from simulator.report.blocks import Section
from simulator.report.render.html import rendered
from simulator.report.render.text import block_lines, dense, wrapped
from simulator.report.render.word import word_of
from simulator.report.sections.desirability import (
    how_to_read,
    score_cells,
    score_conventions,
    score_headings,
    scores,
)
from simulator.runs.csv_text import csv_text


def score_bytes(table: ScoreTable, name: str, about: str, form: str) -> bytes:
    """Return the scores as a file of one of the formats of decision tables, text in UTF-8.

    Parameters
    ----------
    name, about
        The design as the scenario calls it, and one line on the trial.

    Raises
    ------
    StoreError
        For Word, python-docx is not installed.
    """
    title = f"Scores of desirability, design {name}"
    caption = (
        f"{about}. {table.n_doses} dose levels, highest acceptable DLT risk {table.phi_t:g}, lowest acceptable"
        f" response {table.phi_e:g}."
    )
    sections = (
        Section("scores", "Scores", (scores(table, caption),)),
        Section("reading", "How to read the table", (how_to_read(table),)),
        Section("conventions", "Conventions of the design", (score_conventions(table),)),
    )
    match form:
        case "csv":
            return csv_text(score_headings(table), (score_cells(table, row) for row in table.rows)).encode()
        case "html":
            return rendered(title, about, caption, (), sections, contents=False).encode()
        case "docx":
            return word_of(title, (), sections, option="--format docx")
        case _:
            return _text(table, title, caption).encode()


def _text(table: ScoreTable, title: str, caption: str) -> str:
    found = scores(table, caption)
    lines = [title, *wrapped(caption), "", *dense(found), "", *wrapped(found.note)]
    for sentence in how_to_read(table).items:
        lines += wrapped(sentence)
    return "\n".join([*lines, "", "Conventions", *block_lines(score_conventions(table))]) + "\n"
