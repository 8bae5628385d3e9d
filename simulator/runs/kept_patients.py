"""The patients of the last few settings, kept so that a change after enrolment need not draw them again.

Only in a `patients_kept` block, and only for compiled code: its trials leave the patients as they are.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from simulator.trial.engines import Columns, Engine, EngineChoice, Trials
from simulator.trial.intake import Stages
from simulator.trial.rules import TrialRules

DRAWN_BY: Final = ("calendar_limit_months", "dlt_window_days")
"""The rules of the trial that drawing patients reads."""
SETTINGS: Final = 2
"""Settings whose patients are kept: the base and the last; 1,000 trials of one take some 50 MB."""


class Met(NamedTuple):
    """The patients of a group of replicates: their trials, ready to run, and what screening finds among them.

    `until_days` are those of `DrawnReplicates`: a trial that is over before its own has met whomever it would meet.
    """

    trials: Trials
    screening: Columns
    until_days: NDArray[np.float64]


Draw = Callable[[], Iterator[Met]]
"""Draws the patients of some replicates, group by group."""


@dataclass(slots=True)
class KeptPatients:
    """Replicates -> what they were drawn by, and the patients; the last used at the end."""

    found: dict[range, list[tuple[object, list[Met]]]] = field(default_factory=dict)

    def get(self, key: object, replicates: range, draw: Draw) -> list[Met]:
        """Return the patients that were drawn by the same key, or draw them and keep them."""
        kept = self.found.setdefault(replicates, [])
        for entry in kept:
            if entry[0] == key:
                kept.remove(entry)
                kept.append(entry)
                return entry[1]
        groups = list(draw())
        kept.append((key, groups))
        del kept[:-SETTINGS]
        return groups


_KEPT: Final = ContextVar["KeptPatients | None"]("kept patients", default=None)


@contextmanager
def patients_kept(kept: KeptPatients) -> Iterator[None]:
    """Keep, and take from there, the patients of the runs in the block that stay in this process."""
    before = _KEPT.set(kept)
    try:
        yield
    finally:
        _KEPT.reset(before)


def met(
    stages: Stages, engine: EngineChoice, seed: int, replicates: range, how: Hashable, draw: Draw
) -> Iterable[Met]:
    """Return the patients of some replicates, group by group: kept ones where they are the same, else `draw()`.

    `how` is what else says who they are: how many are referred at least, and drawn.
    """
    kept = _KEPT.get()
    if kept is None or engine.engine is not Engine.COMPILED:
        return draw()
    return kept.get((_without_conduct(stages), seed, how), replicates, draw)


def _without_conduct(stages: Stages) -> Stages:
    """Return what patients are drawn by: of the rules, the calendar limit and the DLT window alone."""
    rules = stages.rules
    drawn_by = {name: getattr(rules, name) for name in DRAWN_BY}
    return replace(stages, rules=TrialRules(**drawn_by))
