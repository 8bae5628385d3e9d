"""Without delays, losses and holds the calendar is the clockless sampler, patient for patient."""

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from simulator.designs.design import Design
from simulator.exact import Sampled, compile_graph, sample
from simulator.randomness import Block, Purpose, Streams
from simulator.trial.escalation import Rulebook
from simulator.trial.intake import Intake
from simulator.trial.ledger import check_ledger
from simulator.trial.record import ledger
from simulator.trial.trial_state import Trial
from tests.exact.configurations import CONFIGURATIONS
from tests.trial.synthetic import Made, World, intake_of, no_delays

TRIALS = 200
PATIENTS = 60

PLACES = pytest.mark.parametrize("place", range(len(CONFIGURATIONS)))


@cache
def _uniforms() -> NDArray[np.float64]:
    """Return the toxicity lane of the patients of the replicates, shape (TRIALS, PATIENTS)."""
    streams = Streams(20260711)
    rows = [
        streams.uniforms(Purpose.TOXICITY, Block(replicate, 0, 0, PATIENTS))[:, 0]
        for replicate in range(TRIALS)
    ]
    return np.stack(rows)


def _one_a_day(uniforms: NDArray[np.float64]) -> Intake:
    return intake_of([Made(ready=1.0 + k, toxicity=u) for k, u in enumerate(uniforms.tolist())])


def _all_at_once(uniforms: NDArray[np.float64]) -> Intake:
    return intake_of([Made(ready=1.0, toxicity=u) for u in uniforms.tolist()])


def _agrees(trial: Trial, design: Design, sampled: Sampled, k: int) -> None:
    """Assert that a calendar trial is trial k of the sampler."""
    assert sampled.patient_level is not None
    assert sampled.patient_dlt is not None
    total = int(sampled.total_n[k])
    assert len(trial.infused) == total
    assert [patient.level for patient in trial.infused] == sampled.patient_level[k, :total].tolist()
    assert [patient.follow_up.dlt for patient in trial.infused] == sampled.patient_dlt[k, :total].tolist()
    assert trial.selected == sampled.selection[k]
    assert trial.escalation.n == sampled.n[k].tolist()
    assert trial.escalation.dlt == sampled.dlt[k].tolist()
    assert (trial.stop == "max_n") == (sampled.reason[k] == -1)
    check_ledger(ledger(trial))


@PLACES
@pytest.mark.parametrize(("arrive", "trials"), [(_one_a_day, TRIALS), (_all_at_once, TRIALS // 5)])
def test_the_calendar_without_delays_equals_the_sampler(
    place: int, arrive: Callable[[NDArray[np.float64]], Intake], trials: int
) -> None:
    design, p_dlt = CONFIGURATIONS[place]
    uniforms = _uniforms()[:trials]
    world = World(no_delays(design.n_doses), p_dlt)
    rulebook = Rulebook(design)
    sampled = sample(design, p_dlt, uniforms, patients=True)
    for k in range(trials):
        _agrees(world.trial(rulebook, arrive(uniforms[k])), design, sampled, k)


@PLACES
def test_delays_alone_change_no_level_and_no_outcome(place: int) -> None:
    design, p_dlt = CONFIGURATIONS[place]
    uniforms = _uniforms()[:20]
    rules = no_delays(
        design.n_doses, dlt_window_days=28, stagger_first_days=14, stagger_other_days=7, review_days=7
    )
    world = World(rules, p_dlt)
    sampled = sample(design, p_dlt, uniforms, patients=True)
    for k, row in enumerate(uniforms):
        patients = [
            Made(
                ready=3.0 * j,
                toxicity=u,
                onset=1.0 + j % 28,
                expires_after=1e5,
                manufacture=(10.0,) * 3,
                release=(3.0,) * 3,
            )
            for j, u in enumerate(row.tolist())
        ]
        _agrees(world.trial(design, intake_of(patients)), design, sampled, k)


@PLACES
def test_a_trial_without_delays_ends_in_an_end_state_of_the_decision_graph(place: int) -> None:
    design, p_dlt = CONFIGURATIONS[place]
    ends = compile_graph(design, [design.max_n]).ends(design.max_n)
    counts = ends.counts[:, : design.n_doses].tolist()
    known = {(*row, end) for row, end in zip(counts, ends.selection.tolist(), strict=True)}
    world = World(no_delays(design.n_doses), p_dlt)
    for row in _uniforms()[:20]:
        trial = world.trial(design, _one_a_day(row))
        data = zip(trial.escalation.n, trial.escalation.dlt, strict=True)
        assert (*(256 * n + dlt for n, dlt in data), trial.selected) in known
