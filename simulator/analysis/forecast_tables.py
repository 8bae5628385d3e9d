"""A forecast as frames: when patients are enrolled, infused and evaluable."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import TYPE_CHECKING

from simulator.analysis import accrual_tables
from simulator.durations import DAYS_PER_MONTH
from simulator.mid_trial.history import AccrualHistory
from simulator.runs.accrual import AccrualPlan, AccrualRows
from simulator.runs.results import AVERAGE, BALANCED
from simulator.scenario.scenario import Scenario
from simulator.trial.ledger import NEVER

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Forecast:
    """When patients are enrolled, infused and evaluable. Every frame ends statistic, value, mcse.

    Attributes
    ----------
    rows
        The trials behind the frames, one a replicate and design, each under one truth.
    asked
        Numbers of the patients to forecast.
    first_opened
        Date on which the first site opened, where known: then months are dates.
    history
        What has happened so far; None for a forecast from the opening.
    weights
        Truth -> probability with which trials are run under it.
    notes
        What the reader must know before reading a number.
    """

    scenario: Scenario
    plan: AccrualPlan
    rows: AccrualRows
    replicates: int
    asked: tuple[int, ...]
    first_opened: date | None
    history: AccrualHistory | None
    weights: dict[str, float]
    notes: tuple[str, ...]

    @property
    def designs(self) -> list[str]:
        """The designs, in the order given."""
        return list(self.plan.designs)

    @property
    def truth(self) -> str:
        """The name under which tables show the truths: one, the balanced set, or an average of others."""
        names = list(self.weights)
        if len(names) == 1:
            return names[0]
        balanced = [truth.name for truth in self.scenario.truths if truth.balanced]
        return BALANCED if sorted(names) == sorted(balanced) else AVERAGE

    @cached_property
    def milestones(self) -> "pd.DataFrame":
        """Months to the patients to forecast: design, truth, state, patient; see `accrual_tables`."""

        return accrual_tables.milestones(self.rows, self.designs, self.truth, self.asked)

    @cached_property
    def counts(self) -> "pd.DataFrame":
        """Patients by month: design, truth, state, month."""

        return accrual_tables.counts(self.rows, self.designs, self.truth)

    @cached_property
    def waiting(self) -> "pd.DataFrame":
        """Months to the recommendation by what was waited for: design, truth, waiting."""

        return accrual_tables.waiting(self.rows, self.designs, self.truth, self.from_day)

    @cached_property
    def sites(self) -> "pd.DataFrame":
        """Referral rate of each site, given its patients so far: site. Empty from the opening."""

        return accrual_tables.sites(self.scenario.arrivals, self.plan.cut)

    @property
    def from_day(self) -> float:
        """Day from which the forecast looks forward: 0, or the cut."""
        return 0.0 if self.history is None else self.history.cut_day

    def ahead(self, design: str, state: str) -> "pd.DataFrame":
        """Return the patients of a design in a state, a row a month, a column a statistic.

        Rows begin at the cut, where everything is known.
        """
        frame = self.counts[(self.counts["design"] == design) & (self.counts["state"] == state)]
        by = frame.pivot(index="month", columns="statistic", values="value")
        cut = self.plan.cut
        if cut is None:
            return by
        ahead = by[by.index >= self.from_day / DAYS_PER_MONTH].copy()
        ahead.loc[self.from_day / DAYS_PER_MONTH] = float(len(cut.known_days[state]))
        return ahead.sort_index()

    def so_far(self, state: str) -> tuple[list[float], list[int]]:
        """Return months from the opening to the cut, and the patients in a state by each."""
        assert self.plan.cut is not None
        days = sorted(self.plan.cut.known_days[state])
        months = [day / DAYS_PER_MONTH for day in (0.0, *days, self.from_day)]
        return months, [*range(len(days) + 1), len(days)]

    def tables(self) -> "dict[str, pd.DataFrame]":
        """Return every frame by name."""
        return {
            "milestones": self.milestones,
            "counts": self.counts,
            "waiting": self.waiting,
            "sites": self.sites,
        }

    def date_of(self, months: float) -> date | None:
        """Return the date so many months after the first site opened; None where that is not known, or never.

        Raises OverflowError beyond the year 9999.
        """
        if self.first_opened is None or not months < NEVER:
            return None
        return self.first_opened + timedelta(days=int(months * DAYS_PER_MONTH + 1e-9))
