"""A trial's own decision table as a design: bounds by the number of patients at a level, row by row."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.design import TABLE_COLUMNS, Decision, Ints, Observed, Reason
from simulator.designs.interval_design import IntervalDesign, shared_conventions
from simulator.designs.parameter_checks import MAX_PATIENTS, require_flag, require_integer
from simulator.designs.up_and_down import closed_from, concluded, move
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
class DecisionTable(IntervalDesign):
    """A trial's own decision table: up, stay or down by the counts at the current level, row by row.

    Parameters
    ----------
    n_doses, target, cohort_size, max_n, start_dose
        As of every `IntervalDesign`; only selection reads the target.
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
    title: ClassVar[str] = "a decision table of the trial's own"
    reads: ClassVar[frozenset[str]] = frozenset({"level", "n", "dlt", "closed_from"})
    references: ClassVar[tuple[str, ...]] = ()

    rows: tuple[TableRow, ...] = ()
    stop_at_last_row: bool = False

    def check_options(self) -> None:
        """Refuse a table with a gap, and bounds out of order."""
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
        tables = self.boundary_tables(observed.n.max(initial=0))
        closed = closed_from(observed, tables)
        start = observed.level == 0
        current = np.where(start, self.start_dose, observed.level)
        level, reason = move(observed, current, closed, tables)
        states = np.arange(len(level))
        n, last = observed.n[states, level - 1], self.rows[-1].n
        _, following = _next_row(self.rows, n)
        reason[(following > n) & (reason == Reason.STAY)] = Reason.FILL_COHORT
        # No row would judge more patients than the last one has.
        reason[n >= last] = Reason.STOP_ENOUGH_NEXT
        between = (n > 0) & (following > n)
        size = np.where(between, following - n, np.minimum(self.cohort_size, last - n))
        size[start] = min(self.cohort_size, last)
        return concluded(observed, self.start_dose, closed, level, size, reason)

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
        own = self.readings()
        kept = ("move", "last cohort", "selection", "selection ties")
        return {
            **own,
            **{reading: text for reading, text in shared_conventions(self).items() if reading in kept},
        }

    def rule_sentences(self) -> tuple[str, ...]:
        """Return how the rows are read."""
        between, beyond = (self.readings()[name] for name in ("between rows", "beyond the last row"))
        return (
            "The next cohort is treated one level higher, one level lower or at the same level by the number of DLTs "
            "at the current level, as the table says.",
            f"Between two rows {between}; beyond the last row {beyond}.",
        )

    def stop_sentences(self) -> tuple[str, ...]:
        """Return when a level closes: by the row."""
        return (
            "A level and all above it are closed for good where the table says so; where level 1 is closed, the "
            "trial stops and no level is selected.",
        )

    def readings(self) -> dict[str, str]:
        """Name the readings of the rows."""
        listed = ", ".join(str(row.n) for row in self.rows)
        return {
            "rows": f"decisions at {listed} patients at the level",
            "between rows": "a level is filled to the next row; DLTs that reach its bounds count at once",
            "beyond the last row": "its bounds hold; a level with as many patients is treated no further: the"
            " trial stops where it would be next",
            "elimination": "closes a level and all above for good, where its row says so",
        }

    def bounds(self, n: Ints) -> tuple[Ints, Ints]:
        """Return the rows' bounds: between rows the next row's, but never up; beyond the last row, its own."""
        row, following = _next_row(self.rows, n)
        up = np.array([one.escalate_if_at_most for one in self.rows], dtype=np.int64)[row]
        down = np.array([one.deescalate_if_at_least for one in self.rows], dtype=np.int64)[row]
        return np.where(n < following, -1, up), down

    def eliminate_at_least(self, n: Ints) -> Ints:
        """Return the rows' bounds, as `bounds`."""
        row, _ = _next_row(self.rows, n)
        never = MAX_PATIENTS + 1
        counts = [
            never if one.eliminate_if_at_least is None else one.eliminate_if_at_least for one in self.rows
        ]
        return np.array(counts, dtype=np.int64)[row]


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


def _next_row(rows: tuple[TableRow, ...], n: Ints) -> tuple[Ints, Ints]:
    """Return, for each n, the place of the first row that is not below it, and that row's n; the last one beyond."""
    listed = np.array([row.n for row in rows], dtype=np.int64)
    place = np.minimum(np.searchsorted(listed, n), len(rows) - 1)
    return place, listed[place]
