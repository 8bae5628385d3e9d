"""What has happened so far in a trial under way: a CSV, one row a patient and state reached.

Columns `patient`, `site`, `state`, `date` (YYYY-MM-DD), and where known `level` and `dlt`. A row with state
`opened` and no patient is the opening of a site, past or planned. Every fault is listed at once, with its line
and column; a file with a fault is not used at all, so that no row is lost in silence.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

from simulator.errors import ProtocolError
from simulator.parsing.faults import did_you_mean, is_text, printable, shown
from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault, PatientTable
from simulator.trial.ledger import NEVER, State

OPENED: Final = "opened"
LEFT: Final = "left"
STATES: Final = {state.name.lower(): state for state in State}
WORDS: Final = (OPENED, *STATES, LEFT)
SYNONYMS: Final = {"screened": "consented", "donor_cleared": "ready", "exit": LEFT, "off_study": LEFT}
COLUMNS: Final = ("patient", "site", "state", "date")
OPTIONAL: Final = ("level", "dlt")
YES: Final = frozenset({"1", "yes", "true", "dlt"})
NO: Final = frozenset({"0", "no", "false", "none"})
MIDDAY: Final = 0.5
"""An event of a date is taken to happen in the middle of that day."""


@dataclass(slots=True)
class ObservedPatient:
    """One patient so far.

    Attributes
    ----------
    site
        Position of the site, in the order of opening.
    day
        State -> day it was reached, after the first site opened.
    left_day
        Exit; infinity where he is still under way, or evaluable.
    level_assigned, level_given
        0 where not recorded.
    dlt
        Of an evaluable patient; None where not recorded.
    """

    name: str
    line: int
    site: int
    day: dict[State, float] = field(default_factory=dict)
    left_day: float = NEVER
    level_assigned: int = 0
    level_given: int = 0
    dlt: bool | None = None

    @property
    def state(self) -> State:
        """The furthest state recorded."""
        return max(self.day)

    def reached(self, state: State) -> float:
        """Return the day of a state: as recorded, else that of the next state recorded; infinity if none."""
        return min((day for at, day in self.day.items() if at >= state), default=NEVER)


@dataclass(frozen=True, slots=True)
class AccrualHistory:
    """What has happened by the cut date.

    Attributes
    ----------
    first_opened, cut
        Dates; `cut_day` is the end of the cut date, days after the first site opened.
    sites
        Names, in the order of opening; `opening_day` is infinity where not known.
    recorded
        The states that the file records: those it has rows of, and those that nobody has come past. A state
        without a row that some patient has come past is one that nobody wrote down.
    has_levels, has_dlts
        Whether every patient infused has a level, and every evaluable patient a DLT or none.
    """

    file: str
    first_opened: date
    cut: date
    sites: tuple[str, ...]
    opening_day: tuple[float, ...]
    patients: tuple[ObservedPatient, ...]
    recorded: frozenset[State]
    has_exits: bool
    has_levels: bool
    has_dlts: bool

    @property
    def cut_day(self) -> float:
        """The end of the cut date, days after the first site opened."""
        return float((self.cut - self.first_opened).days + 1)

    @property
    def recorded_from(self) -> State:
        """The earliest state that the file records: the process that the sites' rates are learnt from."""
        return min(state for one in self.patients for state in one.day)


def read_history(path: Path, cut: date, first_opened: date | None, sites: int, levels: int) -> AccrualHistory:
    """Read and check a history.

    Parameters
    ----------
    first_opened
        Opening of the first site; by default the earliest row `opened`.
    sites, levels
        Sites and dose levels of the scenario.

    Raises
    ------
    ProtocolError
        One line for each fault: line, column, what is wrong and what would be legal.
    """
    table = read_table(path, ListMapping(encoding="utf-8"))  # or UTF-16 by its mark; not guessed
    faults = list(table.faults)
    name = printable(str(path))
    rows = list(_rows(table, faults)) if _has_columns(table, faults) else []
    opened = {row.site: row.day for row in rows if row.state == OPENED and row.day is not None}
    first = min(opened.values(), default=None) if first_opened is None else first_opened
    if rows and first is None:
        faults.append(
            ListFault(0, "", "no row 'opened' and no opening of the first site given: one of them is needed")
        )
    if first is not None:
        _check_dates(rows, opened, first, cut, faults)
    order = _sites(rows, opened, first, sites, faults)
    patients = _patients(rows, order, first or cut, levels, faults)
    if not patients and not faults:
        faults.append(ListFault(0, "", "has no patient: nothing can be learnt from it"))
    if faults:
        faults.sort(key=lambda fault: fault.line)
        raise ProtocolError("\n".join(f"{name}: {fault}" for fault in faults))
    assert first is not None
    return _history(name, first, cut, order, opened, patients)


@dataclass(frozen=True, slots=True)
class _Row:
    line: int
    patient: str
    site: str
    state: str
    day: date | None
    level: str
    dlt: str


def _has_columns(table: PatientTable, faults: list[ListFault]) -> bool:
    names = [header.lower() for header in table.headers]
    known = (*COLUMNS, *OPTIONAL)
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


def _rows(table: PatientTable, faults: list[ListFault]) -> Iterator[_Row]:
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
        yield _Row(
            *(line, cell["patient"], cell["site"], state, _date(line, cell["date"], faults)),
            *(cell.get("level", ""), cell.get("dlt", "").lower()),
        )


def _date(line: int, text: str, faults: list[ListFault]) -> date | None:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    faults.append(ListFault(line, "date", f"{shown(text)} is not a date; write YYYY-MM-DD, as 2026-05-01"))
    return None


