"""What shortens a trial: every permitted lever by itself, ranked by months gained, and few that bring it inside."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from simulator.analysis.changes import Change, ChangeEvidence
from simulator.analysis.estimate import Estimate
from simulator.analysis.relaxation_tables import Inside
from simulator.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Lever:
    """One thing that may be changed: a permitted relaxation, or a number of the trial at its better end.

    Attributes
    ----------
    name
        As a scenario writes it: `arrivals.sites=3`.
    changes
        Dotted path -> new value.
    is_relaxation
        Whether it is one of the protocol's permitted relaxations.
    """

    name: str
    setting: str
    changes: dict[str, object]
    is_relaxation: bool


@dataclass(frozen=True, slots=True)
class PulledLever:
    """A lever by itself: the months' change on the same patients, and patients admitted more, per 100 referred."""

    lever: Lever
    months: Change
    gained: float


@dataclass(frozen=True, slots=True)
class LeverSet:
    """Levers together: months to the recommendation, their interval, and whether they are inside the limit."""

    levers: tuple[Lever, ...]
    months: Estimate
    low: float
    high: float
    said: Inside


@dataclass(frozen=True)
class LeverTables:
    """Levers ranked, and the few that were found to bring the recommendation inside some months.

    Attributes
    ----------
    pulled
        Every lever by itself, most months gained first.
    tried
        The sets that were run, in that order: the scenario as it is, then grown from the best levers one by one, then
        without those that are not needed.
    answer
        The last set told to be inside with fewest levers; None where there is none.
    left_out
        Lever -> why it could not be pulled.
    """

    scenario: Scenario
    design: str
    truths: tuple[str, ...]
    limit: float
    share: float | None
    pulled: tuple[PulledLever, ...]
    tried: tuple[LeverSet, ...]
    answer: LeverSet | None
    left_out: dict[str, str]
    replicates: int

    @property
    def gaining(self) -> tuple[PulledLever, ...]:
        """The levers of which it can be told that they gain months."""
        return tuple(
            one for one in self.pulled if one.months.told is ChangeEvidence.DIFFERENT and one.months.value < 0
        )

    @cached_property
    def levers(self) -> pd.DataFrame:
        """Every lever by itself: lever, relaxation (1 or 0), statistic, value, mcse.

        Statistics: before, after, difference (months; negative: gained), low95, high95, differing_replicates, gained
        (patients admitted more, per 100 referred). Where the calendar limit cuts more than 1 % of trials the months
        are within it, and "..._without_limit" says the same without it.
        """
        rows: list[dict[str, object]] = []
        for one in self.pulled:
            label: dict[str, object] = {
                "lever": one.lever.name,
                "relaxation": int(one.lever.is_relaxation),
            }
            rows += one.months.rows(label)
            if one.months.without_limit is not None:
                rows += [
                    row | {"statistic": f"{row['statistic']}_without_limit"}
                    for row in one.months.without_limit.rows(label)
                ]
            rows.append(label | {"statistic": "gained", "value": one.gained, "mcse": float("nan")})
        return pd.DataFrame(rows, columns=["lever", "relaxation", "statistic", "value", "mcse"])
