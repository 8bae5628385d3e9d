"""The rule of BOIN12 on the data of every level: which levels are admissible, and where to go next."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.benefit_risk_data import LevelData
from simulator.designs.boundary_tables import table_size
from simulator.designs.design import Floats, Ints, Reason
from simulator.designs.desirability import desirability
from simulator.designs.early_look import first_that_holds
from simulator.designs.excluded_sizes import futile_from, too_toxic_up_to
from simulator.designs.obd_selection import is_futile, is_too_toxic, lowest_closed
from simulator.designs.utility import EQUAL_WITHIN

Bools = NDArray[np.bool_]
NEARBY: Final = np.array([-1, 0, 1])


@dataclass(frozen=True, slots=True)
class Limits:
    """What the rule compares with.

    Attributes
    ----------
    lambda_e, lambda_d
        DLT rates up to which, and from which on, the trial may go up and must go down.
    phi_t, phi_e, c_t, c_e
        A level is admissible where P(DLT risk > phi_t) < c_t and P(response < phi_e) < c_e; a cutoff of 1 admits all.
    n_star
        From so many patients on a DLT rate between the two bounds no longer goes up.
    exploration_from
        From so many patients on an untried level above is explored; None never.
    benchmark
        Utility, as a share of 100, that desirability is judged against.
    """

    lambda_e: float
    lambda_d: float
    phi_t: float
    phi_e: float
    c_t: float
    c_e: float
    n_star: int
    exploration_from: int | None
    benchmark: float


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rule makes of every level, each (S, J)."""

    too_toxic: Bools
    futile: Bools

    @property
    def admissible(self) -> Bools:
        """Which levels nothing excludes."""
        return ~(self.too_toxic | self.futile)


def judged(data: LevelData, limits: Limits, dlt_n: Floats, response_n: Floats) -> Judged:
    """Judge every level by its own data; `dlt_n` and `response_n` (S, J) are the patients of each endpoint."""
    # The posterior of a level nobody was treated at excludes nothing.
    size = table_size(data.n.max(initial=0))
    too_toxic = futile = np.zeros(data.n.shape, dtype=np.bool_)
    if limits.c_t < 1:
        too_toxic = is_too_toxic(data.n, dlt_n, too_toxic_up_to(limits.phi_t, limits.c_t, size + 1)[data.dlt])
    if limits.c_e < 1:
        futile = is_futile(data.n, response_n, futile_from(limits.phi_e, limits.c_e, size + 1)[data.response])
    return Judged(too_toxic, futile)


def closed_by(too_toxic: Bools, treated: Bools, closed_from: Ints) -> Ints:
    """Return the lowest closed level, as `lowest_closed` has it. Shape (S,)."""
    closed: Ints = lowest_closed(treated.T, too_toxic.T, closed_from)
    return closed


@dataclass(frozen=True, slots=True)
class Nearby:
    """The current level and those beside it, and what the DLT rate of the current one says.

    Attributes
    ----------
    place
        Places of the levels below, here and above, from 0 on, (S, 3); at either end the end itself.
    allowed, candidates
        Which of the three may be treated, and which of them compete by desirability, (S, 3).
    toxic, fill, explores
        Whether the rate at the level calls for going down; whether nobody was treated there; whether an untried level
        above is explored. (S,).
    """

    place: Ints
    allowed: Bools
    candidates: Bools
    toxic: Bools
    fill: Bools
    explores: Bools


def dlt_signals(rate: Floats, limits: Limits) -> tuple[Bools, Bools]:
    """Return where a level's DLT rate calls for going down, and where it lies between the bounds. Shape as `rate`."""
    toxic = np.asarray(rate >= limits.lambda_d - EQUAL_WITHIN)
    return toxic, np.asarray(~toxic & (rate > limits.lambda_e + EQUAL_WITHIN))


def nearby(data: LevelData, limits: Limits, level: Ints, admissible: Bools) -> Nearby:
    """Return what is read of the levels around the current one (S,); `admissible` as of `next_level`."""
    states, n_doses = np.arange(len(level)), data.n.shape[1]
    n, rate = data.n[states, level - 1], data.dlt_rate[states, level - 1]
    toxic, between = dlt_signals(rate, limits)
    beside = level[:, None] + NEARBY
    place = np.clip(beside, 1, n_doses) - 1
    allowed = (beside >= 1) & (beside <= n_doses) & admissible[states[:, None], place]
    explores = np.zeros(len(level), dtype=np.bool_)
    if limits.exploration_from is not None:
        untried_above = allowed[:, 2] & (data.n[states, place[:, 2]] == 0)
        explores = (n >= limits.exploration_from) & ~toxic & allowed[:, 1] & untried_above
    candidates = allowed.copy()
    candidates[:, 2] &= ~(between & (n >= limits.n_star))
    return Nearby(place, allowed, candidates, toxic, n == 0, explores)


def next_level(data: LevelData, limits: Limits, level: Ints, admissible: Bools) -> tuple[Ints, Ints]:
    """Return the level to treat next, 0 where none nearby is admissible, and the reason. Each (S,).

    Parameters
    ----------
    level : (S,)
        The current level.
    admissible : (S, J)
        Levels that may be treated, closed ones left out.
    """
    near = nearby(data, limits, level, admissible)
    down = np.maximum(level - 1, 1)
    moved = np.where(near.explores, level + 1, _most_desirable(data, limits, near))
    moved = np.where(near.toxic, np.where(admissible[np.arange(len(level)), down - 1], down, 0), moved)
    moved = np.where(near.fill, np.where(near.allowed[:, 1], level, 0), moved)
    cases: list[tuple[Bools, Reason]] = [
        (moved == 0, Reason.STOP_NONE_ADMISSIBLE),
        (near.fill, Reason.FILL_COHORT),
        (near.toxic & (moved < level), Reason.DE_ESCALATE),
        (near.toxic, Reason.STAY_LOWEST_LEVEL),
        (near.explores, Reason.EXPLORE),
    ]
    return moved, first_that_holds(cases, Reason.MOST_DESIRABLE)


def _most_desirable(data: LevelData, limits: Limits, near: Nearby) -> Ints:
    """Return the most desirable of the candidates, of equal ones the highest; 0 without one. Shape (S,)."""
    states = np.arange(len(near.place))
    of = states[:, None], near.place
    value = np.where(
        near.candidates, desirability(data.quasi_events[of], data.n[of], limits.benchmark), -np.inf
    )
    best = value.max(axis=1)
    chosen = len(NEARBY) - 1 - np.argmax((value >= best[:, None] - EQUAL_WITHIN)[:, ::-1], axis=1)
    return np.where(np.isfinite(best), near.place[states, chosen] + 1, 0)
