"""The ledger: every referred patient ends in exactly one final state with one reason; and why escalation ends."""

from dataclasses import dataclass, fields
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.errors import SimulatorError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NEVER: Final = np.inf


class State(IntEnum):
    """The furthest a patient came; each state contains those after it."""

    REFERRED = 0
    PRESCREENED = 1
    CONSENTED = 2
    ELIGIBLE = 3
    READY = 4
    ENROLLED = 5
    LEUKAPHERESED = 6
    RELEASED = 7
    LYMPHODEPLETED = 8
    INFUSED = 9
    EVALUABLE = 10


class Exit(IntEnum):
    """Why a patient's path ended there."""

    PRESCREEN = 0
    REFUSED = 1
    SCREEN_FAILURE = 2
    INCOMPLETE = 3
    WINDOW = 4
    DIED = 5
    WITHDREW = 6
    PROGRESSED = 7
    NO_DONOR = 8
    EXPIRED = 9
    NO_SLOT = 10
    TRIAL_CLOSED = 11
    DONOR_EXPANSION = 12
    NO_PRODUCT = 13
    RECHECK = 14
    LEVEL_CLOSED = 15
    NEW_THERAPY = 16
    DOSE = 17
    NOT_FINISHED = 18
    DLT = 19
    NO_DLT = 20

    @property
    def text(self) -> str:
        """The reason in words."""
        return _TEXT[self]


_TEXT: Final = {
    Exit.PRESCREEN: "rejected at desk pre-screen",
    Exit.REFUSED: "refused consent",
    Exit.SCREEN_FAILURE: "screen failure",
    Exit.INCOMPLETE: "screening incomplete",
    Exit.WINDOW: "screening window ended",
    Exit.DIED: "died",
    Exit.WITHDREW: "withdrew",
    Exit.PROGRESSED: "progressed, no longer fit",
    Exit.NO_DONOR: "no donor",
    Exit.EXPIRED: "eligibility expired",
    Exit.NO_SLOT: "left: no slot open",
    Exit.TRIAL_CLOSED: "trial closed to this patient",
    Exit.DONOR_EXPANSION: "donor cells did not expand (E6)",
    Exit.NO_PRODUCT: "no product",
    Exit.RECHECK: "dropped at re-check",
    Exit.LEVEL_CLOSED: "no open level at infusion",
    Exit.NEW_THERAPY: "new anti-leukaemia therapy in the window",
    Exit.DOSE: "dose out of tolerance, no DLT",
    Exit.NOT_FINISHED: "trial not finished at the calendar limit",
    Exit.DLT: "DLT",
    Exit.NO_DLT: "no DLT in the whole window",
}


class Stop(IntEnum):
    """How escalation ends."""

    NOT_ENDED = -1
    COMPLETE = 0
    SAFETY = 1
    PRECISION = 2
    MAX_N = 3
    ENROLMENT_CAP = 4
    NOT_FINISHED = 5
    INFUSION_CAP = 6


STOP_TEXTS: Final = {
    "complete": "the rule is complete",
    "safety": "stopped for safety",
    "precision": "enough patients at one level",
    "max_n": "planned size reached",
    "enrolment_cap": "as many enrolled as the trial may",
    "not_finished": "not finished at the calendar limit",
    "infusion_cap": "as many infused as asked",
}
"""Each way by which escalation ends, in the order of `Stop`, and the same in words."""
STOPS: Final = tuple(STOP_TEXTS)


@dataclass(frozen=True, slots=True)
class Ledger:
    """One replicate's patients, referral order; arrays of shape (referred,); days after the first site opens.

    A milestone that was not reached has day infinity. `level_at_slot`, `level_assigned` are 0 where none;
    `leukapheresed_day` is the first collection of donor cells, `collected_day` that of the cells in the product
    released. `dose_given` is relative to the dose of `level_assigned`. `criterion` is the index of the primary
    criterion of a rejection or screen failure, -1 elsewhere.
    """

    site: Ints
    index: Ints
    state: Ints
    reason: Ints
    criterion: Ints
    referred_day: Floats
    prescreened_day: Floats
    consented_day: Floats
    eligible_day: Floats
    ready_day: Floats
    enrolled_day: Floats
    leukapheresed_day: Floats
    collected_day: Floats
    released_day: Floats
    lymphodepleted_day: Floats
    infused_day: Floats
    evaluable_day: Floats
    exit_day: Floats
    level_at_slot: Ints
    level_assigned: Ints
    dose_given: Floats
    dlt: NDArray[np.bool_]
    response: NDArray[np.bool_]
    expansion: NDArray[np.bool_]

    def count(self, state: State) -> int:
        """Return how many patients came at least as far as the state."""
        return int((self.state >= state).sum())


MILESTONES: Final = (
    "referred_day",
    "prescreened_day",
    "consented_day",
    "eligible_day",
    "ready_day",
    "enrolled_day",
    "leukapheresed_day",
    "released_day",
    "lymphodepleted_day",
    "infused_day",
    "evaluable_day",
)


def check_ledger(ledger: Ledger) -> None:
    """Raise SimulatorError unless states, reasons and timestamps agree for every patient.

    Milestones run forward without gaps up to the final state, none is reached after it, and the exit is not
    before the last milestone.
    """
    lengths = {len(getattr(ledger, f.name)) for f in fields(ledger)}
    if len(lengths) > 1:
        raise SimulatorError(f"ledger columns differ in length: {sorted(lengths)}")
    days = np.stack([getattr(ledger, name) for name in MILESTONES], axis=1)
    reached = np.isfinite(days)
    expected = np.arange(len(MILESTONES))[None, :] <= ledger.state[:, None]
    faults = (reached != expected).any(axis=1)
    steps = np.where(reached[:, 1:], days[:, 1:] - np.where(reached[:, :-1], days[:, :-1], 0.0), 0.0)
    faults |= (steps < 0).any(axis=1)
    last = np.where(reached, days, -np.inf).max(axis=1, initial=-np.inf)
    faults |= ~np.isfinite(ledger.exit_day) | (ledger.exit_day < last)
    made = ledger.released_day < NEVER
    faults |= made != (ledger.collected_day < NEVER)
    faults |= made & (ledger.collected_day > ledger.released_day)
    faults |= made & (ledger.collected_day < ledger.leukapheresed_day)
    faults |= (ledger.state == State.EVALUABLE) != np.isin(ledger.reason, _EVALUABLE_REASONS)
    if faults.any():
        first = int(np.argmax(faults))
        raise SimulatorError(
            f"ledger of patient {first}: state {State(ledger.state[first]).name}, reason "
            f"{Exit(ledger.reason[first]).name}, milestones {days[first].tolist()}, "
            f"exit {ledger.exit_day[first]}"
        )


_EVALUABLE_REASONS: Final = (int(Exit.DLT), int(Exit.NO_DLT))
