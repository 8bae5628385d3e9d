"""How an estimate is written: with so many digits as its error allows, a bound where all trials agree."""

import math
from dataclasses import dataclass
from typing import Final

from simulator.analysis.by_key import UNKNOWN, Statistics
from simulator.analysis.estimate import unseen_share

NONE: Final = "-"
"""What stands for a number that is not known."""


@dataclass(frozen=True, slots=True)
class FormattedEstimate:
    """A value and its Monte Carlo standard error, a 95 % bound or an interval, where there is one.

    Attributes
    ----------
    bound
        Of a probability of which no trial, or every trial, had the event.
    low, high
        Ends of a 95 % interval.
    """

    value: float
    mcse: float
    bound: float = math.nan
    low: float = math.nan
    high: float = math.nan

    @classmethod
    def of(cls, found: Statistics, statistic: str = "mean") -> "FormattedEstimate":
        """Return a statistic with its error, bound and interval; nan where there is none."""
        ends = (found.get(f"{statistic}_{end}", UNKNOWN)[0] for end in ("bound95", "low95", "high95"))
        return cls(*found.get(statistic, UNKNOWN), *ends)

    @property
    def percent(self) -> str:
        """The value as a percentage: 57.5±2.9, < 1.0, > 99.0, 20.0 [19.8, 20.8], or a dash."""
        if math.isnan(self.value):
            return NONE
        if not math.isnan(self.bound):
            side = "<" if self.value < self.bound else ">"
            return f"{side} {_bound(100 * self.bound, 100 * self.value)}"
        if not math.isnan(self.low):
            return self.interval(100)
        return _with_error(100 * self.value, 100 * self.mcse)

    @property
    def fine_percent(self) -> str:
        """The value as a percentage with two digits, for what may be less than a tenth of a percent."""
        if not math.isnan(self.bound):
            side = "<" if self.value < self.bound else ">"
            return f"{side} {100 * self.bound:.2g}"
        error = "" if math.isnan(self.mcse) else f"±{100 * self.mcse:.2f}"
        return f"{100 * self.value:.2f}{error}"

    @property
    def number(self) -> str:
        """The value as a number: 28.2±0.9, or a dash."""
        return NONE if math.isnan(self.value) else _with_error(self.value, self.mcse)

    def interval(self, scale: float = 1.0) -> str:
        """Return the value with its 95 % interval, both times `scale`."""
        if math.isnan(self.low):
            return f"{scale * self.value:.1f}"
        return f"{scale * self.value:.1f} [{scale * self.low:.1f}, {scale * self.high:.1f}]"


def _with_error(value: float, mcse: float) -> str:
    if math.isnan(mcse):
        return f"{value:.1f}"
    digits = _digits(mcse)
    return f"{value:.{digits}f}±{mcse:.{digits}f}"


def _bound(bound: float, seen: float) -> str:
    """Return a bound with so many decimals that it does not read as what was seen."""
    return f"{bound:.{_digits(abs(bound - seen))}f}"


def _digits(small: float) -> int:
    """Return the decimals, at least one, with which a small number does not read as zero."""
    return 1 if small == 0 else max(1, math.ceil(-math.log10(2 * small)))


def plain(value: float, decimals: int = 1) -> str:
    """Return a number that has no error, or a dash."""
    return NONE if math.isnan(value) else f"{value:.{decimals}f}"


def with_ends(found: Statistics) -> FormattedEstimate:
    """Return a mean with the ends of its interval."""
    return FormattedEstimate(*found["mean"], low=found["low95"][0], high=found["high95"][0])


def share_of_trials(one: tuple[float, float], replicates: int) -> str:
    """Return a share of trials and its error in percent, or its 95 % bound where all agree."""
    value, mcse = one
    if mcse == 0:
        bound = unseen_share(replicates)
        return f"> {100 * (1 - bound):.1f} %" if value == 1 else f"< {100 * bound:.1f} %"
    return f"{100 * value:.0f}±{100 * mcse:.1f} %"


def months_with_error(one: tuple[float, float]) -> str:
    """Return months with their error, one decimal each."""
    value, mcse = one
    return f"{value:.1f}" + ("" if math.isnan(mcse) else f"±{mcse:.1f}")


def two_digits(value: float, mcse: float) -> str:
    """Return a value with its standard error, with as many decimals as two digits of the error ask for."""
    if math.isnan(value):
        return "-"
    if math.isnan(mcse) or mcse == 0:
        return few_digits(value, value)
    decimals = min(max(1 - math.floor(math.log10(mcse)), 0), 2) if mcse < 10 else 0
    return f"{value:,.{decimals}f}±{mcse:,.{decimals}f}"


def few_digits(value: float, scale: float) -> str:
    """Return a number, with a decimal where it is no whole one and the scale is below 100."""
    return f"{value:,.1f}" if value != round(value) and abs(scale) < 100 else f"{value:,.0f}"
