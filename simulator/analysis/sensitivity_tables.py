"""One outcome over the low and high of every number, as a frame."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import pandas as pd

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.runs.results import BALANCED, Results
from simulator.scenario.scenario import Scenario

DECIDING: Final = ("infused", "months_to_recommendation")
"""Outcomes of which every tornado keeps the largest swings."""
MOST_DECISIVE: Final = 10


@dataclass(frozen=True, slots=True)
class Swing:
    """One assumption from its low to its high: `change` is the outcome at high minus at low, paired.

    `low` and `high` are a number's ends; of a law of times or a curve a factor, of a reading NaN.
    """

    parameter: str
    low: float
    high: float
    design: str
    truth: str
    base: float
    change: Change
    ends: str = ""
    is_stated: bool = True

    @property
    def words(self) -> str:
        """Low and high in words, marked where the scenario states no range."""
        return f"{self.ends or f'{self.low:g} to {self.high:g}'}{'' if self.is_stated else ' *'}"


@dataclass(frozen=True)
class SensitivityTables:
    """One outcome over the low and high of every assumption, one at a time.

    Attributes
    ----------
    scenario, base
        The scenario as it is, and its results.
    swings
        Per design and truth the largest first.
    left_out
        Parameter -> why it was not moved.
    others
        Outcome -> its swings, of the outcomes that say which assumptions decide, from the same runs.
    """

    scenario: Scenario
    base: Results
    outcome: str
    swings: tuple[Swing, ...]
    left_out: dict[str, str]
    warnings: tuple[str, ...]
    others: dict[str, tuple[Swing, ...]] = field(default_factory=dict)

    def moving(self, design: str, truth: str) -> tuple[list[Swing], list[Swing]]:
        """Return the swings of a design and truth, the largest first, apart from those that change no replicate."""
        swings = [one for one in self.swings if (one.design, one.truth) == (design, truth)]
        same = [one for one in swings if one.change.told is ChangeEvidence.SAME]
        return [one for one in swings if one.change.told is not ChangeEvidence.SAME], same

    @cached_property
    def decisive(self) -> "pd.DataFrame":
        """The assumptions that move patients infused and months most, the largest swing first.

        Columns: outcome, design, truth (those read together, or the first), parameter, ends, at_low, at_high.
        """
        rows = []
        for outcome, swings in self.others.items():
            for design in dict.fromkeys(one.design for one in swings):
                truths = list(dict.fromkeys(one.truth for one in swings if one.design == design))
                truth = BALANCED if BALANCED in truths else truths[0]
                moving = [
                    one
                    for one in swings
                    if (one.design, one.truth) == (design, truth)
                    and one.change.told is ChangeEvidence.DIFFERENT
                ]
                for one in sorted(moving, key=lambda one: -abs(one.change.value))[:MOST_DECISIVE]:
                    ends = (one.change.before.value, one.change.after.value)
                    rows.append((outcome, design, truth, one.parameter, one.words, *ends))
        columns = ["outcome", "design", "truth", "parameter", "ends", "at_low", "at_high"]
        return pd.DataFrame(rows, columns=columns)

    @cached_property
    def tornado(self) -> "pd.DataFrame":
        """The tornado: parameter, low, high, design, truth, statistic, value, mcse, the largest swing first.

        Statistics: at_low, at_high, base, swing (at_high minus at_low, paired), low95, high95,
        differing_replicates, of months that the calendar limit cuts in more than 1 % of trials also
        "..._without_limit"; range_stated: 1 where the scenario states the range, 0 where half to twice was taken.
        """

        names = {"before": "at_low", "after": "at_high", "difference": "swing"}
        rows: list[dict[str, object]] = []
        for one in self.swings:
            label: dict[str, object] = {"parameter": one.parameter, "low": one.low, "high": one.high}
            label |= {"design": one.design, "truth": one.truth}
            rows.append(label | {"statistic": "base", "value": one.base, "mcse": float("nan")})
            rows.append(
                label | {"statistic": "range_stated", "value": float(one.is_stated), "mcse": float("nan")}
            )
            rows += [
                row | {"statistic": names.get(str(row["statistic"]), row["statistic"])}
                for row in one.change.rows(label)
            ]
            if one.change.without_limit is not None:
                rows += [
                    row | {"statistic": f"{names.get(str(row['statistic']), row['statistic'])}_without_limit"}
                    for row in one.change.without_limit.rows(label)
                ]
        columns = ["parameter", "low", "high", "design", "truth", "statistic", "value", "mcse"]
        return pd.DataFrame(rows, columns=columns)
