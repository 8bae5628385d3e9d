"""Designs that look early on the calendar: when they are asked, and what they read."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from simulator.designs import (
    BFBOIN,
    BOIN,
    BOIN12,
    TITEBOIN,
    TITEBOIN12,
    TITECRM,
    PendingPolicy,
    RollingSix,
    ThreePlusThree,
    TITEKeyboard,
)
from simulator.designs.design import Action, Design
from simulator.designs.patient_records import PENDING, PatientRecords
from simulator.designs.stopped import Stopped
from simulator.designs.stopping_rules import TotalN
from simulator.designs.wrapped import asked_again_at
from simulator.durations import TICKS_PER_DAY
from simulator.outcomes.outcomes import Truth
from simulator.trial.caps import read_caps
from simulator.trial.escalation import Rulebook
from simulator.trial.infused_records import InfusedRecords, completed
from simulator.trial.ledger import Exit, check_ledger
from simulator.trial.record import ledger, needed_row
from simulator.trial.rules import MidCohort
from simulator.trial.setting import Pass, needed_pass, used_pass
from simulator.trial.trial_state import Log, Trial
from tests.trial.audit import audit, audited_trials
from tests.trial.early_worlds import early_scenarios, instant_pairs, waiting_pairs
from tests.trial.random_worlds import Drawn, Stages, default_stages, default_truth
from tests.trial.synthetic import Made, World, intake_of, no_delays

P_DLT = (0.1, 0.2, 0.3, 0.4)
WINDOW = 28.0
INFUSIONS = 20


def _shown(trial: Trial) -> tuple[object, ...]:
    patients = [
        (p.name, p.infused_day, p.level, p.level_at_slot, p.exit_day, p.reason, p.cohort, p.cohort_level)
        for p in trial.patients
    ]
    data = (trial.escalation.n, trial.escalation.dlt, trial.selected, trial.stop, trial.recommended_day)
    times = (trial.closed_day, trial.reviews, trial.waiting_times.days, trial.slot_use.held)
    return patients, data, times


@settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(instant_pairs())
def test_with_instant_outcomes_a_design_that_looks_early_is_its_cohort_design(
    pair: tuple[Drawn, Drawn],
) -> None:
    complete, early = pair
    passes: tuple[Pass, ...] = (used_pass(complete.stages.rules), needed_pass(INFUSIONS))
    for intake in complete.intakes(range(2)):
        for limits in passes:
            assert _shown(early.trial(intake, limits)) == _shown(complete.trial(intake, limits))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(waiting_pairs())
def test_a_design_that_waits_for_the_cohort_is_the_cohort_design_at_any_window(
    pair: tuple[Drawn, Drawn],
) -> None:
    complete, early = pair
    for intake in complete.intakes(range(2)):
        limits = used_pass(complete.stages.rules)
        assert _shown(early.trial(intake, limits)) == _shown(complete.trial(intake, limits))


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(waiting_pairs())
def test_a_held_cohort_differs_only_where_a_member_is_treated_below_it_or_the_size_is_near(
    pair: tuple[Drawn, Drawn],
) -> None:
    """The convention of docs/late_onset.md: the cohort design awaits such a member, a policy does not."""
    complete, early = (replace(one, stages=_holding(one)) for one in pair)
    for intake in complete.intakes(range(2)):
        limits = used_pass(complete.stages.rules)
        of_cohorts = complete.trial(intake, limits)
        lowered = any(0 < p.level < p.cohort_level for p in of_cohorts.infused)
        # Full, it ends by the enrolment cap where the cohort design, its cohort held, may still stop for toxicity.
        full = of_cohorts.enrolled >= of_cohorts.enrolment_cap
        near = full or len(of_cohorts.infused) >= complete.design.max_n - 3
        if not (lowered or near):
            assert _shown(early.trial(intake, limits)) == _shown(of_cohorts)


def _holding(drawn: Drawn) -> Stages:
    rules = drawn.stages.rules.model_copy(update={"mid_cohort": MidCohort.HOLD_IF_DECIDED})
    return replace(drawn.stages, rules=rules)


@settings(max_examples=80, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(early_scenarios())
def test_no_look_reads_an_outcome_before_its_day_and_nobody_is_infused_at_a_closed_level(
    drawn: Drawn,
) -> None:
    audited_trials(drawn, 2)


def _run(design: Design, days: list[float], dlts: dict[int, float] | None = None, **rules: object) -> Trial:
    """Run a trial without delays on patients ready on these days; those named (from 1) have a DLT so much later."""
    onsets = dlts or {}
    patients = [
        Made(day, toxicity=0.0, onset=onsets[k], expires_after=1e5)
        if k in onsets
        else Made(day, expires_after=1e5)
        for k, day in enumerate(days, start=1)
    ]
    world = World(no_delays(4, dlt_window_days=WINDOW, mid_cohort="hold_if_decided", **rules), P_DLT)
    log: Log = []
    trial = world.trial(design, intake_of(patients), log=log)
    check_ledger(ledger(trial))
    audit(trial)
    return trial


def _asked(trial: Trial, day: float) -> list[str]:
    assert trial.log is not None
    return [what for on, who, what in trial.log if on == day and who == "trial" and what.startswith("asks")]


def test_the_fourth_patient_waits_until_half_of_the_outcomes_are_known() -> None:
    trial = _run(TITEBOIN(n_doses=4), [0, 1, 2, 3, 200])
    assert [p.infused_day for p in trial.infused] == [0, 1, 2, 29, 200]
    assert [p.level for p in trial.infused] == [1, 1, 1, 2, 2]
    assert "level 1: 3 of 3 pending, follow-up 0.2 of 3 windows: wait" in _asked(trial, 3)[0]
    assert "level 1: 2 of 3 pending, follow-up 1.9 of 2 windows: wait" in _asked(trial, 28)[0]
    assert "level 1: 1 of 3 pending, follow-up 1.0 of 1 window: level 2" in _asked(trial, 29)[0]


def test_the_trial_asks_again_when_the_shortest_follow_up_reaches_a_quarter_of_the_window() -> None:
    design = TITEBOIN(n_doses=4, suspension="chen2025")
    trial = _run(design, [0, 1, 24, 25, 200])
    assert [p.infused_day for p in trial.infused][:4] == [0, 1, 24, 24 + WINDOW / 4]
    assert "wait" in _asked(trial, 29)[0]


def test_a_dlt_at_the_instant_of_an_arrival_is_seen() -> None:
    trial = _run(TITEBOIN(n_doses=4, cohort_size=1), [0, 20, 100], {1: 20})
    assert trial.early is not None
    assert trial.early.looks is not None
    look = next(look for look in trial.early.looks if look.day == 20)
    assert look.patients.dlt.tolist() == [[1]]
    assert [p.infused_day for p in trial.infused][:2] == [0, 20]


def test_late_dlts_that_close_the_levels_end_the_cohort_under_way() -> None:
    design = TITEBOIN(n_doses=4, max_pending=1.0)
    trial = _run(design, [0, 1, 2, 3, 40], {1: 27, 2: 27, 3: 27.5})
    assert [p.level for p in trial.infused] == [1, 1, 1, 2]
    assert (trial.stop, trial.selected, trial.recommended_day) == ("safety", 0, 29.5)


def test_a_patient_who_is_not_evaluable_is_replaced_while_the_design_waits() -> None:
    patients = [Made(k, dose=0.5 if k == 2 else 1.0, expires_after=1e5) for k in range(8)]
    world = World(no_delays(4, dlt_window_days=WINDOW), P_DLT)
    log: Log = []
    trial = world.trial(TITEBOIN(n_doses=4, max_pending=0.3), intake_of(patients), log=log)
    audit(trial)
    # Two outcomes are known on day 29; the third, on day 30, does not count: a place opens at level 1.
    assert [(p.infused_day, p.level, p.cohort) for p in trial.infused[:4]] == [
        *((day, 1, 1) for day in (0, 1, 2, 30)),
    ]


def test_escalation_ends_when_everybody_infused_is_followed_up() -> None:
    design = TITEBOIN(n_doses=4, max_n=6, suspension="lin2020", max_pending=1.0)
    trial = _run(design, [0, 1, 2, 40, 41, 42, 43, 44])
    assert len(trial.infused) == 6
    assert trial.stop == "max_n"
    assert trial.recommended_day == 42 + WINDOW
    assert sum(trial.escalation.n) == 6
    assert {p.reason for p in trial.patients if p not in trial.infused} <= {Exit.TRIAL_CLOSED, Exit.NO_SLOT}


def test_a_stop_that_is_not_for_safety_awaits_even_the_last_outcome() -> None:
    """On day 60 six are at level 1, 2 of them with a DLT and one pending: enough, and it would stay."""
    days = [0.0, 1.0, 2.0, 30.0, 31.0, 60.0]
    trial = _run(TITEBOIN(n_doses=4, stop_n_at_dose=6), days, {1: 1.0, 4: 1.0})
    assert "1 of 6 pending" in _asked(trial, 60)[0]
    assert "stop" in _asked(trial, 60)[0]
    assert (trial.stop, trial.recommended_day) == ("precision", 60 + WINDOW)
    assert trial.escalation.n == [6, 0, 0, 0]


def test_coherence_reads_the_last_cohort_treated() -> None:
    """A flat skeleton and a narrow prior send each patient one level up. After the second one's DLT none goes up."""
    levels = {
        coherence: [
            p.level
            for p in _run(
                TITECRM(
                    n_doses=4,
                    coherence=coherence,
                    skeleton=(0.05, 0.06, 0.07, 0.08),
                    prior_sd=0.3,
                    max_n=5,
                ),
                [0.0, 30.0, 60.0, 90.0, 120.0],
                {2: 1.0},
            ).infused
        ]
        for coherence in (False, True)
    }
    assert levels == {False: [1, 2, 3, 4, 4], True: [1, 2, 2, 3, 4]}


