"""How trials end: caps on enrolled and infused, the calendar limit; and who is told what when they do."""

import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import Exit, State, check_ledger
from simulator.trial.product import Batch, ProductParameters
from simulator.trial.record import ledger
from simulator.trial.rules import TrialRules
from simulator.trial.setting import needed_pass
from simulator.trial.trial_state import Log, Trial
from simulator.trial.waiting_times import Waiting
from tests.trial.synthetic import Made, World, intake_of

P_DLT = (0.1, 0.2, 0.3, 0.4)
BOIN_4 = BOIN(n_doses=4, max_n=30)


def _world(depletion: float = 5, **changes: object) -> World:
    rules = TrialRules.model_validate({"expansion": False, "enrolment_min": 0} | changes)
    return World(rules, P_DLT, dosing=DosingParameters(lymphodepletion_days=depletion))


def _run(world: World, patients: list[Made], log: Log | None = None) -> Trial:
    trial = world.trial(BOIN_4, intake_of(patients), log=log)
    check_ledger(ledger(trial))
    return trial


def _daily(count: int, **made: object) -> list[Made]:
    return [Made(ready=float(k), expires_after=1e5, **made) for k in range(count)]  # type: ignore[arg-type]


def test_a_decision_that_nobody_can_follow_under_the_cap_ends_the_trial_on_that_day() -> None:
    trial = _run(_world(enrolment_max=6), _daily(20))
    assert (trial.stop, trial.enrolled, len(trial.infused)) == ("enrolment_cap", 6, 6)
    last_outcome = max(p.exit_day for p in trial.infused)
    assert trial.recommended_day == last_outcome + 7
    assert trial.selected == 2


def test_a_cohort_that_cannot_be_filled_under_the_cap_ends_the_trial_after_a_review() -> None:
    trial = _run(_world(enrolment_max=5), _daily(20))
    assert (trial.stop, len(trial.infused)) == ("enrolment_cap", 5)
    assert trial.recommended_day == max(p.exit_day for p in trial.infused) + 7
    assert trial.escalation.n == [3, 2, 0, 0]


def test_an_exit_before_infusion_reopens_its_place_up_to_the_cap() -> None:
    patients = _daily(20)
    patients[1] = Made(ready=1.0, leaves_after=2.0, manufacture=(10.0,) * 3)
    trial = _run(_world(enrolment_max=6), patients)
    assert (trial.enrolled, len(trial.infused), trial.stop) == (6, 5, "enrolment_cap")


def test_nobody_who_comes_after_enrolment_has_closed_is_in_the_ledger() -> None:
    trial = _run(_world(enrolment_max=4), _daily(20))
    book = ledger(trial)
    assert trial.closed_day == 3.0
    assert len(book.state) == 4


def test_everybody_in_the_trial_at_the_calendar_limit_is_not_finished() -> None:
    # on day 22 the first is infused (day 5), the second depleted (day 19), three are ahead, the others wait
    world = _world(calendar_limit_months=22 / 30.4375)
    trial = _run(world, _daily(20))
    assert (trial.stop, trial.clock.now) == ("not_finished", 22)
    assert {p.reason for p in trial.patients} == {Exit.NOT_FINISHED}
    assert {p.exit_day for p in trial.patients} == {22}
    states = [p.state for p in trial.patients]
    assert states[:3] == [State.INFUSED, State.LYMPHODEPLETED, State.RELEASED]
    assert State.READY in states
    assert set(ledger(trial).reason.tolist()) == {Exit.NOT_FINISHED}
    assert trial.escalation.total == 0


def test_an_outcome_on_the_last_day_counts() -> None:
    world = _world(calendar_limit_months=(5 + 28) / 30.4375)
    trial = _run(world, _daily(1))
    assert trial.patients[0].state is State.EVALUABLE
    assert trial.escalation.total == 1