def _check_dates(
    rows: list[_Row], opened: dict[str, date], first: date, cut: date, faults: list[ListFault]
) -> None:
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


def _sites(
    rows: list[_Row], opened: dict[str, date], first: date | None, sites: int, faults: list[ListFault]
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


def _patients(
    rows: list[_Row], order: dict[str, int], first: date, levels: int, faults: list[ListFault]
) -> list[ObservedPatient]:
    """Gather the rows of each patient and check that they are one path."""
    found: dict[str, ObservedPatient] = {}
    for row in rows:
        if not row.patient or row.state not in WORDS or row.state == OPENED or row.site not in order:
            continue
        one = found.setdefault(row.patient, ObservedPatient(row.patient, row.line, order[row.site]))
        if one.site != order[row.site]:
            faults.append(
                ListFault(
                    row.line, "site", f"patient {shown(row.patient)} has another site in line {one.line}"
                )
            )
        day = NEVER if row.day is None else (row.day - first).days + MIDDAY
        if row.state == LEFT:
            if one.left_day < NEVER:
                faults.append(ListFault(row.line, "state", f"patient {shown(row.patient)} has left before"))
            one.left_day = day
        elif STATES[row.state] in one.day:
            message = f"patient {shown(row.patient)} has reached {row.state} before"
            faults.append(ListFault(row.line, "state", message))
        else:
            one.day[STATES[row.state]] = day
        _take_outcome(one, row, levels, faults)
    for one in found.values():
        faults += _path_faults(one)
    faults += _missing(list(found.values()))
    return list(found.values())


def _missing(patients: list[ObservedPatient]) -> Iterator[ListFault]:
    """Name what is given for some patients only: given for all, or for none, it is used or drawn."""
    treated = [one for one in patients if one.day and one.state >= State.INFUSED]
    without = [one for one in treated if not one.level_given]
    if len(without) < len(treated):
        for one in without:
            yield ListFault(
                one.line, "level", f"patient {shown(one.name)} is infused without a level; others have one"
            )
    evaluable = [one for one in treated if one.state is State.EVALUABLE]
    silent = [one for one in evaluable if one.dlt is None]
    if len(silent) < len(evaluable):
        for one in silent:
            message = f"patient {shown(one.name)} is evaluable without yes or no; others have it"
            yield ListFault(one.line, "dlt", message)


def _take_outcome(one: ObservedPatient, row: _Row, levels: int, faults: list[ListFault]) -> None:
    """Take level and DLT from the rows that may have them."""
    if row.level:
        at = STATES.get(row.state)
        if not (row.level.isascii() and row.level.isdigit() and 1 <= int(row.level) <= levels):
            faults.append(ListFault(row.line, "level", f"{shown(row.level)} must be 1 to {levels}"))
        elif at is State.LYMPHODEPLETED:
            one.level_assigned = int(row.level)
        elif at is State.INFUSED:
            one.level_given = int(row.level)
        else:
            faults.append(ListFault(row.line, "level", "belongs to the rows lymphodepleted and infused only"))
    if row.dlt:
        if row.state != "evaluable":
            faults.append(ListFault(row.line, "dlt", "belongs to the row evaluable only"))
        elif row.dlt not in YES | NO:
            faults.append(ListFault(row.line, "dlt", f"{shown(row.dlt)} must be yes or no"))
        else:
            one.dlt = row.dlt in YES


def _path_faults(one: ObservedPatient) -> Iterator[ListFault]:
    who = f"patient {shown(one.name)}"
    days = sorted(one.day.items())
    for (before, day), (after, later) in pairwise(days):
        if later < day < NEVER:
            yield ListFault(
                one.line, "date", f"{who}: {after.name.lower()} is dated before {before.name.lower()}"
            )
    if not days:
        yield ListFault(one.line, "state", f"{who} has left, and no row says what he had reached")
        return
    if one.left_day < days[-1][1] < NEVER:
        yield ListFault(one.line, "date", f"{who}: left is dated before {days[-1][0].name.lower()}")
    if one.left_day < NEVER and days[-1][0] is State.EVALUABLE:
        yield ListFault(
            one.line, "state", f"{who} is evaluable, which ends his path: he cannot have left too"
        )
    if days[-1][0] is State.EVALUABLE and State.INFUSED not in one.day:
        yield ListFault(one.line, "state", f"{who} is evaluable and has no row infused")


def _history(
    name: str,
    first: date,
    cut: date,
    order: dict[str, int],
    opened: dict[str, date],
    patients: list[ObservedPatient],
) -> AccrualHistory:
    sites = tuple(order)
    opening = [float((opened[site] - first).days) if site in opened else NEVER for site in sites]
    if opening and opening[0] == NEVER:
        opening[0] = 0.0  # the first to open, on the day given
    infused = [one for one in patients if one.state >= State.INFUSED]
    evaluable = [one for one in patients if one.state is State.EVALUABLE]
    return AccrualHistory(
        file=name,
        first_opened=first,
        cut=cut,
        sites=sites,
        opening_day=tuple(opening),
        patients=tuple(patients),
        recorded=_recorded(patients),
        has_exits=any(one.left_day < NEVER for one in patients),
        has_levels=all(one.level_given or one.level_assigned for one in infused),
        has_dlts=all(one.dlt is not None for one in evaluable),
    )


def _recorded(patients: list[ObservedPatient]) -> frozenset[State]:
    written = {state for one in patients for state in one.day}
    furthest = max(written)
    return frozenset(state for state in State if state in written or state > furthest)
