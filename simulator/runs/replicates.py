"""Many trials: the same patients through every design and truth, chunk by chunk, on any executor.

A chunk is a fixed run of replicates, so results do not depend on the number of workers or the engine behind
them. Within a replicate patients are drawn and screened once and shared by all designs and truths.
"""

import gc
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters, Truth
from simulator.runs.drawn_as_needed import drawn_at_first
from simulator.runs.kept_patients import Met, met
from simulator.runs.passes import Passes, moved_together
from simulator.runs.without_limit import Arm, add_unlimited_days
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.arm_pass import ArmPass, TrialArm
from simulator.trial.engines import SIMPY, Engine, EngineChoice, Trials, streams_of, trials_of
from simulator.trial.intake import DrawnReplicates, Stages, replicate_groups, screening_tally
from simulator.trial.setting import needed_pass, used_pass

CHUNK: Final = 10
"""Replicates in a chunk: some seconds of work for a default comparison."""
BLOCK: Final = 100
"""Replicates that compiled code runs at once: about a second of work."""
TRIALS_AT_ONCE: Final = 400
"""Trials of a block at the least, where there are so many: fewer take hardly less time than they do."""
ROWS_AT_ONCE: Final = 6_000
"""Trials of a block at the most: the rows of a thousand take 5 MB, and are held more than once."""
REFERRALS_PER_INFUSION: Final = 9
"""Referrals drawn at least per infusion that the needed pass asks for; about 4 are used."""

Columns = dict[str, NDArray[Any]]
NOTHING: Final[Columns] = {name: np.array([], dtype=np.int64) for name in ("arm", "replicate")}
"""The rows of passes of which none was run."""


@dataclass(frozen=True, slots=True)
class DesignTruth:
    """One design under one truth.

    Attributes
    ----------
    outcomes
        The parameters this truth is run with; the day-42 line differs from the scenario's own (D36).
    needed
        Whether the pass to `RunPlan.caps_to` infusions is run too.
    """

    design_name: str
    design: Design
    truth: Truth
    outcomes: OutcomeParameters
    needed: bool


@dataclass(frozen=True, slots=True)
class RunPlan:
    """Everything that fixes the numbers of a run, but the number of replicates; and the engine, which fixes none."""

    stages: Stages
    seed: int
    design_truths: tuple[DesignTruth, ...]
    caps_to: int
    criteria: int
    engine: EngineChoice = SIMPY
    used: bool = True
    """Whether trials are run as they would be conducted; else the passes to `caps_to` alone."""
    tally: bool = True
    """Whether screening is counted among all referrals, whomever trials meet; else no others need be drawn."""
    beside: "RunPlan | None" = None
    """Another plan whose trials the same patients are run through: one by which they are drawn alike."""

    @property
    def arms(self) -> int:
        """Trials of a replicate, those of the plan beside included."""
        return len(self.design_truths) + (0 if self.beside is None else self.beside.arms)


@dataclass(frozen=True, slots=True)
class Chunk:
    """Results of some replicates, one row per arm and replicate, columns by name.

    `used` has the columns of `UsedRow`, `needed` those of `CapRows`, each after `arm` and `replicate`;
    `screening` has one row a replicate: what screening found among all referrals, where the plan counts it.
    `beside` are the results of the plan beside, where there is one.
    """

    used: Columns
    needed: Columns
    screening: Columns
    beside: "Chunk | None" = None


def chunks(replicates: int) -> list[range]:
    """Cut the replicates into chunks, always the same."""
    return [range(first, min(first + CHUNK, replicates)) for first in range(0, replicates, CHUNK)]


