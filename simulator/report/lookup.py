"""Values of a comparison's frames by name, and how a value with its error is shown."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from simulator.analysis.estimate import Z95
from simulator.analysis.results import BALANCED, Judged
from simulator.trial.waiting import Waiting

if TYPE_CHECKING:
    from simulator.compare import Comparison


@dataclass(frozen=True, slots=True)
class Shown:
    """A value, its Monte Carlo standard error, and a 95 % bound where no trial, or every trial, had the event."""

    value: float
    mcse: float
    bound: float = math.nan

    @property
    def percent(self) -> str:
        """The value as a percentage: 57.5±2.9, 0 <1.0, 100 >99.0, or a dash."""
        if math.isnan(self.value):
            return "-"
        if not math.isnan(self.bound):
            return f"{100 * self.value:.0f} {'<' if self.value < self.bound else '>'}{100 * self.bound:.1f}"
        return _with_error(100 * self.value, 100 * self.mcse)

    @property
    def number(self) -> str:
        """The value as a number: 28.2±0.9, or a dash."""
        return "-" if math.isnan(self.value) else _with_error(self.value, self.mcse)

    def interval(self, scale: float = 1.0) -> str:
        """The value with its 95 % interval, both times `scale`."""
        if math.isnan(self.mcse):
            return f"{scale * self.value:.1f}"
        low, high = (scale * (self.value + sign * Z95 * self.mcse) for sign in (-1, 1))
        return f"{scale * self.value:.1f} [{low:.1f}, {high:.1f}]"


def _with_error(value: float, mcse: float) -> str:
    return f"{value:.1f}" if math.isnan(mcse) else f"{value:.1f}±{mcse:.1f}"


MISSING: Final = Shown(math.nan, math.nan)


class Lookup:
    """The frames of a comparison as dictionaries."""

    def __init__(self, comparison: "Comparison") -> None:
        self.comparison: Final = comparison
        self._oc = _by_key(comparison.operating_characteristics, ["design", "truth", "measure", "level"])
        self._used = _by_key(comparison.used, ["design", "truth", "count"])
        self._needed = _by_key(comparison.needed_n, ["design", "measure"])
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
            for waiting in Waiting
        ]

    def needed_infused(self, design: str) -> str:
        """Return the needed N of infused patients with its 95 % bootstrap interval."""
        found = self._needed[design, "infused"]
        if math.isnan(found["needed"][0]):
            return "not reached"
        low, high = (
            "none" if math.isnan(found[end][0]) else f"{found[end][0]:.0f}" for end in ("low95", "high95")
        )
        return f"{found['needed'][0]:.0f} [{low}, {high}]"

    def best(self, design: str) -> str:
        """Return the highest average PCS in percent with its 95 % interval, and at how many infused."""
        best = Shown(*self._needed[design, "best_pcs"]["mean"])
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
        return MISSING if found is None else Shown(*found["mean"])

    def correct(self) -> dict[str, int]:
        """Return the correct level of every truth, 0 for none."""
        results = self.comparison.results
        arms = results.arms_of(results.designs[0])
        return {
            results.job.arms[arm].truth.name: Judged.of(results.job.arms[arm], results.target).correct
            for arm in arms
        }


def _bounded(found: dict[str, tuple[float, float]], statistic: str) -> Shown:
    value, mcse = found.get(statistic, (math.nan, math.nan))
    return Shown(value, mcse, found.get(f"{statistic}_bound95", (math.nan, math.nan))[0])


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in frame.to_dict("records")]


def _by_key(frame: pd.DataFrame, keys: list[str]) -> dict[tuple[Any, ...], dict[str, tuple[float, float]]]:
    """Return {key: {statistic: (value, mcse)}}; a missing level is None."""
    found: dict[tuple[Any, ...], dict[str, tuple[float, float]]] = {}
    for row in _records(frame):
        key = tuple(None if row[name] is pd.NA else row[name] for name in keys)
        found.setdefault(key, {})[row["statistic"]] = (row["value"], row["mcse"])
    return found
