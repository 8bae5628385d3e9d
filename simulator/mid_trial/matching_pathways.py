"""The scenario's own pathways that match what is known of a patient under way.

A pool of referrals is drawn as the calendar draws them. For a patient under way those are kept whose path, laid
so that its last recorded milestone falls on the recorded day, is at the cut in the state recorded; one of them,
drawn for each replicate, is what becomes of the patient.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.durations import tick
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.randomness import Streams
from simulator.trial.candidates import Candidates
from simulator.trial.intake import Arrivals, Stages, intakes_of
from simulator.trial.ledger import NEVER, State
from simulator.trial.product import (
    Batch,
    ManufacturingState,
    ProductParameters,
    after_loss,
    batch_end,
    days_to_cells,
    is_exhausted,
)

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

POOL: Final = 20_000
"""Referrals in the pool; some 3,000 of the default scenario become eligible with a cleared donor."""
POOL_REPLICATE: Final = 2**40
"""A replicate number that no trial has."""
ENOUGH: Final = 50
"""Matching pathways from which the times between earlier milestones are matched too."""
NEAR_DAYS: Final = 3.0
_BEFORE_SLOT: Final = (State.REFERRED, State.PRESCREENED, State.CONSENTED, State.ELIGIBLE, State.READY)


@dataclass(frozen=True, slots=True)
class ReferralPool:
    """Referrals of day 0.

    Attributes
    ----------
    candidates
        Those who become ready, and their draws.
    exit_day : (referred,)
        Exit before READY.
    milestones : (5, referred)
        Day of each state up to READY, infinity where not reached.
    candidate_of : (referred,)
        Position among the candidates of those who become ready; -1 of others.
    ready_day, leaves, death, expiry : (candidates,)
        Day of READY, and the exits, days after READY.
    queues : (candidates,)
        Whether the patient waits for a slot.
    to_collection : (candidates,)
        Days from the slot to the first leukapheresis.
    release, product_lost : (2, candidates)
        Days from there to release and to the loss of the last batch, infinity where it does not come, with a
        manufacturing slot always free: without a frozen backup, and with one.
    """

    candidates: Candidates
    exit_day: Floats
    milestones: Floats
    candidate_of: Ints
    ready_day: Floats
    leaves: Floats
    death: Floats
    expiry: Floats
    queues: Flags
    to_collection: Floats
    release: Floats
    product_lost: Floats


def draw_pool(stages: Stages, seed: int, size: int = POOL) -> ReferralPool:
    """Draw a pool."""
    arrivals = Arrivals(POOL_REPLICATE, 0.0, [np.zeros(size)])
    [intake] = intakes_of(stages, Streams(seed), [arrivals])
    paths, candidates = intake.paths, intake.candidates
    ready = np.array(candidates.ready_day)
    candidate_of = np.full(size, -1, dtype=np.int64)
    candidate_of[intake.position] = np.arange(len(intake.position))
    lasts = [_last_batches(candidates, stages.made, backup=False)]
    backups = stages.made.backup_leukaphereses_per_cohort > 0
    lasts.append(_last_batches(candidates, stages.made, backup=True) if backups else lasts[0])
    return ReferralPool(
        candidates=candidates,
        exit_day=paths.exit_day,
        milestones=np.stack([getattr(paths, f"{state.name.lower()}_day") for state in _BEFORE_SLOT]),
        candidate_of=candidate_of,
        ready_day=ready,
        leaves=np.array(candidates.leaves_day) - ready,
        death=np.array(candidates.death_day) - ready,
        expiry=np.array(candidates.expiry_day) - ready,
        queues=np.array(candidates.queues, dtype=bool),
        to_collection=np.array(candidates.products.to_leukapheresis[0]),
        release=np.array([[b.known if b.end is Batch.RELEASED else NEVER for b in row] for row in lasts]),
        product_lost=np.array(
            [[NEVER if b.end is Batch.RELEASED else b.known for b in row] for row in lasts]
        ),
    )


@dataclass(frozen=True, slots=True)
class BatchTimes:
    """One batch of a product: its place in the sequence, and its days after the first leukapheresis."""

    making: ManufacturingState
    start: float
    made: float
    known: float
    end: Batch


def _last_batches(candidates: Candidates, product: ProductParameters, *, backup: bool) -> list[BatchTimes]:
    return [batches(candidates, product, i, backup=backup)[-1] for i in range(len(candidates.ready_day))]


def batches(candidates: Candidates, product: ProductParameters, i: int, *, backup: bool) -> list[BatchTimes]:
    """Return the batches of candidate i up to the one that is released, or to the last that is lost.

    The sequence of the calendar, with a manufacturing slot always free. `backup`: a second collection of the
    first donor is frozen.
    """
    draws = candidates.products
    found: list[BatchTimes] = []
    start, making = 0.0, ManufacturingState()
    while True:
        attempt = making.attempt
        end, made_days, known_days = batch_end(
            draws.outcome[attempt][i],
            draws.manufacture[attempt][i],
            draws.release[attempt][i],
            draws.donor_fails[making.donors][i],
            tick(product.expansion_known_days),
        )
        known = start + known_days
        found.append(BatchTimes(making._replace(collected=True), start, start + made_days, known, end))
        if end is Batch.RELEASED:
            return found
        making = after_loss(making, end, backup)
        if is_exhausted(making, product.repeats, product.other_donors):
            return found
        start = known + days_to_cells(
            making, end, draws.to_leukapheresis[making.attempt][i], draws.other_donor_workup[i]
        )


@dataclass(frozen=True, slots=True)
class Matches:
    """Positions in the pool that match a patient: of referrals, or of candidates from READY on.

    `exact` is False where none matched the time in the state: the next step is then due at the cut.
    """

    positions: Ints
    exact: bool


def matches_before_slot(
    pool: ReferralPool, one: ObservedPatient, recorded: frozenset[State], cut_day: float
) -> Matches:
    """Return the referrals that match a patient who is not yet eligible with a cleared donor.

    The states that the file records later are not reached by the cut, nor is READY (nobody is taken to wait
    for a slot unless the file says so), nor an exit.
    """
    state = one.state
    reached = np.flatnonzero(np.isfinite(pool.milestones[state]))
    of = pool.milestones[:, reached]
    shift = one.day[state] - of[state]
    matching = ~(pool.exit_day[reached] + shift <= cut_day)
    for later in _BEFORE_SLOT[state + 1 :]:
        if later in recorded or later is State.READY:
            matching &= ~(of[later] + shift <= cut_day)
    for earlier, day in one.day.items():
        if earlier < state:
            # Each earlier milestone narrows the match, as long as enough pathways are left to draw from.
            near = matching & (np.abs(of[state] - of[earlier] - (one.day[state] - day)) <= NEAR_DAYS)
            matching = near if near.sum() >= ENOUGH else matching
    return Matches(reached[matching], True)


def matches_in_queue(pool: ReferralPool, one: ObservedPatient, cut_day: float) -> Matches:
    """Return the candidates that match a patient who waits for a slot."""
    waited = cut_day - one.day[State.READY]
    matching = pool.queues & (np.minimum(pool.leaves, pool.expiry) > waited)
    return Matches(np.flatnonzero(matching), True)


def matches_enrolled(
    pool: ReferralPool, one: ObservedPatient, recorded: frozenset[State], cut_day: float, *, backup: bool
) -> Matches:
    """Return the candidates that match an enrolled patient without an infusion.

    `backup`: a second collection of the patient's first donor is frozen.
    """
    release, lost = pool.release[int(backup)], pool.product_lost[int(backup)]
    since = ready_day(one)
    # Once lymphodepletion has begun, only death ends the path before the infusion.
    stays = (pool.death if one.state is State.LYMPHODEPLETED else pool.leaves) > cut_day - since
    matching = stays.copy()
    slot = one.reached(State.ENROLLED)
    match one.state:
        case State.ENROLLED:
            if State.LEUKAPHERESED in recorded:
                matching &= slot + pool.to_collection > cut_day
            elif State.RELEASED in recorded:
                matching &= slot + pool.to_collection + release > cut_day
            matching &= slot + pool.to_collection + lost > cut_day
        case State.LEUKAPHERESED:
            collected = one.day[State.LEUKAPHERESED]
            if State.RELEASED in recorded:
                matching &= collected + release > cut_day
            matching &= collected + lost > cut_day
        case State.RELEASED:
            matching &= np.isfinite(release)
        case _:
            pass
    for positions, exact in ((matching, True), (stays & np.isfinite(release), False)):
        if positions.any():
            return Matches(np.flatnonzero(positions), exact)
    return Matches(np.flatnonzero(np.isfinite(release)), False)


def ready_day(one: ObservedPatient) -> float:
    """Return the day on which a patient was eligible with a cleared donor; that of the slot where not recorded."""
    return one.day.get(State.READY, one.reached(State.ENROLLED))
