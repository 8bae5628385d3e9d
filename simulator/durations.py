"""Waiting times: the laws a scenario may name, each drawn by its inverse CDF from one uniform.

Every time is a multiple of 1/1024 day, rounded where it is made, so that sums of times are exact.
"""

import math
from collections.abc import Callable
from typing import Annotated, Any, Final, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag, model_validator
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

TICKS_PER_DAY: Final = 1024
DAYS_PER_MONTH: Final = 30.4375
LEAST_MASS: Final = 1e-9
"""Smallest part of a law that a truncation may keep: below it, quantiles are lost to rounding."""


def to_ticks(days: Floats) -> Floats:
    """Round days to the nearest multiple of 1/1024 day. Same shape."""
    ticks = np.rint(days * TICKS_PER_DAY)
    ticks *= 1 / TICKS_PER_DAY  # exact: a power of two
    return ticks


def tick(days: float) -> float:
    """Round one number of days to the nearest multiple of 1/1024 day."""
    return round(days * TICKS_PER_DAY) / TICKS_PER_DAY


class _Law(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Triangular(_Law):
    """Triangular law with the given mode, in days."""

    low_days: float = Field(ge=0, le=3650)
    mode_days: float = Field(ge=0, le=3650)
    high_days: float = Field(ge=0, le=3650)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low_days <= self.mode_days <= self.high_days:
            raise ValueError("low_days <= mode_days <= high_days is required")
        return self

    def days(self, u: Floats) -> Floats:
        """Return the quantile at u, days."""
        width = self.high_days - self.low_days
        if width == 0:
            return np.full_like(u, self.low_days)
        peak = (self.mode_days - self.low_days) / width
        rising = self.low_days + np.sqrt(u * width * (self.mode_days - self.low_days))
        falling = self.high_days - np.sqrt((1 - u) * width * (self.high_days - self.mode_days))
        return to_ticks(np.where(u < peak, rising, falling))


class Uniform(_Law):
    """Uniform law, in days."""

    low_days: float = Field(ge=0, le=3650)
    high_days: float = Field(ge=0, le=3650)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if not self.low_days <= self.high_days:
            raise ValueError("low_days <= high_days is required")
        return self

    def days(self, u: Floats) -> Floats:
        """Return the quantile at u, days."""
        return to_ticks(self.low_days + (self.high_days - self.low_days) * u)


class LogNormal(_Law):
    """Log-normal law: median in days, standard deviation of the logarithm; may be truncated."""

    median_days: float = Field(gt=0, le=3650)
    log_sd: float = Field(ge=0, le=5)
    above_days: float | None = Field(default=None, gt=0)
    at_most_days: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        low, high = self.above_days, self.at_most_days
        if low is not None and high is not None and low >= high:
            raise ValueError("above_days < at_most_days is required")
        if self.log_sd == 0 and (low is not None or high is not None):
            raise ValueError("log_sd > 0 is required where the law is truncated")
        if self.log_sd > 0 and self._cdf(high, 1.0) - self._cdf(low, 0.0) < LEAST_MASS:
            raise ValueError(
                f"the law must have a probability of at least {LEAST_MASS:g} between above_days and at_most_days"
            )
        return self

    def _cdf(self, days: float | None, default: float) -> float:
        if days is None:
            return default
        return float(ndtr(math.log(days / self.median_days) / self.log_sd))

    def days(self, u: Floats, normal_quantiles: Callable[[Floats], Floats] = ndtri) -> Floats:
        """Return the quantile at u of the law truncated to (above_days, at_most_days], days.

        `normal_quantiles` of the standard normal law may be compiled code (`Streams.normal_quantiles`).
        """
        low, high = self._cdf(self.above_days, 0.0), self._cdf(self.at_most_days, 1.0)
        return to_ticks(self.median_days * np.exp(self.log_sd * normal_quantiles(low + (high - low) * u)))


class Exponential(_Law):
    """Exponential law: mean in days. It has no memory, so queueing theory has formulas for it."""

    mean_days: float = Field(gt=0, le=3650)

    def days(self, u: Floats) -> Floats:
        """Return the quantile at u, days."""
        return to_ticks(-self.mean_days * np.log1p(-u))


_TRIANGULAR: Final = "triangular law"
_EXPONENTIAL: Final = "exponential law"
LAWS: Final = frozenset({_TRIANGULAR, _EXPONENTIAL})
"""Names under which pydantic places the errors of a law that may be one of two; a file has no such keys."""


def _law_of(value: Any) -> str:
    """Return the name of the law meant: the exponential one has a mean."""
    if isinstance(value, dict):
        return _EXPONENTIAL if "mean_days" in value else _TRIANGULAR
    return _EXPONENTIAL if isinstance(value, Exponential) else _TRIANGULAR


TriangularOrExponential = Annotated[
    Annotated[Triangular, Tag(_TRIANGULAR)] | Annotated[Exponential, Tag(_EXPONENTIAL)],
    Discriminator(_law_of),
]
"""Either law; a mapping with `mean_days` is the exponential one."""
