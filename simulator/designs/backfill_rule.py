"""The rule of BOIN with backfill (Zhao et al. 2024; Chen et al. 2026), in statements for many states as for one.

Without backfill it is that of designs by follow-up, TITE-BOIN and TITE-keyboard: levels move by their own data alone.
`by` is the `BackfillRule` of a design, `of` its data, `LevelTallies`; compiled code has records of the same names for
both (`elementwise.py`).
"""

from typing import Any, Final, NamedTuple

import numpy as np

from simulator.designs.design import Action, Decision, Floats, Ints, Reason
from simulator.designs.elementwise import anywhere, at, either
from simulator.designs.follow_up_limits import (
    RealBounds,
    limits_by_effective_size,
    limits_by_imputed_dlts,
)
from simulator.designs.follow_up_rule import (
    goes_down,
    goes_up,
    reason_to_wait,
    too_many_pending,
    wait_for_all,
)
from simulator.designs.level_tallies import LevelTallies

_STOP: Final[Any] = int(Action.STOP)
_WAIT: Final[Any] = int(Action.WAIT)
_TREAT: Final[Any] = int(Action.TREAT)
_START: Final[Any] = int(Reason.START)
_ESCALATE: Final[Any] = int(Reason.ESCALATE)
_STAY: Final[Any] = int(Reason.STAY)
_DE_ESCALATE: Final[Any] = int(Reason.DE_ESCALATE)
_FILL_COHORT: Final[Any] = int(Reason.FILL_COHORT)
_STAY_HIGHEST_LEVEL: Final[Any] = int(Reason.STAY_HIGHEST_LEVEL)
_STAY_NEXT_CLOSED: Final[Any] = int(Reason.STAY_NEXT_CLOSED)
_STAY_LOWEST_LEVEL: Final[Any] = int(Reason.STAY_LOWEST_LEVEL)
_FOLLOW_UP: Final[Any] = int(Reason.WAIT_FOLLOW_UP)
_UNDECIDED: Final[Any] = int(Reason.WAIT_OUTCOME_UNDECIDED)
_POOLED: Final[Any] = int(Reason.POOLED)
_TOO_TOXIC: Final[Any] = int(Reason.STOP_TOO_TOXIC)
_PRECISION: Final[Any] = int(Reason.STOP_PRECISION)


class BackfillRule(NamedTuple):
    """The numbers of a design, and its bounds by n = 0, 1, 2 and so on, each (size,).

    Attributes
    ----------
    backfills
        Whether levels may be backfilled; else the data of other levels than the current one only close them.
    by_size
        Pending patients count by effective sample size, not with imputed DLTs: estimator "2020".
    waits
        Nothing is decided while a patient at the level is pending (`PendingPolicy`).
    imputes
        Pending patients count with imputed DLTs (BE-BOIN), else decisions wait for the cohort (BF-BOIN).
    pools_from_lowest
        A pool begins at the lowest level that disagrees, else at the highest.
    as_package
        As the R package bfboin 0.1.1.
    draw
        Which of the open levels is backfilled, unless it is drawn: 0 the lowest, 1 the highest.
    max_pending, min_follow_up, min_complete, without_dlt
        As of `Suspension`.
    escalate_at_most, deescalate_at_least, eliminate_at_least, stop_at_least
        Bounds on whole counts: `BoundaryTables`.
    few_at_most, many_above
        What DLTs, possibly imputed, of other levels and of pools are compared with; -inf and inf for nobody.
    dlts_escalate, dlts_deescalate
        Bounds on a real number of DLTs, as of `RealBounds`.
    sizes_escalate, sizes_deescalate
        Those on a real number of patients, by DLTs.
    """

    levels: int
    start: int
    cohort_size: int
    stop_n: int
    n_cap: int
    target: float
    backfills: bool
    by_size: bool
    waits: bool
    imputes: bool
    pools_from_lowest: bool
    as_package: bool
    draw: float
    max_pending: float
    min_follow_up: float
    min_complete: int
    without_dlt: bool
    escalate_at_most: Ints
    deescalate_at_least: Ints
    eliminate_at_least: Ints
    stop_at_least: Ints
    few_at_most: Floats
    many_above: Floats
    dlts_escalate: Floats
    dlts_deescalate: Floats
    sizes_escalate: Floats
    sizes_deescalate: Floats


