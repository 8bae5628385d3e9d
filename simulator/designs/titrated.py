"""Accelerated titration in front of any design: one patient a level until the first DLT (Simon et al. 1997).

It may end at a level: with one level titrated, only the first cohort is of one patient.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from simulator.designs.claims import reads_of
from simulator.designs.design import Action, Decision, Design, Ints, Observed, Reason
from simulator.designs.parameter_checks import require_integer
from simulator.designs.statement import protocol_statement
from simulator.designs.titration import titration_step
from simulator.designs.wrapped import AroundDesign, FirstCohort, first_cohort

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Titrated(AroundDesign):
    """One patient a level until the first DLT or the top level, whose cohort is then filled; then the design.

    Parameters
    ----------
    design
        The design that decides everything else. With cohorts of one it titrates already: nothing changes.
    levels
        How many levels are titrated, from the start level up; None for all. Above them the design's own cohorts
        are treated.

    Notes
    -----
    Simon, Freidlin, Rubinstein, Arbuck, Collins & Christian, J Natl Cancer Inst 1997, 89, 1138-1147: design 2
    without the second moderate toxicity that also ends its titration, and without doses changed within a
    patient. Titration is recognised from the counts alone. A design that reads the last cohort is shown the
    titration patient and those who filled the cohort as one cohort.
    """

    titrates: ClassVar[bool] = True  # many states: an exact run takes long
    design: Design
    levels: int | None = None

    def __post_init__(self) -> None:
        """Check the number of levels."""
        if self.levels is not None:
            require_integer("titration", "levels", self.levels, 1, self.design.n_doses)

    @property
    def reads(self) -> frozenset[str]:
        """What the design reads, and what shows whether the trial is titrating."""
        return reads_of(self.design) | {"level", "n", "dlt", "closed_from"}

    @property
    def _first(self) -> FirstCohort:
        return first_cohort(self.design)

    @property
    def _last(self) -> int | None:
        return None if self.levels is None else self._first.level + self.levels - 1

    def decide(self, observed: Observed) -> Decision:
        """Titrate where the data are those of a titration and the design does not stop; else as the design."""
        decision = self.design.decide(self._as_one_cohort(observed))
        # Cohorts of one titrate already.
        if self._first.size <= 1:
            return decision
        step = titration_step(observed, decision.closed_from, self._first.level, self._last)
        ours = step.titrating & (decision.action == Action.TREAT)
        reason = np.where(ours, Reason.FILL_COHORT, decision.reason)
        reason = np.where(ours & step.up, Reason.TITRATE, reason)
        start = observed.level == 0
        size = np.where(step.fill, self._first.size - 1, 1)
        if self._last is not None:
            size = np.where(step.up & (step.level == self._last), self._first.size, size)
        return replace(
            decision,
            action=np.where(ours, Action.TREAT, decision.action).astype(np.int64),
            level=np.where(ours, step.level + (step.up & ~start), decision.level),
            cohort_size=np.where(ours, size, decision.cohort_size),
            reason=np.where(ours & start, Reason.START, reason).astype(np.int64),
        )

    def select(self, observed: Observed) -> Ints:
        """Return what the design selects. Shape (S,)."""
        return self.design.select(self._as_one_cohort(observed))

    def decision_table(self, max_n: int) -> "pd.DataFrame":
        """Return the design's table, which holds once titration is over."""
        return self.design.decision_table(max_n)

    @property
    def title(self) -> str:
        """What a protocol calls the design."""
        return f"{protocol_statement(self.design).title} after accelerated titration"

    @property
    def references(self) -> tuple[str, ...]:
        """The design's publications, and that of titration."""
        return (
            *protocol_statement(self.design).references,
            "Simon R, Freidlin B, Rubinstein L, Arbuck SG, Collins J, Christian MC. Accelerated titration designs "
            "for phase I clinical trials in oncology. Journal of the National Cancer Institute 1997;89:1138-1147.",
        )

    def statement(self) -> tuple[str, ...]:
        """Return titration, then the design's rule, in sentences for a protocol."""
        return (
            f"Escalation begins with {self.conventions()['titration']}.",
            *protocol_statement(self.design).sentences,
        )

    def conventions(self) -> dict[str, str]:
        """Name the design's readings, and that of titration."""
        until = "the top level" if self.levels is None else f"level {self._last}"
        then = "whose cohort is then filled" if self.levels is None else "a DLT fills its cohort"
        return self.design.conventions() | {
            "titration": f"one patient a level from the start level until the first DLT or {until}, {then};"
            " moderate toxicity does not end it"
        }

    def _as_one_cohort(self, observed: Observed) -> Observed:
        """Count the titration patient into the cohort that was just filled, for designs that read it."""
        if not reads_of(self.design) & {"last_n", "last_dlt"}:
            return observed
        first, size = self._first
        level = np.maximum(observed.level, 1)
        levels = np.arange(1, self.n_doses + 1)
        titrated = (levels >= first) & (levels < level[:, None])
        alone = (observed.n == 1) & (observed.dlt == 0)
        as_titrated = np.where(titrated, alone, (observed.n == 0) | (levels == level[:, None]))
        states = np.arange(len(level))
        n, dlt = observed.n[states, level - 1], observed.dlt[states, level - 1]
        filled = as_titrated.all(axis=1) & (n == size) & (observed.last_n == size - 1)
        if self._last is not None:
            filled &= level <= self._last
        return replace(
            observed,
            last_n=np.where(filled, n, observed.last_n),
            last_dlt=np.where(filled, dlt, observed.last_dlt),
        )
