"""The command that measures how often the interval of a number needed holds it: what it counts."""

from pathlib import Path
from typing import Any

import pytest

from simulator.scenario.scenario import Scenario
from tests import needed_n_coverage as coverage


def seed(low: float | None, high: float | None, correct_from: int, replicates: int = 10) -> dict[str, Any]:
    """Return a seed in which every trial under every truth is right from a cap on."""
    right = [[0] * (correct_from - 1) + [replicates] * (50 - correct_from + 1)] * 5
    return {
        "replicates": replicates,
        "low95": low,
        "high95": high,
        "correct": right,
        "overdose": [[0] * 50] * 5,
    }


def test_the_number_needed_is_that_of_all_replicates_together(scenario: Scenario) -> None:
    assert coverage.pooled_needed(scenario, [seed(20, 30, 25)]) == 25
    # Two of three replicates are right from 20 on: at least 60 % on average, and 50 % under each truth.
    assert coverage.pooled_needed(scenario, [seed(20, 30, 20, 20), seed(20, 30, 40, 10)]) == 20
    assert coverage.pooled_needed(scenario, [seed(None, None, 51)]) == 0


@pytest.mark.parametrize(
    ("low", "high", "needed", "holds"),
    [(20, 30, 20, True), (20, 30, 31, False), (20, None, 45, True), (20, None, 0, True), (20, 30, 0, False)],
)
def test_an_interval_that_is_open_above_holds_what_is_not_reached(
    low: float, high: float | None, needed: int, holds: bool
) -> None:
    assert coverage.covers({"low95": low, "high95": high}, needed) is holds


def test_a_line_cut_short_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "kept.jsonl"
    file.write_text('{"seed": 1, "replicates": 1000}\n{"seed": 2, "repl', encoding="utf-8")
    assert coverage._kept(file) == {"1": {"replicates": 1000}}
