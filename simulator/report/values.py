"""Values of a comparison's frames by name, and how a value with its error is shown."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pandas as pd

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import waited_for
from simulator.runs.results import BALANCED, Judged


@dataclass(frozen=True, slots=True)
class Shown:
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

    @property
    def percent(self) -> str:
        """The value as a percentage: 57.5±2.9, 0 <1.0, 100 >99.0, 20.0 [19.8, 20.8], or a dash."""
        if math.isnan(self.value):
            return "-"
        if not math.isnan(self.bound):
            side = "<" if self.value < self.bound else ">"
            return f"{100 * self.value:.0f} {side}{_bound(100 * self.bound, 100 * self.value)}"
        if not math.isnan(self.low):
            return self.interval(100)
        return _with_error(100 * self.value, 100 * self.mcse)

    @property
    def number(self) -> str:
        """The value as a number: 28.2±0.9, or a dash."""
        return "-" if math.isnan(self.value) else _with_error(self.value, self.mcse)

    def interval(self, scale: float = 1.0) -> str:
        """The value with its 95 % interval, both times `scale`."""
        if math.isnan(self.low):
            return f"{scale * self.value:.1f}"
        return f"{scale * self.value:.1f} [{scale * self.low:.1f}, {scale * self.high:.1f}]"


def _with_error(value: float, mcse: float) -> str:
    if math.isnan(mcse):
        return f"{value:.1f}"
    digits = _digits(mcse)
    return f"{value:.{digits}f}±{mcse:.{digits}f}"


def _bound(bound: float, seen: float) -> str:
    """Write a bound so that it does not read as what was seen."""
    return f"{bound:.{_digits(abs(bound - seen))}f}"


def _digits(small: float) -> int:
    """Return the decimals, at least one, with which a small number does not read as zero."""
    return 1 if small == 0 else max(1, math.ceil(-math.log10(2 * small)))


MISSING: Final = Shown(math.nan, math.nan)


class Lookup:
    """The frames of a comparison as dictionaries."""

    def __init__(self, comparison: ComparisonTables) -> None:
        self.comparison: Final = comparison
        self._oc = by_key(comparison.operating_characteristics, ["design", "truth", "measure", "level"])
        self._used = by_key(comparison.used, ["design", "truth", "count"])
        self._screening = by_key(comparison.screening, ["criterion"])
        self._needed = by_key(comparison.needed_n, ["design", "measure"])
        self._caps = {
            (row["design"], row["measure"]): int(row["cap"]) for row in _records(comparison.needed_n)
        }

    def truths(self) -> list[str]:
        """The balanced set, where there is one, then every truth."""
        results = self.comparison.results
        return ([BALANCED] if len(results.balanced()) > 1 else []) + results.truths()

    def headline_truth(self) -> str:
        """The truth that headline numbers are of: the balanced set where there is one."""
        return self.truths()[0]

    def rows(self) -> Iterator[tuple[str, str]]:
        """Give every truth, and every design under it."""
        for truth in self.truths():
            for design in self.comparison.results.designs:
                yield truth, design

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> Shown:
        """Return an operating characteristic."""
        return _bounded(self._oc.get((design, truth, measure, level), {}), "mean")

    def exact(self, design: str, truth: str) -> tuple[str, str]:
        """Return the exact PCS without attrition, and how many standard errors the simulated one is off."""
        found = self._oc.get((design, truth, "pcs", None), {})
        exact, _ = found.get("exact_no_attrition", (math.nan, 0.0))
        apart, _ = found.get("standard_errors_apart", (math.nan, 0.0))
        return (
            "-" if math.isnan(exact) else f"{100 * exact:.1f}",
            "-" if math.isnan(apart) else f"{apart:+.1f}",
        )

    def used(self, design: str, truth: str, count: str) -> Shown:
        """Return the mean of a count."""
        return Shown(*self._used[design, truth, count]["mean"])

    def median(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count, its error, and the 10th and 90th percentile."""
        found = self._used[design, truth, count]
        middle = Shown(*found["median"])
        digits = 1 if count.startswith("months") else 0
        low, high = (f"{found[name][0]:.{digits}f}" for name in ("p10", "p90"))
        error = "" if math.isnan(middle.mcse) else f"±{middle.mcse:.1f}"
        return f"{middle.value:.{digits}f}{error} {low}-{high}"

    def median_before_expansion(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count up to the recommendation."""
        return f"{self._used[design, truth, count + '_before_expansion']['median'][0]:.0f}"

    def share_of_trials(self, design: str, truth: str, name: str) -> str:
        """Return the share of trials whose enrolment falls into a range."""
        return _bounded(self._used[design, truth, "enrolled"], name).percent

    def waiting(self, design: str, truth: str) -> list[str]:
        """Return the mean months spent waiting, by what for."""
        return [
            self.used(design, truth, f"months_waiting_for_{waiting.name.lower()}").number
            for waiting in waited_for(self.comparison.results.job)
        ]

    def needed_infused(self, design: str) -> str:
        """Return the needed N of infused patients with its 95 % bootstrap interval."""
        found = self._needed[design, "infused"]
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
        best = with_ends(self._needed[design, "best_pcs"])
        return f"{best.interval(100)} at {self._caps[design, 'best_pcs']}"

    def exact_needed(self, design: str) -> str:
        """Return the exact number needed, evaluable patients without attrition, or the best average PCS."""
        found = self.comparison.exact_needed.get(design)
        if found is None:
            return "-"
        best = f"{100 * found.best_average_pcs:.1f} at {found.best_cap}"
        return f"not reached; best {best}" if found.n is None else str(found.n)

    def needed_cost(self, design: str, measure: str) -> Shown:
        """Return what the needed N costs on another scale."""
        found = self._needed.get((design, measure))
        return MISSING if found is None else _bounded(found, "mean")

    def screen_failure(self) -> Shown:
        """Return the share of consented patients with a verdict who fail, whatever the trial."""
        return _bounded(self._screening["any",], "share_failed")

    def primary_reasons(self) -> list[tuple[str, Shown]]:
        """Return the criteria that are anybody's primary reason, the most frequent first."""
        shares = {key: _bounded(found, "share_primary") for (key,), found in self._screening.items()}
        seen = [(key, one) for key, one in shares.items() if one.value > 0]
        return sorted(seen, key=lambda pair: -pair[1].value)

    def correct(self) -> dict[str, int]:
        """Return the correct level of every truth, 0 for none."""
        results = self.comparison.results
        arms = results.arms_of(results.designs[0])
        return {
            results.job.arms[arm].truth.name: Judged.of(results.job.arms[arm], results.target).correct
            for arm in arms
        }


def _bounded(found: Mapping[str, tuple[float, float]], statistic: str) -> Shown:
    unknown = (math.nan, math.nan)
    ends = (found.get(f"{statistic}_{end}", unknown)[0] for end in ("bound95", "low95", "high95"))
    return Shown(*found.get(statistic, unknown), *ends)


def with_ends(found: Mapping[str, tuple[float, float]]) -> Shown:
    """Return a mean with the ends of its interval, from {statistic: (value, mcse)}."""
    return Shown(*found["mean"], low=found["low95"][0], high=found["high95"][0])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def by_key(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], dict[str, tuple[float, float]]]:
    """Return {key: {statistic: (value, mcse)}}; a missing level is None."""
    found: dict[tuple[Any, ...], dict[str, tuple[float, float]]] = {}
    for row in _records(frame):
        key = tuple(None if row[name] is pd.NA else row[name] for name in keys)
        found.setdefault(key, {})[row["statistic"]] = (row["value"], row["mcse"])
    return found
