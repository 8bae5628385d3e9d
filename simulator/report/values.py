"""The numbers of a report: a comparison's frames by name, and how a value with its error is written."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.present import waited_for
from simulator.report.blocks import NONE
from simulator.runs.results import BALANCED, TruthTarget

if TYPE_CHECKING:
    import pandas as pd

Statistics = dict[str, tuple[float, float]]
"""Statistic to value and Monte Carlo standard error."""
ByKey = dict[tuple[Any, ...], Statistics]
UNKNOWN: Final = (math.nan, math.nan)
KEYS: Final = {
    "operating_characteristics": ("design", "truth", "measure", "level"),
    "exact_levels": ("design", "truth", "measure", "level"),
    "used": ("design", "truth", "count"),
    "needed_n": ("design", "measure"),
    "needed": ("design", "truth", "cap", "measure"),
    "screening": ("criterion",),
    "rate_at_selected": ("design", "truth", "measure"),
    "differences": ("design", "other", "truth", "measure"),
}
"""Columns by which a frame of a comparison is read."""


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


def by_key(frame: "pd.DataFrame", *keys: str) -> ByKey:
    """Return {key: {statistic: (value, mcse)}}; a missing level is None."""
    if frame.empty:  # it then need not have the columns
        return {}
    columns = [frame[name].astype(object).where(frame[name].notna(), None) for name in keys]
    mcse = frame["mcse"] if "mcse" in frame else [math.nan] * len(frame)  # exact numbers have no error
    numbers = zip(frame["statistic"].astype(str), frame["value"], mcse, strict=True)
    found: ByKey = {}
    for key, (statistic, value, mcse) in zip(zip(*columns, strict=True), numbers, strict=True):
        found.setdefault(key, {})[statistic] = (float(value), float(mcse))
    return found


@dataclass(frozen=True)
class ReportData:
    """A comparison to report on, its frames by name.

    Attributes
    ----------
    about
        What the run's record says of it, `ComparisonTables.about()` where there is no folder.
    notes
        What is wrong with the folder that the comparison was read from.
    """

    comparison: ComparisonTables
    about: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    _frames: dict[str, ByKey] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def designs(self) -> list[str]:
        """Design names, in the order of the scenario."""
        return self.comparison.results.designs

    @property
    def asked(self) -> str:
        """The truths of the question that were run, as one phrase."""
        return ", ".join(self.comparison.results.question_truths())

    @property
    def truths(self) -> list[str]:
        """The balanced set, where there is one, then every truth."""
        results = self.comparison.results
        return ([BALANCED] if len(results.balanced_truths()) > 1 else []) + results.truths()

    @property
    def headline_truth(self) -> str:
        """The truth that headline numbers are of: the balanced set where there is one."""
        return self.truths[0]

    @property
    def pairs(self) -> Iterator[tuple[str, str]]:
        """Every truth, and every design under it."""
        return ((truth, design) for truth in self.truths for design in self.designs)

    @cached_property
    def truth_targets(self) -> dict[str, TruthTarget]:
        """Name of a truth to the risks and the correct level it is judged by."""
        results = self.comparison.results
        arms = [results.plan.design_truths[arm] for arm in results.positions_of(results.designs[0])]
        return {arm.truth.name: TruthTarget.of(arm, results.target) for arm in arms}

    def by_name(self, table: str) -> ByKey:
        """Return a frame of the comparison by the columns of `KEYS`."""
        if table not in self._frames:
            self._frames[table] = by_key(getattr(self.comparison, table), *KEYS[table])
        return self._frames[table]

    @cached_property
    def _needed_caps(self) -> dict[tuple[str, str], int]:
        frame = self.comparison.needed_n
        keys = zip(frame["design"], frame["measure"], strict=True)
        return dict(zip(keys, frame["cap"].astype(int), strict=True))

    @property
    def _oc(self) -> ByKey:
        return self.by_name("operating_characteristics")

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> FormattedEstimate:
        """Return an operating characteristic."""
        return FormattedEstimate.of(
            self.by_name("operating_characteristics").get((design, truth, measure, level), {})
        )

    def exact(self, design: str, truth: str, measure: str, level: int | None = None) -> float:
        """Return an exact number, nan where the exact engine does not give it."""
        key = (design, truth, measure, level)
        exact = "exact_no_attrition"
        return (
            self.by_name("exact_levels").get(key, {}).get(exact, self._oc.get(key, {}).get(exact, UNKNOWN))[0]
        )

    def exact_percent(self, design: str, truth: str, measure: str, level: int | None = None) -> str:
        """Return an exact probability in percent."""
        return plain(100 * self.exact(design, truth, measure, level))

    def standard_errors_apart(self, design: str, truth: str) -> str:
        """Return how many standard errors the simulated PCS is off the exact one."""
        apart, _ = self._oc.get((design, truth, "pcs", None), {}).get("standard_errors_apart", UNKNOWN)
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
            for waiting in waited_for(self.comparison.results.plan)
        ]

    def needed_cap(self, design: str) -> int:
        """Return the needed N of infused patients; 0 where it is not reached."""
        return self._needed_caps[design, "infused"]

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

    def set_of(self, truth: str) -> str:
        """Return how a sentence names a truth, or the balanced set with its members."""
        if truth != BALANCED:
            return f"truth {truth}"
        return f"the balanced set of truths ({', '.join(self.comparison.results.balanced_truths())})"
