"""What a change of assumptions does: the same patients under two sets of them, replicate by replicate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from simulator.analysis.estimate import FEW_CONTRIBUTING, Estimate, contributing, mean, ratio, standard_error
from simulator.analysis.unfinished import MOST_CUT, share_cut
from simulator.durations import DAYS_PER_MONTH
from simulator.runs.packed_columns import read_once
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.runs.without_limit import COLUMN
from simulator.trial.ledger import State

OUTCOMES: Final = (
    "screen_failure_share",
    "screened",
    "enrolled",
    "infused",
    "evaluable",
    "months_to_recommendation",
    "pcs",
    "overdose_selection",
)
"""What is compared. Shares are of 1; counts and months are means per trial, the whole trial for counts."""
MONTHS: Final = "months_to_recommendation"
WITHOUT_LIMIT: Final = "months_without_limit"
"""The months to the recommendation, had the calendar no limit."""
SHARES: Final = frozenset({"screen_failure_share", "pcs", "overdose_selection"})

OUTCOME_WORDS: Final = {
    "screen_failure_share": "screen failure",
    "screened": "screened",
    "enrolled": "enrolled",
    "infused": "infused",
    "evaluable": "evaluable",
    "months_to_recommendation": "months",
    "months_without_limit": "months, no limit",
    "pcs": "correct selection",
    "overdose_selection": "overdose selection",
}
"""Outcomes in a word or two."""
OUTCOME_LABELS: Final = {
    "screen_failure_share": "screen failure, % of the consented with a verdict",
    "screened": "patients screened per trial, mean",
    "enrolled": "patients enrolled per trial, mean",
    "infused": "patients infused per trial, mean",
    "evaluable": "DLT-evaluable patients per trial, mean",
    "months_to_recommendation": "months to the recommendation, mean",
    "pcs": "correct selection, % of trials",
    "overdose_selection": "overdose selection, % of trials",
}
"""Outcomes with their unit; shares in percent."""


class ChangeEvidence(StrEnum):
    """What the paired replicates allow one to conclude."""

    DIFFERENT = "different"
    NOT_TOLD = "not told"
    SAME = "same"


@dataclass(frozen=True, slots=True)
class Change:
    """One outcome under two sets of assumptions.

    Attributes
    ----------
    before, after
        The outcome under each.
    value, mcse
        After minus before, and its standard error from per-replicate differences.
    low, high
        95 % interval, Student's t over replicates; nan where fewer than FEW_CONTRIBUTING replicates differ,
        since so few say nothing of the error.
    differing, replicates
        Replicates in which the two differ at all, of how many.
    within
        Of months that the calendar limit cuts in more than MOST_CUT of the trials: the limit, or both limits.
    without_limit
        The change of these months without the limit.
    """

    before: Estimate
    after: Estimate
    value: float
    mcse: float
    low: float
    high: float
    differing: int
    replicates: int
    within: str = ""
    without_limit: "Change | None" = None

    @property
    def told(self) -> ChangeEvidence:
        """DIFFERENT only where the interval leaves out 0."""
        if self.differing == 0:
            return ChangeEvidence.SAME
        return ChangeEvidence.DIFFERENT if self.low > 0 or self.high < 0 else ChangeEvidence.NOT_TOLD

    def rows(self, label: Mapping[str, object]) -> list[dict[str, object]]:
        """Return the change as rows: before, after, difference, low95, high95, differing_replicates."""
        nan = float("nan")
        values = {
            "before": self.before,
            "after": self.after,
            "difference": Estimate(self.value, self.mcse),
            "low95": Estimate(self.low, nan),
            "high95": Estimate(self.high, nan),
            "differing_replicates": Estimate(float(self.differing), nan),
        }
        return [{**label, "statistic": name, **one._asdict()} for name, one in values.items()]


class Observed(NamedTuple):
    """An outcome per truth and replicate, shape (truths, replicates); a ratio of sums where `of` is given."""

    values: NDArray[Any]
    of: NDArray[Any] | None = None

    @property
    def estimate(self) -> Estimate:
        """The outcome with its error."""
        return mean(self.values) if self.of is None else ratio(self.values, self.of)


def groups(results: Results) -> list[tuple[str, list[str]]]:
    """Return the truths read together: the balanced set where two or more of it were run, then each."""
    each = [(name, [name]) for name in results.truths()]
    return ([(BALANCED, results.balanced_truths())] if len(results.balanced_truths()) > 1 else []) + each


def observed(results: Results, design: str, truths: list[str], outcome: str) -> Observed:
    """Read one outcome off the rows of a run."""
    arms = results.positions_of(design, truths)
    match outcome:
        case "screen_failure_share":
            failures = results.stacked(arms, "criteria").sum(axis=2)
            return Observed(failures, results.stacked(arms, "verdicts"))
        case "months_to_recommendation":
            return Observed(results.stacked(arms, "recommended_day") / DAYS_PER_MONTH)
        case _ if outcome == WITHOUT_LIMIT:
            return Observed(results.stacked(arms, COLUMN) / DAYS_PER_MONTH)
        case "pcs" | "overdose_selection":
            judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
            selected = results.stacked(arms, "selected")
            marks = [
                one.is_correct(chosen) if outcome == "pcs" else one.is_overdose(chosen)
                for one, chosen in zip(judged, selected, strict=True)
            ]
            return Observed(np.stack(marks).astype(np.float64))
        case _:
            return Observed(results.stacked(arms, "at_end")[:, :, COUNTED[outcome]])


COUNTED: Final = {
    "screened": State.CONSENTED,
    "enrolled": State.ENROLLED,
    "infused": State.INFUSED,
    "evaluable": State.EVALUABLE,
}


def change(before: Observed, after: Observed) -> Change:
    """Compare an outcome of the same replicates under two sets of assumptions.

    A difference of ratios has the error of the per-replicate differences of their linear terms (delta method).
    """
    first, second = before.estimate, after.estimate
    count = before.values.shape[1]
    if before.of is None or after.of is None:
        per_replicate = after.values.mean(axis=0) - before.values.mean(axis=0)
        differing = int(np.count_nonzero(per_replicate))
        mcse = standard_error(per_replicate)
    else:
        differing = int(
            np.count_nonzero(((before.values != after.values) | (before.of != after.of)).any(axis=0))
        )
        few = min(contributing(before.of), contributing(after.of)) < FEW_CONTRIBUTING
        mcse = float("nan") if few else standard_error(_linear(after) - _linear(before))
    value = 0.0 if differing == 0 else second.value - first.value
    half = float("nan")
    if differing >= FEW_CONTRIBUTING and np.isfinite(mcse):
        half = float(stdtrit(count - 1, 0.975)) * mcse
    return Change(first, second, value, mcse, value - half, value + half, differing, count)


class Observation(NamedTuple):
    """A design under some truths read together, in a run."""

    results: Results
    design: str
    truths: Sequence[str]

    def of(self, outcome: str) -> Observed:
        """Read one outcome."""
        return observed(self.results, self.design, list(self.truths), outcome)

    @property
    def share_cut(self) -> float:
        """The share of trials that the calendar limit ends."""
        return share_cut(self.results, self.results.positions_of(self.design, list(self.truths)))

    @property
    def limit(self) -> str:
        """The calendar limit in months."""
        return f"{self.results.plan.stages.rules.calendar_limit_months:g}"


def outcome_change(before: Observation, after: Observation, outcome: str) -> Change:
    """Compare one outcome; of months that the calendar limit cuts, the change without it too."""
    one = change(before.of(outcome), after.of(outcome))
    if outcome != MONTHS or max(before.share_cut, after.share_cut) <= MOST_CUT:
        return one
    limits = ", ".join(dict.fromkeys((before.limit, after.limit)))
    return replace(
        one, within=limits, without_limit=change(before.of(WITHOUT_LIMIT), after.of(WITHOUT_LIMIT))
    )


def _linear(one: Observed) -> NDArray[np.float64]:
    """Return what each replicate adds to a ratio's error, whose mean over replicates is 0."""
    assert one.of is not None
    y, x = one.values.sum(axis=0).astype(np.float64), one.of.sum(axis=0).astype(np.float64)
    linear: NDArray[np.float64] = (y - y.sum() / x.sum() * x) / x.mean()
    return linear


def changes(base: Results, other: Results) -> dict[tuple[str, str, str], Change]:
    """Compare two runs of the same replicates: (design, truth or "balanced", outcome) -> change."""
    found: dict[tuple[str, str, str], Change] = {}
    for design in base.designs:
        with read_once():
            for group, truths in groups(base):
                before, after = (Observation(results, design, truths) for results in (base, other))
                for outcome in OUTCOMES:
                    found[design, group, outcome] = outcome_change(before, after, outcome)
    return found
