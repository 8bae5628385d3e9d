"""A trial taken up at any moment, from what its patients have come to, goes on as if it had never been left."""

import dataclasses

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Design
from simulator.mid_trial.escalation_replay import EscalationReplay
from simulator.mid_trial.escalation_state import EscalationState, TreatedPatient
from simulator.mid_trial.merged_candidates import Candidate, merge_candidates
from simulator.mid_trial.resume import UnderWay, resume
from simulator.outcomes.outcomes import Truth
from simulator.population.arrivals import ArrivalParameters
from simulator.randomness import Streams
from simulator.trial.arm import dose_risks, rulebook, setting
from simulator.trial.clock import Priority
from simulator.trial.decisions import decide
from simulator.trial.dosing import Recheck
from simulator.trial.enrolment import arrive
from simulator.trial.intake import Intake, Stages, draw_intakes
from simulator.trial.ledger import NEVER, State
from simulator.trial.patient import Patient, queue_leaves_day
from simulator.trial.product import ManufacturingState
from simulator.trial.run import new_escalation, new_trial, run_from_opening
from simulator.trial.setting import used_pass
from simulator.trial.trial_state import Trial
from simulator.trial.waiting_times import Phase
from tests.forecast_calibration import world

TRUTHS = (
    Truth(name="mild", p_dlt=(0.04, 0.08, 0.16, 0.30), p_response=(0.2, 0.4, 0.5, 0.6)),
    Truth(name="toxic", p_dlt=(0.30, 0.45, 0.58, 0.70), p_response=(0.2, 0.4, 0.5, 0.6)),
)
DESIGNS = (
    ThreePlusThree(n_doses=4),
    BOIN(n_doses=4, target=0.30, cohort_size=3, max_n=18),
)


RULES = (
    {},
    {"stagger_gates": "infusion", "mid_cohort": "complete", "enrolment_max": 18},
    {"closed_level": "hold", "not_evaluable": "no_dlt", "slots_ahead": 6},
)


@pytest.fixture(scope="module", params=RULES, ids=("default", "other gates, small cap", "other readings"))
def stages(request: pytest.FixtureRequest) -> Stages:
    """The default scenario with more patients, and no repeated batch, whose turn no history tells."""
    found = world().stages
    rules = type(found.rules).model_validate(found.rules.model_dump() | request.param)
    return dataclasses.replace(
        found,
        rules=rules,
        arrivals=ArrivalParameters(
            sites=3, later_sites_open_within_months=0, later_sites_open_after_months=1
        ),
        product=found.product.model_copy(
            update={"failure": 0.0, "out_of_specification": 0.0, "repeats": 0, "manufacturing_slots": 100}
        ),
    )


def started(stages: Stages, intake: Intake, design: Design, truth: Truth) -> Trial:
    return new_trial(
        setting(stages, stages.outcomes),
        used_pass(stages.rules),
        intake,
        rulebook(design),
        dose_risks(truth, stages.outcomes, stages.rules.dose_levels),
        log=[],
    )


def left_at(trial: Trial, day: float) -> bool:
    """Run the trial up to a day; False where it is over by then."""
    decide(trial)
    trial.clock.call(trial.candidates.ready_day[0], Priority.PATIENT, arrive, trial, 0)
    while trial.clock.env.peek() <= day:
        trial.clock.env.step()
        if trial.clock.ended.triggered:
            return False
    return True


def treated(trial: Trial, day: float) -> list[TreatedPatient]:
    found = []
    for patient in trial.patients:
        if patient.lymphodepleted_day > day:
            continue
        over = patient.exited and patient.infused_day < NEVER
        found.append(
            TreatedPatient(
                number=patient.i,
                started_day=patient.lymphodepleted_day,
                infused_day=patient.infused_day,
                left_day=patient.exit_day if patient.infused_day == NEVER else NEVER,
                level_assigned=0,
                level_given=0,
                outcome_day=patient.exit_day if over else NEVER,
                counted=patient.follow_up.counted,
                dlt=patient.follow_up.dlt,
            )
        )
    return found


def replayed(stages: Stages, trial: Trial, design: Design, day: float) -> EscalationState:
    own = {patient.i: patient.follow_up for patient in trial.patients}
    replay = EscalationReplay(
        new_escalation(rulebook(design), used_pass(stages.rules)),
        setting(stages, stages.outcomes),
        lambda number, level, infused: own[number],
        day,
    )
    return replay.run(treated(trial, day))


