"""A page on a run that cannot be computed again: its saved tables, as they were written."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from simulator.report.blocks import NONE, Section, Table, Text, rows

if TYPE_CHECKING:
    import pandas as pd

MOST_ROWS: Final = 400
"""Rows of a table that a page shows; the file has all."""
FIRST: Final = ("needed_n", "exact_needed", "used", "operating_characteristics", "screening", "flow")


def saved_tables(about: Mapping[str, Any], tables: "Mapping[str, pd.DataFrame]") -> tuple[Section, ...]:
    """Return a section for each saved table, the headline first.

    Parameters
    ----------
    about
        What the record of the run says of it.
    tables
        The tables that are as they were written, by name.
    """
    order = [name for name in FIRST if name in tables]
    order += [name for name in tables if name not in order]
    named = ", ".join(f"{key} {about[key]}" for key in ("seed", "replicates") if key in about)
    listed = ("designs", "truths", "warnings")
    others = (
        f"{key}: {', '.join(map(str, about[key]))}"
        for key in listed
        if isinstance(about.get(key), list | tuple)
    )
    text = Text(
        f"Tables as the run wrote them ({'; '.join((named, *others))}), each ending in statistic, value and its "
        f"Monte Carlo standard error (mcse). Of a long table the first {MOST_ROWS} rows are shown; the file in "
        "tables/ has all."
    )
    return (
        Section("saved", "Saved tables", (text,)),
        *(Section(f"table-{place}", name, (_table(name, tables[name]),)) for place, name in enumerate(order)),
    )


def _table(name: str, frame: "pd.DataFrame") -> Table:
    shown = frame.head(MOST_ROWS)
    listed = (tuple(_cell(value) for value in row) for row in shown.itertuples(index=False))
    more = f"The first {MOST_ROWS} of {len(frame)} rows." if len(frame) > MOST_ROWS else ""
    numbers = ("statistic", "value", "mcse")
    names = [column for column in frame.columns if column not in numbers]
    return Table(
        f"{name}, {len(frame)} rows",
        tuple(map(str, frame.columns)),
        rows(*listed),
        row_headings=max(len(names), 1),
        note=more,
    )


def _cell(value: object) -> str:
    if isinstance(value, float):
        return NONE if math.isnan(value) else f"{value:.6g}"
    text = str(value)
    return NONE if text in ("<NA>", "nan", "None") else text
