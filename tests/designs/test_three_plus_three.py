"""3+3: worked examples of its variants, and every state outside n = 0, 3 and 6."""

import pytest

from simulator.designs import ThreePlusThree
from simulator.designs.conduct import next_dose, selected_dose
from simulator.designs.design import Observed, Reason
from simulator.errors import DesignError
from tests.designs.states import state

A = ThreePlusThree(n_doses=3, de_escalation=False, confirm_six=False)
B = ThreePlusThree(n_doses=3, confirm_six=False)
C = ThreePlusThree(n_doses=3)


def _answer(design: ThreePlusThree, observed: Observed) -> tuple[int, int, Reason]:
    decision = design.decide(observed)
    return int(decision.level[0]), int(decision.cohort_size[0]), Reason(int(decision.reason[0]))


@pytest.mark.parametrize(
    ("design", "outcomes", "dose", "selected"),
    [
        (A, "1NNN", 2, 1),
        (A, "1NNT", 1, 0),
        (A, "1NNT 1NNN", 2, 1),
        (A, "1NNT 1NNT", 0, 0),
        (A, "1NNN 2NTT", 0, 1),
        (A, "1NNN 2NNN 3NNN", 0, 3),
        (A, "1NNN 2NNN 3NNT 3NNN", 0, 3),
        (B, "1NNN 2NTT", 1, 1),
        (B, "1NNN 2NTT 1NNT", 0, 1),
        (B, "1NNN 2NTT 1NTT", 0, 0),
        (B, "1NNT 1NNN 2TTT", 0, 1),
        (B, "1NNN 2NNN 3TTN 2NTT", 1, 1),
        (B, "1NNN 2NNN 3TTN 2NTT 1NNN", 0, 1),
        (B, "1NNN 2NNN 3NNN", 0, 3),
        (C, "1NNN 2NNN 3NNN", 3, 3),
        (C, "1NNN 2NNN 3NNN 3NNT", 0, 3),
        (C, "1NNN 2NNN 3NNN 3NTT", 2, 2),
        (C, "1NNN 2NNN 3NNN 3NTT 2NNN", 0, 2),
        (C, "1TTN", 0, 0),
    ],
)
def test_worked_examples(design: ThreePlusThree, outcomes: str, dose: int, selected: int) -> None:
    """After the rules of variants A, B and C as published software reads them; dose 0 is a stop."""
    assert next_dose(design, outcomes=outcomes).dose == dose
    assert selected_dose(design, outcomes=outcomes) == selected


@pytest.mark.parametrize(
    ("level", "n", "dlt", "expected"),
    [
        (1, [1, 0, 0], [0, 0, 0], (1, 2, Reason.FILL_COHORT)),
        (1, [2, 0, 0], [1, 0, 0], (1, 1, Reason.FILL_COHORT)),
        (1, [4, 0, 0], [0, 0, 0], (1, 2, Reason.FILL_COHORT)),
        (1, [5, 0, 0], [1, 0, 0], (1, 1, Reason.FILL_COHORT)),
        (1, [7, 0, 0], [1, 0, 0], (1, 2, Reason.FILL_COHORT)),
        (1, [9, 0, 0], [1, 0, 0], (2, 3, Reason.ESCALATE)),
        (2, [3, 2, 0], [0, 2, 0], (1, 3, Reason.RETURN_TO_LOWER)),
        (2, [3, 5, 0], [0, 2, 0], (1, 3, Reason.RETURN_TO_LOWER)),
        (2, [4, 4, 0], [0, 2, 0], (1, 2, Reason.RETURN_TO_LOWER)),
        (1, [5, 3, 0], [1, 2, 0], (1, 1, Reason.RETURN_TO_LOWER)),
        (2, [6, 3, 0], [1, 2, 0], (0, 0, Reason.STOP_FOUND)),
        (1, [2, 0, 0], [2, 0, 0], (0, 0, Reason.STOP_TOO_TOXIC)),
        (2, [3, 0, 0], [0, 0, 0], (2, 3, Reason.FILL_COHORT)),
        (1, [3, 1, 0], [0, 0, 0], (2, 2, Reason.ESCALATE)),
        (0, [0, 0, 0], [0, 0, 0], (1, 3, Reason.START)),
    ],
)
def test_any_count_has_an_answer(
    level: int, n: list[int], dlt: list[int], expected: tuple[int, int, Reason]
) -> None:
    """Fill to the next three first; go down at once at two DLTs; a level returned to is filled to six."""
    assert _answer(C, state(level, n, dlt)) == expected


