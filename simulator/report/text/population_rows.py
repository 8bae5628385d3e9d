"""The check of a population of rows as text: what it is, then each field in the file and as drawn."""

import math
import textwrap
from io import StringIO
from typing import Final

from rich import box
from rich.console import Console
from rich.table import Table

from simulator.analysis.population_rows_check import RowsCheck, RowsField

TABLE_WIDTH: Final = 250
TEXT_WIDTH: Final = 118


def render(check: RowsCheck) -> str:
    """Return the check as plain text."""
    text = StringIO()
    out = Console(file=text, width=TABLE_WIDTH, color_system=None, highlight=False, emoji=False)
    off = [one.field for one in check.fields if one.is_off]
    said = f"off: {', '.join(off)}" if off else "none is further off than 4 standard errors"
    _say(out, f"{check.patients} referrals drawn from {check.rows} rows, seed {check.seed}; fields: {said}.")
    share = f"Eligible at the first screening: {100 * check.eligible:.2f} %"
    _say(out, f"{share}; incomplete, failing nothing: {100 * check.incomplete:.2f} %.")
    for line in check.said:
        _say(out, f"Note: {line}.")
    if check.notes:
        _say(out, f"Not used: {'; '.join(check.notes)}.")
    out.print()
    out.print(_table(check))
    _say(
        out,
        "Mean of those known; a share where the field is yes or no, or a category. In the file: of the rows that "
        "know it. Resampled: of the patients whose row knows it; ±: its standard error. Drawn: of all patients, "
        "with what the scenario's law drew. What the margins and correlations of the synthetic population are "
        "compared with does not apply to rows of a file: run the same scenario with population.file: null for it.",
    )
    return "\n".join(line.rstrip() for line in text.getvalue().splitlines()).rstrip() + "\n"


def _say(out: Console, text: str) -> None:
    out.print(textwrap.fill(text, TEXT_WIDTH, subsequent_indent="  "), markup=False)


def _table(check: RowsCheck) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    heads = ("field", "", "rows", "in the file", "resampled", "±", "drawn", "")
    for k, name in enumerate(heads):
        table.add_column(name, justify="left" if k < 2 else "right", no_wrap=True)
    before = ""
    for one in check.fields:
        name = "" if one.field == before else one.field
        rows = "" if one.field == before else (str(one.known) if one.known else "none")
        numbers = [_number(value) for value in (one.in_file, one.resampled, one.error, one.drawn)]
        table.add_row(name, one.what, rows, *numbers, _mark(one))
        before = one.field
    return table


def _mark(one: RowsField) -> str:
    if one.is_off:
        return "off"
    return "" if one.known else "law"


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.4g}"
