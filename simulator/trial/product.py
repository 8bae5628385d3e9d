"""The cell product: leukapheresis of the donor, manufacture in few slots, release, failures and repeats."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Annotated, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from simulator.durations import LogNormal, Triangular, TriangularOrExponential
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
Probability = Annotated[float, Field(ge=0, le=1)]


class ProductParameters(BaseModel):
    """Times and failures from enrolment to a released product (calendar defaults, "Product")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to_leukapheresis: Triangular = Triangular(low_days=2, mode_days=3, high_days=7)
    manufacturing_slots: int = Field(default=2, ge=1, le=100)
    manufacture: TriangularOrExponential = Triangular(low_days=7, mode_days=10, high_days=14)
    release: Triangular = Triangular(low_days=2, mode_days=3, high_days=7)
    failure: Probability = 0.02
    out_of_specification: Probability = 0.03
    repeats: int = Field(default=1, ge=0, le=1)
    backup_leukaphereses_per_cohort: int = Field(default=0, ge=0, le=10)
    expansion_known_days: float = Field(default=5, ge=0, le=365)
    other_donors: int = Field(default=1, ge=0, le=1)
    new_donor_workup: LogNormal = LogNormal(median_days=14, log_sd=0.40)
    bridging: Probability = 0.5


_AT_ONCE: Final = Triangular(low_days=0, mode_days=0, high_days=0)
NO_PRODUCT: Final = ProductParameters(
    to_leukapheresis=_AT_ONCE,
    manufacture=_AT_ONCE,
    release=_AT_ONCE,
    failure=0,
    out_of_specification=0,
    repeats=0,
    expansion_known_days=0,
    other_donors=0,
    bridging=0,
)
"""What the calendar runs where nothing is made: whoever is enrolled has the product at that instant."""


class Batch(IntEnum):
    """How one manufacturing attempt ends."""

    RELEASED = 0
    FAILED = 1
    OUT_OF_SPECIFICATION = 2
    DONOR_EXPANSION = 3

    @property
    def text(self) -> str:
        """The end in words."""
        return ("released", "manufacture failed", "out of specification", "donor cells did not expand (E6)")[
            self
        ]


_BATCHES: Final = tuple(Batch)


class ManufacturingState(NamedTuple):
    """Where the manufacture of one patient's product stands.

    Attributes
    ----------
    attempt, failures, donors
        Batches before this one; those of them that failed or were out of specification, and donors whose cells
        did not expand.
    from_backup
        This batch is made from the frozen backup of the first donor.
    collected
        Its cells are collected and its end is known; else `wait_days` are left until they are.
    """

    attempt: int = 0
    failures: int = 0
    donors: int = 0
    from_backup: bool = False
    collected: bool = False
    wait_days: float = 0.0


# The sequence of batches, which the calendar (`journey.py`) and the pathways of a trial under way both follow.


def batch_end(
    drawn: Batch,
    manufacture_days: float,
    release_days: float,
    donor_fails: bool,
    expansion_known_days: float,
) -> tuple[Batch, float, float]:
    """Return how a batch ends, and the days from its start to the end of manufacture and to the news of it.

    A donor whose cells do not expand is known early; a failed batch has no release test.
    """
    if donor_fails:
        return Batch.DONOR_EXPANSION, expansion_known_days, expansion_known_days
    if drawn == Batch.FAILED:
        return drawn, manufacture_days, manufacture_days
    return drawn, manufacture_days, manufacture_days + release_days


def after_loss(lost: ManufacturingState, end: Batch, has_backup: bool) -> ManufacturingState:
    """Return where manufacture stands after the loss of a batch; its wait is not known yet.

    A backup is frozen of the first donor only, and made into a batch once.
    """
    another_donor = end == Batch.DONOR_EXPANSION
    # Another donor's cells have no backup: it is frozen of the first donor, at the first collection.
    donors = lost.donors + another_donor
    return ManufacturingState(
        lost.attempt + 1,
        lost.failures + (not another_donor),
        donors,
        has_backup and not lost.from_backup and donors == 0,
        False,
        0.0,
    )


def with_wait(making: ManufacturingState, wait_days: float) -> ManufacturingState:
    """Return where manufacture stands, its wait known."""
    return ManufacturingState(
        making.attempt, making.failures, making.donors, making.from_backup, making.collected, wait_days
    )


def is_exhausted(after: ManufacturingState, repeats: int, other_donors: int) -> bool:
    """Return whether a loss was the last that is allowed."""
    return after.failures > repeats or after.donors > other_donors


def days_to_cells(
    after: ManufacturingState, end: Batch, to_leukapheresis_days: float, other_donor_workup_days: float
) -> float:
    """Return the days from the news of a loss to the cells of the next batch; the backup's are there."""
    wait = other_donor_workup_days if end == Batch.DONOR_EXPANSION else 0.0
    return wait if after.from_backup else wait + to_leukapheresis_days


@dataclass(frozen=True, slots=True)
class ProductDraws:
    """Draws of every manufacturing attempt of every patient; lists [attempt][patient], days.

    Attempts have fresh draws; `donor_fails` says whether the cells of the first and of the other donor fail
    to expand (E6).
    """

    to_leukapheresis: list[list[float]]
    manufacture: list[list[float]]
    release: list[list[float]]
    outcome: list[list[Batch]]
    other_donor_workup: list[float]
    donor_fails: list[list[bool]]


