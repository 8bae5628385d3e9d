"""The numbers of a comparison by name: its frames read by design, truth, measure and level."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from simulator.analysis.by_key import UNKNOWN, ByKey, by_key
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.formatted_estimate import FormattedEstimate
from simulator.runs.results import BALANCED, TruthTarget

KEYS: Final = {
    "operating_characteristics": ("design", "truth", "measure", "level"),
    "simulated_characteristics": ("design", "truth", "measure", "level"),
    "exact_levels": ("design", "truth", "measure", "level"),
    "used": ("design", "truth", "count"),
    "needed_n": ("design", "measure"),
    "needed": ("design", "truth", "cap", "measure"),
    "plan": ("design", "measure"),
    "limits": ("design", "limit", "truth"),
    "screening": ("criterion",),
    "rate_at_selected": ("design", "truth", "measure"),
    "cost_of_waiting": ("design", "truth", "measure"),
    "benefit_and_risk": ("design", "truth", "measure", "level"),
    "differences": ("design", "other", "truth", "measure"),
}
"""Columns by which a frame of a comparison is read."""


@dataclass(frozen=True)
class ComparisonNumbers:
    """A comparison, its frames by name."""

    comparison: ComparisonTables
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
        return self.comparison.truths

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
        return {truth: self.comparison.judged(truth) for truth in self.comparison.results.truths()}

    def by_name(self, table: str) -> ByKey:
        """Return a frame of the comparison by the columns of `KEYS`."""
        if table not in self._frames:
            self._frames[table] = by_key(getattr(self.comparison, table), *KEYS[table])
        return self._frames[table]

    def under(self, table: str, truth: str) -> ByKey:
        """Return what `by_name` has under one truth; of a frame of which no more is asked, no more is computed."""
        name = f"{table} under {truth}"
        if name not in self._frames:
            self._frames[name] = by_key(self.comparison.under(table, truth), *KEYS[table])
        return self._frames[name]

    @cached_property
    def _needed_caps(self) -> dict[tuple[str, str], int]:
        frame = self.comparison.needed_n
        keys = zip(frame["design"], frame["measure"], strict=True)
        return dict(zip(keys, frame["cap"].astype(int), strict=True))

    @property
    def _oc(self) -> ByKey:
        return self.by_name("operating_characteristics")

    def exact(self, design: str, truth: str, measure: str, level: int | None = None) -> float:
        """Return an exact number, nan where the exact engine does not give it."""
        key = (design, truth, measure, level)
        exact = "exact_no_attrition"
        return (
            self.by_name("exact_levels").get(key, {}).get(exact, self._oc.get(key, {}).get(exact, UNKNOWN))[0]
        )

    def needed_cap(self, design: str) -> int:
        """Return the needed N of infused patients; 0 where it is not reached."""
        return self._needed_caps[design, "infused"]

    def oc(self, design: str, truth: str, measure: str, level: int | None = None) -> FormattedEstimate:
        """Return an operating characteristic."""
        return FormattedEstimate.of(
            self.under("simulated_characteristics", truth).get((design, truth, measure, level), {})
        )

    def used(self, design: str, truth: str, count: str) -> FormattedEstimate:
        """Return the mean of a count."""
        return FormattedEstimate(*self.under("used", truth)[design, truth, count]["mean"])

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

    def lowest_correct(self, design: str, cap: int) -> FormattedEstimate:
        """Return the correct selection of the worst of the question's truths at a cap."""
        asked = self.comparison.results.question_truths()
        return min((self.at_cap(design, truth, cap, "pcs") for truth in asked), key=lambda one: one.value)

    def highest_overdose(self, design: str, cap: int) -> FormattedEstimate:
        """Return the overdose selection of the worst of the question's truths at a cap."""
        asked = self.comparison.results.question_truths()
        return max(
            (self.at_cap(design, truth, cap, "overdose") for truth in asked), key=lambda one: one.value
        )

    def set_of(self, truth: str) -> str:
        """Return how a sentence names a truth, or the balanced set with its members."""
        if truth != BALANCED:
            return f"truth {truth}"
        return f"the balanced set of truths ({', '.join(self.comparison.results.balanced_truths())})"
