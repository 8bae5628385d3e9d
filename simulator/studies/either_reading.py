"""What is needed by either reading of a patient who is not DLT-evaluable: replaced, or counted as without a DLT."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from simulator.analysis.needed import needed_caps
from simulator.runs.packed_chunks import PackedChunk
from simulator.runs.plan import run_plan
from simulator.runs.progress import Progress, foresee
from simulator.runs.replicates import RunPlan, chunks
from simulator.runs.results import Results
from simulator.scenario.parts import Part
from simulator.scenario.scenario import Scenario
from simulator.trial.early_looks import looks_early
from simulator.trial.engines import Engine
from simulator.trial.rules import NotEvaluable

Run = Callable[[RunPlan, list[range]], Iterable[tuple[range, PackedChunk]]]
SAID: Final = "Not evaluable (death, new therapy, dose off tolerance) counted as without a DLT"
"""How the sentence begins, by which it is known again in the record of a finished run."""


def designs_read_twice(plan: RunPlan) -> list[str]:
    """Return the designs for which the other reading costs little: in compiled code those that do not look early."""
    if plan.engine.engine != Engine.COMPILED:
        return []
    return list(dict.fromkeys(arm.design_name for arm in plan.design_truths if not looks_early(arm.design)))


def by_either_reading(
    scenario: Scenario, results: Results, on: Run, designs: Sequence[str], progress: Progress | None = None
) -> tuple[str, ...]:
    """Return what some designs need if patients who are replaced counted as without a DLT, next to what they need.

    The same trials are run once more by the other reading: the pass behind the needed number alone, under the truths
    of the question. Nothing is returned where the scenario does not replace, or none of those truths was run.
    """
    asked = results.question_truths()
    if scenario.trial.not_evaluable is not NotEvaluable.REPLACE or not asked or not designs:
        return ()
    counted = scenario.with_changes({"trial.not_evaluable": NotEvaluable.NO_DLT.value})
    plan = results.plan
    whole = run_plan(counted, designs, asked, plan.seed, str(plan.engine.engine))
    arms = tuple(arm for arm in whole.design_truths if arm.needed)
    done = on(replace(whole, design_truths=arms, used=False), chunks(results.replicates))
    foresee(progress, None, None)
    told = _told(_selections(done), results.replicates, progress)
    parts = [chunk for _, chunk in sorted(told, key=lambda one: one[0].start)]
    other = Results.of(replace(whole, design_truths=arms), parts, results.target)
    here, there = (needed_caps(one, scenario.question) for one in (results, other))
    most = scenario.question.caps_to
    listed = ", ".join(
        f"{design} {_number(there[design], most)} (replaced {_number(here[design], most)})"
        for design in designs
    )
    seen = "; no AML protocol seen writes either" if scenario.parts.has(Part.BUILT_IN_CRITERIA) else ""
    return (f"{SAID}, not replaced: {listed} needed{seen}",)


def _selections(done: Iterable[tuple[range, PackedChunk]]) -> Iterator[tuple[range, PackedChunk]]:
    """Yield the chunks with the selections alone, all that is read of them."""
    for replicates, chunk in done:
        needed = tuple(one.only("arm", "replicate", "selected") for one in chunk.needed)
        yield replicates, replace(chunk, needed=needed)


def _told(
    done: Iterable[tuple[range, PackedChunk]], wanted: int, progress: Progress | None
) -> Iterator[tuple[range, PackedChunk]]:
    """Yield the chunks, and tell after each how far the run is."""
    tell = progress or (lambda done, wanted: None)
    count = 0
    tell(count, wanted)
    for replicates, chunk in done:
        count += len(replicates)
        tell(count, wanted)
        yield replicates, chunk


def _number(cap: int, most: int) -> str:
    return str(cap) if cap else f"> {most}"