def test_those_whom_a_closed_enrolment_cut_off_keep_that_reason_if_the_trial_is_never_finished() -> None:
    world = _world(enrolment_max=4, calendar_limit_months=1)
    intake = intake_of(_daily(20))
    intake.paths.referred_day[:] = 0.0  # all referred before enrolment closed on day 3
    trial = world.trial(BOIN_4, intake)
    assert trial.stop == "not_finished"
    book = ledger(trial)
    assert book.reason[:4].tolist() == [Exit.NOT_FINISHED] * 4
    assert book.reason[4:].tolist() == [Exit.TRIAL_CLOSED] * 16
    assert book.exit_day[4:].tolist() == [3.0] * 16


def test_a_death_at_the_instant_of_infusion_is_no_infusion() -> None:
    patients = _daily(20)
    patients[0] = Made(ready=0.0, dies_after=5.0)
    trial = _run(_world(), patients)
    first = trial.patients[0]
    assert (first.state, first.reason, first.exit_day) == (State.LYMPHODEPLETED, Exit.DIED, 5.0)
    second = trial.infused[0]
    assert (second.i, second.lymphodepleted_day) == (1, 5.0)  # place and gate open again at once


def test_a_patient_who_waits_in_vain_leaves_when_his_eligibility_ends() -> None:
    patients = [Made(ready=0.0, expires_after=1e5) for _ in range(6)]
    patients += [Made(ready=1.0), Made(ready=1.0, queues=False), Made(ready=1.0, leaves_after=9.0)]
    trial = _run(_world(), patients)
    seventh, eighth, ninth = trial.patients[6:]
    assert (seventh.state, seventh.reason, seventh.exit_day) == (State.READY, Exit.EXPIRED, 29.0)
    assert (eighth.reason, eighth.exit_day) == (Exit.NO_SLOT, 1.0)
    assert (ninth.reason, ninth.exit_day) == (Exit.PROGRESSED, 10.0)


@pytest.mark.parametrize(("ahead", "enrolled"), [(0, 3), (1, 4), (3, 6), (6, 9)])
def test_slots_are_the_places_of_the_cohort_and_those_ahead(ahead: int, enrolled: int) -> None:
    trial = _run(_world(slots_ahead=ahead, calendar_limit_months=1), [Made(ready=0.0) for _ in range(20)])
    assert trial.enrolled == enrolled


def test_no_slots_ahead_beyond_the_designs_own_size() -> None:
    design = BOIN(n_doses=4, max_n=7)
    world = _world()
    trial = world.trial(design, intake_of(_daily(20)))
    assert trial.enrolled == 7
    assert (trial.stop, len(trial.infused)) == ("max_n", 7)


def test_the_needed_pass_closes_at_its_infusion_and_follows_up_everybody() -> None:
    world = _world()
    trial = world.trial(BOIN_4, intake_of(_daily(40)), needed_pass(8))
    check_ledger(ledger(trial))
    assert (trial.stop, len(trial.infused)) == ("infusion_cap", 8)
    assert [p.state for p in trial.infused] == [State.EVALUABLE] * 8
    assert {p.reason for p in trial.patients if p.infused_day > trial.clock.now} == {Exit.TRIAL_CLOSED}