@dataclass(frozen=True, slots=True)
class ProductColumns:
    """The same as arrays [attempt][patient], `outcome` as numbers of `Batch`; `donor_fails` is (2, patients).

    Attempts after a first batch that is released are not drawn: nobody makes them, and they take infinite days.
    """

    to_leukapheresis: list[Floats]
    manufacture: list[Floats]
    release: list[Floats]
    outcome: list[Ints]
    other_donor_workup: Floats
    donor_fails: Flags

    def lists(self, span: slice = slice(None)) -> ProductDraws:
        """Return the draws of some patients as lists, from which one patient is read more quickly."""
        return ProductDraws(
            to_leukapheresis=[attempt[span].tolist() for attempt in self.to_leukapheresis],
            manufacture=[attempt[span].tolist() for attempt in self.manufacture],
            release=[attempt[span].tolist() for attempt in self.release],
            outcome=[[_BATCHES[end] for end in attempt[span].tolist()] for attempt in self.outcome],
            other_donor_workup=self.other_donor_workup[span].tolist(),
            donor_fails=self.donor_fails[:, span].tolist(),
        )


class _Batches(NamedTuple):
    """One manufacturing attempt of every patient; arrays of shape (patients,)."""

    to_leukapheresis: Floats
    manufacture: Floats
    release: Floats
    outcome: Ints

    def only_of(self, who: Ints, count: int) -> "_Batches":
        """Return the batches of these among so many patients; those of the others never come to be."""
        to_leukapheresis, manufacture, release = np.full((3, count), np.inf)
        to_leukapheresis[who], manufacture[who], release[who] = self[:3]
        outcome = np.full(count, int(Batch.FAILED))
        outcome[who] = self.outcome
        return _Batches(to_leukapheresis, manufacture, release, outcome)


def _batches(
    parameters: ProductParameters, streams: Streams, blocks: list[Block], attempt: int, order: Ints
) -> _Batches:
    to_u, make_u, release_u, outcome_u = streams.columns(Purpose.PRODUCT, blocks, attempt, order)
    # One lane, two failures: a batch fails, or else may be out of specification.
    spoilt = parameters.failure + (1 - parameters.failure) * parameters.out_of_specification
    ends = np.where(outcome_u < spoilt, Batch.OUT_OF_SPECIFICATION, Batch.RELEASED)
    ends[outcome_u < parameters.failure] = Batch.FAILED
    return _Batches(
        parameters.to_leukapheresis.days(to_u),
        parameters.manufacture.days(make_u),
        parameters.release.days(release_u),
        ends,
    )


def draw_products(
    parameters: ProductParameters, donor_fails: Flags, streams: Streams, blocks: list[Block], order: Ints
) -> ProductDraws:
    """Return the draws of `product_columns` as lists."""
    return product_columns(parameters, donor_fails, streams, blocks, order).lists()


def product_columns(
    parameters: ProductParameters, donor_fails: Flags, streams: Streams, blocks: list[Block], order: Ints
) -> ProductColumns:
    """Draw all attempts of the patients of the blocks, returned in the given order.

    Parameters
    ----------
    donor_fails
        E6 fails for the first and for the other donor, shape (patients, 2), block order.
    order
        Indices into the blocks' patients; the columns of the result.
    """
    batches = [_batches(parameters, streams, blocks, 0, order)]
    fails = donor_fails.take(order, axis=0).T
    lost = np.flatnonzero((batches[0].outcome != Batch.RELEASED) | fails[0])
    order_of_lost = order[lost]
    for attempt in range(1, 1 + parameters.repeats + parameters.other_donors):
        batches.append(
            _batches(parameters, streams, blocks, attempt, order_of_lost).only_of(lost, len(order))
        )
    workup_u = streams.columns(Purpose.DONOR, blocks, 1, order, lanes=1)[0]
    return ProductColumns(
        to_leukapheresis=[one.to_leukapheresis for one in batches],
        manufacture=[one.manufacture for one in batches],
        release=[one.release for one in batches],
        outcome=[one.outcome for one in batches],
        other_donor_workup=parameters.new_donor_workup.days(workup_u, streams.normal_quantiles),
        donor_fails=fails,
    )


class ManufacturingSlots:
    """The manufacturing slots of all sites together: first come, first served.

    Requests arrive in time order and every occupation's end is known when it starts, so a slot is a day from
    which it is free and no queue is kept.
    """

    def __init__(self, slots: int) -> None:
        self.slots = slots
        self.free_from = [0.0] * slots

    def next_start(self, day: float) -> float:
        """Return the day a request made on `day` can start."""
        return max(day, self.free_from[self.first_free()])

    def first_free(self) -> int:
        """Return the slot that is free first."""
        first = 0
        for slot in range(1, self.slots):
            if self.free_from[slot] < self.free_from[first]:
                first = slot
        return first

    def hold(self, start: float, end: float) -> None:
        """Occupy, from `start` to `end`, the slot that is free first."""
        self.free_from[self.first_free()] = max(end, start)

    def release_early(self, start: float, end: float, day: float) -> None:
        """Free on `day`, or at its start if that is later, a slot that was held from `start` to `end`."""
        if day < end:
            for slot in range(self.slots):
                # Two slots freed on one day are alike, so that it does not matter which of them is found.
                if self.free_from[slot] == end:
                    self.free_from[slot] = max(start, day)
                    break
