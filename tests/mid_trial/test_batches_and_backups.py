"""The pathways of a trial under way make products by the calendar's rule: repeats, other donors, frozen backups."""

import dataclasses

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from simulator.designs import ThreePlusThree
from simulator.mid_trial.escalation_replay import EscalationReplay
from simulator.mid_trial.escalation_state import TreatedPatient
from simulator.mid_trial.frozen_backups import collection_day, frozen_backups
from simulator.mid_trial.matching_pathways import batches
from simulator.mid_trial.observed_patient import ObservedPatient
from simulator.trial.arm import rulebook, setting
from simulator.trial.batches import NOT_KNOWN
from simulator.trial.ledger import NEVER, State
from simulator.trial.patient import Patient
from simulator.trial.product import Batch, ProductParameters
from simulator.trial.run import new_escalation
from simulator.trial.setting import needed_pass, used_pass
from simulator.trial.trial_state import Trial
from tests.forecast_calibration import world
from tests.support.simulated_history import simulated_trial
from tests.trial.random_worlds import Drawn, scenarios
from tests.trial.synthetic import Made, World, intake_of, no_delays

ENDS = (Batch.RELEASED, Batch.FAILED, Batch.OUT_OF_SPECIFICATION)
Times = list[tuple[float, float, Batch]]


def of_the_calendar(trial: Trial) -> dict[int, Times]:
    """Return slot start, slot end and end of each batch that ended, by patient."""
    found: dict[int, Times] = {}
    for batch in trial.batches:
        if batch.end != NOT_KNOWN:
            found.setdefault(batch.patient.i, []).append((batch.slot_from, batch.slot_until, batch.end))
    return found


def of_the_pathways(trial: Trial, i: int) -> Times:
    """Return the same of candidate i, laid at the day of the first collection."""
    patient = next(one for one in trial.patients if one.i == i)
    first, backup = patient.leukapheresed_day, patient.backup_day < NEVER
    found = batches(trial.candidates, trial.setting.product, i, backup=backup)
    return [(first + one.start, first + one.made, one.end) for one in found]


@pytest.mark.parametrize("repeats", [0, 1])
@pytest.mark.parametrize("other_donors", [0, 1])
@pytest.mark.parametrize("backups", [0, 1, 9])
def test_calendar_and_pathways_make_the_same_batches(repeats: int, other_donors: int, backups: int) -> None:
    kinds = [
        (ends, (first, other))
        for ends in np.stack(np.meshgrid(ENDS, ENDS, ENDS), axis=-1).reshape(-1, 3).tolist()
        for first in (False, True)
        for other in (False, True)
    ]
    product = ProductParameters(
        manufacturing_slots=100,
        repeats=repeats,
        other_donors=other_donors,
        backup_leukaphereses_per_cohort=backups,
    )
    made = World(no_delays(2, dlt_window_days=28), p_dlt=(0.2, 0.3), product=product)
    with_backup = 0
    for ends, fails in kinds:
        patient = Made(
            ready=0.0,
            batches=tuple(Batch(end) for end in ends),
            donor_fails=fails,
            to_leukapheresis=(3.0, 4.0, 5.0),
            manufacture=(10.0, 11.0, 12.0),
            release=(1.0, 2.0, 2.5),
            other_donor_workup=14.0,
            expires_after=1e5,
        )
        trial = made.trial(ThreePlusThree(n_doses=2), intake_of([patient, patient]))
        compared = of_the_calendar(trial)
        assert sorted(compared) == [0, 1]
        for i, own in compared.items():
            assert own == of_the_pathways(trial, i)
        with_backup += trial.backups.total
    assert with_backup == len(kinds) * min(backups, 2)


@settings(max_examples=100, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_calendar_and_pathways_make_the_same_batches_in_random_worlds(drawn: Drawn) -> None:
    roomy = drawn.stages.product.model_copy(update={"manufacturing_slots": 100})
    drawn = dataclasses.replace(drawn, stages=dataclasses.replace(drawn.stages, product=roomy))
    for limits in (used_pass(drawn.stages.rules), needed_pass(20)):
        trial = drawn.trial(drawn.intakes(range(1))[0], limits)
        for i, own in of_the_calendar(trial).items():
            patient = next(one for one in trial.patients if one.i == i)
            # Who leaves gives the slot back on that day, and has no later batch.
            expected = [
                (start, min(made, patient.leaves_day), end) for start, made, end in of_the_pathways(trial, i)
            ]
            assert own == expected[: len(own)]
            if patient.state >= State.RELEASED:
                assert own == expected


@pytest.mark.parametrize("per_cohort", [1, 2])
def test_the_backups_of_a_history_are_the_calendars_own(per_cohort: int) -> None:
    of = world({"product.backup_leukaphereses_per_cohort": per_cohort, "product.failure": 0.2})
    rules, compared = setting(of.stages, of.stages.outcomes), 0
    for replicate in range(6):
        trial = simulated_trial(of.stages, of.design, of.truths[0], 5, replicate)
        for day in (150 + 1 / 2048, 400 + 1 / 2048):
            own = {one.i: one.follow_up for one in trial.patients}
            replay = EscalationReplay(
                new_escalation(rulebook(of.design), used_pass(of.stages.rules)),
                rules,
                lambda number, level, infused, own=own: own[number],
                day,
            )
            state = replay.run([_treated(one) for one in trial.patients if one.lymphodepleted_day <= day])
            collected = {one.i: collection_day(_observed(one), day) for one in trial.patients}
            found = frozen_backups(collected, state.cohort_days, state.recommended_day, per_cohort)
            assert set(found) == {one.i for one in trial.patients if one.backup_day < day}
            compared += len(found)
    assert compared > 12


def _observed(patient: Patient) -> ObservedPatient:
    steps = (State.ENROLLED, State.LEUKAPHERESED)
    days = {state: getattr(patient, f"{state.name.lower()}_day") for state in steps}
    return ObservedPatient("", 0, 0, {state: day for state, day in days.items() if day < NEVER})


def _treated(patient: Patient) -> TreatedPatient:
    over = patient.infused_day < NEVER
    return TreatedPatient(
        number=patient.i,
        started_day=patient.lymphodepleted_day,
        infused_day=patient.infused_day,
        left_day=NEVER if over else patient.exit_day,
        level_assigned=0,
        level_given=0,
        outcome_day=patient.exit_day if over else NEVER,
        counted=patient.follow_up.counted,
        dlt=patient.follow_up.dlt,
    )
