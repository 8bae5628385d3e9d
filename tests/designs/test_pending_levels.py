"""What BOIN12 and TITE-BOIN12 read of levels in compiled code settles decisions, and is said but close to a bound."""

from dataclasses import fields
from types import SimpleNamespace

import numpy as np
import pytest

from simulator.designs import BOIN12, TITEBOIN12
from simulator.designs.benefit_risk_data import LevelData, level_data
from simulator.designs.design import Decision, Observed, Reason
from simulator.designs.desirability import desirability
from simulator.designs.early_look import waits_for_all
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.pending_levels import (
    MOST_PATIENTS,
    NOTHING_KNOWN,
    UNSAID,
    WAITS,
    both_sides,
    desirability_at,
    imputed,
    patient_utility,
    read_anywhere,
    read_here,
    read_order,
)

DESIGNS = (
    BOIN12(n_doses=4),
    BOIN12(n_doses=3, stop_n_at_dose=6, n_star=3),
    TITEBOIN12(n_doses=4),
    TITEBOIN12(n_doses=3, admissibility="enrolled", stop_n_at_dose=6, max_pending_response=1.0),
    TITEBOIN12(n_doses=2, c_t=1.0, c_e=1.0, exploration_from=None, utilities=(100, 30, 50, 0)),
)
STATES = 6000


def _observed(design: BOIN12) -> Observed:
    rng = np.random.default_rng(3)
    shape = STATES, 9
    level = np.where(np.arange(9) < rng.integers(1, 10, STATES)[:, None], 1, 0)
    level *= rng.integers(1, design.n_doses + 1, shape)
    # Who waits for all is read so once nothing is pending.
    share = rng.random((STATES, 1)) * (0.0 if waits_for_all(design) else 0.4)
    dlt, response = (np.where(rng.random(shape) < share, PENDING, rng.random(shape) < 0.4) for _ in range(2))
    followup = rng.random(shape) * rng.choice([0, 1], (STATES, 1))
    patients = PatientRecords.of(level, dlt, followup, response, followup)
    return Observed.of_patients(
        design.n_doses, level[:, 0], patients, rng.integers(2, design.n_doses + 2, STATES)
    )


def _read(design: BOIN12, data: LevelData, state: int, level: int) -> tuple[int, ...]:
    """Return what is read of a state, as compiled code puts it into a key."""
    by = design.pending_levels()
    of = SimpleNamespace(**by._asdict(), **{one.name: getattr(data, one.name)[state] for one in fields(data)})
    of.values = [
        desirability_at(by.polynomials[n], by.terms[n], n, x)
        for n, x in zip(of.n, of.quasi_events, strict=True)
    ]
    here = read_here(of, level - 1)
    if here in (WAITS, NOTHING_KNOWN):
        return (here,)
    levels = design.n_doses
    anywhere = (read_anywhere(of, k) for k in range(levels))
    return here, *anywhere, read_order(of, max(level - 1, 1) - 1, min(level + 1, levels))


def _decided(decision: Decision, state: int) -> tuple[int, ...]:
    found = decision.action, decision.level, decision.closed_from, decision.reason, decision.cohort_size
    return tuple(int(values[state]) for values in found)


@pytest.mark.parametrize("design", DESIGNS, ids=repr)
def test_level_closing_and_what_is_read_settle_the_decision(design: BOIN12) -> None:
    observed = _observed(design)
    decision = design.decide(observed)
    data = level_data(observed, design.n_doses, design.utilities)
    answers: dict[tuple[int, ...], set[tuple[int, ...]]] = {}
    unsaid = 0
    for state, level in enumerate(observed.level.tolist()):
        read = _read(design, data, state, level)
        unsaid += UNSAID in read
        if UNSAID not in read:
            key = level, int(observed.closed_from[state]), *read
            answers.setdefault(key, set()).add(_decided(decision, state))
    assert {len(found) for found in answers.values()} == {1}
    assert len(answers) < STATES / 3
    assert unsaid < STATES / 100


def test_sizes_and_waits_are_those_of_the_rule() -> None:
    design = TITEBOIN12(max_pending_dlt=0.5, max_pending_response=0.25)
    by = design.pending_levels()
    assert by.dlt_waits_from[:5].tolist() == [1, 1, 2, 2, 3]
    assert by.response_waits_from[:5].tolist() == [1, 1, 1, 1, 2]
    assert [int(by.sizes[n]) for n in (0, 1, 5, 6, 8, 9)] == [0, 1, 1, 3, 3, 7]
    assert Reason.WAIT_PENDING in design.decide(_observed(design)).reason
    waiting = BOIN12().pending_levels()
    assert {*waiting.dlt_waits_from.tolist(), *waiting.response_waits_from.tolist()} == {1}


def test_the_recurrence_is_the_desirability() -> None:
    rng = np.random.default_rng(1)
    by = TITEBOIN12().pending_levels()
    above = TITEBOIN12().limits.benchmark
    n = np.repeat(np.arange(MOST_PATIENTS + 1), 5)
    x = n * rng.random(len(n))
    found = [desirability_at(by.polynomials[k], by.terms[k], k, one) for k, one in zip(n, x, strict=True)]
    assert np.abs(found - desirability(x, n, above)).max() < 1e-11


def test_imputed_utilities_add_up_to_those_of_the_data() -> None:
    design = TITEBOIN12(n_doses=2)
    observed = _observed(design)
    data = level_data(observed, 2, design.utilities)
    of, utilities = observed.patients, np.array(design.utilities)
    assert of is not None
    for state in range(200):
        sums = np.zeros(2)
        for k in np.flatnonzero(of.level[state]):
            at = state, int(of.level[state, k]) - 1
            toxic = imputed(data.dlt[at], data.dlt_known[at], of.dlt[state, k], of.followup[state, k])
            followed = of.response_followup[state, k]
            responds = imputed(data.response[at], data.response_known[at], of.response[state, k], followed)
            sums[at[1]] += patient_utility(toxic, responds, utilities)
        np.testing.assert_allclose(sums, data.quasi_events[state], rtol=0, atol=1e-12)


def test_nothing_is_said_close_to_a_bound() -> None:
    assert both_sides(2.0, 3.0, 2.0, 1.0) == 1
    assert both_sides(4.0, 3.0, 2.0, 2.5) == 2
    assert both_sides(2.0, 2.0 + 1e-10, 2.0, 1.0) == UNSAID
    assert both_sides(2.0, 1.0, 2.0, 2.0 - 1e-10) == UNSAID
    close = SimpleNamespace(n=[3, 4], quasi_events=[1.0, 1.3], values=[0.5, 0.5 + 1e-10])
    assert read_order(close, 0, 2) == UNSAID
    assert read_order(SimpleNamespace(n=[3, 3], quasi_events=[1.0, 1.0], values=[0.5, 0.5]), 0, 2) == 3
    assert read_order(SimpleNamespace(n=[3, 4], quasi_events=[1.0, 1.0], values=[0.5, 0.4]), 0, 2) == 1
    assert read_order(SimpleNamespace(n=[3, 4], quasi_events=[1.0, 1.0], values=[0.4, 0.5]), 0, 2) == 2
