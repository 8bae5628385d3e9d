"""A trial's own decision table as a design: bounds by the number of patients at a level, row by row."""

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.boundary_tables import BoundaryTables, boundaries_of, table_size
from simulator.designs.design import Decision, Ints, Observed, Reason
from simulator.designs.parameter_checks import MAX_PATIENTS, require_flag, require_integer
from simulator.designs.selection import closest_to_target
from simulator.designs.up_and_down import TABLE_COLUMNS, check_sizes, closed_from, concluded, move
from simulator.errors import DesignError

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class TableRow:
    """The bounds at n patients: -1 escalates never, n + 1 de-escalates never, None eliminates never."""

    n: int
    escalate_if_at_most: int
    deescalate_if_at_least: int
    eliminate_if_at_least: int | None = None


@dataclass(frozen=True, slots=True)
class DecisionTable:
    """A trial's own decision table: up, stay or down by the counts at the current level, row by row.

    Parameters
    ----------
    n_doses
        Dose levels, 1..20.
    target
        DLT risk aimed at, 0 < target < 1; only selection reads it.
    cohort_size, max_n, start_dose
        Patients per decision; DLT-evaluable patients of the design's own trial (the caller applies it;
        `decide` never reads it); first level.
    rows
        One for each n at which to decide, rising: every multiple of `cohort_size` up to `max_n`.
    stop_at_last_row
        The rows may end before `max_n`: a level with as many patients as the last row is treated no further.

    Raises
    ------
    DesignError
        For a parameter outside its range, a missing n, or bounds out of order.

    Notes
    -----
    Between two rows a level is filled to the next one; DLTs that reach that row's bounds count at once. Where
    the next level to treat has as many patients as the last row, the trial stops: no row would judge more.
    """

    name: ClassVar[str] = "table"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})

    n_doses: int = 5
    target: float = 0.30
    cohort_size: int = 3
    max_n: int = 30
    start_dose: int = 1
    rows: tuple[TableRow, ...] = ()
    stop_at_last_row: bool = False

    def __post_init__(self) -> None:
        """Refuse parameters outside their range, a table with a gap, and bounds out of order."""
        check_sizes("table", self)
        require_flag("table", "stop_at_last_row", self.stop_at_last_row)
        if not self.rows:
            raise DesignError("table: rows = (): must be at least one row")
        for before, row in zip((None, *self.rows), self.rows, strict=False):
            _check_row(row, before)
        self._check_reachable()

    def _check_reachable(self) -> None:
        last = self.rows[-1].n
        end = last if self.stop_at_last_row else self.max_n
        there = {row.n for row in self.rows}
        missing = [n for n in range(self.cohort_size, end + 1, self.cohort_size) if n not in there]
        if missing:
            hint = "" if self.stop_at_last_row or missing[0] < last else ", or set stop_at_last_row"
            raise DesignError(
                f"table: rows = {sorted(there)}: must be every n that cohorts of {self.cohort_size} reach up to"
                f" {end}, and n = {missing[0]} is missing: add it{hint}"
            )

    def decide(self, observed: Observed) -> Decision:
        """Close levels, move one level by the row at the current one, or fill up to it. All arrays (S,)."""
        largest = observed.n.max(initial=0)
        tables, following = self.boundary_tables(largest), _following(self.rows, table_size(largest))
        closed = closed_from(observed, tables)
        start = observed.level == 0
        current = np.where(start, self.start_dose, observed.level)
        level, reason = move(observed, current, closed, tables)
        states = np.arange(len(level))
        n, last = observed.n[states, level - 1], self.rows[-1].n
        reason[(following[n] > n) & (reason == Reason.STAY)] = Reason.FILL_COHORT
        reason[n >= last] = Reason.STOP_ENOUGH_NEXT
        between = (n > 0) & (following[n] > n)
        size = np.where(between, following[n] - n, np.minimum(self.cohort_size, last - n))
        size[start] = min(self.cohort_size, last)
        return concluded(observed, self.start_dose, closed, level, size, reason)

    def select(self, observed: Observed) -> Ints:
        """Return the open level whose isotonic estimate is closest to the target, 0 for none. Shape (S,)."""
        closed = closed_from(observed, self.boundary_tables(observed.n.max(initial=0)))
        return closest_to_target(observed.n, observed.dlt, closed, self.target)

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the rows up to n = max_n as they were given, Int64; <NA> where a level is not eliminated."""
        import pandas as pd

        require_integer("table", "max_n", max_n, 1, MAX_PATIENTS)
        rows = [row for row in self.rows if row.n <= max_n]
        return pd.DataFrame(
            {c: pd.array([getattr(row, c) for row in rows], dtype="Int64") for c in TABLE_COLUMNS}
        )

    def conventions(self) -> dict[str, str]:
        """Name every reading in which published software differs; one option changes one entry."""
        listed = ", ".join(str(row.n) for row in self.rows)
        return {
            "rows": f"decisions at {listed} patients at the level",
            "between rows": "a level is filled to the next row; DLTs that reach its bounds count at once",
            "beyond the last row": "its bounds hold; a level with as many patients is treated no further: the"
            " trial stops where it would be next",
            "elimination": "closes a level and all above for good, where its row says so",
            "move": "one level at a time; further down only to leave closed levels",
            "last cohort": "truncated to the cap; no decision after it; selection judges elimination again",
            "selection": "isotonic estimate closest to the target, (y + 0.05) / (n + 0.1) with weights"
            " 1 / variance, pooled over treated levels that are not closed only",
            "selection ties": "equal estimates: highest level below the target, lowest above it; equally far"
            " on both sides: the lower level",
        }

    def boundary_tables(self, largest_n: int) -> BoundaryTables:
        """Return the bounds up to `largest_n` patients at a level, or further."""
        return _tables(self.rows, table_size(largest_n))


def _check_row(row: TableRow, before: TableRow | None) -> None:
    """Refuse bounds out of order, in the row or against the row before it."""
    argument = f"rows, n {row.n!r}, n"
    require_integer("table", argument, row.n, 1 if before is None else before.n + 1, MAX_PATIENTS)
    argument = f"rows, n {row.n}, escalate_if_at_most"
    require_integer("table", argument, row.escalate_if_at_most, -1, row.n - 1)
    argument = f"rows, n {row.n}, deescalate_if_at_least"
    low = row.escalate_if_at_most + 1
    require_integer("table", argument, row.deescalate_if_at_least, max(low, 1), row.n + 1)
    if row.eliminate_if_at_least is not None:
        argument = f"rows, n {row.n}, eliminate_if_at_least"
        require_integer("table", argument, row.eliminate_if_at_least, row.deescalate_if_at_least, row.n)
    if before is None:
        return
    for bound in TABLE_COLUMNS[1:]:
        lower, upper = getattr(before, bound), getattr(row, bound)
        if lower is not None and (upper is None or upper < lower):
            raise DesignError(
                f"table: rows, n {row.n}, {bound} = {upper!r}: must be at least {lower}, as at n = {before.n}"
            )


@lru_cache(maxsize=64)
def _following(rows: tuple[TableRow, ...], size: int) -> Ints:
    """Return for n = 0..size the smallest listed n that is not below it; the last one beyond it."""
    listed = np.array([row.n for row in rows], dtype=np.int64)
    place = np.minimum(np.searchsorted(listed, np.arange(size + 1)), len(rows) - 1)
    following: Ints = listed[place]
    following.flags.writeable = False
    return following


@lru_cache(maxsize=64)
def _tables(rows: tuple[TableRow, ...], size: int) -> BoundaryTables:
    """Tabulate the bounds for n = 0..size: between rows the next row's, but never up; beyond, the last's."""
    n = np.arange(size + 1, dtype=np.int64)
    listed = np.array([row.n for row in rows], dtype=np.int64)
    place = np.minimum(np.searchsorted(listed, n), len(rows) - 1)
    up = np.array([row.escalate_if_at_most for row in rows], dtype=np.int64)[place]
    down = np.array([row.deescalate_if_at_least for row in rows], dtype=np.int64)[place]
    never = MAX_PATIENTS + 1
    bounds = [never if row.eliminate_if_at_least is None else row.eliminate_if_at_least for row in rows]
    out = np.array(bounds, dtype=np.int64)[place]
    return boundaries_of(np.where(n < listed[place], -1, up), down, out, None)
