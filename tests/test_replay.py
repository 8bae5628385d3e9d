"""A replayed trial is the one that the comparison counted, and its log accounts for every referral."""

from collections import Counter

import pytest

from simulator.errors import ScenarioError
from simulator.replay import replay
from simulator.trial.ledger import State
from simulator.trial.record import STOPS
from tests.analysis.runs import comparison, scenario

CASES = [
    (design, truth, k) for design in ("3+3", "boin") for truth in ("M0", "M4", "S2 day 42") for k in (0, 13)
]


@pytest.mark.parametrize(("design", "truth", "replicate"), CASES)
def test_a_replayed_trial_is_the_row_of_the_comparison(design: str, truth: str, replicate: int) -> None:
    results = comparison().results
    arm = [(a.design_name, a.truth.name) for a in results.job.arms].index((design, truth))
    row = {name: values[replicate] for name, values in results.used[arm].items()}
    again = replay(scenario(), design, truth, replicate, seed=5)
    assert (again.selected, again.stop) == (row["selected"], STOPS[row["stop"]])
    assert (
        f"level {row['selected'] or 'none'} recommended after {row['recommended_day']:.0f} days"
        in again.title
    )
    assert [again.ledger.count(state) for state in State] == row["at_end"].tolist()
    decided = [what for day, _, what in again.events if day == row["recommended_day"]]
    assert f"recommendation: level {row['selected'] or 'none'} ({again.stop})" in decided


def test_the_log_runs_forward_and_names_every_referral_once() -> None:
    again = replay(scenario(), "boin", "M1", 3, seed=5)
    days = [day for day, _, _ in again.events]
    assert days == sorted(days)
    referred = Counter(who for _, who, what in again.events if what == "referred")
    assert len(referred) == len(again.ledger.state)
    assert set(referred.values()) == {1}
    assert Counter(what.split(":")[0] for _, _, what in again.events)["enrolled, provisional level 1"] > 0


def test_every_referral_that_never_becomes_ready_leaves_with_a_reason() -> None:
    again = replay(scenario(), "boin", "M1", 3, seed=5)
    left = {who for _, who, what in again.events if what.startswith("leaves: ")}
    book = again.ledger
    lost = {
        f"{book.site[k] + 1}-{book.index[k] + 1}"
        for k in range(len(book.state))
        if book.state[k] < State.READY
    }
    assert lost
    assert lost <= left
    named = [what for _, _, what in again.events if "screen failure (" in what]
    assert named
    assert all(what.split("(")[1][0] in "IE" for what in named)


def test_lines_end_with_final_states_that_add_up() -> None:
    again = replay(scenario(), "3+3", "M0", 1, seed=5)
    lines = again.lines()
    assert lines[0] == again.title
    at = lines.index("Final states of all referred patients:")
    counts = [int(line.split()[0]) for line in lines[at + 1 :]]
    assert sum(counts[:-1]) == counts[-1] == len(again.ledger.state)
    assert lines[-1].endswith("in all")


def test_seed_of_the_scenario_is_the_default() -> None:
    assert replay(scenario(), "3+3", "M0", 1).lines() == replay(scenario(), "3+3", "M0", 1, seed=1).lines()


@pytest.mark.parametrize(
    ("design", "truth", "replicate", "seed", "said"),
    [
        ("boim", "M0", 0, 1, "boin"),
        ("boin", "M9", 0, 1, "M0"),
        ("boin", "S1 day 42", 0, 1, "S1"),
        ("boin", "M0", -1, 1, "replicate must be a whole number, at least 0, got -1"),
        ("boin", "M0", True, 1, "replicate must be a whole number"),
        ("boin", "M0", 1.0, 1, "replicate must be a whole number"),
        ("boin", "M0", 0, -1, "seed must be a whole number, at least 0, got -1"),
    ],
)
def test_bad_arguments_are_named(design: str, truth: str, replicate: int, seed: int, said: str) -> None:
    with pytest.raises(ScenarioError) as error:
        replay(scenario(), design, truth, replicate, seed)
    assert said in str(error.value)


def test_a_day_42_line_does_not_exist_where_aplasia_on_day_42_is_the_scenario_itself() -> None:
    late = scenario().with_changes({"outcomes.haematological_dlt": "day42"})
    with pytest.raises(ScenarioError, match="no truth 'S2 day 42'"):
        replay(late, "boin", "S2 day 42")
    assert replay(late, "boin", "S2").title.startswith(
        "Design boin, truth S2 (P(DLT) 0.145, 0.28, 0.467, 0.64)"
    )
