"""BOIN's decisions one by one: order of operations, early stop, titration, closed levels."""

import pytest

from simulator.designs import BOIN
from simulator.designs.design import Action, Observed, Reason
from tests.designs.states import state


def _answer(design: BOIN, observed: Observed) -> tuple[int, int, int, Reason]:
    """Return level, cohort size, closed_from and reason of one state."""
    decision = design.decide(observed)
    reason = Reason(int(decision.reason[0]))
    assert (decision.action[0] == Action.STOP) == (reason.stop_kind is not None)
    return int(decision.level[0]), int(decision.cohort_size[0]), int(decision.closed_from[0]), reason


@pytest.mark.parametrize(
    ("level", "n", "dlt", "expected"),
    [
        (1, [3, 0, 0], [0, 0, 0], (2, 3, 4, Reason.ESCALATE)),
        (1, [3, 0, 0], [1, 0, 0], (1, 3, 4, Reason.STAY)),
        (1, [3, 0, 0], [2, 0, 0], (1, 3, 4, Reason.STAY_LOWEST_LEVEL)),
        (1, [3, 0, 0], [3, 0, 0], (0, 0, 1, Reason.STOP_TOO_TOXIC)),
        (2, [3, 3, 0], [0, 2, 0], (1, 3, 4, Reason.DE_ESCALATE)),
        (2, [3, 3, 0], [0, 3, 0], (1, 3, 2, Reason.DE_ESCALATE)),
        (3, [3, 3, 3], [0, 0, 0], (3, 3, 4, Reason.STAY_HIGHEST_LEVEL)),
        (1, [6, 3, 0], [0, 3, 0], (1, 3, 2, Reason.STAY_NEXT_CLOSED)),
        (2, [3, 0, 0], [0, 0, 0], (2, 3, 4, Reason.FILL_COHORT)),
        (0, [0, 0, 0], [0, 0, 0], (1, 3, 4, Reason.START)),
        (3, [3, 3, 0], [0, 3, 0], (1, 3, 2, Reason.DE_ESCALATE)),
    ],
)
def test_decision_follows_the_boundaries(
    level: int, n: list[int], dlt: list[int], expected: tuple[int, int, int, Reason]
) -> None:
    assert _answer(BOIN(n_doses=3), state(level, n, dlt)) == expected


def test_trial_starts_at_the_start_level_below_any_closed_one() -> None:
    design = BOIN(n_doses=3, start_dose=3)
    assert _answer(design, state(0, [0, 0, 0], [0, 0, 0]))[0] == 3
    assert _answer(design, state(0, [0, 0, 0], [0, 0, 0], closed_from=2))[0] == 1
    assert _answer(design, state(0, [0, 0, 0], [0, 0, 0], closed_from=1))[3] == Reason.STOP_TOO_TOXIC


def test_level_closed_earlier_stays_closed() -> None:
    assert _answer(BOIN(n_doses=3), state(1, [3, 0, 0], [0, 0, 0], closed_from=2)) == (
        1,
        3,
        2,
        Reason.STAY_NEXT_CLOSED,
    )


def test_extra_safety_stops_at_level_1_only() -> None:
    design = BOIN(n_doses=3, extra_safe=True, extra_safe_offset=0.1)
    assert _answer(design, state(1, [6, 0, 0], [3, 0, 0]))[3] == Reason.STOP_TOO_TOXIC
    assert _answer(design, state(2, [3, 6, 0], [0, 3, 0])) == (1, 3, 4, Reason.DE_ESCALATE)


@pytest.mark.parametrize(
    ("level", "n", "dlt", "stops", "why"),
    [
        (2, [3, 9, 0], [0, 3, 0], True, "stays"),
        (2, [3, 9, 0], [0, 1, 0], False, "escalates"),
        (2, [3, 9, 0], [0, 4, 0], False, "de-escalates"),
        (1, [9, 0, 0], [4, 0, 0], True, "would de-escalate, but at the lowest level"),
        (3, [3, 3, 9], [0, 0, 0], True, "would escalate, but at the highest level"),
        (2, [3, 9, 3], [0, 1, 3], True, "would escalate, but the next level is closed"),
        (2, [3, 6, 0], [0, 2, 0], False, "too few at the level"),
        (1, [6, 9, 0], [1, 3, 0], False, "enough at another level only"),
    ],
)
def test_early_stop_needs_enough_patients_and_a_decision_to_keep_the_level(
    level: int, n: list[int], dlt: list[int], stops: bool, why: str
) -> None:
    reason = _answer(BOIN(n_doses=3, stop_n_at_dose=9), state(level, n, dlt))[3]
    assert (reason == Reason.STOP_PRECISION) == stops, why
    assert reason != Reason.STOP_TOO_TOXIC


def test_safety_stop_comes_before_the_early_stop() -> None:
    assert (
        _answer(BOIN(n_doses=3, stop_n_at_dose=3), state(1, [3, 0, 0], [3, 0, 0]))[3] == Reason.STOP_TOO_TOXIC
    )


@pytest.mark.parametrize(
    ("level", "n", "dlt", "expected"),
    [
        (0, [0, 0, 0], [0, 0, 0], (1, 1, 4, Reason.START)),
        (1, [1, 0, 0], [0, 0, 0], (2, 1, 4, Reason.TITRATE)),
        (2, [1, 1, 0], [0, 0, 0], (3, 1, 4, Reason.TITRATE)),
        (2, [1, 1, 0], [0, 1, 0], (2, 2, 4, Reason.FILL_COHORT)),
        (3, [1, 1, 1], [0, 0, 0], (3, 2, 4, Reason.FILL_COHORT)),
        (2, [1, 0, 0], [0, 0, 0], (2, 1, 4, Reason.FILL_COHORT)),
        (2, [1, 3, 0], [0, 1, 0], (2, 3, 4, Reason.STAY)),
        (2, [1, 3, 0], [0, 2, 0], (1, 3, 4, Reason.DE_ESCALATE)),
        (3, [1, 1, 3], [0, 0, 3], (2, 3, 3, Reason.DE_ESCALATE)),
        (1, [1, 1, 0], [0, 1, 0], (2, 3, 4, Reason.ESCALATE)),
    ],
)
def test_titration_goes_up_by_single_patients_until_a_dlt_or_the_top(
    level: int, n: list[int], dlt: list[int], expected: tuple[int, int, int, Reason]
) -> None:
    design = BOIN(n_doses=3, start_dose=2, titration=True)
    assert _answer(design, state(level, n, dlt)) == expected


def test_titration_does_not_enter_a_closed_level() -> None:
    design = BOIN(n_doses=3, titration=True)
    assert _answer(design, state(1, [1, 0, 0], [0, 0, 0], closed_from=2)) == (1, 2, 2, Reason.FILL_COHORT)


def test_cohorts_of_one_turn_titration_off() -> None:
    plain = BOIN(n_doses=3, cohort_size=1, start_dose=2)
    option = BOIN(n_doses=3, cohort_size=1, start_dose=2, titration=True)
    for observed in (state(0, [0, 0, 0], [0, 0, 0]), state(2, [1, 1, 0], [0, 1, 0])):
        assert _answer(plain, observed) == _answer(option, observed)


def test_size_of_the_trial_never_enters_a_decision() -> None:
    observed = state(2, [30, 300, 0], [3, 80, 0])
    assert _answer(BOIN(n_doses=3, max_n=6), observed) == _answer(BOIN(n_doses=3, max_n=1000), observed)
    assert _answer(BOIN(n_doses=3, max_n=6), observed)[3] == Reason.STAY
