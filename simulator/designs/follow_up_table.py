"""The decisions of a design by follow-up as papers print them: by patients, DLTs and pending patients at a level."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Final

import numpy as np

from simulator.designs.boundary_tables import EQUAL_WITHIN
from simulator.designs.design import Design
from simulator.designs.follow_up_design import FollowUpDesign

WAIT: Final = "wait"
CLOSE: Final = "de-escalate and close"


@dataclass(frozen=True, slots=True)
class FollowUpRow:
    """What is decided with n patients at a level, for a range of DLTs and of pending patients among them.

    Attributes
    ----------
    decision
        In words; of several, follow-up decides which.
    escalate_from, deescalate_to
        Summed follow-up of the pending, in windows, from which on it escalates, and up to which it de-escalates; None
        where the follow-up does not matter.
    """

    n: int
    dlt_from: int
    dlt_to: int
    pending_from: int
    pending_to: int
    decision: str
    escalate_from: float | None = None
    deescalate_to: float | None = None


@dataclass(frozen=True, slots=True)
class _Cell:
    decision: str
    escalate_from: float | None = None
    deescalate_to: float | None = None


def with_follow_up(design: Design) -> FollowUpDesign | None:
    """Return the design by follow-up inside wrappers; None where there is none."""
    if isinstance(design, FollowUpDesign):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else with_follow_up(inner)


def follow_up_rows(design: FollowUpDesign, max_n: int) -> tuple[FollowUpRow, ...]:
    """Return the table for whole cohorts up to `max_n` patients at a level, as Yuan et al. 2018, table 1."""
    whole = range(design.cohort_size, max_n + 1, design.cohort_size)
    return tuple(row for n in whole for row in _rows_at(design, n))


def _rows_at(design: FollowUpDesign, n: int) -> Iterator[FollowUpRow]:
    """Yield the rows of one n: DLTs whose decision does not depend on the pending patients stand together."""
    by_dlt = [list(_runs(design, n, dlt)) for dlt in range(n + 1)]

    def alike(dlt: int) -> tuple[int, str]:
        runs = by_dlt[dlt]
        return (-1, runs[0].decision) if len(runs) == 1 else (dlt, "")

    for _, group in groupby(range(n + 1), key=alike):
        dlts = list(group)
        for run in by_dlt[dlts[0]]:
            yield FollowUpRow(
                n=n,
                dlt_from=dlts[0],
                dlt_to=dlts[-1],
                pending_from=run.pending_from,
                pending_to=run.pending_to,
                decision=run.decision,
                escalate_from=run.escalate_from,
                deescalate_to=run.deescalate_to,
            )


def _runs(design: FollowUpDesign, n: int, dlt: int) -> Iterator[FollowUpRow]:
    """Yield the rows of one number of DLTs: pending patients with the same decision and no limit stand together."""
    cells = [_cell(design, n, dlt, pending) for pending in range(n - dlt + 1)]
    for cell, group in groupby(range(len(cells)), key=lambda pending: cells[pending]):
        found = list(group)
        yield FollowUpRow(
            n, dlt, dlt, found[0], found[-1], cell.decision, cell.escalate_from, cell.deescalate_to
        )


def _cell(design: FollowUpDesign, n: int, dlt: int, pending: int) -> _Cell:
    tables, rule = design.boundary_tables(n), design.waits
    if dlt >= tables.eliminate_at_least[n]:
        return _Cell(CLOSE)
    certainly_down = bool(dlt >= tables.deescalate_at_least[n])
    if pending == 0:
        return _Cell(_words(bool(dlt <= tables.escalate_at_most[n]), certainly_down))
    many = pending > rule.max_pending * n + EQUAL_WITHIN * (1 + n)
    many |= rule.without_dlt and n <= 3 and dlt == 0 and pending >= 2
    if many and not (certainly_down and design.estimator == "2018"):
        return _Cell(WAIT)
    if certainly_down:
        return _Cell(_words(False, True))
    limits = design.limits(*(np.array([count], dtype=np.int64) for count in (n, dlt, pending)))
    up, down = float(limits.escalate_from[0]), float(limits.deescalate_to[0])
    goes_up = WAIT if n - pending < rule.min_complete else "escalate"
    if up <= 0 or down >= pending:
        return _Cell(goes_up if up <= 0 else "de-escalate")
    words = [goes_up] * (up < pending) + ["stay"] + ["de-escalate"] * (down >= 0)
    return _Cell(" / ".join(words), up if up < pending else None, down if down >= 0 else None)


def _words(up: bool, down: bool) -> str:
    return "escalate" if up else "de-escalate" if down else "stay"
