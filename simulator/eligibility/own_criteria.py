"""A scenario's own criteria, declared over fields of its own: field, comparison, limit, unit, law."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Final, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, RootModel, model_validator

from simulator.eligibility.criterion import Criterion, Encoding, Test
from simulator.eligibility.field_laws import FieldLaw
from simulator.eligibility.patient_columns import PatientColumns
from simulator.eligibility.readings import EligibilityReadings
from simulator.eligibility.three_valued import Codes
from simulator.eligibility.verdicts import MOST_CRITERIA

CONSENT_FIELD: Final = "consent_signed"
SURVIVAL_FIELD: Final = "survival_days"
TAKEN: Final = frozenset({CONSENT_FIELD, SURVIVAL_FIELD})
"""Columns that every patient has, whatever the criteria."""


class Comparison(StrEnum):
    """How a patient's value must stand to the limit for them to enter."""

    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    ABOVE = "above"
    BELOW = "below"
    IS = "is"
    IS_NOT = "is_not"

    @property
    def words(self) -> str:
        """The comparison in words."""
        return self.value.replace("_", " ")


class OwnCriterion(BaseModel):
    """One criterion of a scenario's own.

    Attributes
    ----------
    name
        What the tables call it.
    field
        What is compared; several criteria may read one field.
    limit
        A number, or true or false for a field that is yes or no.
    unit
        Free text.
    law
        The field's distribution among those referred: at one criterion of those that read the field.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=60)
    field: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)
    comparison: Comparison
    limit: bool | Annotated[float, Field(ge=-1e12, le=1e12)]
    unit: str = Field(default="", max_length=40)
    law: FieldLaw | None = None
    note: str = Field(default="", max_length=500)

    @model_validator(mode="after")
    def _comparable(self) -> Self:
        if self.field in TAKEN:
            raise ValueError(f"field: {self.field} is drawn for every patient anyway; name it otherwise")
        by_name = self.comparison in (Comparison.IS, Comparison.IS_NOT)
        if isinstance(self.limit, bool) and not by_name:
            raise ValueError(
                f"comparison: must be is or is_not where the limit is true or false, got {self.comparison}"
            )
        return self

    @property
    def boundary(self) -> str:
        """The test in words: age at least 18 years."""
        limit = str(self.limit).lower() if isinstance(self.limit, bool) else f"{self.limit:g}"
        return f"{self.field} {self.comparison.words} {limit} {self.unit}".rstrip()

    def test(self, patients: PatientColumns) -> Codes:
        """Return PASS where the patient may enter. Shape (patients,)."""
        name, limit = self.field, float(self.limit)
        match self.comparison:
            case Comparison.AT_LEAST:
                return patients.at_least(name, limit)
            case Comparison.AT_MOST:
                return patients.at_most(name, limit)
            case Comparison.ABOVE:
                return patients.above(name, limit)
            case Comparison.BELOW:
                return patients.below(name, limit)
            case Comparison.IS:
                return patients.equal(name, limit)
            case Comparison.IS_NOT:
                return patients.unequal(name, limit)

    def criterion(self) -> Criterion:
        """Return the criterion as tables and the calendar read it."""
        return Criterion(
            id=self.name,
            quotes=(),
            boundary=self.boundary,
            fields=(self.field,),
            test=_as_test(self),
            encoding=Encoding.EXACT,
            note=self.note,
        )


def _as_test(own: OwnCriterion) -> Test:
    def test(patients: PatientColumns, _readings: EligibilityReadings) -> Codes:
        return own.test(patients)

    return test


class OwnCriteria(RootModel[tuple[OwnCriterion, ...]]):
    """The criteria of a scenario that has its own, in the order in which a primary reason is sought; may be none."""

    model_config = ConfigDict(frozen=True)

    root: tuple[OwnCriterion, ...] = Field(default=(), max_length=MOST_CRITERIA)

    @property
    def laws(self) -> Mapping[str, FieldLaw]:
        """Field -> its law."""
        return {one.field: one.law for one in self.root if one.law is not None}

    @property
    def fields(self) -> frozenset[str]:
        """Every column of a patient."""
        return TAKEN | {one.field for one in self.root}


Eligibility: TypeAlias = EligibilityReadings | OwnCriteria
"""How a scenario says who may enter: readings of the nineteen criteria of NCT07144020, or criteria of its own."""
NO_CRITERIA: Final = OwnCriteria()
"""Nobody is kept out."""
