"""The decisions of rolling six as Frankel et al. 2020 print them: by patients, DLTs and pending at a level."""

from itertools import groupby
from typing import Final, NamedTuple

import numpy as np

from simulator.designs.design import Action, Design, Observed
from simulator.designs.parameter_checks import MAX_PATIENTS, require_integer
from simulator.designs.rolling_six import RollingSix

_WORDS: Final = {
    (int(Action.TREAT), 2): "escalate",
    (int(Action.TREAT), 1): "treat here",
    (int(Action.WAIT), 1): "wait",
}
CLOSE: Final = "close the level"


class StateRow(NamedTuple):
    """What follows n patients at a level that has an open one above it, y of them with a DLT."""

    n: int
    dlt_from: int
    dlt_to: int
    pending_from: int
    pending_to: int
    decision: str


class StateTable(NamedTuple):
    """The decisions of rolling six below the highest open level, with the design's readings as footnotes."""

    n_doses: int
    rows: tuple[StateRow, ...]
    conventions: dict[str, str]


def state_table(design: Design, max_n: int | None = None) -> StateTable | None:
    """Return the decisions up to so many patients at a level, by default all; None of another design.

    Raises
    ------
    DesignError
        `max_n` is not in 1..1000.
    """
    rolling = as_rolling_six(design)
    if rolling is None:
        return None
    largest = rolling.largest if max_n is None else max_n
    require_integer(design.name, "max_n", largest, 1, MAX_PATIENTS)
    rows = tuple(row for row in rolling_six_rows(rolling) if row.n <= largest)
    return StateTable(design.n_doses, rows, design.conventions())


def as_rolling_six(design: Design) -> RollingSix | None:
    """Return the rolling six inside wrappers; None where there is none."""
    if isinstance(design, RollingSix):
        return design
    inner: Design | None = getattr(design, "design", None)
    return None if inner is None else as_rolling_six(inner)


def rolling_six_rows(design: RollingSix) -> tuple[StateRow, ...]:
    """Return the decisions for every number of patients; pending patients with one decision stand together."""
    rows: list[StateRow] = []
    for n in range(1, design.largest + 1):
        for dlt in range(n + 1):
            decisions = [_decision(design, n, dlt, pending) for pending in range(n - dlt + 1)]
            for decision, group in groupby(range(len(decisions)), key=decisions.__getitem__):
                pending = list(group)
                rows.append(StateRow(n, dlt, dlt, pending[0], pending[-1], decision))
    return tuple(_closing_together(rows))


def _closing_together(rows: list[StateRow]) -> list[StateRow]:
    """Put the numbers of DLTs that close the level whatever is pending into one row for each n."""
    kept: list[StateRow] = []
    for row in rows:
        last = kept[-1] if kept else None
        if last is not None and row.decision == last.decision == CLOSE and row.n == last.n:
            kept[-1] = last._replace(dlt_to=row.dlt_to)
        else:
            kept.append(row)
    return kept


def _decision(design: RollingSix, n: int, dlt: int, pending: int) -> str:
    """Return what the design decides at level 1 of two open levels."""
    one = np.ones(1, dtype=np.int64)
    counts = np.zeros((3, 1, 2), dtype=np.int64)
    counts[:, 0, 0] = n - pending, dlt, pending
    two_levels = RollingSix(n_doses=2, convention=design.convention)
    decided = two_levels.decide(Observed(one, counts[0], counts[1], one, one * 0, one * 3, pending=counts[2]))
    if int(decided.closed_from[0]) == 1:
        return CLOSE
    if int(decided.action[0]) == int(Action.STOP):
        return "maximum tolerated dose"
    return _WORDS[int(decided.action[0]), int(decided.level[0])]
