"""Recognise from the counts alone whether a trial is still titrating one patient a level."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Ints, Observed

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class TitrationStep:
    """What titration decides in each state; all of shape (S,), and at most one of the last three is true.

    Attributes
    ----------
    level
        The level treated last, the first of the titration before that.
    up
        One patient at the next level.
    fill
        Titration is over at this level: the first DLT, or no higher level is open. Fill its cohort.
    repeat
        No patient with an outcome at the level yet: one patient there.
    """

    level: Ints
    up: Flags
    fill: Flags
    repeat: Flags

    @property
    def titrating(self) -> Flags:
        """States that titration decides."""
        return self.up | self.fill | self.repeat


def titration_step(
    observed: Observed, closed: Ints, first: int = 1, last: int | None = None
) -> TitrationStep:
    """Return what titration from level `first` does next, where the data are those of a titration.

    Levels above `last` are not titrated; by default all are.

    From `first` to below the current level one patient each without DLT, at it at most one patient,
    elsewhere none: no trial in cohorts of two or more has such data otherwise.
    """
    n_doses = observed.n.shape[1]
    current = np.where(observed.level > 0, observed.level, first)
    levels = np.arange(1, n_doses + 1)
    titrated = (levels >= first) & (levels < current[:, None])
    alone = (observed.n == 1) & (observed.dlt == 0)
    as_titrated = np.where(titrated, alone, (observed.n == 0) | (levels == current[:, None]))
    states = np.arange(len(current))
    n, dlt = observed.n[states, current - 1], observed.dlt[states, current - 1]
    titrating = as_titrated.all(axis=1) & (n <= 1) & (current >= first) & (current < closed)
    if last is not None:
        titrating &= current <= last
    # Nothing to titrate to: then the cohort is filled here.
    blocked = (current == n_doses) | (current + 1 >= closed)
    up = titrating & (n == 1) & (dlt == 0) & ~blocked
    return TitrationStep(current, up, titrating & (n == 1) & ~up, titrating & (n == 0))
