"""The rows of a history file: read, checked one by one, and laid to the sites."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from simulator.parsing.faults import did_you_mean, is_text, shown
from simulator.patients.table import ListFault, PatientTable
from simulator.trial.ledger import State

OPENED: Final = "opened"
LEFT: Final = "left"
STATES: Final = {state.name.lower(): state for state in State}
WORDS: Final = (OPENED, *STATES, LEFT)
SYNONYMS: Final = {"screened": "consented", "donor_cleared": "ready", "exit": LEFT, "off_study": LEFT}
COLUMNS: Final = ("patient", "site", "state", "date")
OPTIONAL: Final = ("level", "dlt", "response", "backfill")
FOR_A_FIT: Final = ("reason", "criterion", "donor", "failed_batches", "out_of_specification_batches")
"""Columns that a history may have and a forecast does not read: `fit` does."""
A_ROW_A_PATIENT: Final = (
    "is a screening log, a row a patient, which `fit` reads; a history has a row for each state reached: patient, "
    "site, state, date"
)
YES: Final = frozenset({"1", "yes", "true", "dlt"})
NO: Final = frozenset({"0", "no", "false", "none"})
MIDDAY: Final = 0.5
"""An event of a date is taken to happen in the middle of that day."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row as written; no day where the date cannot be read."""

    line: int
    patient: str
    site: str
    state: str
    day: date | None
    level: str
    dlt: str
    response: str
    backfill: str


def has_columns(table: PatientTable, faults: list[ListFault]) -> bool:
    """Return whether every column that is needed is there once; note what is wrong with the header."""
    names = [header.lower() for header in table.headers]
    known = (*COLUMNS, *OPTIONAL, *FOR_A_FIT)
    if not {"state", "date"} & set(names) and len(set(names) & {*WORDS, *SYNONYMS}) > 1:
        faults.append(ListFault(1, "", A_ROW_A_PATIENT))
        return False
    for name in known:
        if names.count(name) > 1:
            faults.append(ListFault(1, name, "stands in the header twice"))
    for header, name in zip(table.headers, names, strict=True):
        if name not in known:
            faults.append(ListFault(1, header, "is no column of a history" + did_you_mean(name, known)))
    missing = [name for name in COLUMNS if name not in names]
    if missing:
        faults.append(ListFault(1, "", f"the header lacks {', '.join(missing)}"))
    return not missing and all(names.count(name) < 2 for name in known)


def rows_of(table: PatientTable, faults: list[ListFault]) -> Iterator[Row]:
    """Read the rows, noting every fault; rows of another width are left out."""
    names = [header.lower() for header in table.headers]
    for k, (line, cells) in enumerate(zip(table.lines, table.rows, strict=True)):
        if k in table.ragged:
            continue
        cell = {name: text.strip() for name, text in zip(names, cells, strict=True)}
        for name, text in cell.items():
            if not is_text(text):
                faults.append(ListFault(line, name, f"{shown(text)} is not UTF-8"))
        state = cell["state"].lower().replace(" ", "_").replace("-", "_")
        state = SYNONYMS.get(state, state)
        if state not in WORDS:
            message = f"{shown(cell['state'])} is no state" + did_you_mean(state, WORDS)
            faults.append(ListFault(line, "state", message))
        if not cell["site"]:
            faults.append(ListFault(line, "site", "is empty"))
        if not cell["patient"] and state != OPENED:
            faults.append(ListFault(line, "patient", "is empty; only a row 'opened' has no patient"))
        if cell["patient"] and state == OPENED:
            faults.append(ListFault(line, "patient", "must be empty in a row 'opened', which is of a site"))
        yield Row(
            *(line, cell["patient"], cell["site"], state, _date(line, cell["date"], faults)),
            cell.get("level", ""),
            *(cell.get(name, "").lower() for name in ("dlt", "response", "backfill")),
        )


def _date(line: int, text: str, faults: list[ListFault]) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append(ListFault(line, "date", f"{shown(text)} is not a date; write YYYY-MM-DD, as 2026-05-01"))
    return None


def check_dates(
    rows: list[Row], opened: dict[str, date], first: date, cut: date, faults: list[ListFault]
) -> None:
    """Note dates before the first opening, after the cut or before the site opened."""
    if cut < first:
        faults.append(
            ListFault(0, "", f"the cut date {cut} is before the opening of the first site, {first}")
        )
        return
    for row in rows:
        if row.day is None:
            continue
        if row.day < first:
            faults.append(
                ListFault(row.line, "date", f"{row.day} is before the first site opened, on {first}")
            )
        elif row.state != OPENED and row.day > cut:
            faults.append(ListFault(row.line, "date", f"{row.day} is after the cut date, {cut}"))
        elif row.state != OPENED and row.day < opened.get(row.site, first):
            faults.append(
                ListFault(row.line, "date", f"{row.day} is before its site opened, on {opened[row.site]}")
            )


def site_order(
    rows: list[Row], opened: dict[str, date], first: date | None, sites: int, faults: list[ListFault]
) -> dict[str, int]:
    """Return the position of each site: by opening, and where that is not known by its first row."""
    seen: dict[str, date] = {}
    lines: dict[str, list[int]] = {}
    for row in rows:
        if row.site and row.state == OPENED:
            lines.setdefault(row.site, []).append(row.line)
        if row.site and row.day is not None:
            seen[row.site] = min(seen.get(row.site, row.day), row.day)
    for site, at in lines.items():
        faults += [ListFault(line, "state", f"site {shown(site)} has opened before") for line in at[1:]]
    order = {
        site: k for k, site in enumerate(sorted(seen, key=lambda site: (opened.get(site, seen[site]), site)))
    }
    if len(order) > sites:
        names = ", ".join(shown(site) for site in order)
        faults.append(
            ListFault(
                0, "site", f"{len(order)} sites ({names}), the scenario has {sites}: set arrivals.sites"
            )
        )
    return order
