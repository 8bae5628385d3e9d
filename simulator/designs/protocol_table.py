"""The decision table of a design as a protocol prints it, with the stricter bound of level 1 where it has one."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from simulator.designs.design import TABLE_COLUMNS, Action, Design, Ints, Observed, Reason
from simulator.designs.follow_up_table import FollowUpRow, follow_up_rows, with_follow_up
from simulator.designs.parameter_checks import MAX_PATIENTS, require_integer
from simulator.designs.wrapped import cohort_size_of
from simulator.errors import DesignError

LEVEL_1: Final = "stop_at_level_1_if_at_least"


@dataclass(frozen=True, slots=True)
class ProtocolRow:
    """The bounds at one number of patients at the current level; None where no count reaches them."""

    n: int
    escalate_if_at_most: int | None
    deescalate_if_at_least: int | None
    eliminate_if_at_least: int | None
    stop_at_level_1_if_at_least: int | None


@dataclass(frozen=True, slots=True)
class ProtocolTable:
    """A decision table.

    Attributes
    ----------
    rows
        n = 1..max_n, or those of them that the design has a row for.
    level_1_differs
        Whether level 1 stops the trial at another count than the one that eliminates a level.
    cohort_size
        Patients per decision; None where the design names no number.
    follow_up
        Of a design by follow-up: its decisions while outcomes are pending, at whole cohorts.
    shortest
        Of such a design: the shortest pending follow-up at the level with which it escalates, in windows; 0 any.
    conventions
        The design's readings, which are the table's footnotes.
    """

    design: str
    n_doses: int
    target: float | None
    rows: tuple[ProtocolRow, ...]
    level_1_differs: bool
    conventions: dict[str, str]
    cohort_size: int | None = None
    follow_up: tuple[FollowUpRow, ...] = ()
    shortest: float = 0.0

    @property
    def cohort_rows(self) -> tuple[ProtocolRow, ...]:
        """The rows at whole cohorts, the last of which the planned size may cut; all rows of a design without."""
        if self.cohort_size is None:
            return self.rows
        return tuple(row for row in self.rows if row.n % self.cohort_size == 0 or row == self.rows[-1])


def protocol_table(design: Design, max_n: int | None = None) -> ProtocolTable:
    """Return the decision table up to n = max_n, by default the planned size.

    Raises
    ------
    DesignError
        The design has no table, or `max_n` is not in 1..1000.
    """
    largest = design.max_n if max_n is None else max_n
    require_integer(design.name, "max_n", largest, 1, MAX_PATIENTS)
    try:
        frame = design.decision_table(largest)
    except DesignError as error:
        raise DesignError(
            f"{error}. `simulator paths` prints what follows each outcome of the next cohorts"
        ) from None
    listed = [
        [_count(value) for value in bounds] for bounds in frame[list(TABLE_COLUMNS)].itertuples(index=False)
    ]
    if not listed:
        raise DesignError(f"{design.name}: max_n = {largest}: the table has no row up to there")
    stops = _stops_at_level_1(design, [int(bounds[0] or 0) for bounds in listed])
    rows = tuple(_row(bounds, stop) for bounds, stop in zip(listed, stops, strict=True))
    early = with_follow_up(design)
    return ProtocolTable(
        design=design.name,
        n_doses=design.n_doses,
        target=target_of(design),
        rows=rows,
        level_1_differs=any(row.stop_at_level_1_if_at_least != row.eliminate_if_at_least for row in rows),
        conventions=design.conventions(),
        cohort_size=cohort_size_of(design),
        follow_up=() if early is None else follow_up_rows(early, largest),
        shortest=0.0 if early is None else early.waits.min_follow_up,
    )


def target_of(design: Design) -> float | None:
    """Return the DLT risk the design aims at, None where it names none (3+3)."""
    target = getattr(design, "target", None)
    return None if target is None else float(target)


def _count(value: object) -> int | None:
    return int(value) if isinstance(value, int | np.integer) else None


def _row(bounds: list[int | None], stop: int | None) -> ProtocolRow:
    """Write a bound that no count reaches as None."""
    n, escalate, deescalate, eliminate = bounds
    assert n is not None
    return ProtocolRow(
        n,
        escalate if escalate is not None and escalate >= 0 else None,
        deescalate if deescalate is not None and deescalate <= n else None,
        eliminate if eliminate is not None and eliminate <= n else None,
        stop,
    )


def _stops_at_level_1(design: Design, listed: list[int]) -> list[int | None]:
    """Return, for each n, the fewest DLTs at level 1, without data elsewhere, at which `decide` stops for safety.

    The table has no column for it, and a protocol that leaves out a stricter bound at level 1 is wrong.
    """
    n = np.repeat(listed, np.array(listed) + 1).astype(np.int64)
    dlt = np.concatenate([np.arange(patients + 1) for patients in listed]).astype(np.int64)
    decision = design.decide(_at_level_1(design.n_doses, n, dlt))
    safety = np.array([Reason(int(code)).stop_kind == "safety" for code in decision.reason])
    stops = (decision.action == Action.STOP) & safety
    fewest: list[int | None] = []
    for patients in listed:
        found = dlt[(n == patients) & stops]
        fewest.append(int(found.min()) if len(found) else None)
    return fewest


def _at_level_1(n_doses: int, n: Ints, dlt: Ints) -> Observed:
    counts = np.zeros((2, len(n), n_doses), dtype=np.int64)
    counts[0, :, 0], counts[1, :, 0] = n, dlt
    level, closed = np.ones(len(n), dtype=np.int64), np.full(len(n), n_doses + 1, dtype=np.int64)
    return Observed(level, counts[0], counts[1], n, dlt, closed)
