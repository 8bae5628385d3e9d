"""The cell product: leukapheresis of the donor, manufacture in few slots, release, failures and repeats."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from simulator.durations import LogNormal, Triangular

Probability = Annotated[float, Field(ge=0, le=1)]


class ProductParameters(BaseModel):
    """Times and failures from enrolment to a released product (calendar defaults, "Product")."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    to_leukapheresis: Triangular = Triangular(low_days=2, mode_days=3, high_days=7)
    manufacturing_slots: int = Field(default=2, ge=1, le=100)
    manufacture: Triangular = Triangular(low_days=7, mode_days=10, high_days=14)
    release: Triangular = Triangular(low_days=2, mode_days=3, high_days=7)
    failure: Probability = 0.02
    out_of_specification: Probability = 0.03
    repeats: int = Field(default=1, ge=0, le=1)
    expansion_known_days: float = Field(default=5, ge=0, le=365)
    other_donors: int = Field(default=1, ge=0, le=1)
    new_donor_workup: LogNormal = LogNormal(median_days=14, log_sd=0.40)
    bridging: Probability = 0.5
