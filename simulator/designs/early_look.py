"""What every design that looks early does alike: count pending patients, and wait."""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from typing import TYPE_CHECKING, Final, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from simulator.designs.backfill_rule import BackfillRule
from simulator.designs.claims import SELECT, said, says, selects_by_counts
from simulator.designs.crm_places import FitPlaces
from simulator.designs.design import Action, Decision, Design, Floats, Ints, Observed

if TYPE_CHECKING:
    from simulator.designs.pending_levels import PendingLevels

_WAIT: Final = int(Action.WAIT)


class FollowUpRead(Enum):
    """What a decision reads of patients, for a caller's memory of answers.

    COUNTS: how many there are of each level and DLT state. WITH_RESPONSES: of each response state and way in too.
    SUM_AND_SHORTEST: counts, and at the current level the sum and the shortest of pending follow-up; and between two
    states of equal counts with the same answer, one with no more and one with no less of both, the answer is the same
    too. DLT_FOLLOW_UP: any follow-up of pending DLTs, of responses nothing. ALL: anything; a design that does not say
    is taken to. Of the last two, a design with a method `settled_by_counts` says where follow-up matters.
    """

    COUNTS = 0
    WITH_RESPONSES = 1
    SUM_AND_SHORTEST = 2
    ALL = 3
    DLT_FOLLOW_UP = 4

    @property
    def of_responses(self) -> bool:
        """Whether response states and ways in are read."""
        return self in (FollowUpRead.WITH_RESPONSES, FollowUpRead.ALL)

    @property
    def of_any_follow_up(self) -> bool:
        """Whether every pending follow-up may be read, so that counts settle complete data alone."""
        return self in (FollowUpRead.DLT_FOLLOW_UP, FollowUpRead.ALL)


@runtime_checkable
class SettledByCounts(Protocol):
    """A design that reads any follow-up, and says where it could not matter."""

    def settled_by_counts(self, observed: Observed) -> NDArray[np.bool_]:
        """Return where `decide` answers the same at any follow-up of the pending patients, all else equal. (S,)."""
        ...


@runtime_checkable
class DecidedByCounts(SettledByCounts, Protocol):
    """A design that decides by the counts alone where follow-up could not matter, for less than by all it reads."""

    def decided_by_counts(self, observed: Observed) -> tuple[Decision, NDArray[np.bool_]]:
        """Return decisions, and where `decide` answers the same at any follow-up, as `settled_by_counts`. (S,)."""
        ...


def settling(design: Design) -> SettledByCounts | None:
    """Return the design where it says what counts settle, else None."""
    return design if isinstance(design, SettledByCounts) and says(design, "settled_by_counts") else None


def deciding_by_counts(design: Design) -> DecidedByCounts | None:
    """Return the design where it says what it decides by counts, else None."""
    return design if isinstance(design, DecidedByCounts) and says(design, "decided_by_counts") else None


def answers_between(design: Design) -> bool:
    """Return whether the answer at any follow-up of pending DLTs is that of two others that agree around it.

    That is, of two states of equal counts and the same answer, one with no more and one with no less of each
    follow-up, patients of a level in whatever order. A design that does not say is not taken to.
    """
    return bool(said(design, "answers_between", otherwise=False))


