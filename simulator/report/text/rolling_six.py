"""The decisions of rolling six as a file. No number is computed here."""

from typing import Final

from simulator.designs.rolling_six_table import StateTable
from simulator.report.blocks import Items, Pairs
from simulator.report.sections.decision_table import STATE_HEADINGS, rolling_six_table, state_cells
from simulator.report.text.table_file import TableFile

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


def state_file(table: StateTable, name: str, about: str) -> TableFile:
    """Return the decisions as a file; `name` is what the scenario calls the design, `about` a line on the trial."""
    caption = f"{about}. {table.n_doses} dose levels; decisions below the highest open level."
    return TableFile(
        title=f"Dose-escalation decisions, design {name}",
        about=about,
        caption=caption,
        what="Decision table",
        tables=(rolling_six_table(table.rows, caption),),
        reading=READING,
        conventions=Pairs(tuple(table.conventions.items())),
        headings=STATE_HEADINGS,
        rows=tuple(map(state_cells, table.rows)),
    )