def test_who_is_under_way_takes_no_place_once_the_design_has_stopped() -> None:
    """Six at level 1 are complete; two DLTs at level 2 close it while a third patient there is pending."""
    onsets = {6: 20.0, 8: 25.0}
    days = [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 40.0, 41.0, 42.0, 43.0]
    patients = [
        Made(day, toxicity=0.0 if k in onsets else 0.99, onset=onsets.get(k, 0.0), expires_after=1e5)
        for k, day in enumerate(days)
    ]
    patients[-1] = replace(patients[-1], manufacture=(25.0, 0.0, 0.0))  # ready for a place on day 68
    world = World(no_delays(4, dlt_window_days=WINDOW, slots_ahead=4), P_DLT)
    log: Log = []
    trial = world.trial(RollingSix(n_doses=4), intake_of(patients), log=log)
    audit(trial)
    assert [p.infused_day for p in trial.infused] == days[:-1]
    assert (trial.stop, trial.selected, trial.recommended_day) == ("complete", 1, 41 + WINDOW)


def test_a_patient_lost_to_the_data_before_the_end_is_replaced() -> None:
    design = TITEBOIN(n_doses=4, max_n=3)
    patients = [Made(0.0), Made(1.0), Made(2.0, dies_after=10.0), Made(50.0, expires_after=1e5)]
    trial = World(no_delays(4, dlt_window_days=WINDOW), P_DLT).trial(design, intake_of(patients), log=[])
    audit(trial)
    assert [p.follow_up.counted for p in trial.infused] == [True, True, False, True]
    assert trial.recommended_day == 50 + WINDOW


