"""What a unit of each resource costs: all optional, none by default, since no source states them."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

UnitCost = Annotated[float, Field(ge=0, le=1e9)]


class Costs(BaseModel):
    """Unit costs, in one currency; a resource without one is not priced, and the output names it.

    Attributes
    ----------
    currency
        The currency of all unit costs.
    screening, echocardiogram, marrow
        A screening begun without these two; an echocardiogram; a marrow examination.
    donor_workup, leukapheresis, batch
        A donor worked up; a collection of donor cells; a batch begun.
    inpatient_day, review_meeting
        A day in hospital; a meeting that reviews a cohort.
    lymphodepletion, follow_up, site_activation
        A course of lymphodepletion, without the days in hospital; the follow-up of an infused patient, in all; the
        opening of a site.
    trial_month
        What the running trial costs per month, from the first site's opening to the last outcome or the
        recommendation, whichever is later.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    currency: str | None = Field(default=None, min_length=1, max_length=20)
    screening: UnitCost | None = None
    echocardiogram: UnitCost | None = None
    marrow: UnitCost | None = None
    donor_workup: UnitCost | None = None
    leukapheresis: UnitCost | None = None
    batch: UnitCost | None = None
    inpatient_day: UnitCost | None = None
    lymphodepletion: UnitCost | None = None
    follow_up: UnitCost | None = None
    site_activation: UnitCost | None = None
    review_meeting: UnitCost | None = None
    trial_month: UnitCost | None = None

    @model_validator(mode="after")
    def _in_a_currency(self) -> Self:
        if self.unit_costs and self.currency is None:
            raise ValueError("currency: is required where a unit cost is given")
        return self

    @property
    def unit_costs(self) -> dict[str, float]:
        """Resource -> cost of one, of those that have one."""
        given = self.model_dump(exclude={"currency"})
        return {name: cost for name, cost in given.items() if cost is not None}

    @property
    def not_priced(self) -> tuple[str, ...]:
        """Resources without a unit cost."""
        return tuple(name for name in PRICED if name not in self.unit_costs)


PRICED = tuple(name for name in Costs.model_fields if name != "currency")
"""Resources that may have a unit cost."""
