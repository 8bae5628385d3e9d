"""A screening log: a row a patient, with the dates from referral to infusion and why the patient left.

Any subset of the columns of `log_columns`; or a row for each state reached, as a history has it. Every fault is
listed at once, with its line and column; a file with a fault is not used at all, so that no row is lost in silence.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.errors import ProtocolError
from simulator.mid_trial.log_columns import (
    COLUMNS,
    DATES,
    NOTHING,
    OPENED,
    REASON_OF,
    REASONS,
    column_of,
    criterion_of,
)
from simulator.parsing.faults import did_you_mean, shown
from simulator.parsing.printable import printable
from simulator.patients.column_names import normal_name
from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault, PatientTable
from simulator.patients.written_dates import days_written
from simulator.trial.ledger import Exit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

UNKNOWN: Final = -1
"""Reason of a patient who has left for none that is known, or has not left."""
ONE_SITE: Final = "site 1"
NOT_READ: Final = ("ready", "evaluable")
"""States of a history that a log has no use for: the later of two dates, and what comes after infusion."""
NOT_NOTED: Final = frozenset({"level", "dlt", "response", "backfill"})
"""Columns of a history that a log has no use for."""
MOST_UNKNOWN: Final = 8
"""Columns named in a note."""
MOST_YEARS: Final = 30
MOST_DAYS: Final = 365.25 * MOST_YEARS
"""How far the dates of one log may lie from most of them."""


@dataclass(frozen=True, slots=True)
class ScreeningLog:
    """The patients of a log; dates are ordinals (1: 1 January of year 1), NaN where empty.

    Attributes
    ----------
    cut
        Date up to which the log is complete: whoever has no further date is under way then.
    sites, opened : (sites,)
        Names, in the order of opening, or of the first date where that is not known; and the dates of opening.
    site : (patients,)
    days
        Column -> (patients,), of the columns that hold any date.
    reason : (patients,)
        `Exit`, or UNKNOWN.
    criterion
        Criterion failed, empty where none is named.
    is_prior_donor : (patients,)
        1, 0, or NaN where not said.
    failed, out_of_specification : (patients,)
        Batches lost; NaN where not said.
    notes
        What of the file was not used.
    """

    file: str
    cut: int
    sites: tuple[str, ...]
    opened: Floats
    site: Ints
    days: dict[str, Floats]
    reason: Ints
    criterion: tuple[str, ...]
    is_prior_donor: Floats
    failed: Floats
    out_of_specification: Floats
    notes: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many patients there are."""
        return len(self.site)

    @property
    def has_exits(self) -> bool:
        """Whether the log says who has left."""
        return "left" in self.days

    @property
    def has_reasons(self) -> bool:
        """Whether it says why."""
        return bool((self.reason != UNKNOWN).any())

    def day(self, column: str) -> Floats:
        """Return a column of dates, (patients,), NaN where empty or not in the log."""
        return self.days.get(column, np.full(self.count, np.nan))

    def first_of(self, *columns: str) -> Floats:
        """Return for each patient the earliest of several dates, NaN where there is none."""
        found: Floats = np.fmin.reduce([self.day(column) for column in columns])
        return found


@dataclass(slots=True)
class _Row:
    line: int
    cells: dict[str, str]
    lines: dict[str, int] = field(default_factory=dict)


def read_log(path: Path, cut: date | None = None, mapping: ListMapping | None = None) -> ScreeningLog:
    """Read and check a screening log: CSV, a sheet of a workbook, or parquet.

    Parameters
    ----------
    cut
        Date up to which the log is complete; by default its last date.
    mapping
        How the file is written: encoding, sheet, day or month first (as for `screen`).

    Raises
    ------
    ProtocolError
        One line for each fault: line, column, what is wrong and what would be legal.
    """
    written = ListMapping() if mapping is None else mapping
    table = read_table(path, written)
    name = printable(str(path))
    faults = [fault for fault in table.faults if not fault.is_note]
    columns, notes = _columns(table, faults)
    if "state" in columns and "date" in columns:
        rows = _of_states(_rows(table, columns), faults)
    else:
        rows = [row for row in _rows(table, columns) if any(row.cells.values())]
        if not (set(columns) - {"patient", "site"}) & set(COLUMNS):
            faults.append(ListFault(1, "", f"has no column of a log; legal: {', '.join(COLUMNS)}"))
    reader = _Reader(rows, written.day_first, faults)
    log = reader.log(name, cut, notes)
    if faults or log is None:
        faults.sort(key=lambda fault: fault.line)
        raise ProtocolError("\n".join(f"{name}: {fault}" for fault in faults))
    return log


