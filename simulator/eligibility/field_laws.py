"""The distribution of a scenario's own field among those referred, each law drawn by its inverse from one uniform."""

from typing import Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]
Number = Annotated[float, Field(ge=-1e12, le=1e12)]
Positive = Annotated[float, Field(gt=0, le=1e12)]
Probability = Annotated[float, Field(ge=0, le=1)]
LEAST_MASS = 1e-9
"""Smallest part of a normal law that its bounds may keep."""
SHARES_TOLERANCE = 1e-9


class _Law(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class NormalLaw(_Law):
    """Normal law, cut off at the bounds where they are given."""

    mean: Number
    sd: Positive
    low: Number | None = None
    high: Number | None = None

    @model_validator(mode="after")
    def _has_mass(self) -> Self:
        if self._at(self.high, 1.0) - self._at(self.low, 0.0) < LEAST_MASS:
            raise ValueError(f"low and high must leave the law a probability of at least {LEAST_MASS:g}")
        return self

    def _at(self, bound: float | None, default: float) -> float:
        return default if bound is None else float(ndtr((bound - self.mean) / self.sd))

    def values(self, u: Floats) -> Floats:
        """Return the quantile at u."""
        low, high = self._at(self.low, 0.0), self._at(self.high, 1.0)
        drawn: Floats = self.mean + self.sd * ndtri(low + (high - low) * u)
        return drawn


class LogNormalLaw(_Law):
    """Log-normal law: median, standard deviation of the logarithm."""

    median: Positive
    log_sd: Annotated[float, Field(ge=0, le=5)]

    def values(self, u: Floats) -> Floats:
        """Return the quantile at u."""
        drawn: Floats = self.median * np.exp(self.log_sd * ndtri(u))
        return drawn


class UniformLaw(_Law):
    """Uniform law."""

    low: Number
    high: Number

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.low > self.high:
            raise ValueError("low <= high is required")
        return self

    def values(self, u: Floats) -> Floats:
        """Return the quantile at u."""
        return self.low + (self.high - self.low) * u


class FieldLaw(_Law):
    """One law of those below.

    Attributes
    ----------
    normal, log_normal, uniform
        A measurement.
    shares
        A grade: each value with its share; they add up to 1.
    probability
        A field that is yes or no: the share of yes.
    """

    normal: NormalLaw | None = None
    log_normal: LogNormalLaw | None = None
    uniform: UniformLaw | None = None
    shares: dict[str, Probability] | None = Field(default=None, min_length=1, max_length=100)
    probability: Probability | None = None

    @model_validator(mode="after")
    def _one_law(self) -> Self:
        given = [name for name in FieldLaw.model_fields if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"must be one of {', '.join(FieldLaw.model_fields)}, got {len(given)} of them")
        if self.shares is not None:
            _check_shares(self.shares)
        return self

    def values(self, u: Floats) -> Floats:
        """Return the quantile at u; 1 for yes, 0 for no. Same shape."""
        for law in (self.normal, self.log_normal, self.uniform):
            if law is not None:
                return law.values(u)
        if self.shares is not None:
            grades = np.array([float(grade) for grade in self.shares])
            edges = np.cumsum(list(self.shares.values()))[:-1]
            return grades[np.searchsorted(edges, u, side="right")]
        assert self.probability is not None
        return (u < self.probability).astype(np.float64)


def _check_shares(shares: dict[str, float]) -> None:
    for grade in shares:
        try:
            float(grade)
        except ValueError:
            raise ValueError(f"shares: each key must be a number, got {grade!r}") from None
    total = sum(shares.values())
    if abs(total - 1) > SHARES_TOLERANCE:
        raise ValueError(f"shares: must add up to 1, got {total:.10g}")