def test_a_second_failure_of_either_kind_leaves_no_product_and_a_second_e6_leaves_by_e6() -> None:
    product = ProductParameters(manufacturing_slots=9)
    world = World(_world().rules, P_DLT, product, DosingParameters(lymphodepletion_days=5))
    common = {
        "ready": 0.0,
        "expires_after": 1e5,
        "to_leukapheresis": (3.0, 4.0, 5.0),
        "manufacture": (10.0, 11.0, 12.0),
        "release": (2.0, 3.0, 4.0),
        "other_donor_workup": 14.0,
    }
    twice = Made(batches=(Batch.FAILED, Batch.OUT_OF_SPECIFICATION), **common)  # type: ignore[arg-type]
    repeat = Made(batches=(Batch.OUT_OF_SPECIFICATION, Batch.RELEASED), **common)  # type: ignore[arg-type]
    donors = Made(donor_fails=(True, True), **common)  # type: ignore[arg-type]
    other = Made(donor_fails=(True, False), **common)  # type: ignore[arg-type]
    both = Made(
        donor_fails=(True, False),
        batches=(Batch.RELEASED, Batch.FAILED, Batch.RELEASED),
        **common,  # type: ignore[arg-type]
    )
    trial = world.trial(BOIN_4, intake_of([twice, repeat, donors, other, both]))
    check_ledger(ledger(trial))
    ends = [(p.released_day, p.reason) for p in trial.patients]
    # 3 + 10 failed, 4 + 11 + 3 out of specification
    assert ends[0] == (float("inf"), Exit.NO_PRODUCT)
    assert trial.patients[0].exit_day == 13 + 18
    assert ends[1][0] == 3 + 10 + 2 + 4 + 11 + 3
    # E6 five days after leukapheresis, other donor 14 days, 4 days to leukapheresis
    assert (trial.patients[2].exit_day, ends[2][1]) == (3 + 5 + 14 + 4 + 5, Exit.DONOR_EXPANSION)
    assert ends[3][0] == 3 + 5 + 14 + 4 + 11 + 3
    assert ends[4][0] == 3 + 5 + 14 + 4 + 11 + 5 + 12 + 4  # the failure's repeat is counted apart from E6
    assert {p.leukapheresed_day for p in trial.patients} == {3.0}


def test_manufacture_waits_for_a_slot_and_an_exit_frees_it() -> None:
    product = ProductParameters(manufacturing_slots=1)
    world = World(_world().rules, P_DLT, product, DosingParameters(lymphodepletion_days=5))
    first = Made(ready=0.0, expires_after=1e5, manufacture=(10.0,) * 3, release=(3.0,) * 3)
    second = Made(ready=1.0, expires_after=1e5, manufacture=(10.0,) * 3, leaves_after=13.0)
    third = Made(ready=2.0, expires_after=1e5, manufacture=(10.0,) * 3, release=(3.0,) * 3)
    trial = world.trial(BOIN_4, intake_of([first, second, third]))
    days = [(p.leukapheresed_day, p.released_day) for p in trial.patients]
    assert days == [(0.0, 13.0), (10.0, float("inf")), (14.0, 27.0)]  # quality control holds no slot


def test_each_day_is_booked_under_what_the_trial_waited_for() -> None:
    log: Log = []
    design = ThreePlusThree(n_doses=4, de_escalation=False, confirm_six=False)
    world = _world()
    world = World(world.rules, (0.9, 0.9, 0.9, 0.9), world.product, world.dosing)
    patients = [
        Made(ready=10.0, expires_after=1e5, manufacture=(10.0,) * 3),
        Made(ready=10.0, expires_after=1e5, manufacture=(10.0,) * 3, toxicity=0.1, onset=20.0),
        Made(ready=60.0, expires_after=1e5, manufacture=(10.0,) * 3, toxicity=0.1, onset=10.0),
    ]
    trial = world.trial(design, intake_of(patients), log=log)
    # 0-10 nobody; 10-20 product; LD 20-25; stagger to 39; LD 39-44; 44-60 nobody (place 3 open);
    # 60-70 product; the first DLT (64) settles nothing; LD 70-75; window to the second DLT on day 85; review
    assert trial.stop == "safety"
    assert trial.recommended_day == 85 + 7
    waited = dict(zip(Waiting, trial.waiting_times.days, strict=True))
    assert waited == {
        Waiting.PATIENT: 10 + 16,
        Waiting.PRODUCT: 10 + 5 + 10 + 5,
        Waiting.STAGGER: 19,
        Waiting.WINDOW: 10,
        Waiting.REVIEW: 7,
    }