def _columns(table: PatientTable, faults: list[ListFault]) -> tuple[dict[str, int], tuple[str, ...]]:
    """Return column -> position, and a note on headers that name none."""
    found: dict[str, int] = {}
    unknown: list[str] = []
    is_long = {"state", "date"} <= {normal_name(header) for header in table.headers}
    for k, header in enumerate(table.headers):
        name = (
            normal_name(header) if is_long and normal_name(header) in ("state", "date") else column_of(header)
        )
        if name is None:
            if normal_name(header) not in NOT_NOTED:
                unknown.append(header)
        elif name in found:
            faults.append(
                ListFault(1, header, f"is {name!r} as column {shown(table.headers[found[name]])} is")
            )
        else:
            found[name] = k
    if not unknown:
        return found, ()
    named = "; ".join(shown(one) + _near(one) for one in unknown[:MOST_UNKNOWN])
    more = len(unknown) - MOST_UNKNOWN
    return found, (f"not used: {named}" + (f" and {more} more columns" if more > 0 else ""),)


def _near(header: str) -> str:
    hint = did_you_mean(normal_name(header), COLUMNS)
    return hint.replace("; ", ", ") if "did you mean" in hint else ""


def _rows(table: PatientTable, columns: dict[str, int]) -> list[_Row]:
    rows = []
    for k, (line, cells) in enumerate(zip(table.lines, table.rows, strict=True)):
        if k not in table.ragged:
            texts = {name: cells[at].strip() for name, at in columns.items()}
            rows.append(
                _Row(line, {name: "" if text.lower() in NOTHING else text for name, text in texts.items()})
            )
    return rows


def _of_states(rows: list[_Row], faults: list[ListFault]) -> list[_Row]:
    """Lay the rows of each patient, one a state, into one row; an opening into a row without a patient."""
    found: dict[str, _Row] = {}
    openings: list[_Row] = []
    for row in rows:
        state = column_of(row.cells["state"]) or ""
        who, site = row.cells.get("patient", ""), row.cells.get("site", "")
        if state == OPENED:
            openings.append(_Row(row.line, {"site": site, OPENED: row.cells["date"]}))
            continue
        if normal_name(row.cells["state"]) in NOT_READ:
            continue
        if state not in DATES:
            legal = [OPENED, *DATES, *NOT_READ]
            faults.append(
                ListFault(
                    row.line, "state", f"{shown(row.cells['state'])} is no state" + did_you_mean(state, legal)
                )
            )
            continue
        if not who:
            faults.append(ListFault(row.line, "patient", "is empty"))
            continue
        one = found.setdefault(who, _Row(row.line, {"patient": who, "site": site}))
        if one.cells.get(state):
            faults.append(ListFault(row.line, "state", f"patient {shown(who)} has {state} before"))
        one.cells[state] = row.cells["date"]
        one.lines[state] = row.line
        for name in ("reason", "criterion", "donor", "failed_batches", "out_of_specification_batches"):
            if row.cells.get(name):
                one.cells[name] = row.cells[name]
    return openings + list(found.values())


