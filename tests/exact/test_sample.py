"""The sampler: the same trials as one at a time, whatever else is sampled."""

from dataclasses import replace

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Action, Design, Floats, Observed
from simulator.errors import DesignError, SimulatorError
from simulator.exact import sample, simulate
from simulator.exact.frontier import CAP_REACHED
from simulator.exact.sample import PATIENTS_PER_DRAW, draw_uniforms
from simulator.randomness import Block, Purpose, Streams
from tests.exact.configurations import CONFIGURATIONS, RISING


def _one_trial(design: Design, p_dlt: Floats, uniforms: Floats) -> tuple[list[int], list[bool], int, int]:
    """Run one trial patient by patient: levels, DLTs, selection, reason."""
    seen = Observed.nothing(design.n_doses)
    levels: list[int] = []
    dlts: list[bool] = []
    while len(levels) < len(uniforms):
        decision = design.decide(seen)
        seen = replace(seen, closed_from=decision.closed_from)
        if decision.action[0] == Action.STOP:
            return levels, dlts, int(design.select(seen)[0]), int(decision.reason[0])
        level = int(decision.level[0])
        size = min(int(decision.cohort_size[0]), len(uniforms) - len(levels))
        cohort = [bool(u < p_dlt[level - 1]) for u in uniforms[len(levels) : len(levels) + size]]
        levels += [level] * size
        dlts += cohort
        n, dlt = seen.n.copy(), seen.dlt.copy()
        n[0, level - 1] += size
        dlt[0, level - 1] += sum(cohort)
        seen = Observed(
            np.array([level]), n, dlt, np.array([size]), np.array([sum(cohort)]), decision.closed_from
        )
    return levels, dlts, int(design.select(seen)[0]), CAP_REACHED


@pytest.mark.parametrize("place", range(len(CONFIGURATIONS)))
def test_trials_in_lockstep_are_the_trials_one_at_a_time(place: int) -> None:
    design, truth = CONFIGURATIONS[place]
    p_dlt = np.array(truth)
    uniforms = np.random.default_rng(place).random((60, design.max_n))
    sampled = sample(design, p_dlt, uniforms, patients=True)
    assert sampled.patient_level is not None
    assert sampled.patient_dlt is not None
    for trial in range(60):
        levels, dlts, selection, reason = _one_trial(design, p_dlt, uniforms[trial])
        treated = len(levels)
        assert sampled.patient_level[trial].tolist() == levels + [0] * (design.max_n - treated)
        assert sampled.patient_dlt[trial].tolist() == dlts + [False] * (design.max_n - treated)
        assert sampled.selection[trial] == selection
        assert sampled.reason[trial] == reason
        assert sampled.total_n[trial] == treated
        assert sampled.n[trial].tolist() == [levels.count(level + 1) for level in range(design.n_doses)]
        events = [level for level, dlt in zip(levels, dlts, strict=True) if dlt]
        assert sampled.dlt[trial].tolist() == [events.count(level + 1) for level in range(design.n_doses)]


def test_a_trial_does_not_depend_on_the_number_of_trials() -> None:
    design = BOIN(titration=True)
    many = simulate(design, RISING, 40_000, seed=8)  # more than are stepped at once
    few = simulate(design, RISING, 500, seed=8)
    for name in ("selection", "n", "dlt", "total_n", "reason"):
        assert np.array_equal(getattr(many, name)[:500], getattr(few, name))
    others = simulate(design, RISING, 500, seed=9)
    assert not np.array_equal(few.dlt, others.dlt)


def test_a_larger_cap_keeps_the_first_patients() -> None:
    short = simulate(BOIN(), RISING, 300, seed=1, max_n=20, patients=True)
    long = simulate(BOIN(), RISING, 300, seed=1, max_n=100, patients=True)
    assert short.patient_level is not None
    assert long.patient_level is not None
    assert np.array_equal(short.patient_level, long.patient_level[:, :20])
    assert long.total_n.max() == 100


def test_draws_are_where_the_documentation_says() -> None:
    """Patient j of trial t: word j % 4 of counter (16 t + (j % 64) // 4 + 1, j // 64, 0, SAMPLER)."""
    sampled = simulate(BOIN(n_doses=1, max_n=70), [0.3], 5, seed=12, patients=True)
    assert sampled.patient_dlt is not None
    streams = Streams(12)
    for trial, patient in ((0, 0), (3, 17), (4, 63), (2, 64), (4, 69)):
        if sampled.total_n[trial] <= patient:
            continue
        block = Block(0, 0, 16 * trial + patient % 64 // 4, 1)
        uniform = streams.uniforms(Purpose.SAMPLER, block, patient // 64)[0, patient % 4]
        assert sampled.patient_dlt[trial, patient] == (uniform < 0.3)
    assert sampled.total_n[4] == 70


def test_no_chance_gives_one_trial() -> None:
    assert set(simulate(ThreePlusThree(n_doses=3), [0, 0, 1], 50, seed=0).selection.tolist()) == {2}
    stopped = simulate(BOIN(), [1.0] * 5, 50, seed=0)
    assert set(stopped.selection.tolist()) == {0}
    assert stopped.n.tolist() == [[3, 0, 0, 0, 0]] * 50


def test_illegal_requests_say_what_is_legal() -> None:
    with pytest.raises(SimulatorError, match="5 probabilities from 0 to 1"):
        simulate(BOIN(), [0.1, 0.2], 10, seed=1)
    with pytest.raises(SimulatorError, match="5 probabilities from 0 to 1"):
        simulate(BOIN(), [0.1, 0.2, 0.3, 0.4, float("nan")], 10, seed=1)
    with pytest.raises(SimulatorError, match=r"shape \(trials, 30 or more\)"):
        sample(BOIN(), RISING, np.zeros((4, 29)))
    with pytest.raises(SimulatorError, match="trials must be at least 1"):
        simulate(BOIN(), RISING, 0, seed=1)
    with pytest.raises(DesignError, match="max_n must be from 1 to 255"):
        simulate(BOIN(), RISING, 1, seed=1, max_n=256)


def test_patients_are_returned_only_where_they_are_asked_for() -> None:
    uniforms = np.random.default_rng(1).random((5, 12))
    design = BOIN(n_doses=3, max_n=12)
    without = sample(design, [0.1, 0.2, 0.3], uniforms)
    assert (without.patient_level, without.patient_dlt) == (None, None)
    assert sample(design, [0.1, 0.2, 0.3], uniforms, patients=True).patient_level is not None


def test_patients_beyond_one_draw_have_uniforms_of_their_own() -> None:
    uniforms = draw_uniforms(Streams(1), 0, 50, 2 * PATIENTS_PER_DRAW + 3)
    assert len(np.unique(uniforms)) == uniforms.size
    shorter = draw_uniforms(Streams(1), 0, 50, PATIENTS_PER_DRAW + 1)
    assert np.array_equal(shorter, uniforms[:, : PATIENTS_PER_DRAW + 1])