def decided(by: Any, of: Any) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Return action, level, lowest closed level, reason, level to backfill and cohort size; each (S,)."""
    current = either(of.level == 0, by.start, of.level)
    first = 0 * current
    if by.backfills:
        _judge_levels(by, of, current)
        few, many, n = at(of.few, current), at(of.many, current), at(of.counted, current)
        first = _first_that_disagrees(by, of, current)
    else:
        n, y, c, follow_up = _data_at(of, current)
        up, down = _moves_by_follow_up(by, n, y, c, follow_up)
        few, many = either(up, 1, 0), either(down, 1, 0)
    wanted = current + few - many
    if anywhere(first > 0):
        wanted = either(first > 0, _level_by_pool(by, of, current, first), wanted)
    closed = _lowest_closed(by, of, current, (first > 0) & (wanted == 0))
    level = np.minimum(np.maximum(wanted, 1), np.maximum(closed - 1, 1))
    reason = _reason_of_move(by, current, level, few - many, first > 0, n)
    wait = either((of.level > 0) & (current < closed), _wait(by, of, current, level > current, many > few), 0)
    level = either(of.level == 0, np.minimum(by.start, closed - 1), level)
    reason = either(of.level == 0, _START, reason)
    reason = either(closed == 1, _TOO_TOXIC, reason)
    stops = (reason >= _TOO_TOXIC) & (wait == 0)
    level = either(wait > 0, current, either(stops, 0, level))
    reason = either(wait > 0, wait, reason)
    action = either(wait > 0, _WAIT, either(stops, _STOP, _TREAT))
    size = either(action == _TREAT, by.cohort_size, 0)
    below = np.minimum(current, level)
    backfilled = _level_to_backfill(by, of, below, closed) if by.backfills else 0 * below
    return action, level, closed, reason, backfilled, size


def _judge_levels(by: Any, of: Any, current: Any) -> None:
    """Write what the data of every level say by themselves, and which levels are shut for backfill."""
    for k in range(by.levels):
        if by.imputes:
            _judge_imputed(by, of, k, current)
        else:
            _judge_complete(by, of, k, current)
    for k in range(by.levels):
        n, dlt = of.counted[k], of.imputed[k]
        if k + 1 < by.levels:  # pooled with the next
            n, dlt = n + of.counted[k + 1], dlt + of.imputed[k + 1]
        of.shut[k] = (of.many[k] > 0) & (dlt > by.many_above[n])


def _judge_complete(by: Any, of: Any, k: int, current: Any) -> None:
    """Judge a level by its complete outcomes."""
    n, y = of.enrolled[k] - of.pending[k], of.dlt[k]
    here = current == k + 1
    of.counted[k], of.imputed[k] = n, y
    of.few[k] = either(here, y <= by.escalate_at_most[n], y <= by.few_at_most[n])
    of.many[k] = either(here, y >= by.deescalate_at_least[n], y > by.many_above[n])


def _judge_imputed(by: Any, of: Any, k: int, current: Any) -> None:
    """Judge a level with DLTs imputed to its pending patients: the current one as TITE-BOIN, others by their rate."""
    n, y, c, follow_up = of.enrolled[k], of.dlt[k], of.pending[k], of.follow_up[k]
    rate = (y + by.target / 2) / (n - c + 1)
    imputed = y + rate / (1 - rate) * (c - follow_up)
    up, down = _moves_by_follow_up(by, n, y, c, follow_up)
    elsewhere = (c > 0) & (current != k + 1)
    of.counted[k], of.imputed[k] = n, imputed
    of.few[k] = either(elsewhere, imputed <= by.few_at_most[n], up)
    of.many[k] = either(elsewhere, imputed > by.many_above[n], down)


def _data_at(of: Any, level: Any) -> tuple[Any, Any, Any, Any]:
    """Return patients, DLTs, pending patients and their summed follow-up at a level."""
    return at(of.enrolled, level), at(of.dlt, level), at(of.pending, level), at(of.follow_up, level)


def _moves_by_follow_up(by: Any, n: Any, y: Any, c: Any, follow_up: Any) -> tuple[Any, Any]:
    """Return whether y DLTs of n, of whom c are pending, move up, and down; with nobody pending by whole counts."""
    up, down = y <= by.escalate_at_most[n], y >= by.deescalate_at_least[n]
    if anywhere(c > 0) and not by.waits:
        if by.by_size:
            sizes = RealBounds(by.sizes_escalate[y], by.sizes_deescalate[y])
            limits = limits_by_effective_size(n, y, c, sizes)
        else:
            dlts = RealBounds(by.dlts_escalate[n], by.dlts_deescalate[n])
            limits = limits_by_imputed_dlts(n, y, c, by.target, dlts)
        low = goes_down(n, follow_up, down, limits.deescalate_to)
        up = either(c > 0, goes_up(n, follow_up, low, limits.escalate_from), up)
        down = either(c > 0, low, down)
    return up, down


def _first_that_disagrees(by: Any, of: Any, current: Any) -> Any:
    """Return the lower level from which on levels are pooled, 0 where none disagrees with the current one."""
    up, first = at(of.few, current) > 0, 0 * current
    for k in range(by.levels - 1):
        compared = (of.counted[k] > 0) & ((of.backfilled[k] > 0) | by.as_package)
        disagrees = compared & (current > k + 1) & either(up, of.few[k] == 0, of.many[k] > 0)
        if by.pools_from_lowest:
            disagrees = disagrees & (first == 0)
        first = either(disagrees, k + 1, first)
    return first


def _level_by_pool(by: Any, of: Any, current: Any, first: Any) -> Any:
    """Return where the levels pooled from `first` up to the current one lead: 0 where even level 1 is too toxic."""
    n, dlt, safe, up, down = 0 * current, 0.0 * current, first - 1, current < 0, current < 0
    for k in range(by.levels):
        inside = (k + 1 >= first) & (current >= k + 1)
        n = n + either(inside, of.counted[k], 0)
        dlt = dlt + either(inside, of.imputed[k], 0.0)
        up, down = dlt <= by.few_at_most[n], dlt > by.many_above[n]
        safe = either(inside & ~down, k + 1, safe)
    return either(up, current + 1, either(down, safe, current))


def _lowest_closed(by: Any, of: Any, current: Any, none_safe: Any) -> Any:
    """Return the lowest closed level; the package judges the current one once the cohort is complete."""
    lowest = by.levels + 1 + 0 * current
    if by.as_package:
        n, dlt, n1 = at(of.counted, current), at(of.dlt, current), of.counted[0]
        limit = either(current == 1, by.stop_at_least[n1], by.eliminate_at_least[n])
        closed = either(dlt >= limit, current, lowest)
        # The pool leads below level 1, which its own data eliminate.
        closed = either(none_safe & (of.dlt[0] >= by.eliminate_at_least[n1]), 1, closed)
        pending = (of.cohort_pending > 0) & (of.level > 0)
        return np.minimum(either(pending, lowest, closed), of.closed_from)
    for k in range(by.levels - 1, 0, -1):
        lowest = either(of.dlt[k] >= by.eliminate_at_least[of.enrolled[k]], k + 1, lowest)
    lowest = either(of.dlt[0] >= by.stop_at_least[of.enrolled[0]], 1, lowest)
    return np.minimum(lowest, of.closed_from)


def _reason_of_move(by: Any, level: Any, moved: Any, step: Any, conflict: Any, n: Any) -> Any:
    """Return why the trial goes from `level` to `moved`; `step` is where the level's own data, of n, point."""
    reason = either(step < 0, _STAY_LOWEST_LEVEL, _STAY)
    reason = either(step > 0, _STAY_NEXT_CLOSED, reason)
    reason = either((step > 0) & (level == by.levels), _STAY_HIGHEST_LEVEL, reason)
    reason = either(n == 0, _FILL_COHORT, reason)
    reason = either(moved < level, _DE_ESCALATE, reason)
    reason = either(moved > level, _ESCALATE, reason)
    reason = either(conflict, _POOLED, reason)
    return either((moved == level) & (n >= by.stop_n), _PRECISION, reason)