def test_rolling_six_treats_six_before_the_first_outcome_is_known() -> None:
    trial = _run(RollingSix(n_doses=4), [float(day) for day in range(12)])
    assert [p.infused_day for p in trial.infused[:7]] == [0, 1, 2, 3, 4, 5, 4 + WINDOW]
    assert [p.level for p in trial.infused[:7]] == [1] * 6 + [2]


@pytest.mark.parametrize("mid_cohort", ["hold_if_decided", "complete"])
def test_with_instant_outcomes_and_one_patient_a_day_rolling_six_is_3_plus_3(mid_cohort: str) -> None:
    """A cohort that is completed whatever its DLTs has up to two patients more in 3+3: rolling six closes at once."""
    rng = np.random.default_rng(20)
    differ, compared = 0, 120
    for _ in range(compared):
        p_dlt = tuple(np.sort(rng.uniform(0.02, 0.7, 4)).tolist())
        patients = [Made(float(day), toxicity=rng.random(), expires_after=1e5) for day in range(40)]
        world = World(no_delays(4, dlt_window_days=0.0, mid_cohort=mid_cohort), p_dlt)
        three, six = (
            world.trial(design, intake_of(patients), log=[])
            for design in (ThreePlusThree(n_doses=4), RollingSix(n_doses=4))
        )
        audit(six)
        if mid_cohort == "hold_if_decided":
            assert [p.level for p in six.infused] == [p.level for p in three.infused]
            assert (six.escalation.n, six.escalation.dlt) == (three.escalation.n, three.escalation.dlt)
            assert (six.selected, six.stop) == (three.selected, three.stop)
        differ += len(six.infused) != len(three.infused)
    assert (differ > 0) == (mid_cohort == "complete")