def blocks(parts: list[range], arms: int = 1) -> list[range]:
    """Join chunks that follow each other into blocks of up to BLOCK replicates; more of few arms, fewer of many."""
    most = max(min(max(BLOCK, TRIALS_AT_ONCE // arms), ROWS_AT_ONCE // arms), CHUNK)
    found: list[range] = []
    for part in parts:
        if found and found[-1].stop == part.start and part.stop - found[-1].start <= most:
            found[-1] = range(found[-1].start, part.stop)
        else:
            found.append(part)
    return found


def rows_of(block: Chunk, part: range) -> Chunk:
    """Return the rows of some replicates of a block."""

    def cut(columns: Columns) -> Columns:
        at = (columns["replicate"] >= part.start) & (columns["replicate"] < part.stop)
        return {name: values[at] for name, values in columns.items()}

    beside = None if block.beside is None else rows_of(block.beside, part)
    return Chunk(cut(block.used), cut(block.needed), cut(block.screening), beside)


def run_chunk(plan: RunPlan, replicates: range) -> Chunk:
    """Run every arm on every replicate of the chunk."""
    gc.freeze()  # SimPy makes many short-lived objects; the collector need not walk the long-lived ones
    chunk = _run(plan, replicates)
    gc.collect()  # while the rest is set apart: what this chunk left, some milliseconds
    gc.unfreeze()
    return chunk


def _run(plan: RunPlan, replicates: range) -> Chunk:
    plans = [plan] if plan.beside is None else [plan, plan.beside]
    arms = [_trial_arms(one) for one in plans]
    passes: list[list[Passes]] = [[] for _ in plans]
    screening, until_days = [], []
    for group in _met(plan, replicates):
        for one, of_plan, found in zip(plans, arms, passes, strict=True):
            found.append(_passes(one, group.trials, of_plan))
        screening.append(group.screening)
        until_days.append(group.until_days)
    counted, until = joined(screening), np.concatenate(until_days)
    chunk, *others = (
        _finished(one, of_plan, Passes.joined(found), counted, until)
        for one, of_plan, found in zip(plans, arms, passes, strict=True)
    )
    return replace(chunk, beside=others[0]) if others else chunk


def _met(plan: RunPlan, replicates: range) -> Iterable[Met]:
    """Return the patients of the replicates, group by group."""
    most = None if plan.tally or plan.engine.engine != Engine.COMPILED else drawn_at_first(plan.stages)
    at_least = _referrals_at_least(plan)

    def draw() -> Iterator[Met]:
        for drawn in replicate_groups(
            plan.stages, streams_of(plan.engine.engine, plan.seed), replicates, at_least, most
        ):
            screening = (
                _screening_columns(plan, drawn) if plan.tally else {"replicate": np.array(drawn.replicates)}
            )
            yield Met(trials_of(plan.engine.engine, drawn), screening, np.array(drawn.until_days))

    return met(plan.stages, plan.engine, plan.seed, replicates, (at_least, most), draw)


def _referrals_at_least(plan: RunPlan) -> int:
    # Whatever the arms: which truths are run must not change whom screening meets.
    asked = plan.tally or any(arm.needed for arm in plan.design_truths)
    return REFERRALS_PER_INFUSION * plan.caps_to if asked else 0


def _trial_arms(plan: RunPlan) -> list[TrialArm]:
    return [
        TrialArm(
            setting(plan.stages, arm.outcomes),
            rulebook(arm.design),
            dose_risks(arm.truth, arm.outcomes, plan.stages.rules.dose_levels),
        )
        for arm in plan.design_truths
    ]


def _finished(
    plan: RunPlan, arms: list[TrialArm], found: Passes, screening: Columns, until_days: NDArray[np.float64]
) -> Chunk:
    """Return the rows of all groups once no trial is unfinished: of all together, as few are run again."""
    ids = screening["replicate"]
    _run_unfinished_again(plan, arms, ids, found, until_days)
    if plan.used:
        designs = [Arm(arm.design, arm.truth, arm.outcomes) for arm in plan.design_truths]
        add_unlimited_days(
            plan.stages, plan.engine.engine, plan.seed, plan.criteria, designs, ids, found.used
        )
    used, needed = (_arm_by_arm(rows, ids) for rows in (dict(enumerate(found.used)), found.needed))
    return Chunk(used, needed, screening)


def _passes(plan: RunPlan, trials: Trials, arms: list[TrialArm]) -> Passes:
    """Run both passes of all arms, where the plan asks for them."""
    with_caps = [number for number, arm in enumerate(plan.design_truths) if arm.needed]
    caps, conducted = needed_pass(plan.caps_to), used_pass(plan.stages.rules)
    of_caps = [ArmPass(arms[number], caps, caps=plan.caps_to) for number in with_caps]
    as_used = [ArmPass(arm, conducted, plan.criteria) for arm in arms] if plan.used else []
    rows = trials.by_arm([*of_caps, *as_used])
    return Passes(rows[len(of_caps) :], dict(zip(with_caps, rows, strict=False)))


def _run_unfinished_again(
    plan: RunPlan,
    arms: list[TrialArm],
    ids: NDArray[np.int64],
    found: Passes,
    until_days: NDArray[np.float64],
) -> None:
    """Run replicates again with more patients until each trial is over before the first whom it could not meet."""
    most, until = drawn_at_first(plan.stages), until_days.copy()
    while (again := np.flatnonzero(np.isfinite(until) & (found.last_days() >= until))).size:
        most *= 2
        at = dict(zip(ids[again].tolist(), again.tolist(), strict=True))
        for drawn in replicate_groups(
            plan.stages, streams_of(plan.engine.engine, plan.seed), list(at), _referrals_at_least(plan), most
        ):
            places = np.array([at[one] for one in drawn.replicates])
            found.replace(places, _passes(plan, trials_of(plan.engine.engine, drawn), arms))
            until[places] = drawn.until_days


def _screening_columns(plan: RunPlan, drawn: DrawnReplicates) -> Columns:
    rows = pairwise(drawn.referred_by)
    tallies = [screening_tally(drawn.paths, slice(*of), plan.criteria) for of in rows]
    columns: Columns = {"replicate": np.array(drawn.replicates)}
    for name in tallies[0]:
        columns[name] = np.array([tally[name] for tally in tallies])
    return columns


def _arm_by_arm(rows: dict[int, Columns], ids: NDArray[np.int64]) -> Columns:
    """Return the rows of arms by number, replicates in order within each; the columns given are emptied."""
    if not rows:
        return dict(NOTHING)
    parts = [
        {"arm": np.full(len(ids), number), "replicate": ids, **of_arm} for number, of_arm in rows.items()
    ]
    for of_arm in rows.values():
        of_arm.clear()
    return moved_together(parts)


def joined(parts: list[Columns]) -> Columns:
    """Join the columns of many chunks, in order."""
    if len(parts) == 1:
        return parts[0]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
