"""Dose transition paths: every sequence of DLT counts of the next cohorts, and what each leads to.

Yap, Billingham, Cheung, Craddock & O'Quigley (Clinical Cancer Research 2017, 23, 7440-7447). No probability is
attached: the design's own `decide` says what follows each count, `select` what a trial that ends recommends.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from simulator.designs.conduct import after_cohort
from simulator.designs.conduct_record import Advice, Record, advise
from simulator.designs.design import Action, Design, Observed
from simulator.designs.outcomes_notation import Cohort
from simulator.designs.overrides import STOP
from simulator.errors import DesignError

MAX_PATHS: Final = 5_000
OWN_STOP: Final = "stop"
PLANNED_SIZE: Final = "planned size"
OVERRULED: Final = "stopped by override"


@dataclass(frozen=True, slots=True)
class PathNode:
    """A decision, and what each outcome of the next cohort leads to.

    Attributes
    ----------
    cohort
        The cohort that led here; None for the present.
    advice
        What the design advises after it.
    ending
        Why the trial ends here: `OWN_STOP`, `PLANNED_SIZE` or `OVERRULED`; None where it goes on.
    level, size
        Level and patients of the next cohort, truncated to the planned size; 0 where the trial ends.
    selected
        Level selected if the trial ends with these data, 0 for none.
    branches
        By number of DLTs in the next cohort, 0 first; empty where the trial ends or the paths do.
    """

    cohort: Cohort | None
    advice: Advice
    ending: str | None
    level: int
    size: int
    selected: int
    branches: tuple["PathNode", ...] = ()

    def paths(self) -> Iterator[tuple["PathNode", ...]]:
        """Yield every path from here, the nodes after this one in order; one empty path where there is none."""
        if not self.branches:
            yield ()
        for branch in self.branches:
            for rest in branch.paths():
                yield (branch, *rest)


def transition_paths(record: Record, cohorts: int) -> PathNode:
    """Follow every outcome of the next cohorts.

    The first of them is treated as the record's override says, where it has one: at its level, in the size
    that the design advised; after a stop, in the size of the design's first cohort.

    Parameters
    ----------
    cohorts
        How many cohorts ahead, at least 0.

    Raises
    ------
    DesignError
        A negative number of cohorts, or more than `MAX_PATHS` paths.
    """
    if cohorts < 0:
        raise DesignError(f"cohorts = {cohorts}: must be at least 0")
    now = _present(record)
    budget = _Budget(cohorts)
    return _expanded(record.design, record.observed, now, cohorts, budget)


def _present(record: Record) -> PathNode:
    node = _node(record.design, record.observed, None, record.advice)
    override = record.override
    if override is None:
        return node
    if override.level == STOP:
        return replace(node, ending=OVERRULED, level=0, size=0)
    size = record.advice.cohort_size
    if record.advice.action is not Action.TREAT:
        size = advise(record.design, Observed.nothing(record.design.n_doses)).cohort_size
    left = record.design.max_n - record.total_n
    if left <= 0:
        return node
    return replace(node, ending=None, level=override.level, size=min(size, left))


def _node(design: Design, observed: Observed, cohort: Cohort | None, advice: Advice) -> PathNode:
    """Judge one state as the simulation does: the cap first, at which nothing is decided, then the design."""
    left = design.max_n - int(observed.total_n[0])
    if left <= 0:
        return PathNode(cohort, advice, PLANNED_SIZE, 0, 0, int(design.select(observed)[0]))
    if advice.action is Action.TREAT:
        size = min(advice.cohort_size, left)
        return PathNode(cohort, advice, None, advice.level, size, int(design.select(observed)[0]))
    if advice.action is Action.WAIT:
        raise DesignError(f"{design.name}: waits with complete outcomes, so no path leads on")
    closed = replace(observed, closed_from=np.array([advice.closed_from], dtype=np.int64))
    return PathNode(cohort, advice, OWN_STOP, 0, 0, int(design.select(closed)[0]))


@dataclass(slots=True)
class _Budget:
    """Refuses more paths than anyone reads, before the memory is gone."""

    cohorts: int
    paths: int = 0

    def take(self) -> None:
        self.paths += 1
        if self.paths > MAX_PATHS:
            raise DesignError(f"cohorts = {self.cohorts}: more than {MAX_PATHS} paths; ask for fewer cohorts")


def _expanded(design: Design, observed: Observed, node: PathNode, cohorts: int, budget: _Budget) -> PathNode:
    if cohorts == 0 or node.ending is not None:
        budget.take()
        return node
    branches = []
    for dlt in range(node.size + 1):
        cohort = Cohort(node.level, node.size, dlt)
        after = after_cohort(observed, node.advice.closed_from, cohort)
        branch = _node(design, after, cohort, advise(design, after))
        branches.append(_expanded(design, after, branch, cohorts - 1, budget))
    return replace(node, branches=tuple(branches))
