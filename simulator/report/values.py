"""The numbers of a report: a comparison's frames by name, and how a value with its error is written."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simulator.analysis.by_key import UNKNOWN
from simulator.analysis.changes import MONTHS
from simulator.analysis.comparison_numbers import ComparisonNumbers
from simulator.analysis.formatted_estimate import NONE, FormattedEstimate, plain, with_ends
from simulator.analysis.present import waited_for
from simulator.analysis.unfinished import MOST_CUT, months_text
from simulator.scenario.question import FEW_REPLICATES

__all__ = ["FormattedEstimate", "ReportData", "plain", "with_ends"]

NOT_REACHED: Final = "not reached"
TOO_FEW: Final = "too few trials"
"""In place of the interval of a needed number, which below FEW_REPLICATES would miss it too often."""


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

    def exact_percent(self, design: str, truth: str, measure: str, level: int | None = None) -> str:
        """Return an exact probability in percent."""
        return plain(100 * self.exact(design, truth, measure, level))

    def standard_errors_apart(self, design: str, truth: str) -> str:
        """Return how many standard errors the simulated PCS is off the exact one."""
        found = self.by_name("operating_characteristics").get((design, truth, "pcs", None), {})
        apart, _ = found.get("standard_errors_apart", UNKNOWN)
        return NONE if math.isnan(apart) else f"{apart:+.1f}"

    def median(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count, its error, and the 10th and 90th percentile."""
        middle, low, high = self.median_and_ends(design, truth, count)
        return f"{middle} {low}-{high}" if high[0].isdigit() else f"{middle} ({low} to {high})"

    def median_and_ends(self, design: str, truth: str, count: str) -> tuple[str, str, str]:
        """Return the median with its error, and the 10th and 90th percentile; "> 120" where the calendar cuts."""
        found = self.under("used", truth)[design, truth, count]
        middle, mcse = found["median"]
        months = count.startswith("months")
        limit = self.comparison.scenario.trial.calendar_limit_months if count == MONTHS else math.inf
        shown, low, high = (
            months_text(found[name][0], limit, 1 if months else 0) for name in ("median", "p10", "p90")
        )
        error = "" if math.isnan(mcse) or middle >= limit else f"±{mcse:.1f}"
        return f"{shown}{error}", low, high

    def median_in_words(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count with its error, and in brackets the 10th and 90th percentile."""
        middle, low, high = self.median_and_ends(design, truth, count)
        return f"{middle} ({low}–{high})"

    def cut_by_calendar(self, design: str, truth: str) -> bool:
        """Return whether the calendar limit cuts so many trials that months are months within it."""
        return self.oc(design, truth, "stop_not_finished").value > MOST_CUT

    def median_before_expansion(self, design: str, truth: str, count: str) -> str:
        """Return the median of a count up to the recommendation."""
        return f"{self.under('used', truth)[design, truth, count + '_before_expansion']['median'][0]:.0f}"

    def share_of_trials(self, design: str, truth: str, name: str) -> str:
        """Return the share of trials whose enrolment falls into a range."""
        return FormattedEstimate.of(self.under("used", truth)[design, truth, "enrolled"], name).percent

    def waiting(self, design: str, truth: str) -> list[str]:
        """Return the mean months spent waiting, by what for."""
        return [
            self.used(design, truth, f"months_waiting_for_{waiting.name.lower()}").number
            for waiting in waited_for(self.comparison.results.plan)
        ]

    @property
    def is_of_few_trials(self) -> bool:
        """Whether the trials are too few to tell how many patients are needed, or that no number is enough."""
        return self.comparison.results.replicates < FEW_REPLICATES

    def needed_infused(self, design: str) -> str:
        """Return the needed N of infused patients with its 95 % bootstrap interval, where enough trials give one."""
        found = self.by_name("needed_n")[design, "infused"]
        shown = NOT_REACHED if math.isnan(found["needed"][0]) else f"{found['needed'][0]:.0f}"
        if self.is_of_few_trials:
            return f"{shown} [{TOO_FEW}]"
        low, high = (
            "none" if math.isnan(found[end][0]) else f"{found[end][0]:.0f}" for end in ("low95", "high95")
        )
        return shown if (shown, low) == (NOT_REACHED, "none") else f"{shown} [{low}, {high}]"

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
