"""A cohort whose decision is settled infuses nobody more at its level (contract 5.6, D12)."""

import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Design
from simulator.trial.dosing import DosingParameters, Recheck
from simulator.trial.ledger import NEVER, Exit, State, check_ledger
from simulator.trial.record import ledger
from simulator.trial.rules import TrialRules
from simulator.trial.trial_state import Log, Trial
from tests.trial.synthetic import Made, World, intake_of, no_delays

P_DLT = (0.1, 0.2, 0.3, 0.4)
SETTLED_DAY = 98.0  # outcome of the second DLT at level 2, below
DESIGNS = pytest.mark.parametrize("design", [ThreePlusThree(n_doses=4), BOIN(n_doses=4, max_n=30)])


def _world(**changes: object) -> World:
    rules = TrialRules.model_validate({"expansion": False, "enrolment_min": 0} | changes)
    return World(rules, P_DLT, dosing=DosingParameters(lymphodepletion_days=5))


def _patients(dlt_onsets: dict[int, float], count: int = 12, **sixth: object) -> list[Made]:
    """Return patients all ready on day 0; those named (from 1) have a DLT that long after infusion."""
    patients = []
    for number in range(1, count + 1):
        extra = sixth if number == 6 else {}
        toxicity = {"toxicity": 0.001, "onset": dlt_onsets[number]} if number in dlt_onsets else {}
        patients.append(Made(ready=0.0, expires_after=1e5, **(toxicity | extra)))  # type: ignore[arg-type]
    return patients


def _run(world: World, design: Design, patients: list[Made], log: Log | None = None) -> Trial:
    trial = world.trial(design, intake_of(patients), log=log)
    check_ledger(ledger(trial))
    return trial


# Level 1: infused on days 5, 24, 36, known on day 64, reviewed on day 71. Level 2: infused on days 76 and 95,
# the third starts lymphodepletion on day 102.


@DESIGNS
def test_two_dlts_in_two_patients_hold_the_third_who_is_treated_one_level_down(design: Design) -> None:
    trial = _run(_world(), design, _patients({4: 3, 5: 3}))
    assert [p.infused_day for p in trial.infused[:5]] == [5, 24, 36, 76, 95]
    assert [p.level for p in trial.infused[:6]] == [1, 1, 1, 2, 2, 1]
    sixth = trial.infused[5]
    assert sixth.i == 5
    assert sixth.lymphodepleted_day == SETTLED_DAY + 7  # the review, not the end of any window
    assert sixth.cohort == trial.infused[4].cohort + 1


@DESIGNS
def test_complete_infuses_the_third_after_two_dlts(design: Design) -> None:
    trial = _run(_world(mid_cohort="complete"), design, _patients({4: 3, 5: 3}))
    assert [p.level for p in trial.infused[:7]] == [1, 1, 1, 2, 2, 2, 1]
    assert trial.infused[5].lymphodepleted_day == 102
    assert trial.infused[5].cohort == trial.infused[4].cohort


@DESIGNS
def test_one_dlt_in_two_holds_nobody(design: Design) -> None:
    trial = _run(_world(), design, _patients({5: 3}))
    assert [p.level for p in trial.infused[:6]] == [1, 1, 1, 2, 2, 2]


@DESIGNS
def test_a_patient_in_lymphodepletion_at_the_hold_is_infused_one_level_down(design: Design) -> None:
    trial = _run(_world(), design, _patients({4: 3, 5: 9}))  # known on day 104; infusion due on day 107
    sixth = trial.infused[5]
    assert (sixth.i, sixth.lymphodepleted_day, sixth.infused_day) == (5, 102, 107)
    assert (sixth.level, sixth.cohort, sixth.level_at_slot) == (1, 0, 1)
    seventh = trial.infused[6]
    assert seventh.lymphodepleted_day == 107 + 28 + 7  # the decision waits for this outcome


@DESIGNS
def test_a_patient_in_lymphodepletion_at_the_hold_leaves_where_closed_levels_hold(design: Design) -> None:
    trial = _run(_world(closed_level="hold"), design, _patients({4: 3, 5: 9}))
    sixth = trial.patients[5]
    assert (sixth.state, sixth.reason, sixth.exit_day) == (State.LYMPHODEPLETED, Exit.LEVEL_CLOSED, 107)
    assert trial.infused[5].i == 6
    assert trial.infused[5].level == 1
    assert trial.infused[5].lymphodepleted_day == 107 + 7


