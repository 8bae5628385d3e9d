"""After the recommendation: expansion at the frozen selection up to the floor of enrolled (D20, D38)."""

from itertools import pairwise

from scipy.stats import beta

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.design import Design
from simulator.outcomes.outcomes import OutcomeParameters
from simulator.trial.dosing import DosingParameters
from simulator.trial.ledger import Exit, State, check_ledger
from simulator.trial.product import ProductParameters
from simulator.trial.record import ledger, used_row
from simulator.trial.rules import TrialRules
from simulator.trial.trial_state import Log, Trial
from tests.trial.synthetic import Made, World, intake_of

CRITERIA = 19
P_DLT = (0.1, 0.2, 0.3, 0.4)
SHORT = ThreePlusThree(n_doses=4, de_escalation=False, confirm_six=False)
# Two DLTs among patients 4 and 5 at level 2, the cohort completed: level 1 selected after 6 infusions.
STOPS_AT_SIX = {4, 5}


def _world(**changes: object) -> World:
    rules = TrialRules.model_validate(
        {"stagger_first_days": 0, "stagger_other_days": 0, "mid_cohort": "complete"} | changes
    )
    return World(rules, P_DLT, dosing=DosingParameters(lymphodepletion_days=0))


def _patients(dlt: set[int], count: int = 40, every_days: float = 1.0, **made: object) -> list[Made]:
    patients = []
    for number in range(1, count + 1):
        toxic = {"toxicity": 1e-4, "onset": 3.0} if number in dlt else {}
        patients.append(Made(ready=every_days * number, expires_after=1e5, **(toxic | made)))  # type: ignore[arg-type]
    return patients


def _run(world: World, patients: list[Made], design: Design = SHORT, log: Log | None = None) -> Trial:
    trial = world.trial(design, intake_of(patients), log=log)
    check_ledger(ledger(trial))
    return trial


def test_expansion_enrols_up_to_the_floor_at_the_selected_level() -> None:
    trial = _run(_world(), _patients(STOPS_AT_SIX))
    row = used_row(trial, CRITERIA)
    assert (trial.stop, trial.selected) == ("complete", 1)
    assert trial.enrolled == 15
    assert [p.level for p in trial.infused[:6]] == [1, 1, 1, 2, 2, 2]
    assert [p.level for p in trial.infused[6:]] == [1] * 9
    assert all(p.expansion for p in trial.infused[6:])
    assert row.n == [3, 3, 0, 0]
    assert row.treated == [3, 3, 0, 0]
    assert (row.expansion_n, row.expansion_dlt, row.expansion_stopped) == (3 + 9, 0, False)
    assert row.at_recommendation[State.INFUSED] == 6
    assert row.at_end[State.INFUSED] == 15
    assert row.at_end[State.EVALUABLE] == 15


def test_expansion_data_change_neither_the_selection_nor_the_data_before() -> None:
    plain = _run(_world(), _patients(STOPS_AT_SIX))
    toxic = _run(_world(), _patients(STOPS_AT_SIX | {8, 9}))
    assert (toxic.selected, toxic.recommended_day) == (plain.selected, plain.recommended_day)
    assert (toxic.escalation.n, toxic.escalation.dlt) == (plain.escalation.n, plain.escalation.dlt)
    assert (toxic.expansion_n, toxic.expansion_dlt) == (12, 2)


def test_expansion_stops_where_the_risk_is_above_the_target_with_95_percent_probability() -> None:
    # 0 DLTs of 3 before; one patient at a time, so each outcome is known before the next infusion
    trial = _run(_world(), _patients(STOPS_AT_SIX | set(range(8, 41)), every_days=60.0))
    assert (trial.selected, trial.expansion_stopped) == (1, True)
    treated = [p.follow_up.dlt for p in trial.infused if p.expansion]
    n, dlt = 3 + len(treated), sum(treated)
    assert (trial.expansion_n, trial.expansion_dlt) == (n, dlt)
    assert beta.sf(0.30, 1 + dlt, 1 + n - dlt) > 0.95
    assert beta.sf(0.30, dlt, 1 + n - dlt) <= 0.95  # before the last of these DLTs
    assert trial.enrolled < 15


