"""The shorthand for outcomes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator.designs.outcomes_notation import Cohort, parse_outcomes
from simulator.errors import DesignError


def test_each_word_is_one_cohort() -> None:
    assert parse_outcomes(" 1NNN\n2NTN  12T ", 12) == (Cohort(1, 3, 0), Cohort(2, 3, 1), Cohort(12, 1, 1))


def test_nothing_is_no_cohort() -> None:
    assert parse_outcomes("", 5) == ()


@given(st.lists(st.tuples(st.integers(1, 20), st.text("NT", min_size=1, max_size=9))))
def test_what_is_written_is_read(cohorts: list[tuple[int, str]]) -> None:
    text = " ".join(f"{level}{letters}" for level, letters in cohorts)
    expected = tuple(Cohort(level, len(letters), letters.count("T")) for level, letters in cohorts)
    assert parse_outcomes(text, 20) == expected


@pytest.mark.parametrize("word", ["NNN", "1", "1NXN", "1nnn", "1N2N", "1NN,2NN", "-1NNN", "1.0NNN", "٣NNN"])
def test_a_word_of_another_form_is_named_with_its_position(word: str) -> None:
    with pytest.raises(
        DesignError, match=r"outcomes, cohort 2: .*must be a level, then one letter a patient"
    ):
        parse_outcomes(f"1NNN {word}", 5)


@pytest.mark.parametrize("word", ["0NNN", "6NNN", "999999999999999999999N"])
def test_a_level_off_the_ladder_is_refused(word: str) -> None:
    with pytest.raises(DesignError, match=r"level must be in 1\.\.5"):
        parse_outcomes(word, 5)


def test_what_is_not_text_is_refused() -> None:
    with pytest.raises(DesignError, match=r"outcomes = 3: must be text"):
        parse_outcomes(3, 5)  # type: ignore[arg-type]