def _without_slots_ahead(design: Design, truth: Truth, replicate: int, **rules: int) -> Trial:
    """Responses are known on day 28."""
    stages = default_stages()
    without = stages.rules.model_copy(update={"slots_ahead": 0, **rules})
    drawn = Drawn(replace(stages, rules=without), design, truth, 3)
    return drawn.trial(drawn.intakes(range(replicate, replicate + 1))[0], used_pass(without), [])


def test_a_design_that_waits_is_asked_at_each_outcome_though_nobody_can_come_before() -> None:
    """It was not asked until a patient came for a place, and without a slot ahead nobody ever came."""
    trial = _without_slots_ahead(
        PendingPolicy(BOIN(n_doses=4), policy="pod"), default_truth("M2"), 0, dlt_window_days=14
    )
    audit(trial)
    assert trial.stop == "max_n"
    assert trial.early is not None
    waits = [pair for pair in pairwise(trial.early.looks or []) if pair[0].verdict.action is Action.WAIT]
    assert waits
    for look, after in waits:
        known = [p.infused_day + p.follow_up.day for p in trial.infused if p.infused_day <= look.day]
        assert after.day <= min(day for day in known if day > look.day)


def test_a_cohort_that_is_given_up_before_anybody_was_infused_is_followed_by_a_decision() -> None:
    """A late DLT closes its level, and the one patient who had a place leaves: without slots ahead nobody comes."""
    toxic = Truth(name="toxic", p_dlt=(0.95, 0.96, 0.97, 0.98), p_response=default_truth("M2").p_response)
    trial = _without_slots_ahead(TITEBOIN(n_doses=4, cohort_size=1), toxic, 33, review_days=2)
    audit(trial)
    given_up = [p for p in trial.patients if p.reason == Exit.LEVEL_CLOSED]
    assert given_up
    assert trial.stop == "safety"
    assert trial.recommended_day == given_up[-1].exit_day


@pytest.mark.parametrize("design", [BOIN12(n_doses=4), TITEBOIN12(n_doses=4)], ids=lambda one: one.name)
def test_a_selection_that_reads_responses_awaits_all_of_them(design: Design) -> None:
    """It was made once the last DLT window had closed, on the responses known by then."""
    stages = default_stages()
    outcomes = stages.outcomes.model_copy(update={"response_day": 120})
    rules = stages.rules.model_copy(update={"dlt_window_days": 14})
    drawn = Drawn(replace(stages, rules=rules, outcomes=outcomes), design, default_truth("M1"), 3)
    ended = 0
    for intake in drawn.intakes(range(6)):
        trial = drawn.trial(intake, used_pass(rules), [])
        audit(trial)
        if trial.stop == "max_n":
            known = [
                p.infused_day + max(p.follow_up.day, min(120, p.follow_up.death_day)) for p in trial.infused
            ]
            counted = [day for day, p in zip(known, trial.infused, strict=True) if p.follow_up.counted]
            assert trial.recommended_day == max(counted) + rules.review_days
            row = read_caps([needed_row(trial)], design, len(trial.infused), rules.review_days)
            assert row.known_day[0, -1] == trial.recommended_day
            ended += 1
    assert ended


