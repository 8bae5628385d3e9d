"""From a released product to infusion: exits while waiting, re-check, lymphodepletion, dose given."""

from dataclasses import dataclass, field
from enum import IntEnum
from typing import Annotated, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator

from simulator.durations import Uniform
from simulator.randomness import Block, Purpose, Streams

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Probability = Annotated[float, Field(ge=0, le=1)]
Hazard = Annotated[float, Field(ge=0, lt=1)]


class DosingParameters(BaseModel):
    """Exits, re-check, lymphodepletion and dose shortfall (calendar defaults, "Before infusion", "Dose")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    withdrawal_per_30_days: Hazard = 0.01
    progression_per_21_days: Hazard = 0.06
    deaths: bool = True
    recheck_go: Probability = 0.88
    recheck_delay: Probability = 0.10
    recheck_drop: Probability = 0.02
    recheck_delay_days: Uniform = Uniform(low_days=3, high_days=14)
    lymphodepletion_days: float = Field(default=5, ge=0, le=60)
    inpatient_days_after_infusion: float = Field(default=14, ge=0, le=365)
    shortfall: Probability = 0.03
    shortfall_low: float = Field(default=0.1, gt=0, le=1)
    shortfall_high: float = Field(default=0.9, gt=0, le=1)
    tolerance: float = Field(default=0.30, ge=0, le=1)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        total = self.recheck_go + self.recheck_delay + self.recheck_drop
        if abs(total - 1) > 1e-9:
            raise ValueError(f"recheck_go + recheck_delay + recheck_drop must be 1, got {total:g}")
        if self.shortfall_low > self.shortfall_high:
            raise ValueError("shortfall_low <= shortfall_high is required")
        return self


class Recheck(IntEnum):
    """What the re-check before lymphodepletion finds."""

    GO = 0
    DELAY = 1
    DROP = 2


_FINDINGS: Final = tuple(Recheck)


@dataclass(frozen=True, slots=True)
class DosingDraws:
    """Each patient's re-check and dose (relative to the level's); lists of length (patients,).

    `backfill` is the draw by which a design may choose the level at which the patient is backfilled.
    """

    recheck: list[Recheck]
    recheck_delay: list[float]
    dose: list[float]
    backfill: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class DosingColumns:
    """The same draws as arrays, `recheck` as numbers of `Recheck`."""

    recheck: Ints
    recheck_delay: Floats
    dose: Floats
    backfill: Floats

    def lists(self, span: slice = slice(None)) -> DosingDraws:
        """Return the draws of some patients as lists, from which one patient is read more quickly."""
        return DosingDraws(
            recheck=[_FINDINGS[code] for code in self.recheck[span].tolist()],
            recheck_delay=self.recheck_delay[span].tolist(),
            dose=self.dose[span].tolist(),
            backfill=self.backfill[span].tolist(),
        )


def draw_dosing(
    parameters: DosingParameters, streams: Streams, blocks: list[Block], order: Ints
) -> DosingDraws:
    """Return the draws of `dosing_columns` as lists."""
    return dosing_columns(parameters, streams, blocks, order).lists()


def dosing_columns(
    parameters: DosingParameters, streams: Streams, blocks: list[Block], order: Ints
) -> DosingColumns:
    """Draw re-check and dose of the patients of the blocks, returned in the given order."""
    check, delay, backfill = streams.columns(Purpose.RECHECK, blocks, order=order, lanes=3)
    short, share = streams.columns(Purpose.DOSE, blocks, order=order, lanes=2)
    # Nested thresholds on one lane: a higher chance to go takes patients from the delayed first.
    found = np.full(len(order), int(Recheck.DROP))
    found[check < parameters.recheck_go + parameters.recheck_delay] = Recheck.DELAY
    found[check < parameters.recheck_go] = Recheck.GO
    span = parameters.shortfall_high - parameters.shortfall_low
    given = np.where(short < parameters.shortfall, parameters.shortfall_low + span * share, 1.0)
    return DosingColumns(
        recheck=found,
        recheck_delay=parameters.recheck_delay_days.days(delay),
        dose=given,
        backfill=backfill,
    )