class _Reader:
    """Reads the cells of rows, noting every fault."""

    def __init__(self, rows: list[_Row], day_first: bool | None, faults: list[ListFault]) -> None:
        self._rows = rows
        self._day_first = day_first
        self._faults = faults

    def log(self, name: str, cut: date | None, notes: tuple[str, ...]) -> ScreeningLog | None:
        """Return the log, or None where nothing can be learnt from it."""
        rows = [row for row in self._rows if any(row.cells.get(column) for column in DATES)]
        if not rows:
            self._faults.append(ListFault(0, "", "has no patient with a date: nothing can be learnt from it"))
            return None
        self._check_patients(rows)
        days = {
            column: np.array([self._day(row, column) for row in rows])
            for column in DATES
            if any(row.cells.get(column) for row in rows)
        }
        last = max(float(np.nanmax(column, initial=0.0)) for column in days.values())
        until = (
            max(int(last), 1) if cut is None else cut.toordinal()
        )  # 1: no date can be read, each is a fault
        if cut is None:
            notes = (
                *notes,
                f"no cut date: taken to be complete up to its last date, {date.fromordinal(until)}",
            )
        self._check_order(rows, days, until)
        self._check_span(rows, days)
        order, opened = self._sites(rows, days)
        outcomes = [self._reason(row) for row in rows]
        is_infused = np.isfinite(days.get("infused", np.full(len(rows), np.nan)))
        if "left" in days and np.isfinite(days["left"][is_infused]).any():
            notes = (*notes, "not used: when and why patients left after their infusion")
            days["left"][is_infused] = np.nan
        left = zip(outcomes, is_infused.tolist(), strict=True)
        outcomes = [(UNKNOWN, "") if infused else outcome for outcome, infused in left]
        return ScreeningLog(
            file=name,
            cut=until,
            sites=tuple(order),
            opened=np.array([opened.get(site, np.nan) for site in order]),
            site=np.array([order[row.cells.get("site") or ONE_SITE] for row in rows], dtype=np.int64),
            days=days,
            reason=np.array([reason for reason, _ in outcomes], dtype=np.int64),
            criterion=tuple(criterion for _, criterion in outcomes),
            is_prior_donor=np.array([self._donor(row) for row in rows]),
            failed=np.array([self._number(row, "failed_batches") for row in rows]),
            out_of_specification=np.array(
                [self._number(row, "out_of_specification_batches") for row in rows]
            ),
            notes=notes,
        )

    def _check_patients(self, rows: list[_Row]) -> None:
        seen: dict[str, int] = {}
        for row in rows:
            who = row.cells.get("patient", "")
            if who in seen and who:
                self._faults.append(
                    ListFault(row.line, "patient", f"{shown(who)} stands in line {seen[who]} too")
                )
            seen.setdefault(who, row.line)

    def _day(self, row: _Row, column: str) -> float:
        text = row.cells.get(column, "")
        if not text:
            return float("nan")
        days, wrong = days_written(text, self._day_first)
        if len(days) == 1:
            return days[0]
        self._faults.append(ListFault(row.lines.get(column, row.line), column, wrong))
        return float("nan")

    def _check_order(self, rows: list[_Row], days: dict[str, Floats], cut: int) -> None:
        """Note dates after the cut, and steps of one path that run backwards; side steps have no order."""
        paths = (
            ("referred", "prescreened", "consented", "screened", "eligible", "enrolled"),
            (
                "enrolled",
                "leukapheresed",
                "collected",
                "manufactured",
                "released",
                "lymphodepleted",
                "infused",
            ),
            ("consented", "donor_cleared", "enrolled"),
            *((step, "left") for step in ("referred", "prescreened", "consented", "enrolled", "infused")),
        )
        for k, row in enumerate(rows):
            for column, of in days.items():
                if of[k] > cut:
                    day, end = date.fromordinal(int(of[k])), date.fromordinal(cut)
                    self._faults.append(
                        ListFault(
                            row.lines.get(column, row.line), column, f"{day} is after the cut date, {end}"
                        )
                    )
            wrong = {pair for path in paths for pair in _backwards(path, days, k)}
            for before, after in sorted(wrong):
                self._faults.append(ListFault(row.line, after, f"is dated before {before}"))

    def _check_span(self, rows: list[_Row], days: dict[str, Floats]) -> None:
        """Note dates so far from most others that a year must be mistyped."""
        every = np.concatenate(list(days.values()))
        if np.isnan(every).all():
            return
        middle = float(np.nanmedian(every))
        for k, row in enumerate(rows):
            for column, of in days.items():
                if abs(of[k] - middle) > MOST_DAYS:
                    day, most = date.fromordinal(int(of[k])), date.fromordinal(int(middle))
                    self._faults.append(
                        ListFault(
                            row.lines.get(column, row.line),
                            column,
                            f"{day} is more than {MOST_YEARS} years from most dates ({most}): is the year mistyped?",
                        )
                    )

    def _sites(self, rows: list[_Row], days: dict[str, Floats]) -> tuple[dict[str, int], dict[str, float]]:
        """Return the position of each site, and the openings."""
        opened: dict[str, float] = {}
        for row in self._rows:
            site = row.cells.get("site") or ONE_SITE
            if row.cells.get(OPENED):
                day = self._day(row, OPENED)
                if site in opened and opened[site] != day:
                    self._faults.append(
                        ListFault(row.line, OPENED, f"site {shown(site)} has another date of opening above")
                    )
                opened.setdefault(site, day)
        first: dict[str, float] = dict(opened)
        for k, row in enumerate(rows):
            site = row.cells.get("site") or ONE_SITE
            at = float(min((of[k] for of in days.values() if of[k] == of[k]), default=np.inf))
            if at < opened.get(site, -np.inf):
                self._faults.append(ListFault(row.line, "", f"is dated before site {shown(site)} opened"))
            first[site] = min(first.get(site, np.inf), at)
        ordered = sorted(first, key=lambda site: (first[site], site))
        return {site: k for k, site in enumerate(ordered)}, opened

    def _reason(self, row: _Row) -> tuple[int, str]:
        """Return why a patient left, and the criterion failed; a criterion alone is a failure of it."""
        text, of = row.cells.get("reason", ""), row.cells.get("criterion", "")
        criterion = criterion_of(of) or ""
        if of and not criterion:
            self._faults.append(ListFault(row.line, "criterion", f"{shown(of)} names no criterion; write E3"))
        reason = REASON_OF.get(normal_name(text))
        if text and reason is None:
            criterion = criterion or criterion_of(text) or ""
            if not criterion_of(text):
                legal = [words[0] for words in REASONS.values()]
                self._faults.append(
                    ListFault(
                        row.line,
                        "reason",
                        f"{shown(text)} is no reason" + did_you_mean(text, (*legal, "other")),
                    )
                )
        if reason is None and criterion:
            reason = _failed(criterion, consented=bool(row.cells.get("consented")))
        return (UNKNOWN if reason is None else int(reason)), criterion

    def _donor(self, row: _Row) -> float:
        text = row.cells.get("donor", "").lower()
        if text and text not in ("prior", "new"):
            self._faults.append(ListFault(row.line, "donor", f"{shown(text)} must be prior or new"))
        return {"prior": 1.0, "new": 0.0}.get(text, float("nan"))

    def _number(self, row: _Row, column: str) -> float:
        text = row.cells.get(column, "")
        if not text:
            return float("nan")
        if not (text.isascii() and text.isdigit() and len(text) < 3):
            self._faults.append(ListFault(row.line, column, f"{shown(text)} must be a whole number, 0 to 99"))
            return float("nan")
        return float(text)


def _failed(criterion: str, *, consented: bool) -> Exit:
    """Return the exit that a criterion alone says."""
    if criterion == "I10":
        return Exit.REFUSED
    if criterion == "E6":
        return Exit.DONOR_EXPANSION
    return Exit.SCREEN_FAILURE if consented else Exit.PRESCREEN


def _backwards(path: Sequence[str], days: dict[str, Floats], k: int) -> Iterator[tuple[str, str]]:
    steps = [
        (column, days[column][k]) for column in path if column in days and days[column][k] == days[column][k]
    ]
    for (before, day), (after, later) in pairwise(steps):
        if later < day:
            yield before, after
