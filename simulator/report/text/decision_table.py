"""The decision table of a protocol as a file. No number is computed here."""

from simulator.designs.protocol_table import ProtocolTable
from simulator.report.blocks import NONE
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
from simulator.report.text.table_file import TableFile


def decision_file(table: ProtocolTable, name: str, about: str) -> TableFile:
    """Return the table as a file; `name` is what the scenario calls the design, `about` a line on the trial.

    CSV has the columns of `decision_table`, empty where no count reaches a bound; of a design by follow-up, those of
    the table of pending patients.
    """
    target = "" if table.target is None else f", target DLT risk {table.target:g}"
    caption = f"{about}. {table.n_doses} dose levels{target}."
    pending = follow_up_table(table)
    by_follow_up = [follow_up_cells(row, "", "") for row in table.follow_up]
    return TableFile(
        title=f"Dose-escalation decisions, design {name}",
        about=about,
        caption=caption,
        what="Decision table",
        tables=(decision_table(table, caption), *(() if pending is None else (pending,))),
        reading=reading(table),
        conventions=conventions(table),
        headings=tuple(FOLLOW_UP_HEADINGS) if by_follow_up else table_columns(table),
        rows=by_follow_up or [table_cells(table, row, "") for row in table.rows],
        reading_as_text=reading(table, NONE),
    )
