"""When patients are enrolled, infused and evaluable, in many simulated trials: from the opening or a cut date.

A replicate is one whole trial under one truth; truths take turns by their weights, so that replicates are a
sample of the mixture of truths. All designs of a plan meet the same patients under the same truth.
"""

import gc
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.mid_trial.continuation import continue_trial, continued_intakes
from simulator.mid_trial.cut import Cut
from simulator.outcomes.outcomes import Truth
from simulator.randomness import Streams
from simulator.runs.replicates import joined
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.engines import SIMPY, EngineChoice, streams_of, trials_of
from simulator.trial.intake import DrawnReplicates, Stages, replicate_groups
from simulator.trial.ledger import NEVER, State, Stop
from simulator.trial.setting import used_pass
from simulator.trial.simpy_trials import milestone_days
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Waiting

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MILESTONES: Final = {"enrolled": State.ENROLLED, "infused": State.INFUSED, "evaluable": State.EVALUABLE}
"""What is forecast, by the name it is printed under."""
GOLDEN_TURN: Final = 0.6180339887498949
"""Fraction of the golden ratio: its multiples fill [0, 1) evenly from any number of replicates on."""


@dataclass(frozen=True, slots=True)
class AccrualPlan:
    """Everything that fixes the numbers of a forecast, but the number of replicates.

    Attributes
    ----------
    designs
        Name -> design.
    truths, weights
        The truths, and the probability of each.
    patients
        The largest patient number in question.
    cut
        What is known of the trial under way; None for a forecast from the opening.
    engine
        What runs the trials from the opening; a trial under way is continued by SimPy.
    """

    stages: Stages
    seed: int
    designs: dict[str, Design]
    truths: tuple[Truth, ...]
    weights: tuple[float, ...]
    patients: int
    cut: Cut | None = None
    engine: EngineChoice = SIMPY


@dataclass(frozen=True, slots=True)
class AccrualRows:
    """One row per replicate and design: design by design, replicates in order.

    Attributes
    ----------
    design, replicate, truth : (rows,)
        Position of the design and the truth in the plan.
    days : (rows, 3, patients)
        Day on which the n-th patient reached each of `MILESTONES`, after the first site opened; infinity where
        the trial never came to it.
    recommended_day : (rows,)
        Recommendation, or the calendar limit; `recommended` says which.
    waited : (rows, 5)
        Days up to there by `Waiting`; from the cut date on where the trial is under way.
    """

    design: Ints
    replicate: Ints
    truth: Ints
    days: Floats
    recommended_day: Floats
    recommended: NDArray[np.bool_]
    waited: Floats

    @classmethod
    def join(cls, parts: Iterable["AccrualRows"]) -> "AccrualRows":
        """Join the rows of many chunks, design by design."""
        columns = joined([{name: getattr(part, name) for name in cls.__slots__} for part in parts])
        order = np.lexsort((columns["replicate"], columns["design"]))
        return cls(**{name: column[order] for name, column in columns.items()})

    def of(self, design: int) -> "AccrualRows":
        """Return the rows of one design."""
        mine = self.design == design
        return AccrualRows(*(getattr(self, name)[mine] for name in self.__slots__))


def run_accrual(plan: AccrualPlan, replicates: range) -> AccrualRows:
    """Run every design on every replicate of the chunk."""
    gc.freeze()  # SimPy makes many short-lived objects; the collector need not walk the long-lived ones
    streams = streams_of(plan.engine.engine, plan.seed)
    if plan.cut is None:
        groups = replicate_groups(plan.stages, streams, replicates)
        found = AccrualRows.join([_from_the_opening(plan, drawn) for drawn in groups])
    else:
        found = _continued(plan, plan.cut, streams, replicates)
    gc.collect()
    gc.unfreeze()
    return found


def _from_the_opening(plan: AccrualPlan, drawn: DrawnReplicates) -> AccrualRows:
    """Run whole trials, each replicate under the truth whose turn it is."""
    trials = trials_of(plan.engine.engine, drawn)
    truths = np.array([turn(plan.weights, replicate) for replicate in drawn.replicates])
    number, most = len(plan.designs), plan.stages.rules.enrolment_max
    width = min(plan.patients, most)
    days = np.full((len(drawn), number, len(MILESTONES), plan.patients), NEVER)
    ends = {"recommended_day": np.zeros((len(drawn), number)), "ending": np.zeros((len(drawn), number))}
    waited = np.zeros((len(drawn), number, len(Waiting)))
    for truth in np.unique(truths):
        which = np.flatnonzero(truths == truth)
        risks = dose_risks(plan.truths[truth], plan.stages.outcomes, plan.stages.rules.dose_levels)
        of = setting(plan.stages, plan.stages.outcomes), used_pass(plan.stages.rules)
        for k, design in enumerate(plan.designs.values()):
            rows = trials.accrual(*of, rulebook(design), risks, which)
            days[which, k, :, :width] = rows["days"][:, :, :width]
            waited[which, k] = rows["waited"]
            for name, column in ends.items():
                column[which, k] = rows[name]
    return AccrualRows(
        design=np.tile(np.arange(number), len(drawn)),
        replicate=np.repeat(drawn.replicates, number),
        truth=np.repeat(truths, number),
        days=days.reshape(-1, *days.shape[2:]),
        recommended_day=ends["recommended_day"].reshape(-1),
        recommended=ends["ending"].reshape(-1) != Stop.NOT_FINISHED,
        waited=waited.reshape(-1, len(Waiting)),
    )


def _continued(plan: AccrualPlan, cut: Cut, streams: Streams, replicates: range) -> AccrualRows:
    """Go on from the cut, by SimPy: compiled code runs trials from their opening alone."""
    rows: list[tuple[int, int, int, Trial, Floats]] = []
    for intake in continued_intakes(plan.stages, cut, streams, replicates):
        truth = turn(plan.weights, intake.replicate)
        risks = dose_risks(plan.truths[truth], plan.stages.outcomes, plan.stages.rules.dose_levels)
        for number, design in enumerate(plan.designs.values()):
            trial = continue_trial(plan.stages, design, risks, cut, intake, streams)
            days = milestone_days(trial.patients, plan.patients, cut.past_days)
            rows.append((number, intake.replicate, truth, trial, days))
    found = AccrualRows(
        design=np.array([number for number, *_ in rows]),
        replicate=np.array([replicate for _, replicate, *_ in rows]),
        truth=np.array([truth for _, _, truth, *_ in rows]),
        days=np.stack([days for *_, days in rows]),
        recommended_day=np.array([trial.recommended_day for *_, trial, _ in rows]),
        recommended=np.array([trial.stop != "not_finished" for *_, trial, _ in rows]),
        waited=np.array([trial.waiting_times.days for *_, trial, _ in rows]).reshape(len(rows), len(Waiting)),
    )
    rows.clear()
    return found


def turn(weights: tuple[float, ...], replicate: int) -> int:
    """Return the position of the truth whose turn this replicate is, in proportion to the weights."""
    share = (0.5 + replicate * GOLDEN_TURN) % 1.0
    ends = np.cumsum(weights) / np.sum(weights)
    return min(int(np.searchsorted(ends, share, side="right")), len(weights) - 1)
