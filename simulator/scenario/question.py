"""What a scenario holds besides the stages' parameters: its subject, its question, and how much to run."""

from typing import Annotated, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator

Probability = Annotated[float, Field(ge=0, le=1)]
Cap = Annotated[
    int,
    Field(ge=1, le=1000),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": 1000}, {"type": "null"}]}),
]
"""A cap on infused patients; null in a file leaves it to the trial, and is taken out before it is validated."""
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
        Caps on infused patients at which the limits are judged, both inclusive. Where a scenario leaves them out,
        caps_to follows trial.enrolment_max, and caps_from is 15, or caps_to if that is less.
    late_truths
        Truths run once more with aplasia on day 42 as a DLT, printed next to the others (D14, D36).
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    truths: tuple[str, ...] | None = Field(default=None, min_length=1, max_length=100)
    pcs_mean: Probability = 0.60
    pcs_each: Probability = 0.50
    overdose_each: Probability = 0.25
    caps_from: Cap = 15
    caps_to: Cap = 50
    late_truths: tuple[str, ...] = Field(default=(), max_length=100)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.caps_from > self.caps_to and "caps_to" in self.model_fields_set:
            raise ValueError(f"caps_from {self.caps_from} is above caps_to {self.caps_to}")
        return self

    def following(self, enrolment_max: int) -> "Question":
        """Return the question with caps that were left out following the trial's cap on enrolment.

        They stay left out: not among `model_fields_set`.
        """
        given = self.model_fields_set
        values = dict(self.__dict__)
        if "caps_to" not in given:
            values["caps_to"] = enrolment_max
        if "caps_from" not in given:
            values["caps_from"] = min(self.caps_from, values["caps_to"])
        return self.model_construct(_fields_set=set(given), **values)

    def left_out(self) -> dict[str, None]:
        """Return the caps that were left out, as a file writes that."""
        return {name: None for name in ("caps_from", "caps_to") if name not in self.model_fields_set}


MOST_REPLICATES: Final = 100_000
"""Trials a design and truth: the Monte Carlo error of a share is then 0.16 points at most."""
Auto = Literal["auto"]
AUTO: Final[Auto] = "auto"
"""As many trials as settle the answer: steps of fixed size, which the numbers end."""
FEW_REPLICATES: Final = 1000
"""Below so many, every number comes with a warning, and the interval of a needed number covers too little."""
STEPS: Final = (FEW_REPLICATES, 2000, 4000, 8000, 16_000, 20_000)
"""After so many trials a design and truth `auto` asks whether the answer is settled; after the last it ends."""


class Run(BaseModel):
    """How many trials to simulate, a number or `auto`, and from which seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    replicates: Auto | Annotated[int, Field(ge=1, le=MOST_REPLICATES)] = AUTO
    seed: int = Field(default=1, ge=0, lt=2**63)
