"""A design's decision table: what its columns are called, its cells, and how it is read."""

from typing import Final

from simulator.designs.design import TABLE_COLUMNS
from simulator.designs.follow_up_table import FollowUpRow
from simulator.designs.protocol_table import LEVEL_1, ProtocolRow, ProtocolTable
from simulator.designs.rolling_six_table import StateRow
from simulator.report.blocks import NONE, Items, Pairs, Table, rows

HEADINGS: Final = {
    "n": "Patients at the level (n)",
    "escalate_if_at_most": "Escalate if DLTs ≤",
    "deescalate_if_at_least": "De-escalate if DLTs ≥",
    "eliminate_if_at_least": "Eliminate if DLTs ≥",
    LEVEL_1: "Stop at level 1 if DLTs ≥",
}


FOLLOW_UP_HEADINGS: Final = {
    "n": "Patients at the level",
    "dlt": "DLTs",
    "pending": "Pending",
    "decision": "Decision",
    "escalate_from": "Escalate if follow-up ≥",
    "deescalate_to": "De-escalate if follow-up ≤",
}
STATE_HEADINGS: Final = tuple(FOLLOW_UP_HEADINGS.values())[:4]
COLUMNS_A_PAGE: Final = 12
"""Numbers of patients that an upright page holds side by side."""


def decision_table(table: ProtocolTable, caption: str) -> Table:
    """Return the table, a row for each number of patients at the level."""
    return Table(
        caption,
        tuple(HEADINGS[column] for column in table_columns(table)),
        rows(*(tuple(table_cells(table, row)) for row in table.rows)),
        row_headings=0,
    )


def transposed(table: ProtocolTable, caption: str, *, every_n: bool = False) -> tuple[Table, ...]:
    """Return the table as protocols print it: a column for each number of patients, a row for each bound.

    Parameters
    ----------
    every_n
        A column for every n; by default for whole cohorts.

    Returns
    -------
        One table, or several where a page does not hold all columns.
    """
    listed = table.rows if every_n else table.cohort_rows
    parts = [listed[first : first + COLUMNS_A_PAGE] for first in range(0, len(listed), COLUMNS_A_PAGE)]
    return tuple(
        _part(table, part, caption if place == 0 else f"{caption}, continued")
        for place, part in enumerate(parts)
    )


def _part(table: ProtocolTable, part: tuple[ProtocolRow, ...], caption: str) -> Table:
    (_, *names), (n, *bounds) = (
        table_columns(table),
        zip(*(table_cells(table, row) for row in part), strict=True),
    )
    listed = ((HEADINGS[name], *cells) for name, cells in zip(names, bounds, strict=True))
    return Table(caption, (HEADINGS["n"], *n), rows(*listed))


def rolling_six_table(states: tuple[StateRow, ...], caption: str) -> Table:
    """Return the decisions of rolling six."""
    return Table(
        caption,
        STATE_HEADINGS,
        rows(*map(state_cells, states)),
        row_headings=0,
        note="Patients: everyone treated at the level, pending ones included. Pending: without a DLT so far, and not"
        " followed for the whole DLT window.",
    )


def state_cells(row: StateRow) -> tuple[str, ...]:
    """Return the cells of a row under `STATE_HEADINGS`."""
    ranges = (_range(row.dlt_from, row.dlt_to), _range(row.pending_from, row.pending_to))
    return (str(row.n), *ranges, row.decision)


def follow_up_table(
    table: ProtocolTable, caption: str = "Decisions while outcomes are pending"
) -> Table | None:
    """Return the decisions while outcomes are pending, as papers print them; None of a design without."""
    if not table.follow_up:
        return None
    longer = (
        f" It escalates only where the shortest pending follow-up at the level is at least {table.shortest:g} of the"
        " window."
        if table.shortest
        else ""
    )
    return Table(
        caption,
        tuple(FOLLOW_UP_HEADINGS.values()),
        rows(*(tuple(follow_up_cells(row)) for row in table.follow_up)),
        row_headings=0,
        note="Patients: everyone treated at the level, pending ones included. Follow-up: that of the pending ones,"
        " summed, in DLT windows; of several decisions it says which: stay between the two." + longer,
    )


def follow_up_cells(row: FollowUpRow, never: str = NONE, digits: str = ".2f") -> list[str]:
    """Return the cells of a row under `FOLLOW_UP_HEADINGS`; `never` stands where follow-up decides nothing."""
    limits = (row.escalate_from, row.deescalate_to)
    return [
        str(row.n),
        _range(row.dlt_from, row.dlt_to),
        _range(row.pending_from, row.pending_to),
        row.decision,
        *(never if limit is None else format(limit, digits) for limit in limits),
    ]


def _range(low: int, high: int) -> str:
    return str(low) if low == high else f"{low}-{high}"


def reading(table: ProtocolTable, never: str = "–") -> Items:
    """Return how the table is read, and what elimination does; `never` is what a cell without a count shows."""
    found = [
        "Count the patients with a complete outcome at the current level over the whole trial (n), and the DLTs"
        " among them. Up to the first bound the next cohort is treated one level higher, from the second on one"
        " level lower, in between at the same level; where there is no such open level, at the same level."
        f" {never}: no count does.",
        "Eliminate: the level and all above it are closed for good, and the next cohort is treated at the highest"
        " level that is still open; where level 1 is eliminated, the trial stops.",
        "Rules that act beside the table, such as stopping or titration, are among the conventions.",
    ]
    if table.level_1_differs:
        found.append("Level 1 is judged by the last column in place of the one before it.")
    return Items(tuple(found))


def conventions(table: ProtocolTable) -> Pairs:
    """Return the conventions of the design."""
    return Pairs(tuple(table.conventions.items()))


def table_columns(table: ProtocolTable) -> tuple[str, ...]:
    """Return the columns that the table prints, by name."""
    return (*TABLE_COLUMNS, LEVEL_1) if table.level_1_differs else TABLE_COLUMNS


def table_cells(table: ProtocolTable, row: ProtocolRow, never: str = NONE) -> list[str]:
    """Return the cells of a row; `never` stands where no count reaches a bound."""
    bounds = (getattr(row, column) for column in table_columns(table))
    return [never if bound is None else str(bound) for bound in bounds]
