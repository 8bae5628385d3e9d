"""What is known of each level, added up: what a rule over levels reads, and where it writes what it makes of it."""

import numpy as np

from simulator.designs.design import Floats, Ints, Observed
from simulator.designs.late_onset_weights import weighted_follow_up
from simulator.designs.patient_records import (
    backfilled_per_level,
    count_per_level,
    follow_up_sums,
    shortest_pending,
)


class LevelTallies:
    """The data of S states at J levels; arrays of levels are (J, S), of states (S,).

    Attributes
    ----------
    level, closed_from : (S,)
        As of `Observed`.
    enrolled, pending, dlt : (J, S)
        Patients infused, those of them whose DLT is pending, and DLTs.
    follow_up : (J, S)
        Summed follow-up of the pending, in windows.
    backfilled, responses : (J, S)
        Backfilled patients; responses that open a level.
    shortest : (S,)
        Shortest pending follow-up at the current level, 1 for nobody.
    cohort_pending : (S,)
        Patients of escalation whose DLT is pending.
    draw : (S,)
        Where among the open levels the one to backfill is, from 0, the lowest, to 1.
    counted, imputed, few, many, shut : (J, S)
        Room for what a rule makes of these: patients and DLTs that count, few enough or too many of them, and whether
        a level is shut for backfill.
    """

    def __init__(
        self,
        observed: Observed,
        current: Ints,
        draw: Floats | float,
        *,
        weights: tuple[float, float, float] | None = None,
        of_escalation: bool = False,
    ) -> None:
        """Add up what is known; `of_escalation`: a backfilled patient's response opens no level."""
        levels, states = observed.n.shape[1], len(observed.level)
        none, nothing = np.zeros((2, levels, states), dtype=np.int64)
        self.level, self.closed_from, self.draw = observed.level, observed.closed_from, draw
        self.enrolled, self.dlt = observed.infused.T, observed.dlt.T
        self.pending = none if observed.pending is None else observed.pending.T
        self.counted, self.few, self.many, self.shut = np.zeros((4, levels, states), dtype=np.int64)
        self.imputed: Floats = np.zeros((levels, states))
        records = observed.patients
        if records is None:
            self.follow_up: Floats = np.zeros((levels, states))
            self.backfilled, self.responses = none, nothing
            self.shortest: Floats = np.zeros(states)
            self.cohort_pending = np.zeros(states, dtype=np.int64)
            return
        self.follow_up = follow_up_sums(records, levels, weighted_follow_up(weights)).T
        self.backfilled = backfilled_per_level(records, levels).T
        opening = (records.response == 1) & ~(records.backfill & of_escalation)
        self.responses = count_per_level(records, levels, opening).T
        self.shortest = shortest_pending(records, current)
        self.cohort_pending = (records.dlt_pending & ~records.backfill).sum(axis=1)