def test_return_to_an_untried_level_below_the_start_fills_it_to_six() -> None:
    design = ThreePlusThree(n_doses=3, start_dose=2)
    assert next_dose(design, outcomes="2TTN").dose == 1
    assert next_dose(design, outcomes="2TTN 1NNN").dose == 1
    assert next_dose(design, outcomes="2TTN 1NNN 1NNN").action == "stop"
    assert selected_dose(design, outcomes="2TTN 1NNN 1NNN") == 1


def test_without_de_escalation_a_toxic_start_level_selects_no_untried_level() -> None:
    design = ThreePlusThree(n_doses=3, start_dose=2, de_escalation=False, confirm_six=False)
    assert _answer(design, state(2, [0, 3, 0], [0, 2, 0])) == (0, 0, Reason.STOP_TOO_TOXIC)
    assert selected_dose(design, outcomes="2TTN") == 0


def test_level_closed_earlier_stays_closed() -> None:
    assert _answer(C, state(1, [3, 0, 0], [0, 0, 0], closed_from=2)) == (1, 3, Reason.RETURN_TO_LOWER)


@pytest.mark.parametrize(
    ("n", "dlt", "selected", "why"),
    [
        ([3, 3, 0], [0, 0, 0], 2, "both clear"),
        ([3, 3, 0], [0, 1, 0], 1, "1 of 3 does not clear"),
        ([3, 6, 0], [1, 1, 0], 0, "a tried level below does not clear"),
        ([0, 3, 0], [0, 0, 0], 2, "an untried level below does not matter"),
        ([3, 2, 0], [0, 0, 0], 1, "two patients do not clear"),
        ([12, 0, 0], [2, 0, 0], 0, "two DLTs close the level, whatever the rate"),
        ([5, 0, 0], [1, 0, 0], 0, "1 of 5 is more than 1 of 6"),
        ([7, 0, 0], [1, 0, 0], 1, "1 of 7 is less"),
        ([0, 0, 0], [0, 0, 0], 0, "nobody treated"),
    ],
)
def test_selection_is_the_highest_level_that_clears(
    n: list[int], dlt: list[int], selected: int, why: str
) -> None:
    assert selected_dose(C, n, dlt) == selected, why


def test_unfinished_data_selects_by_the_named_convention() -> None:
    none = ThreePlusThree(n_doses=3, unfinished="none")
    assert selected_dose(C, outcomes="1NNN 2NNN") == 2
    assert selected_dose(none, outcomes="1NNN 2NNN") == 0
    finished = "1NNN 2NNN 3NTT 2NNN"
    assert selected_dose(none, outcomes=finished) == selected_dose(C, outcomes=finished) == 2
    assert selected_dose(none, n=[3, 6, 3], dlt=[0, 0, 2]) == 2


def test_six_at_the_top_without_de_escalation_has_no_rule() -> None:
    with pytest.raises(DesignError, match="confirm_six = True with de_escalation = False"):
        ThreePlusThree(de_escalation=False)


def test_decision_table_is_refused() -> None:
    with pytest.raises(DesignError, match=r"3\+3: decision_table"):
        ThreePlusThree().decision_table(12)


def test_largest_trial_has_six_patients_a_level() -> None:
    assert ThreePlusThree(n_doses=4).max_n == 24
