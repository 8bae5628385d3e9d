"""The trial's own rules: dose ladder, window, stagger, cohort conduct, enrolment limits, expansion."""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

CELLS_PER_KG: Final = "x 10^6 cells/kg"
"""Unit of dose of NCT07144020, as it stands behind a dose."""
_IN_FULL: Final = {CELLS_PER_KG: "10^6 CAR-positive cells/kg"}


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
        Ascending.
    dose_unit
        Their unit, as it is printed behind a dose: free text.
    enrolment_min, enrolment_max
        Floor (expansion fills up to it) and cap of enrolled patients (D1).
    slots_ahead
        Places of the next cohort that may be filled while a cohort is observed (D31).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    dose_levels: tuple[Annotated[float, Field(gt=0, le=1e20)], ...] = Field(
        default=(0.2, 0.5, 1.0, 2.0), min_length=1, max_length=10
    )
    dose_unit: Annotated[str, Field(max_length=40)] = CELLS_PER_KG
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

    def dose_text(self, level: int) -> str:
        """Return the dose of a level with its unit: 40 mg."""
        return f"{self.dose_levels[level - 1]:g} {self.dose_unit}".rstrip()

    @property
    def doses_text(self) -> str:
        """The doses of all levels with their unit: 10, 20, 40 mg."""
        return f"{', '.join(f'{dose:g}' for dose in self.dose_levels)} {self.dose_unit}".rstrip()

    @property
    def unit_in_full(self) -> str:
        """The unit of dose as a heading names it; empty where none is given."""
        return _IN_FULL.get(self.dose_unit, self.dose_unit)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(a >= b for a, b in zip(self.dose_levels, self.dose_levels[1:], strict=False)):
            raise ValueError("dose_levels must rise from level to level")
        if self.enrolment_min > self.enrolment_max:
            raise ValueError(
                f"enrolment_min {self.enrolment_min} is above enrolment_max {self.enrolment_max}"
            )
        return self