def _wait(by: Any, of: Any, current: Any, up: Any, down: Any) -> Any:
    """Return the reason to wait for pending outcomes, 0 for none."""
    if by.waits:
        return wait_for_all(at(of.pending, current))
    if not by.imputes:
        return either(of.cohort_pending > 0, _UNDECIDED, 0)
    n, y, c, follow_up = _data_at(of, current)
    if not anywhere(c > 0):
        return 0 * c
    many = too_many_pending(by, n, y, c)
    # By imputed DLTs it goes down where no pending outcome can undo that; by effective size it waits first.
    many = many & (by.by_size | (y < by.deescalate_at_least[n]))
    reason = reason_to_wait(by, n, c, of.shortest, up, many, by.by_size & down & (current == 1))
    # With nobody complete and no follow-up the estimate is 0 / 0.
    unknown = by.by_size & (n == c) & (c > 0) & (follow_up <= 0) & ~many
    return either(unknown, _FOLLOW_UP, reason)


def _level_to_backfill(by: Any, of: Any, below: Any, closed: Any) -> Any:
    """Return the open level below `below` that a patient who arrives now is backfilled at, 0 for none."""
    highest = np.minimum(below, closed)
    seen, number, shut = 0 * below, 0 * below, below < 0
    for k in range(by.levels):
        if by.as_package:  # a response at the level itself, and one patient more
            seen, room = of.responses[k], of.enrolled[k] <= by.n_cap
        else:
            seen, room = seen + of.responses[k], of.enrolled[k] < by.n_cap
        inside = highest > k + 1
        shut = shut | (inside & (of.shut[k] > 0))
        of.shut[k] = shut | ~(inside & (seen > 0) & room)
        number = number + either(of.shut[k] > 0, 0, 1)
    left = 1 + 0 * below
    for k in range(by.levels):  # of so many open levels, the one at the draw
        left = left + either((of.draw * number >= k + 1) & (number > k + 1), 1, 0)
    found = 0 * below
    for k in range(by.levels):
        left = left - either(of.shut[k] > 0, 0, 1)
        found = either((left == 0) & (of.shut[k] == 0), k + 1, found)
    return found


def decision_by(by: BackfillRule, of: LevelTallies) -> Decision:
    """Return what the rule decides. All arrays (S,)."""
    action, level, closed, reason, backfill, size = decided(by, of)
    return Decision(action, level, size, closed, reason, backfill)
