"""Every reading is named; an option changes exactly one line."""

from dataclasses import replace
from typing import Any

import pytest

from simulator.designs import BOIN, DESIGNS, ThreePlusThree
from simulator.designs.design import Design
from tests.designs.examples import EXAMPLES


def _differences(one: Design, other: Design) -> set[str]:
    first, second = one.conventions(), other.conventions()
    assert first.keys() == second.keys()
    return {key for key in first if first[key] != second[key]}


@pytest.mark.parametrize("name", DESIGNS)
def test_conventions_are_sentences_by_name(name: str) -> None:
    conventions = EXAMPLES[name].conventions()
    assert len(conventions) >= 6
    assert all(key and text and text == text.strip() for key, text in conventions.items())


@pytest.mark.parametrize(
    ("option", "entry"),
    [
        ({"p_saf": 0.2}, "escalation boundary"),
        ({"p_tox": 0.4}, "de-escalation boundary"),
        ({"elimination_cutoff": 0.9}, "elimination"),
        ({"extra_safe": True}, "extra safety at level 1"),
        ({"titration": True}, "titration"),
        ({"stop_n_at_dose": 12}, "early stop"),
        ({"bound_mtd": True}, "selection bound"),
        ({"stay_on_one_of_three": True}, "one DLT of three"),
    ],
)
def test_each_option_of_boin_changes_exactly_its_line(option: dict[str, Any], entry: str) -> None:
    assert _differences(BOIN(), BOIN(**option)) == {entry}


@pytest.mark.parametrize(
    ("name", "option", "entry"),
    [
        ("keyboard", {"margin_low": 0.1}, "target key"),
        ("keyboard", {"elimination_min_n": 1}, "elimination"),
        ("mtpi", {"epsilon_high": 0.1}, "equivalence interval"),
        ("mtpi", {"selection_prior": 0.05}, "selection"),
        ("mtpi-2", {"epsilon_low": 0.1}, "equivalence interval"),
        ("mtpi-2", {"elimination_cutoff": 0.9}, "elimination"),
        ("i3+3", {"epsilon_low": 0.1}, "equivalence interval"),
        ("ccd", {"delta": 0.05}, "interval"),
        ("ccd", {"elimination_cutoff": 0.95}, "elimination"),
        ("a+b", {"escalate_if_at_most": 1}, "after the first group"),
        ("a+b", {"clear_if_at_most": 3}, "after both groups"),
        ("a+b", {"confirm_full": False}, "at the top"),
        ("a+b", {"unfinished": "none"}, "unfinished data"),
        ("table", {"stop_at_last_row": False, "max_n": 12}, "size"),
    ],
)
def test_each_option_of_the_interval_designs_changes_exactly_its_line(
    name: str, option: dict[str, Any], entry: str
) -> None:
    example: Any = EXAMPLES[name]
    assert _differences(example, replace(example, **option)) == {entry} - {"size"}


def test_values_of_options_are_in_the_line() -> None:
    assert "12 or more" in BOIN(stop_n_at_dose=12).conventions()["early stop"]
    assert "0.9," in BOIN(elimination_cutoff=0.9).conventions()["elimination"]
    one, other = BOIN(extra_safe=True), BOIN(extra_safe=True, extra_safe_offset=0.1)
    assert _differences(one, other) == {"extra safety at level 1"}


def test_an_offset_without_extra_safety_is_no_difference() -> None:
    assert _differences(BOIN(), BOIN(extra_safe_offset=0.1)) == set()


def test_each_option_of_three_plus_three_changes_exactly_its_line() -> None:
    c = ThreePlusThree()
    b = ThreePlusThree(confirm_six=False)
    a = ThreePlusThree(de_escalation=False, confirm_six=False)
    assert _differences(b, c) == {"six at the top"}
    assert _differences(a, b) == {"after two DLTs"}
    assert _differences(c, ThreePlusThree(unfinished="none")) == {"unfinished data"}


@pytest.mark.parametrize("name", DESIGNS)
def test_the_size_of_the_trial_is_no_convention(name: str) -> None:
    example: Any = EXAMPLES[name]
    assert _differences(example, replace(example, n_doses=6)) == set()
