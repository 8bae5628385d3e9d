"""The check of a population of rows as text: what it is, then each field in the file and as drawn."""

import math

from simulator.analysis.population_rows_check import RowsCheck, RowsField
from simulator.report.blocks import NONE, Table, rows
from simulator.report.render.text import block_lines, filled


def render(check: RowsCheck) -> str:
    """Return the check as plain text."""
    off = [one.field for one in check.fields if one.is_off]
    told = f"off: {', '.join(off)}" if off else "none is further off than 4 standard errors"
    share = f"Eligible at the first screening: {100 * check.eligible:.2f} %"
    sentences = [
        f"{check.patients} referrals drawn from {check.rows} rows, seed {check.seed}; fields: {told}.",
        f"{share}; incomplete, failing nothing: {100 * check.incomplete:.2f} %.",
        *(f"Note: {line}." for line in check.said),
        *([f"Not used: {'; '.join(check.notes)}."] if check.notes else []),
    ]
    lines = [line for sentence in sentences for line in filled(sentence, "  ")]
    lines += ["", *block_lines(_table(check)), *filled(EXPLAINED, "  ")]
    return "\n".join(lines) + "\n"


EXPLAINED = (
    "Mean of those known; a share where the field is yes or no, or a category. In the file: of the rows that know "
    "it. Resampled: of the patients whose row knows it; ±: its standard error. Drawn: of all patients, with what the "
    "scenario's law drew. What the margins and correlations of the synthetic population are compared with does not "
    "apply to rows of a file: run the same scenario with population.file: null for it."
)


def _table(check: RowsCheck) -> Table:
    listed: list[tuple[str, ...]] = []
    before = ""
    for one in check.fields:
        known = "" if one.field == before else (str(one.known) if one.known else "none")
        numbers = (_number(value) for value in (one.in_file, one.resampled, one.error, one.drawn))
        listed.append((one.field, one.what, known, *numbers, _mark(one)))
        before = one.field
    headings = ("field", "", "rows", "in the file", "resampled", "±", "drawn", "")
    return Table("", headings, rows(*listed), row_headings=2, named_once=True)


def _mark(one: RowsField) -> str:
    if one.is_off:
        return "off"
    return "" if one.known else "law"


def _number(value: float) -> str:
    return NONE if math.isnan(value) else f"{value:.4g}"