@runtime_checkable
class MovedByPulls(Protocol):
    """A design that moves by pairs of neighbouring levels, and closes levels, by DLTs with those imputed.

    Imputed as `imputed_dlts.py` has it; more of them at a level never lead up. Begun, `decide` follows from the
    current level, the lowest closed one, which of the pairs with the level below and above pull, whether anybody is
    at the level, and whether as many are as `stop_n_at_dose` says.
    """

    @property
    def moves_by_pulls(self) -> bool:
        """Whether it does so with its options."""
        ...

    @property
    def target(self) -> float:
        """The DLT risk aimed at."""
        ...

    @property
    def stop_n_at_dose(self) -> int | None:
        """Patients at a level with whom the trial stops where it would stay; None never."""
        ...

    def pulls(self, n: Ints, dlt: Ints | Floats, down: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return where pairs, of patients and DLTs (2, pairs) of the lower and upper level, pull. Shape (pairs,)."""
        ...

    def too_toxic_from(self, most: int) -> Floats:
        """Return the DLTs from which on 0..`most` patients close a level. Shape (most + 1,)."""
        ...


def moving_by_pulls(design: Design) -> MovedByPulls | None:
    """Return the design where it says that it moves by pulls, else None."""
    if said(design, "moves_by_pulls", otherwise=False) and isinstance(design, MovedByPulls):
        return design
    return None


def fit_places_of(design: Design) -> FitPlaces | None:
    """Return what places of its fits follow from, where a design says that of patients it reads no more.

    `decide` then answers the same wherever level, lowest closed level, the last cohort if it is read, place, and
    whether there are patients at all are the same.
    """
    own = said(design, "fit_places", otherwise=None)
    found: FitPlaces | None = own() if own is not None else None
    return found


def pending_levels_of(design: Design) -> "PendingLevels | None":
    """Return by what levels are read where a design says that it judges each by itself, pending outcomes weighed.

    Once begun and with a level open, `decide` then answers the same wherever the level, the lowest closed one and
    what these numbers make of every level are the same.
    """
    own = said(design, "pending_levels", otherwise=None)
    found: PendingLevels | None = own() if own is not None else None
    return found


def same_answers(one: Decision, other: Decision) -> NDArray[np.bool_]:
    """Return where two decisions on the same states are the same; levels to backfill are not compared. Shape (S,)."""
    same = np.ones(len(one.level), dtype=np.bool_)
    for name in ("action", "level", "cohort_size", "closed_from", "reason"):
        same &= getattr(one, name) == getattr(other, name)
    return same


def closing_dlts(design: Design, most: int) -> Ints | None:
    """Return the DLTs from which on n = 0..`most` patients close level 1 and each other level; None if more is read.

    Of other levels than the current one, the `decide` of a design with a method of this name reads nothing but
    whether they are closed by this: by all patients infused there, pending ones without a DLT. Shape (2, most + 1).
    """
    own = said(design, "closing_dlts", otherwise=None)
    found: Ints | None = own(most) if own is not None else None
    return found


def waits_for_all(design: Design) -> bool:
    """Return whether, once begun and with a level open, it waits while any DLT or response is pending.

    What `decide` answers then follows from the level and the lowest closed one. A design that does not say is taken
    not to.
    """
    return bool(said(design, "waits_for_all", otherwise=False))


@runtime_checkable
class SelectedByCounts(Protocol):
    """A design that selects by the counts alone once every outcome is known: of no day, cohort or current level."""

    def selected_by_counts(self, counts: Ints, closed_from: Ints) -> Ints:
        """Return what `select` does with nothing pending; of each level's patients by DLT and response: no, yes.

        `counts` are of shape (2, 2, S, J); (2, 1, S, J) where `selects_by_responses` is said not to be. (S,).
        """
        ...


class _SelectedByDlts:
    """A design whose `select` reads n, DLTs and the lowest closed level alone."""

    def __init__(self, design: Design) -> None:
        self._select = design.select

    def selected_by_counts(self, counts: Ints, closed_from: Ints) -> Ints:
        """Return what the design selects, as `SelectedByCounts` has it."""
        zero = np.zeros(len(closed_from), dtype=np.int64)
        by_dlt = counts.sum(axis=1)
        return self._select(Observed(zero, by_dlt.sum(axis=0), by_dlt[1], zero, zero, closed_from))


def selecting_by_counts(design: Design) -> SelectedByCounts | None:
    """Return who selects by counts as the design does where it says that this can be, else None."""
    if isinstance(design, SelectedByCounts) and says(design, "selected_by_counts", of=SELECT):
        return design
    return _SelectedByDlts(design) if selects_by_counts(design) else None


def never_waits(design: Design) -> bool:
    """Return whether, begun, it never waits, and stops where level 1 is too toxic alone: else it treats on.

    A design that does not say is taken not to.
    """
    return bool(said(design, "never_waits", otherwise=False))


def reads_missing(design: Design) -> bool:
    """Return whether it reads the places of the cohort that are missing; a design that does not say is taken to."""
    return not says(design, "reads") or "cohort_missing" in design.reads


def selects_by_responses(design: Design) -> bool:
    """Return whether `select` reads responses, or who was backfilled; a design that does not say is taken to."""
    return bool(said(design, "selects_by_responses", otherwise=True, of=SELECT))


def backfill_rule(design: Design, most: int) -> BackfillRule | None:
    """Return the rule by which `decide` answers, with bounds up to so many patients, where that is all it does."""
    own = said(design, "backfill_rule", otherwise=None)
    found: BackfillRule | None = own(most) if own is not None else None
    return found


def with_pending(observed: Observed) -> Observed:
    """Return the data with pending patients counted as treated and without a DLT: a paper's n."""
    return observed if observed.pending is None else replace(observed, n=observed.infused)


def first_that_holds(cases: Sequence[tuple[NDArray[np.bool_], int]], otherwise: int) -> Ints:
    """Return the code of the first case that holds in each state; `otherwise` where none does. Shape (S,)."""
    codes = np.full(len(cases[0][0]), int(otherwise), dtype=np.int64)
    # The last case first, so that the first one has the last word: far faster than np.select for one state.
    for condition, code in reversed(cases):
        codes[condition] = int(code)
    return codes


def waiting(decision: Decision, reason: Ints, level: Ints) -> Decision:
    """Return the decision with WAIT at the current level where there is a reason to wait; 0 is none."""
    wait = reason > 0
    if not wait.any():
        return decision
    return replace(
        decision,
        action=np.where(wait, _WAIT, decision.action),
        level=np.where(wait, level, decision.level),
        cohort_size=np.where(wait, 0, decision.cohort_size),
        reason=np.where(wait, reason, decision.reason),
    )