def test_a_wait_for_any_follow_up_ends_at_the_next_instant() -> None:
    """It lasted until a response was known, or the next DLT outcome."""
    trial = _run(TITEKeyboard(n_doses=4, cohort_size=1), [0, 0.5, 100])
    assert [p.infused_day for p in trial.infused][:2] == [0, 0.5]
    assert "wait" in _asked(trial, 0)[0]
    assert "level 2" in _asked(trial, 1 / TICKS_PER_DAY)[0]


def test_a_wrapper_is_asked_again_when_the_design_inside_wants_to_be() -> None:
    design = TITEBOIN(n_doses=4, suspension="chen2025")
    assert asked_again_at(Stopped(design, (TotalN(20),))) == design.ask_again_at == (0.25,)


def test_looking_early_saves_time_on_the_same_patients() -> None:
    days = list(np.arange(40) * 5.0)
    months = [_run_months(design, days) for design in (BOIN(n_doses=4), TITEBOIN(n_doses=4))]
    assert months[1] < 0.8 * months[0]


def _run_months(design: Design, days: list[float]) -> float:
    patients = [Made(day, expires_after=1e5) for day in days]
    trial = World(no_delays(4, dlt_window_days=WINDOW), P_DLT).trial(design, intake_of(patients))
    return trial.recommended_day


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_slots_of_infused_patients_are_held_to_the_outcome(share: float) -> None:
    trial = _run(TITEBOIN(n_doses=4, max_n=3), [0, 1, 2], None, review_days=share * WINDOW)
    assert trial.slot_use.held == 3 * WINDOW


@pytest.mark.parametrize(
    "design", [TITEBOIN(n_doses=4), TITEBOIN(n_doses=4, suspension="chen2025"), BFBOIN(n_doses=4)]
)
def test_answers_remembered_from_other_trials_are_the_designs_own(design: Design) -> None:
    rng = np.random.default_rng(3)
    worlds = [np.cumsum(rng.integers(1, 15, 40)).astype(float).tolist() for _ in range(25)]
    toxicities = rng.random((25, 40)).tolist()
    shared = Rulebook(design)
    world = World(no_delays(4, dlt_window_days=WINDOW, stagger_other_days=3, review_days=2), P_DLT)
    for days, draws in zip(worlds, toxicities, strict=True):
        made = [
            Made(day, toxicity=u, onset=1 + 27 * u, response=1 - u, expires_after=1e5)
            for day, u in zip(days, draws, strict=True)
        ]
        alone = world.trial(design, intake_of(made))
        assert _shown(world.trial(shared, intake_of(made))) == _shown(alone)


def test_a_completed_cohort_has_no_open_outcome_and_the_dlts_first_in_its_own() -> None:
    """Level 2: patients 1 and 3 pending, one place open; one DLT more. Patient 4, at level 1, stays pending."""
    known = PatientRecords.of([2, 2, 2, 1], [PENDING, 0, PENDING, PENDING], 0.5, PENDING, 0.25)
    of_one = (np.array([value]) for value in (2, 1, 1, 1))
    records = completed(known, *of_one)
    assert records.level.tolist() == [[2, 2, 2, 1, 2]]
    assert records.dlt.tolist() == [[1, 0, 0, PENDING, 0]]
    assert records.followup.tolist() == [[1, 1, 1, 0.5, 1]]
    assert records.response.tolist() == [[1, 1, 1, PENDING, 1]]
    assert records.response_followup.tolist() == [[1, 1, 1, 0.25, 1]]


def test_a_dlt_without_a_window_comes_at_its_end() -> None:
    """With outcomes known at once there is no share of a window: 1, as for a DLT of an unknown day."""
    records = InfusedRecords(window_days=0.0, response_days=0.0)
    place = records.enter(level=1, day=5.0, response=False, death_day=1e5, backfill=False)
    records.know(place, dlt=True, day=5.0)
    assert records.on(5.0).values("onset").tolist() == [[1.0]]
    within = InfusedRecords(window_days=28.0, response_days=0.0)
    place = within.enter(level=1, day=5.0, response=False, death_day=1e5, backfill=False)
    within.know(place, dlt=True, day=12.0)
    assert within.on(12.0).values("onset").tolist() == [[0.25]]
