"""The numbers of a report: a comparison's frames by name, and how a value with its error is written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulator.analysis.by_key import UNKNOWN, Statistics
from simulator.analysis.comparison_numbers import ComparisonNumbers
from simulator.report.blocks import NONE
from simulator.trial.waiting_times import Waiting


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
        """The value as a percentage: 57.5±2.9, 0 <1.0, 100 >99.0, 20.0 [19.8, 20.8], or a dash."""
        if math.isnan(self.value):
            return NONE
        if not math.isnan(self.bound):
            side = "<" if self.value < self.bound else ">"
            return f"{100 * self.value:.0f} {side}{_bound(100 * self.bound, 100 * self.value)}"
        if not math.isnan(self.low):
            return self.interval(100)
        return _with_error(100 * self.value, 100 * self.mcse)

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


@dataclass(frozen=True)
class ReportData(ComparisonNumbers):
    """A comparison to report on.

    Attributes
    ----------
    about
        What the run's record says of it, `ComparisonTables.about()` where there is no folder.
    notes
        What is wrong with the folder that the comparison was read from.
    """

    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> FormattedEstimate:
        """Return an operating characteristic."""
        return FormattedEstimate.of(
            self.by_name("operating_characteristics").get((design, truth, measure, level), {})
        )

    def exact_percent(self, design: str, truth: str, measure: str, level: int | None = None) -> str:
        """Return an exact probability in percent."""
        return plain(100 * self.exact(design, truth, measure, level))

    def standard_errors_apart(self, design: str, truth: str) -> str:
        """Return how many standard errors the simulated PCS is off the exact one."""
        found = self.by_name("operating_characteristics").get((design, truth, "pcs", None), {})
        apart, _ = found.get("standard_errors_apart", UNKNOWN)
        return NONE if math.isnan(apart) else f"{apart:+.1f}"

    def used(self, design: str, truth: str, count: str) -> FormattedEstimate:
        """Return the mean of a count."""
        return FormattedEstimate(*self.by_name("used")[design, truth, count]["mean"])

    def median(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count, its error, and the 10th and 90th percentile."""
        found = self.by_name("used")[design, truth, count]
        middle, mcse = found["median"]
        digits = 1 if count.startswith("months") else 0
        low, high = (f"{found[name][0]:.{digits}f}" for name in ("p10", "p90"))
        error = "" if math.isnan(mcse) else f"±{mcse:.1f}"
        return f"{middle:.{digits}f}{error} {low}-{high}"

    def median_in_words(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count with its error, and in brackets the 10th and 90th percentile."""
        middle, _, ends = self.median(design, truth, count).rpartition(" ")
        return f"{middle} ({ends.replace('-', '–')})"

    def median_before_expansion(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count up to the recommendation."""
        return f"{self.by_name('used')[design, truth, count + '_before_expansion']['median'][0]:.0f}"

    def share_of_trials(self, design: str, truth: str, name: str) -> str:
        """Return the share of trials whose enrolment falls into a range."""
        return FormattedEstimate.of(self.by_name("used")[design, truth, "enrolled"], name).percent

    def waiting(self, design: str, truth: str) -> list[str]:
        """Return the mean months spent waiting, by what for."""
        return [
            self.used(design, truth, f"months_waiting_for_{waiting.name.lower()}").number
            for waiting in Waiting
        ]

    def needed_infused(self, design: str) -> str:
        """Return the needed N of infused patients with its 95 % bootstrap interval."""
        found = self.by_name("needed_n")[design, "infused"]
        if math.isnan(found["needed"][0]):
            return "not reached"
        if math.isnan(found["share_reached"][0]):
            return f"{found['needed'][0]:.0f}"
        low, high = (
            "none" if math.isnan(found[end][0]) else f"{found[end][0]:.0f}" for end in ("low95", "high95")
        )
        return f"{found['needed'][0]:.0f} [{low}, {high}]"

    def best(self, design: str) -> str:
        """Return the highest average PCS in percent with its 95 % interval, and at how many infused."""
        best = with_ends(self.by_name("needed_n")[design, "best_pcs"])
        return f"{best.interval(100)} at {self._needed_caps[design, 'best_pcs']}"

    def exact_needed(self, design: str) -> str:
        """Return the exact number needed, evaluable patients without attrition, or the best average PCS."""
        found = self.comparison.exact_needed.get(design)
        if found is None:
            return NONE
        best = f"{100 * found.best_average_pcs:.1f} at {found.best_cap}"
        return f"not reached; best {best}" if found.n is None else str(found.n)

    def needed_cost(self, design: str, measure: str) -> FormattedEstimate:
        """Return what the needed N costs on another scale."""
        return FormattedEstimate.of(self.by_name("needed_n").get((design, measure), {}))

    def at_cap(self, design: str, truth: str, cap: int, measure: str) -> FormattedEstimate:
        """Return accuracy or cost at a cap on infused patients."""
        return FormattedEstimate.of(self.by_name("needed").get((design, truth, cap, measure), {}))

    def screen_failure(self, criterion: str = "any", share: str = "share_failed") -> FormattedEstimate:
        """Return a share of the consented patients with a verdict, whatever the trial: who fail, say."""
        return FormattedEstimate.of(self.by_name("screening").get((criterion,), {}), share)

    def primary_reasons(self) -> list[tuple[str, FormattedEstimate]]:
        """Return the criteria that are anybody's primary reason, the most frequent first."""
        shares = {key: self.screen_failure(key, "share_primary") for (key,) in self.by_name("screening")}
        seen = [(key, one) for key, one in shares.items() if one.value > 0]
        return sorted(seen, key=lambda pair: -pair[1].value)
