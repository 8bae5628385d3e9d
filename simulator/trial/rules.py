"""The trial's own rules: dose ladder, window, stagger, cohort conduct, enrolment limits, expansion."""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class MidCohort(StrEnum):
    """What happens when the rest of a cohort can no longer change the decision."""

    HOLD_IF_DECIDED = "hold_if_decided"
    COMPLETE = "complete"


class NotEvaluable(StrEnum):
    """How an infused patient who is not DLT-evaluable counts (D13)."""

    REPLACE = "replace"
    DLT = "dlt"
    NO_DLT = "no_dlt"


class ClosedLevel(StrEnum):
    """What happens to a patient whose level closes before infusion (D12)."""

    LOWER = "lower"
    HOLD = "hold"


class StaggerGates(StrEnum):
    """Which step of the next patient the stagger holds back (D11)."""

    LYMPHODEPLETION = "lymphodepletion"
    INFUSION = "infusion"


class TrialRules(BaseModel):
    """What the protocol lays down for the conduct of the trial.

    Attributes
    ----------
    dose_levels
        CAR-positive T cells per kg, in millions, ascending.
    enrolment_min, enrolment_max
        Floor (expansion fills up to it) and cap of enrolled patients (D1).
    slots_ahead
        Places of the next cohort that may be filled while a cohort is observed (D31).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dose_levels: tuple[Annotated[float, Field(gt=0, le=1e6)], ...] = Field(
        default=(0.2, 0.5, 1.0, 2.0), min_length=1, max_length=10
    )
    target: float = Field(default=0.30, gt=0, lt=1)
    dlt_window_days: float = Field(default=28, ge=0, le=365)
    stagger_first_days: float = Field(default=14, ge=0, le=365)
    stagger_other_days: float = Field(default=7, ge=0, le=365)
    stagger_gates: StaggerGates = StaggerGates.LYMPHODEPLETION
    review_days: float = Field(default=7, ge=0, le=365)
    enrolment_min: int = Field(default=15, ge=0, le=1000)
    enrolment_max: int = Field(default=50, ge=1, le=1000)
    slots_ahead: int = Field(default=3, ge=0, le=50)
    mid_cohort: MidCohort = MidCohort.HOLD_IF_DECIDED
    not_evaluable: NotEvaluable = NotEvaluable.REPLACE
    closed_level: ClosedLevel = ClosedLevel.LOWER
    expansion: bool = True
    expansion_stop_probability: float = Field(default=0.95, gt=0, le=1)
    calendar_limit_months: float = Field(default=120, gt=0, le=600)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(a >= b for a, b in zip(self.dose_levels, self.dose_levels[1:], strict=False)):
            raise ValueError("dose_levels must rise from level to level")
        if self.enrolment_min > self.enrolment_max:
            raise ValueError(
                f"enrolment_min {self.enrolment_min} is above enrolment_max {self.enrolment_max}"
            )
        return self
