"""From referral to eligible with a cleared donor: durations, windows, the one re-screen, donor workup."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from simulator.durations import LogNormal, Triangular, Uniform

Probability = Annotated[float, Field(ge=0, le=1)]


class DonorWorkup(StrEnum):
    """When the donor's workup starts (D9)."""

    BESIDE_SCREENING = "beside_screening"
    AFTER_SCREENING = "after_screening"


class ScreeningParameters(BaseModel):
    """Durations and chances before enrolment (calendar defaults, "Screening", "Waiting for a slot")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    desk_days: float = Field(default=1, ge=0, le=365)
    consent: Uniform = Uniform(low_days=1, high_days=5)
    screening: Triangular = Triangular(low_days=5, mode_days=10, high_days=21)
    window_days: float = Field(default=28, ge=0, le=365)
    rescreens: int = Field(default=1, ge=0, le=1)
    infection_resolves: Probability = 0.6
    infection: LogNormal = LogNormal(median_days=10, log_sd=0.6, at_most_days=28)
    infection_wait_days: float = Field(default=28, ge=0, le=365)
    repeat_tests_days: float = Field(default=3, ge=0, le=365)
    validity_days: float = Field(default=28, ge=0, le=365)
    donor_workup: DonorWorkup = DonorWorkup.BESIDE_SCREENING
    prior_donor: LogNormal = LogNormal(median_days=7, log_sd=0.40)
    new_donor: LogNormal = LogNormal(median_days=14, log_sd=0.40)
    donor_failure: Probability = 0.05
    queue_share: Probability = 0.5
