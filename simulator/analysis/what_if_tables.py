"""What changes of a scenario do, as frames: variants against the base, and one number over a range."""

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from simulator.analysis.changes import WITHOUT_LIMIT, Change
from simulator.analysis.needed_change import NeededChange, needed_frame
from simulator.runs.results import Results
from simulator.scenario.scenario import Scenario

Key = tuple[str, str, str]
"""Design, truth (or "balanced"), outcome."""


@dataclass(frozen=True, slots=True)
class VariantResult:
    """What one variant does.

    Attributes
    ----------
    changes
        Dotted path -> new value.
    notes
        What the reader must know of this variant.
    found
        (design, truth or "balanced", outcome) -> change against the base.
    scenario
        The changed scenario.
    costs
        (design, truth or "balanced") -> mean cost of the trial; empty where nothing is priced.
    needed
        Design -> the number needed against the base's; empty where none of the question's truths was run.
    """

    name: str
    changes: dict[str, object]
    notes: tuple[str, ...]
    found: dict[Key, Change]
    scenario: Scenario
    costs: dict[tuple[str, str], float] = field(default_factory=dict)
    needed: dict[str, NeededChange] = field(default_factory=dict)


@dataclass(frozen=True)
class WhatIfTables:
    """Variants against the base on the same patients; the replicate is the unit of error.

    Intervals are those of one comparison each: with many variants and outcomes, some of 95 % miss.

    Attributes
    ----------
    scenario, base
        The scenario as it is, and its results.
    variants
        One result a variant, in the order given.
    warnings
        What the reader must know before reading a number.
    """

    scenario: Scenario
    base: Results
    variants: tuple[VariantResult, ...]
    warnings: tuple[str, ...]
    base_costs: dict[tuple[str, str], float] = field(default_factory=dict)

    def base_cost(self, design: str, truth: str) -> float | None:
        """Return the mean cost of the trial as it is; None where nothing is priced."""
        return self.base_costs.get((design, truth))

    def cost(self, variant: VariantResult, design: str, truth: str) -> float | None:
        """Return the same under a variant."""
        return variant.costs.get((design, truth))

    @cached_property
    def needed(self) -> "pd.DataFrame":
        """Numbers needed, base, variant and their paired difference: variant, design, statistic, value, mcse."""
        return needed_frame(
            {(one.name, design): needs for one in self.variants for design, needs in one.needed.items()}
        )

    @cached_property
    def changes(self) -> "pd.DataFrame":
        """Every change: variant, design, truth, outcome, statistic, value, mcse.

        Outcome months_without_limit only where the calendar limit cuts more than 1 % of trials.

        Statistics: before, after, difference, low95, high95 and differing_replicates (see `Change`).
        """

        rows: list[dict[str, object]] = []
        for variant in self.variants:
            for (design, truth, outcome), one in variant.found.items():
                label = {"variant": variant.name, "design": design, "truth": truth, "outcome": outcome}
                rows += one.rows(label)
                if one.without_limit is not None:
                    rows += one.without_limit.rows(label | {"outcome": WITHOUT_LIMIT})
        return pd.DataFrame(rows)


@dataclass(frozen=True)
class SweepTables:
    """One number of the scenario over a range of values.

    Attributes
    ----------
    path, values
        The number's dotted path, and the values it was given, in the order given.
    found
        One variant a value, on the same patients.
    """

    path: str
    values: tuple[int | float, ...]
    found: WhatIfTables

    @property
    def notes(self) -> tuple[str, ...]:
        """What the reader must know: of any value, each note once, then of all."""
        own = dict.fromkeys(note for variant in self.found.variants for note in variant.notes)
        return (*own, *self.found.warnings)

    @cached_property
    def curve(self) -> "pd.DataFrame":
        """The curve: at (value of the number), design, truth, outcome, statistic, value, mcse.

        "after" is the outcome at the value, "difference" with "low95" and "high95" its change from the base.
        """

        rows: list[dict[str, object]] = []
        for at, variant in zip(self.values, self.found.variants, strict=True):
            for (design, truth, outcome), one in variant.found.items():
                label = {"at": at, "design": design, "truth": truth, "outcome": outcome}
                rows += one.rows(label)
                if one.without_limit is not None:
                    rows += one.without_limit.rows(label | {"outcome": WITHOUT_LIMIT})
        return pd.DataFrame(rows)
