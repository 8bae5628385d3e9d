"""What a change of assumptions does to the number needed: the same bootstrap samples of the same replicates."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.needed import NeededSamples, percentiles
from simulator.scenario.question import FEW_REPLICATES


@dataclass(frozen=True, slots=True)
class NeededN:
    """A number needed of infused patients and its 95 % bootstrap interval; infinity for not reached."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class NeededChange:
    """The number needed by a design under two sets of assumptions, and after minus before.

    Attributes
    ----------
    value, low, high
        The difference, paired by replicate; nan where it is not known, since neither reaches the accuracy; infinite
        where one does not.
    most_before, most_after
        The largest cap asked about: what is not reached is more than that.
    """

    before: NeededN
    after: NeededN
    value: float
    low: float
    high: float
    most_before: int
    most_after: int
    replicates: int

    @property
    def has_interval(self) -> bool:
        """Whether there are enough trials for an interval of a number needed."""
        return self.replicates >= FEW_REPLICATES

    @property
    def is_different(self) -> bool:
        """Whether the interval of the difference leaves out 0."""
        return self.has_interval and (self.low > 0 or self.high < 0)

    def rows(self, label: dict[str, object]) -> list[dict[str, object]]:
        """Return it as rows: before, after and difference with their ends; nan where not reached or not known."""
        found = {
            "before": (self.before.value, self.before.low, self.before.high),
            "after": (self.after.value, self.after.low, self.after.high),
            "difference": (self.value, self.low, self.high),
        }
        rows = []
        for name, numbers in found.items():
            for end, number in zip(("", "_low95", "_high95"), numbers, strict=True):
                known = np.isfinite(number) and (not end or self.has_interval)
                value = number if known else np.nan
                rows.append({**label, "statistic": name + end, "value": value, "mcse": np.nan})
        return rows


def needed_change(before: NeededSamples, after: NeededSamples, replicates: int) -> NeededChange:
    """Compare the number needed by a design in two runs of the same replicates."""
    first, second = _or_infinity(before.boot), _or_infinity(after.boot)
    with np.errstate(invalid="ignore"):
        difference = second - first
        [value] = _or_infinity(np.array([after.found])) - _or_infinity(np.array([before.found]))
    # Where neither is reached in a sample the difference may be anything: open on both sides.
    low, _ = percentiles(np.where(np.isnan(difference), -np.inf, difference))
    _, high = percentiles(np.where(np.isnan(difference), np.inf, difference))
    return NeededChange(
        _with_ends(before), _with_ends(after), float(value), low, high, before.most, after.most, replicates
    )


def _or_infinity(caps: NDArray[np.int64]) -> NDArray[np.float64]:
    return np.where(caps > 0, caps, np.inf)


def _with_ends(one: NeededSamples) -> NeededN:
    return NeededN(float(one.found or np.inf), *percentiles(_or_infinity(one.boot)))


def needed_frame(found: dict[tuple[str, str], NeededChange]) -> pd.DataFrame:
    """Tabulate numbers needed by variant and design: variant, design, statistic, value, mcse.

    Statistics: before, after, difference, each with _low95 and _high95; nan where not reached, not known, or of too
    few trials.
    """
    rows = [
        row
        for (variant, design), one in found.items()
        for row in one.rows({"variant": variant, "design": design})
    ]
    return pd.DataFrame(rows, columns=["variant", "design", "statistic", "value", "mcse"])
