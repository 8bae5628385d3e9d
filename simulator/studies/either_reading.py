"""What is needed by either reading of a patient who is not DLT-evaluable: replaced, or counted as without a DLT."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Final

from simulator.analysis.needed import needed_caps
from simulator.runs.packed_chunks import PackedChunk
from simulator.runs.plan import run_plan
from simulator.runs.progress import Progress
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


def designs_read_twice(plan: RunPlan, both: bool | None) -> list[str]:
    """Return the designs to run by the other reading too: all, none, or by default those for which it costs little.

    Those are, in compiled code, the ones that do not look early.
    """
    if both is False or (both is None and plan.engine.engine != Engine.COMPILED):
        return []
    return list(
        dict.fromkeys(arm.design_name for arm in plan.design_truths if both or not looks_early(arm.design))
    )


class EitherReading:
    """A run of a plan that runs some designs by the other reading too, on the same patients.

    By the other reading patients who are replaced count as without a DLT: the pass behind the needed number alone,
    under the truths of the question. Nothing is run where the scenario does not replace, or none of those truths is.
    """

    def __init__(self, scenario: Scenario, plan: RunPlan, on: Run, designs: Sequence[str]) -> None:
        self._scenario, self._on, self._designs = scenario, on, designs
        self._other = _other_plan(scenario, plan, designs)
        self._done: dict[range, PackedChunk] = {}

    def on(self, plan: RunPlan, parts: list[range]) -> Iterator[tuple[range, PackedChunk]]:
        """Run chunks of the plan, and keep what is found beside."""
        for replicates, chunk in self._on(replace(plan, beside=self._other), parts):
            if chunk.beside is not None:
                self._done[replicates] = _selections(chunk.beside)
            yield replicates, replace(chunk, beside=None)

    def said(self, results: Results, progress: Progress | None = None) -> tuple[str, ...]:
        """Return what the designs need by the other reading, next to what they need.

        Chunks that were read from a folder are run by the other reading first.
        """
        plan = self._other
        if plan is None:
            return ()
        within = {part: chunk for part, chunk in self._done.items() if part.stop <= results.replicates}
        done = {replicate for part in within for replicate in part}
        missing = [part for part in chunks(results.replicates) if part.start not in done]
        if missing:
            for replicates, chunk in _told(self._on(plan, missing), sum(map(len, missing)), progress):
                within[replicates] = _selections(chunk)
        other = Results.of(plan, list(within.values()), results.target)
        here, there = (needed_caps(one, self._scenario.question) for one in (results, other))
        most = self._scenario.question.caps_to
        listed = ", ".join(
            f"{design} {_number(there[design], most)} (replaced {_number(here[design], most)})"
            for design in self._designs
        )
        own = self._scenario.parts.has(Part.BUILT_IN_CRITERIA)
        seen = "; no AML protocol seen writes either" if own else ""
        return (f"{SAID}, not replaced: {listed} needed{seen}",)


def _other_plan(scenario: Scenario, plan: RunPlan, designs: Sequence[str]) -> RunPlan | None:
    """Return the plan by the other reading; None where there is nothing to run."""
    asked = list(dict.fromkeys(arm.truth.name for arm in plan.design_truths if arm.needed))
    if scenario.trial.not_evaluable is not NotEvaluable.REPLACE or not asked or not designs:
        return None
    counted = scenario.with_changes({"trial.not_evaluable": NotEvaluable.NO_DLT.value})
    whole = run_plan(counted, designs, asked, plan.seed, str(plan.engine.engine))
    return replace(whole, design_truths=tuple(arm for arm in whole.design_truths if arm.needed), used=False)


def _selections(chunk: PackedChunk) -> PackedChunk:
    """Return a chunk with the selections alone, all that is read of it."""
    return replace(chunk, needed=tuple(one.only("arm", "replicate", "selected") for one in chunk.needed))


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
