"""The smallest set of relaxations that was found, what was searched for it, and the table of both."""

from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

import pandas as pd

from simulator.analysis.estimate import Estimate
from simulator.analysis.relaxation_sets import Changes, RelaxationSets
from simulator.scenario.scenario import Scenario


class Inside(StrEnum):
    """What the replicates allow one to conclude about a set."""

    INSIDE = "inside"
    OUTSIDE = "outside"
    NOT_TOLD = "cannot be told"


@dataclass(frozen=True, slots=True)
class JudgedSet:
    """One set of permitted relaxations, run on the same patients.

    Attributes
    ----------
    changes
        The relaxations; none is the scenario as it is.
    gained
        Patients of the run who are admitted then and were not before.
    months
        Mean, or quantile over trials, of the months to the recommendation, with its standard error.
    low, high
        Its interval: 95 % for all sets judged together (Bonferroni over sets and looks); an end that the
        replicates say nothing of is nan.
    replicates
        Simulated trials per truth that it was judged on.
    """

    changes: Changes
    gained: int
    months: Estimate
    low: float
    high: float
    replicates: int
    said: Inside

    @property
    def texts(self) -> tuple[str, ...]:
        """The relaxations as a scenario names them."""
        return tuple(one.text for one in self.changes)


@dataclass(frozen=True)
class RelaxationTables:
    """The answer, and what was searched for it.

    Attributes
    ----------
    months, share
        The limit; None for the mean, else the share of trials that must be done by then.
    judged
        Every set that was run, in that order: the scenario as it is; of every size the sets that admit most
        patients, until one is inside; then, smallest first, all others that are smaller.
    answer
        The smallest set told to be inside; None where there is none.
    complete_to
        Every set of at most so many relaxations was judged, or admits the same patients as one that was.
    same
        Sets that admit the same patients as one judged before, so that they were not run again.
    """

    scenario: Scenario
    sets: RelaxationSets
    design: str
    truths: tuple[str, ...]
    months: float
    share: float | None
    judged: tuple[JudgedSet, ...]
    answer: JudgedSet | None
    complete_to: int
    same: int
    replicates: int
    seed: int
    warnings: tuple[str, ...]

    @property
    def untold(self) -> tuple[JudgedSet, ...]:
        """The sets, smaller than the answer where there is one, for which it cannot be told."""
        size = self.sets.largest_size + 1 if self.answer is None else len(self.answer.changes)
        return tuple(one for one in self.judged if one.said is Inside.NOT_TOLD and len(one.changes) < size)

    @property
    def best(self) -> JudgedSet:
        """The set with the fewest months of those run."""
        return min(self.judged, key=lambda one: one.months.value)

    @property
    def searched_all(self) -> bool:
        """Whether every set was judged."""
        return self.complete_to >= self.sets.largest_size

    @cached_property
    def table(self) -> "pd.DataFrame":
        """The sets judged: relaxations (joined by " and "), size, said, statistic, value, mcse.

        Statistics: months (mean or quantile), low and high (simultaneous 95 %), gained (patients of the run)
        and replicates.
        """

        nan = float("nan")
        rows = []
        for one in self.judged:
            label = {"relaxations": " and ".join(one.texts), "size": len(one.changes), "said": one.said.value}
            values = {
                "months": one.months,
                "low": Estimate(one.low, nan),
                "high": Estimate(one.high, nan),
                "gained": Estimate(float(one.gained), nan),
                "replicates": Estimate(float(one.replicates), nan),
            }
            rows += [{**label, "statistic": name, **value._asdict()} for name, value in values.items()]
        return pd.DataFrame(rows)
