"""A calendar without delays visits only states of the decision graph, patient by patient to its end."""

import numpy as np
import pytest

from simulator.exact import compile_graph
from tests.exact.configurations import CONFIGURATIONS
from tests.trial.synthetic import Made, World, intake_of, no_delays

TRIALS = 25


def _known(counts: list[list[int]]) -> set[tuple[int, ...]]:
    return {tuple(row) for row in counts}


@pytest.mark.parametrize("place", range(len(CONFIGURATIONS)))
def test_a_calendar_without_delays_visits_only_graph_states(place: int) -> None:
    """After k patients the counts are a state of the trial capped at k; the end has the graph's selection."""
    design, p_dlt = CONFIGURATIONS[place]
    graph = compile_graph(design, range(1, design.max_n + 1))
    after = {cap: _known(states.counts.tolist()) for cap, states in graph.at_cap.items()}
    final = graph.ends(design.max_n)
    ends = _known(np.column_stack([final.counts, final.selection]).tolist())
    world = World(no_delays(design.n_doses), p_dlt)
    uniforms = np.random.default_rng(1000 + place).random((TRIALS, 60))
    seen = set()
    for row in uniforms.tolist():
        patients = [Made(ready=1.0 + k, toxicity=uniform) for k, uniform in enumerate(row)]
        trial = world.trial(design, intake_of(patients))
        codes = [0] * design.n_doses
        assert trial.infused
        for k, patient in enumerate(trial.infused, start=1):
            codes[patient.level - 1] += 256 + int(patient.follow_up.dlt)
            assert tuple(codes) in after[k]
            seen.add(tuple(codes))
        assert trial.selected is not None
        assert (*codes, trial.selected) in ends
    assert len(seen) >= min(TRIALS, design.max_n)
