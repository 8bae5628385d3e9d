"""Bedside conduct: the published path, both forms of the question, and data that cannot be."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from simulator.designs import BOIN, ThreePlusThree
from simulator.designs.conduct import NextDose, next_dose, selected_dose
from simulator.errors import DesignError

# Yan et al. 2020, J Stat Softw 94(13), p. 25: five levels, target .30; each cohort and the level after it.
PATH = [
    ("1NNN", 2), ("2NNN", 3), ("3NTT", 2), ("2NTN", 3), ("3NNN", 3),
    ("3NNN", 4), ("4TTT", 3), ("3NTN", 3), ("3NNT", 3), ("3TNN", 3),
]  # fmt: skip


def test_published_path_comes_out_level_for_level_from_outcomes() -> None:
    cohorts = []
    for cohort, dose in PATH:
        cohorts.append(cohort)
        answer = next_dose(BOIN(), outcomes=" ".join(cohorts))
        assert (answer.action, answer.dose, answer.cohort_size) == ("treat", dose, 3)
        assert answer.closed_from == (4 if "4TTT" in cohorts else 6)
    assert selected_dose(BOIN(), outcomes=" ".join(cohorts)) == 3


def test_published_path_comes_out_level_for_level_from_counts() -> None:
    n, dlt = [0] * 5, [0] * 5
    for cohort, dose in PATH:
        level = int(cohort[0])
        n[level - 1] += 3
        dlt[level - 1] += cohort.count("T")
        assert next_dose(BOIN(), dose=level, n=n, dlt=dlt).dose == dose
    assert selected_dose(BOIN(), n=n, dlt=dlt) == 3


@pytest.mark.parametrize("outcomes", [None, "", "  "])
def test_nothing_observed_gives_the_start_level(outcomes: str | None) -> None:
    answer = next_dose(BOIN(start_dose=2), outcomes=outcomes)
    assert answer == NextDose("treat", 2, "nothing observed yet: start level", 3, 6)
    assert next_dose(BOIN(start_dose=2), n=[0] * 5, dlt=[0] * 5) == answer


def test_stop_has_dose_zero_and_no_cohort() -> None:
    answer = next_dose(BOIN(), outcomes="1TTT")
    assert answer == NextDose("stop", 0, "the lowest level is too toxic: stop", 0, 1)


def test_outcomes_carry_a_level_closed_earlier() -> None:
    # A level closed on 3 DLTs of 3 would be open again on 3 of 12 if later patients were let in.
    outcomes = "1NNN 2TTT 2NNNNNNNNN"
    assert next_dose(BOIN(n_doses=3), outcomes=outcomes).closed_from == 2
    assert next_dose(BOIN(n_doses=3), dose=2, n=[3, 12, 0], dlt=[0, 3, 0]).closed_from == 4


def test_reason_says_when_the_planned_size_is_reached_but_the_answer_stands() -> None:
    design = BOIN(n_doses=2, max_n=8)
    assert "planned size" not in next_dose(BOIN(n_doses=2, max_n=6), outcomes="1NNN").reason
    assert "planned size" not in next_dose(design, outcomes="1NNN").reason
    assert next_dose(design, outcomes="1NNN 2NNN").reason.endswith(
        "; the planned size of 8 patients leaves room for 2"
    )
    reached = next_dose(design, outcomes="1NNN 2NNN 2NN")
    assert reached.reason.endswith("; the planned size of 8 patients has been reached (8 observed)")
    assert (reached.action, reached.dose, reached.cohort_size) == ("treat", 2, 3)


def test_titration_is_conducted_from_outcomes() -> None:
    design = BOIN(titration=True)
    answers = [next_dose(design, outcomes=text) for text in ("", "1N", "1N 2N", "1N 2N 3T", "1N 2N 3T 3NN")]
    assert [(a.dose, a.cohort_size) for a in answers] == [(1, 1), (2, 1), (3, 1), (3, 2), (3, 3)]


def test_counts_may_be_arrays_and_tuples() -> None:
    expected = next_dose(BOIN(), dose=1, n=[3, 0, 0, 0, 0], dlt=[0] * 5)
    counts: Sequence[Any] = (3, 0, 0, 0, 0)
    assert next_dose(BOIN(), dose=1, n=counts, dlt=(0,) * 5) == expected
    arrays: Any = np.array(counts)
    assert next_dose(BOIN(), dose=1, n=arrays, dlt=arrays * 0) == expected


@pytest.mark.parametrize(
    ("question", "message"),
    [
        ({"dose": 6, "n": [3] * 5, "dlt": [0] * 5}, r"dose = 6: must be an integer in 1\.\.5"),
        ({"dose": 0, "n": [3] * 5, "dlt": [0] * 5}, r"dose = 0: must be an integer in 1\.\.5"),
        ({"dose": True, "n": [3] * 5, "dlt": [0] * 5}, r"dose = True: must be an integer"),
        ({"n": [3, 0, 0, 0, 0], "dlt": [0] * 5}, "dose = None: with patients treated"),
        ({"dose": 1, "n": [3, 0], "dlt": [0] * 5}, r"n = \[3, 0\]: must be a list of 5 counts"),
        ({"dose": 1, "n": [3] * 5, "dlt": [0] * 6}, r"dlt = .*: must be a list of 5 counts"),
        ({"dose": 1, "n": 3, "dlt": 0}, "n = 3: must be a list of 5 counts"),
        ({"dose": 1, "n": [3, 0, 0, 0, -1], "dlt": [0] * 5}, "n at level 5 = -1: must be an integer"),
        ({"dose": 1, "n": [3, 0, 0, 0, 0], "dlt": [-1, 0, 0, 0, 0]}, "dlt at level 1 = -1"),
        (
            {"dose": 1, "n": [3, 1, 0, 0, 0], "dlt": [0, 2, 0, 0, 0]},
            "dlt at level 2 = 2: must be at most n = 1",
        ),
        ({"dose": 1, "n": [3.0, 0, 0, 0, 0], "dlt": [0] * 5}, r"n at level 1 = 3\.0: must be an integer"),
        ({"dose": 1, "dlt": [0] * 5}, "n = None: give n and dlt"),
        ({"dose": 1, "n": [0] * 5}, "dlt = None: give n and dlt"),
        ({"dose": 1}, "n = None: give n and dlt"),
        ({"outcomes": "1NNN", "dose": 1}, "give either outcomes, or dose, n and dlt"),
        ({"outcomes": "6NNN"}, r"outcomes, cohort 1: '6NNN': level must be in 1\.\.5"),
    ],
)
def test_data_that_cannot_be_is_refused_by_name(question: dict[str, Any], message: str) -> None:
    with pytest.raises(DesignError, match=message):
        next_dose(BOIN(), **question)


def test_selection_refuses_the_same_data() -> None:
    with pytest.raises(DesignError, match="dlt at level 1 = 4: must be at most n = 3"):
        selected_dose(ThreePlusThree(n_doses=1), n=[3], dlt=[4])
