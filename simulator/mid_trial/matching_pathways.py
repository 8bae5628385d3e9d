"""The scenario's own pathways that agree with what is known of a patient under way.

A pool of referrals is drawn as the calendar draws them. For a patient under way those are kept whose path, laid
so that its last recorded milestone falls on the recorded day, is at the cut in the state recorded; one of them,
drawn anew in each replicate, is what becomes of him.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.durations import tick
from simulator.mid_trial.history import ObservedPatient
from simulator.randomness import Streams
from simulator.trial.intake import Arrivals, Intake, Stages, intakes_of
from simulator.trial.ledger import NEVER, State
from simulator.trial.product import Batch, Making, ProductParameters

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

POOL: Final = 20_000
"""Referrals in the pool; some 3,000 of the default scenario become eligible with a cleared donor."""
POOL_REPLICATE: Final = 2**40
"""A replicate number that no trial has."""
ENOUGH: Final = 50
"""Agreeing pathways from which the times between earlier milestones are matched too."""
NEAR_DAYS: Final = 3.0
_BEFORE_SLOT: Final = (State.REFERRED, State.PRESCREENED, State.CONSENTED, State.ELIGIBLE, State.READY)


@dataclass(frozen=True, slots=True)
class Pool:
    """Referrals of day 0.

    Attributes
    ----------
    intake
        Their paths and draws.
    milestones : (5, referred)
        Day of each state up to READY, infinity where not reached.
    candidate_of : (referred,)
        Position among the candidates of those who become ready; -1 of others.
    ready_day, leaves, death, expiry : (candidates,)
        Day of READY, and the exits, days after READY.
    queues : (candidates,)
        Whether he waits for a slot.
    to_collection, release, gone : (candidates,)
        Days from the slot to the first leukapheresis; from there to release and to the loss of the last batch,
        infinity where it does not come, with a manufacturing slot always free.
    """

    intake: Intake
    milestones: Floats
    candidate_of: Ints
    ready_day: Floats
    leaves: Floats
    death: Floats
    expiry: Floats
    queues: Flags
    to_collection: Floats
    release: Floats
    gone: Floats


def draw_pool(stages: Stages, seed: int, size: int = POOL) -> Pool:
    """Draw a pool."""
    arrivals = Arrivals(POOL_REPLICATE, 0.0, [np.zeros(size)])
    [intake] = intakes_of(stages, Streams(seed), [arrivals])
    paths = intake.paths
    ready = np.array(intake.ready_day)
    candidate_of = np.full(size, -1, dtype=np.int64)
    candidate_of[intake.candidates] = np.arange(len(intake.candidates))
    lasts = [batches(intake, stages.product, i)[-1] for i in range(len(ready))]
    return Pool(
        intake=intake,
        milestones=np.stack([getattr(paths, f"{state.name.lower()}_day") for state in _BEFORE_SLOT]),
        candidate_of=candidate_of,
        ready_day=ready,
        leaves=np.array(intake.leaves_day) - ready,
        death=np.array(intake.death_day) - ready,
        expiry=np.array(intake.expiry_day) - ready,
        queues=np.array(intake.queues, dtype=bool),
        to_collection=np.array(intake.products.to_leukapheresis[0]),
        release=np.array([last.known if last.end is Batch.RELEASED else NEVER for last in lasts]),
        gone=np.array([NEVER if last.end is Batch.RELEASED else last.known for last in lasts]),
    )


@dataclass(frozen=True, slots=True)
class Batching:
    """One batch of a product: its place in the sequence, and its days after the first leukapheresis."""

    making: Making
    start: float
    made: float
    known: float
    end: Batch


def batches(intake: Intake, product: ProductParameters, i: int) -> list[Batching]:
    """Return the batches of candidate i up to the one that is released, or to the last that is lost.

    The same sequence as `journey.make_product`, with a manufacturing slot always free.
    """
    draws = intake.products
    found: list[Batching] = []
    start, failures, donors = 0.0, 0, 0
    for attempt in range(len(draws.manufacture)):
        made = start + draws.manufacture[attempt][i]
        end, known = draws.outcome[attempt][i], made
        if draws.donor_fails[donors][i]:
            end, made = Batch.DONOR_EXPANSION, start + tick(product.expansion_known_days)
            known = made
        elif end is not Batch.FAILED:
            known = made + draws.release[attempt][i]
        found.append(Batching(Making(attempt, failures, donors, True, 0.0), start, made, known, end))
        match end:
            case Batch.RELEASED:
                break
            case Batch.DONOR_EXPANSION:
                donors += 1
                wait = draws.other_donor_workup[i]
                exhausted = donors > product.other_donors
            case Batch.FAILED | Batch.OUT_OF_SPECIFICATION:
                failures += 1
                wait = 0.0
                exhausted = failures > product.repeats
        if exhausted:
            break
        start = known + wait + draws.to_leukapheresis[attempt + 1][i]
    return found


@dataclass(frozen=True, slots=True)
class Agreeing:
    """Positions in the pool that agree with a patient: of referrals, or of candidates from READY on.

    `exact` is False where none agreed with the time in the state: the next step is then due at the cut.
    """

    positions: Ints
    exact: bool


def agreeing_before_slot(
    pool: Pool, one: ObservedPatient, recorded: frozenset[State], cut_day: float
) -> Agreeing:
    """Return the referrals that agree with a patient who is not yet eligible with a cleared donor.

    The states that the file records later are not reached by the cut, nor is READY (nobody is taken to wait
    for a slot unless the file says so), nor an exit.
    """
    state = one.state
    reached = np.flatnonzero(np.isfinite(pool.milestones[state]))
    of = pool.milestones[:, reached]
    shift = one.day[state] - of[state]
    agrees = ~(pool.intake.paths.exit_day[reached] + shift <= cut_day)
    for later in _BEFORE_SLOT[state + 1 :]:
        if later in recorded or later is State.READY:
            agrees &= ~(of[later] + shift <= cut_day)
    for earlier, day in one.day.items():
        if earlier < state:
            near = agrees & (np.abs(of[state] - of[earlier] - (one.day[state] - day)) <= NEAR_DAYS)
            agrees = near if near.sum() >= ENOUGH else agrees
    return Agreeing(reached[agrees], True)


def agreeing_in_queue(pool: Pool, one: ObservedPatient, cut_day: float) -> Agreeing:
    """Return the candidates that agree with a patient who waits for a slot."""
    waited = cut_day - one.day[State.READY]
    agrees = pool.queues & (np.minimum(pool.leaves, pool.expiry) > waited)
    return Agreeing(np.flatnonzero(agrees), True)


def agreeing_enrolled(
    pool: Pool, one: ObservedPatient, recorded: frozenset[State], cut_day: float
) -> Agreeing:
    """Return the candidates that agree with an enrolled patient without an infusion."""
    since = ready_day(one)
    stays = (pool.death if one.state is State.LYMPHODEPLETED else pool.leaves) > cut_day - since
    agrees = stays.copy()
    slot = one.reached(State.ENROLLED)
    match one.state:
        case State.ENROLLED:
            if State.LEUKAPHERESED in recorded:
                agrees &= slot + pool.to_collection > cut_day
            elif State.RELEASED in recorded:
                agrees &= slot + pool.to_collection + pool.release > cut_day
            agrees &= slot + pool.to_collection + pool.gone > cut_day
        case State.LEUKAPHERESED:
            collected = one.day[State.LEUKAPHERESED]
            if State.RELEASED in recorded:
                agrees &= collected + pool.release > cut_day
            agrees &= collected + pool.gone > cut_day
        case State.RELEASED:
            agrees &= np.isfinite(pool.release)
        case _:
            pass
    for positions, exact in ((agrees, True), (stays & np.isfinite(pool.release), False)):
        if positions.any():
            return Agreeing(np.flatnonzero(positions), exact)
    return Agreeing(np.flatnonzero(np.isfinite(pool.release)), False)


def ready_day(one: ObservedPatient) -> float:
    """Return the day on which a patient was eligible with a cleared donor; his slot's where not recorded."""
    return one.day.get(State.READY, one.reached(State.ENROLLED))
