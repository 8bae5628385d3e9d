"""What is to be run: every design under every truth of a scenario, as a plan for the workers, and its fingerprint."""

import hashlib
import json
from collections.abc import Sequence
from importlib.metadata import version
from typing import Final

from simulator.eligibility.screen import criteria
from simulator.errors import ScenarioError
from simulator.outcomes.outcomes import HaematologicalDlt, Truth
from simulator.runs.replicates import DesignTruth, RunPlan
from simulator.runs.results import AVERAGE, BALANCED
from simulator.runs.without_limit import COLUMN
from simulator.scenario.question import AUTO, FEW_REPLICATES, MOST_REPLICATES, Auto
from simulator.scenario.scenario import Scenario
from simulator.trial.engines import choose_engine
from simulator.trial.intake import Stages


def run_plan(
    scenario: Scenario,
    designs: Sequence[str] | None,
    truths: Sequence[str] | None,
    seed: int,
    engine: str | None = None,
) -> RunPlan:
    """Return what is to be run: every design under every truth, and the day-42 lines (D14, D36).

    `engine` is what runs the trials: `auto`, the default, is compiled code where it can, else SimPy.
    """
    for what, given in (("designs", designs), ("truths", truths)):
        if isinstance(given, str):
            raise ScenarioError(f"{what} must be a list of names, got {given!r}: write [{given!r}]")
    names = list(scenario.default_designs if designs is None else dict.fromkeys(designs))
    chosen = list(scenario.truths) if truths is None else [scenario.truth(t) for t in dict.fromkeys(truths)]
    if not names or not chosen:
        raise ScenarioError("compare: name at least one design and one truth")
    asked = {truth.name for truth in scenario.question_truths}
    late = scenario.outcomes.model_copy(update={"haematological_dlt": HaematologicalDlt.DAY42})
    late_lines = [_late(truth) for truth in _late_truths(scenario, chosen)]
    _refuse_taken_names(chosen, late_lines)
    arms = []
    for name in names:
        rule = scenario.design(name)
        arms += [DesignTruth(name, rule, truth, scenario.outcomes, truth.name in asked) for truth in chosen]
        arms += [DesignTruth(name, rule, truth, late, False) for truth in late_lines]
    return RunPlan(
        stages=Stages(
            scenario.trial,
            scenario.population,
            scenario.eligibility,
            scenario.arrivals,
            scenario.screening,
            scenario.product,
            scenario.dosing,
            scenario.outcomes,
        ),
        seed=seed,
        design_truths=tuple(arms),
        caps_to=scenario.question.caps_to,
        criteria=len(criteria(scenario.eligibility)),
        engine=choose_engine(engine, [arm.design for arm in arms]),
    )


def _late_truths(scenario: Scenario, chosen: list[Truth]) -> list[Truth]:
    if scenario.outcomes.haematological_dlt is HaematologicalDlt.DAY42:
        return []
    return [truth for truth in chosen if truth.name in scenario.question.late_truths]


def _late(truth: Truth) -> Truth:
    return truth.model_copy(update={"name": f"{truth.name} day 42", "balanced": False})


def _refuse_taken_names(chosen: list[Truth], late_lines: list[Truth]) -> None:
    """Refuse a truth whose name the tables give to something else: its rows would be mixed with those."""
    taken = {BALANCED, AVERAGE, *(truth.name for truth in late_lines)}
    for truth in chosen:
        if truth.name in taken:
            raise ScenarioError(
                f"truths: the name {truth.name!r} is taken in the tables of results by an average or a day-42 "
                "line; give the truth another name"
            )


def fingerprint(plan: RunPlan, replicates: int | Auto) -> str:
    """Return a hash of everything that fixes the numbers of a run; of `auto` not how many replicates it came to.

    COLUMN is the last that was added to the rows: parts without it are of another kind.
    """
    parts = {name: getattr(plan.stages, name) for name in Stages.__slots__}
    stages = {name: None if part is None else part.model_dump(mode="json") for name, part in parts.items()}
    arms = [
        (
            arm.design_name,
            repr(arm.design),
            arm.truth.model_dump(),
            arm.outcomes.model_dump(mode="json"),
            arm.needed,
        )
        for arm in plan.design_truths
    ]
    content = [version("phase1-simulator"), COLUMN, plan.seed, replicates, plan.caps_to, stages, arms]
    content += [] if plan.tally else ["no tally of screening"]
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def whole_number(name: str, value: int, least: int, most: int | None = None) -> int:
    """Return a whole number in range; ScenarioError names it and what is legal."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if is_number and value >= least and (most is None or value <= most):
        return value
    legal = f"at most {most:,}" if is_number and most is not None and value > most else f"at least {least}"
    raise ScenarioError(f"{name} must be a whole number, {legal}, got {_shown(value)}")


MOST_WORKERS: Final = 512


def number_of_workers(workers: int) -> int:
    """Return how many processes to use; ScenarioError out of range."""
    return whole_number("workers", workers, 1, MOST_WORKERS)


def replicates_asked(scenario: Scenario, asked: int | str | None) -> int | Auto:
    """Return what to run, as asked, or as the scenario says: a number, or `auto`; ScenarioError out of range."""
    wanted = scenario.run.replicates if asked is None else asked
    if wanted == AUTO:
        return AUTO
    if isinstance(wanted, str):
        raise ScenarioError(f"replicates must be a whole number, at least 1, or {AUTO}, got {wanted!r}")
    return whole_number("replicates", wanted, 1, MOST_REPLICATES)


def number_of_replicates(scenario: Scenario, asked: int | str | None) -> int:
    """Return how many replicates to run, as `replicates_asked`; `auto` is FEW_REPLICATES where nothing is settled."""
    wanted = replicates_asked(scenario, asked)
    return FEW_REPLICATES if wanted == AUTO else wanted


def _shown(value: object) -> str:
    """Return a value as it was given, without the digits of a number that nobody would read."""
    if isinstance(value, int) and abs(value) >= 10**40:
        return f"a number of about {int(value.bit_length() * 0.30103) + 1} digits"
    return repr(value)