def test_patients_pending_when_expansion_stops_are_followed_up_and_counted() -> None:
    trial = _run(_world(), _patients(STOPS_AT_SIX | set(range(8, 41)), every_days=1.0))
    row = used_row(trial, CRITERIA)
    assert trial.expansion_stopped
    assert row.expansion_n == 3 + sum(p.expansion for p in trial.infused)
    assert all(p.exited for p in trial.patients)


def test_no_expansion_where_nothing_is_selected_or_it_is_off() -> None:
    none = _run(_world(), _patients({1, 2, 3}))
    assert (none.selected, none.stop) == (0, "safety")
    assert not any(p.expansion for p in none.patients)
    off = _run(_world(expansion=False), _patients(STOPS_AT_SIX))
    assert off.selected == 1
    assert len(off.infused) == 6


def test_released_product_is_infused_at_the_selected_level_though_the_floor_is_passed() -> None:
    # BOIN with 24 patients; products take 10 + 3 days, so some are under way when the trial ends
    design = BOIN(n_doses=4, max_n=24)
    world = _world(slots_ahead=3)
    patients = _patients(set(), count=60, manufacture=(10.0,) * 3, release=(3.0,) * 3)
    trial = _run(world, patients, design)
    assert trial.stop == "max_n"
    assert trial.enrolled >= 15
    assert sum(trial.escalation.n) == 24
    for patient in trial.patients:
        if patient.expansion:
            assert patient.released_day <= trial.recommended_day
            assert (patient.level, patient.state) == (trial.selected, State.EVALUABLE)


def test_a_product_that_is_not_released_is_given_up_beyond_the_floor() -> None:
    # the design stops on six infusions; with a floor of 6 the three ahead have no product yet
    world = _world(enrolment_min=6, slots_ahead=3)
    patients = _patients(STOPS_AT_SIX, manufacture=(200.0,) * 3)
    for k in range(6):
        patients[k] = _patients(STOPS_AT_SIX)[k]
    trial = _run(world, patients)
    assert trial.selected == 1
    ahead = [p for p in trial.patients if p.order > 6]
    assert ahead
    assert {p.reason for p in ahead} == {Exit.TRIAL_CLOSED}
    assert {p.exit_day for p in ahead} == {trial.recommended_day}
    assert len(trial.infused) == 6


def test_a_released_product_is_infused_beyond_the_floor() -> None:
    world = _world(enrolment_min=6, slots_ahead=3)
    trial = _run(world, _patients(STOPS_AT_SIX))
    ahead = [p for p in trial.patients if p.order > 6]
    assert len(ahead) == 3
    assert {(p.level, p.state, p.expansion) for p in ahead} == {(1, State.EVALUABLE, True)}
    assert all(p.infused_day >= trial.recommended_day for p in ahead)


def test_expansion_ends_at_the_cap_on_enrolled_and_an_exit_is_not_replaced() -> None:
    patients = _patients(STOPS_AT_SIX, every_days=10.0, manufacture=(10.0,) * 3)
    for k in (10, 11):
        patients[k] = Made(
            ready=patients[k].ready, expires_after=1e5, leaves_after=5.0, manufacture=(10.0,) * 3
        )
    trial = _run(_world(), patients)
    assert trial.enrolled == 15
    assert len(trial.infused) == 13


def test_the_expansion_keeps_the_stagger() -> None:
    world = World(
        TrialRules.model_validate({"mid_cohort": "complete"}),
        P_DLT,
        ProductParameters(),
        DosingParameters(lymphodepletion_days=5),
        OutcomeParameters(),
    )
    trial = _run(world, _patients(STOPS_AT_SIX))
    days = [p.infused_day for p in trial.infused if p.expansion]
    assert len(days) == 9
    assert min(after - before for before, after in pairwise(days)) >= 7 + 5