def test_the_review_waits_while_one_is_on_the_way_and_another_was_infused_below() -> None:
    """Patients 5 and 6 have DLTs at level 2; the others of the cohort, 7 and 8, are in lymphodepletion.

    Patient 7 is infused at level 1. Patient 9 leaves while 8 is still on the way: neither outcome is known yet.
    """
    ready = [0.0, 0.0, 0.0, 0.0, 40.0, 40.0, 42.0, 44.0, 45.0, 200.0]
    patients = [
        Made(day, toxicity=0.001, onset=1.5, expires_after=1e5)
        if k in (5, 6)
        else Made(
            day, leaves_after=6.0 if k == 9 else NEVER, expires_after=1e5, manufacture=(9.0 * (k == 9), 0, 0)
        )
        for k, day in enumerate(ready, start=1)
    ]
    world = World(
        no_delays(4, dlt_window_days=28, mid_cohort="hold_if_decided", stagger_gates="infusion"),
        P_DLT,
        dosing=DosingParameters(lymphodepletion_days=8),
    )
    log: Log = []
    trial = _run(world, BOIN(n_doses=4, cohort_size=4), patients, log)
    seventh, eighth = trial.infused[6:8]
    assert [(p.i + 1, p.level, p.cohort, p.infused_day) for p in (seventh, eighth)] == [
        (7, 1, 0, 50),
        (8, 1, 0, 52),
    ]
    reviews = [day for day, who, what in log if who == "trial" and what.startswith("review")]
    assert reviews[:2] == [8 + 28, 52 + 28]


def test_two_dlts_at_level_1_of_3_3_leave_no_level_for_a_patient_in_lymphodepletion() -> None:
    # infused on days 5 and 24; the third starts on day 31 and is due on day 36
    trial = _run(_world(), ThreePlusThree(n_doses=4), _patients({1: 3, 2: 9}))
    third = trial.patients[2]
    assert (third.reason, third.lymphodepleted_day, third.exit_day) == (Exit.LEVEL_CLOSED, 31, 36)
    assert (trial.stop, trial.selected, len(trial.infused)) == ("safety", 0, 2)
    assert trial.recommended_day == 36 + 7


def test_two_dlts_at_level_1_of_boin_hold_nobody_because_the_trial_may_stay_there() -> None:
    trial = _run(_world(), BOIN(n_doses=4, max_n=30), _patients({1: 3, 2: 3}))
    assert [p.i for p in trial.infused[:3]] == [0, 1, 2]
    assert [p.level for p in trial.infused[:3]] == [1, 1, 1]
    assert trial.infused[2].infused_day == 36


def test_a_hold_does_not_wait_for_a_stop_that_has_found_its_level() -> None:
    # 3+3 returns to level 1: a DLT there leaves "one of six: found" open, and everybody is infused
    trial = _run(_world(), ThreePlusThree(n_doses=4), _patients({4: 3, 5: 3, 6: 3}))
    assert [p.level for p in trial.infused] == [1, 1, 1, 2, 2, 1, 1, 1]
    assert (trial.stop, trial.selected, trial.escalation.n[0]) == ("complete", 1, 6)


def test_a_hold_does_not_wait_for_a_stop_for_precision() -> None:
    # after 1 of 3 and 2 DLTs more at level 1, 3/5 completes to 3/6 or 4/6: the first stops for precision
    design = BOIN(n_doses=4, max_n=30, stop_n_at_dose=6)
    trial = _run(_world(), design, _patients({1: 3, 4: 3, 5: 3}))
    assert [p.level for p in trial.infused] == [1] * 6
    assert trial.stop == "precision"
    assert trial.escalation.dlt[0] == 3


def test_a_stop_that_closes_the_level_holds_the_rest_of_the_cohort() -> None:
    # 3+3 fills level 1 to six after two DLTs at level 2: two more DLTs at level 1 settle that it closes
    trial = _run(_world(), ThreePlusThree(n_doses=4), _patients({4: 3, 5: 3, 6: 3, 7: 3}))
    assert [p.level for p in trial.infused] == [1, 1, 1, 2, 2, 1, 1]
    assert (trial.stop, trial.selected) == ("safety", 0)


def test_a_patient_delayed_at_the_recheck_gives_his_place_back_and_is_not_checked_again() -> None:
    log: Log = []
    patients = _patients({4: 3, 5: 3}, recheck=Recheck.DELAY, recheck_delay=40.0)
    trial = _run(_world(), ThreePlusThree(n_doses=4), patients, log)
    assert sum(who == "1-6" and event.startswith("re-check") for _, who, event in log) == 1
    sixth = next(p for p in trial.infused if p.i == 5)
    # place on day 71, fit on day 111; by then the seventh (105) and the eighth (117) are before them
    assert (sixth.lymphodepleted_day, sixth.level) == (129, 1)


def test_the_log_says_that_a_cohort_is_held() -> None:
    log: Log = []
    _run(_world(), ThreePlusThree(n_doses=4), _patients({4: 3, 5: 3}), log)
    held = [(day, event) for day, who, event in log if who == "trial" and event.startswith("cohort held")]
    assert held == [(SETTLED_DAY, "cohort held: every completion leads away from level 2")]
