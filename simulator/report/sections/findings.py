"""What every section of a report reads: a comparison, its frames by name, and the record of the run."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.report.values import MISSING, Lookup, Shown, by_key
from simulator.runs.results import BALANCED, Judged

NONE = "–"
"""Printed where there is no number."""
Found = dict[tuple[Any, ...], dict[str, tuple[float, float]]]


@dataclass(frozen=True)
class Findings:
    """A comparison to report on.

    Attributes
    ----------
    about
        What the run's record says of it, `ComparisonTables.about()` where there is no folder.
    notes
        What is wrong with the folder the comparison was read from.
    """

    comparison: ComparisonTables
    about: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    look: Lookup = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Sort the frames by name once."""
        object.__setattr__(self, "look", Lookup(self.comparison))

    @property
    def designs(self) -> list[str]:
        """Design names, in the order of the scenario."""
        return self.comparison.results.designs

    @property
    def asked(self) -> str:
        """The truths of the question that were run, as one phrase."""
        return ", ".join(self.comparison.results.asked())

    @cached_property
    def judged(self) -> dict[str, Judged]:
        """Name of a truth to the risks and the correct level it is judged by."""
        results = self.comparison.results
        arms = [results.job.arms[arm] for arm in results.arms_of(results.designs[0])]
        return {arm.truth.name: Judged.of(arm, results.target) for arm in arms}

    @cached_property
    def exact(self) -> Found:
        """Exact numbers by design, truth, measure and level (None where none)."""
        names = ["design", "truth", "measure", "level"]
        beside = self.comparison.operating_characteristics
        beside = beside[beside["statistic"] == "exact_no_attrition"]
        return by_key(beside, names) | by_key(self.comparison.exact_levels, names)

    @cached_property
    def rate(self) -> Found:
        """Bias and coverage of the rate at the selected level by design, truth and measure."""
        return by_key(self.comparison.rate_at_selected, ["design", "truth", "measure"])

    @cached_property
    def differences(self) -> Found:
        """Paired differences by design, other, truth and measure."""
        return by_key(self.comparison.differences, ["design", "other", "truth", "measure"])

    @cached_property
    def by_cap(self) -> Found:
        """Accuracy and cost by design, truth, cap and measure."""
        return by_key(self.comparison.needed, ["design", "truth", "cap", "measure"])

    def exact_number(self, design: str, truth: str, measure: str, level: int | None = None) -> float:
        """Return an exact number, nan where the exact engine does not give it."""
        found = self.exact.get((design, truth, measure, level), {})
        return found.get("exact_no_attrition", (math.nan, 0.0))[0]

    def exact_percent(self, design: str, truth: str, measure: str, level: int | None = None) -> str:
        """Return an exact probability in percent."""
        value = self.exact_number(design, truth, measure, level)
        return NONE if math.isnan(value) else f"{100 * value:.1f}"

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> Shown:
        """Return an operating characteristic."""
        return self.look.oc(design, truth, measure, level)

    def median(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count with its error, and in brackets the 10th and 90th percentile."""
        middle, _, ends = self.look.median(design, truth, count).rpartition(" ")
        return f"{middle} ({ends.replace('-', '–')})"

    def at_cap(self, design: str, truth: str, cap: int, measure: str) -> Shown:
        """Return accuracy or cost at a cap on infused patients."""
        return bounded(self.by_cap.get((design, truth, cap, measure), {}))

    def set_of(self, truth: str) -> str:
        """Name a truth, or the balanced set with its members."""
        if truth != BALANCED:
            return f"truth {truth}"
        return f"the balanced set of truths ({', '.join(self.comparison.results.balanced())})"


def bounded(found: Mapping[str, tuple[float, float]]) -> Shown:
    """Return a mean with its error, bound or interval, from {statistic: (value, mcse)}."""
    if "mean" not in found:
        return MISSING
    ends = (found.get(f"mean_{end}", (math.nan, math.nan))[0] for end in ("bound95", "low95", "high95"))
    return Shown(*found["mean"], *ends)


def percent(one: Shown) -> str:
    """Return a probability in percent as a cell of a table."""
    return one.percent.replace("-", NONE) if math.isnan(one.value) else one.percent


def number(one: Shown) -> str:
    """Return a number as a cell of a table."""
    return one.number.replace("-", NONE) if math.isnan(one.value) else one.number
