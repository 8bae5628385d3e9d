"""Simulate trials of designs that look early as published simulations do: patients arrive, and nobody queues.

All trials go on together, one arrival of each at a time, so that a design decides for all of them at once. An
arriving patient takes an open place of the cohort; where it has none the design is asked, and they open the next
cohort, are backfilled, or leave.
"""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Action, Design, Observed
from simulator.designs.patient_records import PENDING, PatientRecords

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
MAX_ARRIVALS: Final = 3_000
_AFTER_ALL: Final = 1e12


@dataclass(frozen=True)
class Accrual:
    """The world of the trials.

    Attributes
    ----------
    p_dlt, p_response
        By level; independent of each other.
    rate
        Arrivals per unit of time; gaps are exponential, or uniform on (0, 2 / rate).
    window
        Of DLTs; responses are known at its end.
    late_half
        Share of the DLTs in the second half of the window (Weibull times); None for uniform times.
    patients
        Of escalation cohorts.
    late_backfill_counts
        Whether backfilled patients whose outcome comes after the end of the last cohort count in the selection.
    """

    p_dlt: tuple[float, ...]
    rate: float
    patients: int
    p_response: tuple[float, ...] | None = None
    window: float = 1.0
    uniform_gaps: bool = False
    late_half: float | None = 0.5
    late_backfill_counts: bool = True


@dataclass(frozen=True)
class Trials:
    """What came of them: selected (T,), n and dlt (T, J), duration (T,)."""

    selected: Ints
    n: Ints
    dlt: Ints
    duration: Floats


@dataclass
class _State:
    """Where T trials stand, at most P patients each; an entry of inf is no patient."""

    level: Ints
    missing: Ints
    closed: Ints
    now: Floats
    count: Ints
    cohort_patients: Ints
    on: Bools
    at: Ints
    entry: Floats
    onset: Floats
    responds: Bools
    backfill: Bools
    last_cohort: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))


def simulate(design: Design, accrual: Accrual, trials: int, seed: int) -> Trials:
    """Return `trials` trials of a design."""
    rng = np.random.default_rng(seed)
    most = accrual.patients + 13 * design.n_doses
    state = _started(design, accrual, trials, most, rng)
    for _ in range(MAX_ARRIVALS):
        who = np.flatnonzero(state.on)
        if not len(who):
            return _ended(design, accrual, state)
        asked = who[state.missing[who] == 0]
        arriving, backfilled = _decide(design, accrual, state, asked)
        placed = np.concatenate([who[state.missing[who] > 0], arriving])
        _place(state, placed, state.level[placed], False)
        _place(state, *backfilled, True)
        gap = 1 / accrual.rate
        state.now += rng.uniform(0, 2 * gap, trials) if accrual.uniform_gaps else rng.exponential(gap, trials)
    raise AssertionError("a trial without an end")


def _started(design: Design, accrual: Accrual, trials: int, most: int, rng: np.random.Generator) -> _State:
    shape, doses = (trials, most), design.n_doses
    zero = np.zeros(trials, dtype=np.int64)
    state = _State(
        level=zero.copy(),
        missing=zero.copy(),
        closed=np.full(trials, doses + 1),
        now=np.zeros(trials),
        count=zero.copy(),
        cohort_patients=zero.copy(),
        on=np.ones(trials, dtype=np.bool_),
        at=np.zeros(shape, dtype=np.int64),
        entry=np.full(shape, np.inf),
        onset=np.empty((*shape, doses)),
        responds=np.zeros((*shape, doses), dtype=np.bool_),
        backfill=np.zeros(shape, dtype=np.bool_),
        last_cohort=zero.copy(),
    )
    uniforms = rng.random(shape)
    for k, p in enumerate(accrual.p_dlt):
        state.onset[..., k] = _onset(uniforms, p, accrual)
    if accrual.p_response is not None:
        state.responds = rng.random(shape)[..., None] < np.array(accrual.p_response)
    return state


