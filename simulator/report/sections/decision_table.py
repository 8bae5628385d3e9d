"""A design's decision table: what its columns are called, its cells, and how it is read."""

from typing import Final

from simulator.designs.protocol_table import COLUMNS, LEVEL_1, ProtocolTable, Row

NEVER: Final = "-"
HEADINGS: Final = {
    "n": "Patients at the level (n)",
    "escalate_if_at_most": "Escalate if DLTs ≤",
    "deescalate_if_at_least": "De-escalate if DLTs ≥",
    "eliminate_if_at_least": "Eliminate if DLTs ≥",
    LEVEL_1: "Stop at level 1 if DLTs ≥",
}


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
    return (*COLUMNS, LEVEL_1) if table.level_1_differs else COLUMNS


def table_cells(table: ProtocolTable, row: Row, never: str) -> list[str]:
    """Return the cells of a row; `never` stands where no count reaches a bound."""
    bounds = (getattr(row, column) for column in table_columns(table))
    return [never if bound is None else str(bound) for bound in bounds]
