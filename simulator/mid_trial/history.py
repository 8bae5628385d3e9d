"""What has happened so far in a trial under way: a CSV, one row a patient and state reached.

Columns `patient`, `site`, `state`, `date` (YYYY-MM-DD), and where known `level` and `dlt`. A row with state
`opened` and no patient is the opening of a site, past or planned. Every fault is listed at once, with its line
and column; a file with a fault is not used at all, so that no row is lost in silence.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from simulator.errors import ProtocolError, first_of_many
from simulator.mid_trial.history_paths import patients_of
from simulator.mid_trial.history_rows import OPENED, check_dates, has_columns, rows_of, site_order
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.parsing.printable import printable
from simulator.patients.list_files.opening import read_table
from simulator.patients.mapping_file import ListMapping
from simulator.patients.table import ListFault
from simulator.trial.ledger import NEVER, State


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
    rows = list(rows_of(table, faults)) if has_columns(table, faults) else []
    opened = {row.site: row.day for row in rows if row.state == OPENED and row.day is not None}
    first = min(opened.values(), default=None) if first_opened is None else first_opened
    if rows and first is None:
        faults.append(
            ListFault(0, "", "no row 'opened' and no opening of the first site given: one of them is needed")
        )
    if first is not None:
        check_dates(rows, opened, first, cut, faults)
    order = site_order(rows, opened, first, sites, faults)
    patients = patients_of(rows, order, first or cut, levels, faults)
    if not patients and not faults:
        faults.append(ListFault(0, "", "has no patient: nothing can be learnt from it"))
    if faults:
        faults.sort(key=lambda fault: fault.line)
        raise ProtocolError("\n".join(f"{name}: {said}" for said in first_of_many(faults)))
    assert first is not None
    return _history(name, first, cut, order, opened, patients)


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