def _onset(uniforms: Floats, p: float, accrual: Accrual) -> Floats:
    """Return the time to DLT at a risk within the window, inf without one."""
    with np.errstate(divide="ignore"):
        if accrual.late_half is None:
            time = uniforms / p * accrual.window
        else:
            half = p * (1 - accrual.late_half)
            shape = np.log(np.log1p(-p) / np.log1p(-half)) / np.log(2)
            scale = accrual.window / (-np.log1p(-p)) ** (1 / shape)
            time = scale * (-np.log1p(-uniforms)) ** (1 / shape)
    return np.where(uniforms < p, np.minimum(time, accrual.window), np.inf)


def _records(state: _State, accrual: Accrual, who: Ints, now: Floats) -> PatientRecords:
    """Return what is known of the patients of some trials at a time each."""
    at, entry = state.at[who], state.entry[who]
    place = np.maximum(at, 1)[..., None] - 1
    onset = np.take_along_axis(state.onset[who], place, axis=2)[..., 0]
    responds = np.take_along_axis(state.responds[who], place, axis=2)[..., 0]
    elapsed = np.where(at > 0, now[:, None] - entry, 0.0)
    complete = elapsed >= accrual.window
    dlt = np.where(onset <= elapsed, 1, np.where(complete, 0, PENDING))
    share = np.clip(elapsed / accrual.window, 0, 1)
    known = complete & (accrual.p_response is not None)
    return PatientRecords(
        level=at,
        dlt=np.where(at > 0, dlt, 0),
        followup=np.where(dlt == PENDING, share, 1.0),
        response=np.where(known, responds, PENDING),
        response_followup=np.where(known, 1.0, share),
        backfill=state.backfill[who],
    )


def _decide(design: Design, accrual: Accrual, state: _State, asked: Ints) -> tuple[Ints, tuple[Ints, Ints]]:
    """Ask the design for the trials without an open place; return whose patient opens a cohort, or is backfilled."""
    none = np.zeros(0, dtype=np.int64)
    if not len(asked):
        return none, (none, none)
    patients = _records(state, accrual, asked, state.now[asked])
    observed = Observed.of_patients(design.n_doses, state.level[asked], patients, state.closed[asked])
    decision = design.decide(observed)
    state.closed[asked] = decision.closed_from
    treats = decision.action == Action.TREAT
    over = (decision.action == Action.STOP) | (treats & (state.cohort_patients[asked] >= accrual.patients))
    state.on[asked[over]] = False
    begins = treats & ~over
    opening = asked[begins]
    state.level[opening] = decision.level[begins]
    state.missing[opening] = decision.cohort_size[begins]
    state.last_cohort[opening] = state.count[opening]
    if decision.backfill_level is None:
        return opening, (none, none)
    fills = (decision.action == Action.WAIT) & (decision.backfill_level > 0)
    return opening, (asked[fills], decision.backfill_level[fills])


def _place(state: _State, who: Ints, level: Ints, backfill: bool) -> None:
    """Treat the arriving patient of some trials."""
    place = state.count[who]
    state.at[who, place] = level
    state.entry[who, place] = state.now[who]
    state.backfill[who, place] = backfill
    state.count[who] += 1
    if not backfill:
        state.missing[who] -= 1
        state.cohort_patients[who] += 1


def _ended(design: Design, accrual: Accrual, state: _State) -> Trials:
    """Follow everybody up and select."""
    who = np.arange(len(state.now))
    if not accrual.late_backfill_counts:
        _leave_out_late_backfill(state, accrual)
    end = np.where(state.at > 0, state.entry, -np.inf).max(axis=1) + accrual.window
    patients = _records(state, accrual, who, np.full(len(who), _AFTER_ALL))
    observed = Observed.of_patients(design.n_doses, state.level, patients, state.closed)
    return Trials(design.select(observed), observed.n, observed.dlt, end)


def _leave_out_late_backfill(state: _State, accrual: Accrual) -> None:
    """Take backfilled patients out whose outcome comes after that of the last cohort."""
    place = np.maximum(state.at, 1)[..., None] - 1
    onset = np.take_along_axis(state.onset, place, axis=2)[..., 0]
    known = np.where(state.at > 0, state.entry + np.minimum(onset, accrual.window), -np.inf)
    number = np.arange(state.at.shape[1])
    of_last = (number >= state.last_cohort[:, None]) & ~state.backfill
    end = np.where(of_last, known, -np.inf).max(axis=1)
    late = state.backfill & (known > end[:, None])
    state.at[late] = 0
