"""Conduct decides what simulation decides: at every state that 18 patients can reach, for every design."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.conduct_record import Record, TreatedCohort, follow, start
from simulator.designs.design import Action, Design
from simulator.designs.outcomes_notation import Cohort
from simulator.exact import frontier
from simulator.exact.frontier import Rows, Steps
from simulator.exact.paths import OWN_STOP, transition_paths
from simulator.trial.escalation import Rulebook
from tests.designs.examples import COMPLETE, VARIANTS

PATIENTS = 18
ASKED_IN_WORDS = 40  # every so many states the question is put as a user puts it


@dataclass(frozen=True, slots=True)
class Layer:
    """The states after the same number of patients, what the graph decides, and how conduct got to each."""

    rows: Rows
    steps: Steps
    selected: np.ndarray[tuple[int], np.dtype[np.int16]]
    records: list[Record]


def layers(design: Design) -> Iterator[Layer]:
    """Expand the graph as the exact engine does, and conduct one trial to each of its states."""
    rows = frontier.start(design)
    pending: dict[int, dict[bytes, Record]] = {0: {rows[0].tobytes(): start(design)}}
    for total in range(PATIENTS + 1):
        reached = pending.pop(total, {})
        if not reached:
            continue
        rows = np.frombuffer(b"".join(reached), dtype=np.uint16).reshape(len(reached), -1)
        records = list(reached.values())
        steps = frontier.decide(design, rows)
        yield Layer(rows, steps, frontier.select(design, rows), records)
        for k in np.flatnonzero(~steps.stop).tolist():
            size = min(int(steps.size[k]), PATIENTS - total)
            if size == 0:
                continue
            dlt = np.arange(size + 1, dtype=np.uint16)
            after = frontier.after_cohort(design, rows, steps, np.full(size + 1, k), size, dlt)
            for y in range(size + 1):
                key, known = after[y].tobytes(), pending.setdefault(total + size, {})
                if key not in known:
                    cohort = Cohort(int(steps.level[k]), size, y)
                    known[key], _ = follow(records[k], TreatedCohort(cohort, "simulated"))


def words(record: Record) -> str:
    cohorts = (step.cohort for step in record.steps)
    return " ".join(f"{c.level}{'T' * c.dlt}{'N' * (c.n - c.dlt)}" for c in cohorts)


@pytest.mark.parametrize("design", VARIANTS, ids=repr)
def test_conduct_decides_and_selects_as_the_decision_graph_and_the_calendar(design: Design) -> None:
    rulebook = Rulebook(design)
    states = 0
    for layer in layers(design):
        read = frontier.observed(design, layer.rows)
        for k, record in enumerate(layer.records):
            advice, steps = record.advice, layer.steps
            decided = (
                bool(steps.stop[k]),
                *(int(getattr(steps, name)[k]) for name in ("level", "size", "closed_from", "reason")),
            )
            size = advice.cohort_size
            stop = advice.action is Action.STOP
            assert (stop, advice.level, size, advice.closed_from, int(advice.reason)) == decided
            assert int(design.select(record.observed)[0]) == layer.selected[k]
            calendar = rulebook.decide(
                int(read.level[k]),
                read.n[k].tolist(),
                read.dlt[k].tolist(),
                (int(read.last_n[k]), int(read.last_dlt[k])),
                int(read.closed_from[k]),
            )
            assert (calendar.action, calendar.level, calendar.cohort_size) == (
                advice.action,
                advice.level,
                size,
            )
            assert (calendar.closed_from, calendar.reason) == (advice.closed_from, advice.reason)
            if states % ASKED_IN_WORDS == 0:
                asked = next_dose(design, outcomes=words(record))
                assert (asked.action, asked.dose, asked.cohort_size, asked.closed_from) == (
                    advice.action.name.lower(),
                    advice.level,
                    size,
                    advice.closed_from,
                )
                assert selected_dose(design, outcomes=words(record)) == layer.selected[k]
            states += 1
    assert states > PATIENTS


@pytest.mark.parametrize("name", COMPLETE)
def test_the_paths_from_the_start_are_the_first_states_of_the_decision_graph(name: str) -> None:
    design = COMPLETE[name]
    drawn = set()
    for path in transition_paths(start(design), 2).paths():
        counts = [[0] * design.n_doses, [0] * design.n_doses]
        for node in path:
            assert node.cohort is not None
            counts[0][node.cohort.level - 1] += node.cohort.n
            counts[1][node.cohort.level - 1] += node.cohort.dlt
            ended = node.ending == OWN_STOP
            drawn.add((*map(tuple, counts), ended, 0 if ended else node.level, node.selected))
    seen = set()
    for layer in layers(design):
        read = frontier.observed(design, layer.rows)
        for k, record in enumerate(layer.records):
            if 1 <= len(record.steps) <= 2:
                counts = [read.n[k].tolist(), read.dlt[k].tolist()]
                stop = bool(layer.steps.stop[k])
                level, selected = int(layer.steps.level[k]), int(layer.selected[k])
                seen.add((*map(tuple, counts), stop, level, selected))
    assert drawn == seen
