"""The tornado in docs/what_if.md is the recorded one, of assumptions and ranges that the scenario still has."""

import re

from simulator.scenario.moves import moves
from simulator.scenario.scenario import load_scenario
from tests.recorded_tornado import BARS, COMMAND, FIGURE, OUTPUT, PAGE, excerpt, shown
from tests.support.places import DEFAULT_SCENARIO


def test_document_shows_the_longest_bars_of_the_recorded_tornado() -> None:
    assert shown() == excerpt(OUTPUT.read_text(encoding="utf-8"))
    text = PAGE.read_text(encoding="utf-8")
    assert f"simulator {' '.join(COMMAND)}" in text
    assert f"examples/{FIGURE.name}" in text


def test_every_bar_shown_is_an_assumption_of_the_scenario_with_its_ends() -> None:
    words = {
        f"{one.path}, {one.ends}{'' if one.is_stated else ' *'}"
        for one in moves(load_scenario(DEFAULT_SCENARIO))[0]
    }
    bars = [line.strip() for line in shown().splitlines() if re.match(r"  \S", line)]
    assert len(bars) == BARS
    assert set(bars) <= words


def test_bars_are_listed_the_longest_first() -> None:
    told = re.findall(r": ([-+][\d.]+) \[", shown())
    lengths = [abs(float(one)) for one in told]
    assert len(lengths) == BARS
    assert lengths == sorted(lengths, reverse=True)