def under_way(trial: Trial, day: float) -> list[UnderWay]:
    """Return everybody still in the trial, with their own draws."""
    log = trial.log or []
    rechecks = {who: at for at, who, what in log if what.startswith("re-check")}
    found = []
    for k, old in enumerate(p for p in trial.patients if not p.exited and is_in(p, day)):
        patient = Patient(k, old.name, old.death_day, old.leaves_day, old.leaves_for, old.expiry_day)
        for name in ("state", "order", "level_at_slot", "dose"):
            setattr(patient, name, getattr(old, name))
        for name in ("enrolled", "leukapheresed", "released", "lymphodepleted", "infused", "collected"):
            setattr(patient, f"{name}_day", getattr(old, f"{name}_day"))
        making, fit_day = None, NEVER
        if old.state is State.ENROLLED:
            planned = old.enrolled_day + trial.candidates.products.to_leukapheresis[0][old.i]
            making = ManufacturingState(wait_days=planned - day)
        if old.state is State.LEUKAPHERESED:
            making = ManufacturingState(collected=True)
            patient.batch, patient.batch_known_day = old.batch, old.batch_known_day
            patient.slot_from, patient.slot_until = old.slot_from, old.slot_until
        if old.rechecked:
            delayed = trial.candidates.dosing.recheck[old.i] is Recheck.DELAY
            fit_day = rechecks[old.name] + (trial.candidates.dosing.recheck_delay[old.i] if delayed else 0.0)
        found.append(UnderWay(old.i, patient, making, fit_day))
    return found


def is_in(patient: Patient, day: float) -> bool:
    return patient.state is not State.READY or queue_leaves_day(patient) > day


def days(trial: Trial, patients: list[Patient]) -> list[list[float]]:
    reached = [
        [p.enrolled_day for p in patients],
        [p.infused_day for p in patients],
        [p.exit_day for p in patients if p.state is State.EVALUABLE],
    ]
    return [sorted(day for day in column if day < NEVER) for column in reached]


def resumed(stages: Stages, trial: Trial, design: Design, truth: Truth, day: float) -> Trial:
    state = replayed(stages, trial, design, day)
    here = under_way(trial, day)
    own = trial.candidates
    seen = len(trial.patients)

    def candidate(i: int) -> Candidate:
        return Candidate(own, i, own.ready_day[i], own.site[i])

    later = [candidate(i) for i in range(seen, len(own.ready_day))]
    whole = merge_candidates([candidate(one.number) for one in here], later, own.horizon_days)
    return resume(
        setting(stages, stages.outcomes),
        whole,
        dose_risks(truth, stages.outcomes, stages.rules.dose_levels),
        state,
        day,
        here,
        trial.enrolled,
    )


def worlds(stages: Stages) -> list[tuple[Intake, Design, Truth, float]]:
    rng = np.random.default_rng(7)
    found = []
    for drawn in draw_intakes(stages, Streams(11), range(12)):
        none = [[False] * len(donor) for donor in drawn.candidates.products.donor_fails]
        products = dataclasses.replace(drawn.candidates.products, donor_fails=none)
        candidates = dataclasses.replace(drawn.candidates, products=products)
        intake = dataclasses.replace(drawn, candidates=candidates)
        for design in DESIGNS:
            for truth in TRUTHS:
                # Between two ticks, so that nothing happens at the very moment.
                found.append((intake, design, truth, float(rng.integers(60, 700)) + 1 / 2048))
    return found


def test_the_state_replayed_from_the_patients_is_the_calendars_own(stages: Stages) -> None:
    compared = 0
    for intake, design, truth, day in worlds(stages):
        trial = started(stages, intake, design, truth)
        if not left_at(trial, day):
            continue
        found = replayed(stages, trial, design, day)
        mine, own = found.escalation, trial.escalation
        assert found.departures == []
        assert found.phase == trial.phase
        assert (mine.n, mine.dlt, mine.level, mine.size) == (own.n, own.dlt, own.level, own.size)
        assert (mine.cohort_n, mine.cohort_dlt, mine.closed_from) == (
            own.cohort_n,
            own.cohort_dlt,
            own.closed_from,
        )
        assert mine.held_level == own.held_level
        if trial.phase is Phase.ESCALATION:
            assert found.places_held == trial.places_held - trial.places_waiting
        assert (found.infused_outside_cohort, found.depleting) == (
            trial.infused_outside_cohort,
            trial.depleting,
        )
        assert found.infused_at == trial.infused_at
        assert (
            found.stagger_gate_day == trial.stagger_gate_day
            or max(found.stagger_gate_day, trial.stagger_gate_day) < day
        )
        compared += 1
    assert compared > 15


def test_a_trial_left_and_taken_up_again_is_the_trial_never_left(stages: Stages) -> None:
    compared = set()
    for intake, design, truth, day in worlds(stages):
        trial = started(stages, intake, design, truth)
        if not left_at(trial, day):
            continue
        past = [p for p in trial.patients if p.exited or not is_in(p, day)]
        again = resumed(stages, trial, design, truth, day)
        found = days(again, [*past, *again.patients])
        whole = started(stages, intake, design, truth)
        run_from_opening(whole)
        assert found == days(whole, whole.patients), (intake.replicate, design, truth.name, day, trial.phase)
        assert (again.selected, again.stop) == (whole.selected, whole.stop)
        compared.add((intake.replicate, design.name, truth.name))
    assert len(compared) > 15
