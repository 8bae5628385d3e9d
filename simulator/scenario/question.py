"""What a scenario holds besides the stages' parameters: its subject, its question, and how much to run."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]
Line = Annotated[str, Field(max_length=500)]


class About(BaseModel):
    """Title, registry identifier, reference of the protocol text, and notes for the reader."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str = Field(min_length=1, max_length=200)
    registry_id: Line = ""
    protocol_text: Line = ""
    note: Annotated[str, Field(max_length=5000)] = ""


class Question(BaseModel):
    """How accurate and how safe is enough, and for which truths (D30).

    Attributes
    ----------
    truths
        Names of the truths the limits hold over; None for the balanced set.
    pcs_mean, pcs_each
        Least probability of correct selection, averaged over the truths and on each.
    overdose_each
        Largest probability of an overdose selection on each truth.
    caps_from, caps_to
        Caps on infused patients at which the limits are judged, both inclusive.
    late_truths
        Truths run once more with aplasia on day 42 as a DLT, printed next to the others (D14, D36).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    truths: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=100)
    pcs_mean: Probability = 0.60
    pcs_each: Probability = 0.50
    overdose_each: Probability = 0.25
    caps_from: int = Field(default=15, ge=1, le=1000)
    caps_to: int = Field(default=50, ge=1, le=1000)
    late_truths: tuple[str, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.caps_from > self.caps_to:
            raise ValueError(f"caps_from {self.caps_from} is above caps_to {self.caps_to}")
        return self


class Run(BaseModel):
    """How many trials to simulate, and from which seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replicates: int = Field(default=300, ge=1, le=10_000_000)
    seed: int = Field(default=1, ge=0, lt=2**63)
