"""A replayed trial is the one that the comparison counted, and its log accounts for every referral."""

from collections import Counter
from pathlib import Path

import pytest

from simulator.errors import ScenarioError, StoreError
from simulator.studies.replay import replay
from simulator.trial.ledger import STOP_TEXTS, STOPS, State
from tests.analysis.runs import comparison, scenario

CASES = [
    (design, truth, k) for design in ("3+3", "boin") for truth in ("M0", "M4", "S2 day 42") for k in (0, 13)
]


@pytest.mark.parametrize(("design", "truth", "replicate"), CASES)
def test_a_replayed_trial_is_the_row_of_the_comparison(design: str, truth: str, replicate: int) -> None:
    results = comparison().results
    arm = [(a.design_name, a.truth.name) for a in results.plan.design_truths].index((design, truth))
    row = {name: values[replicate] for name, values in results.used[arm].items()}
    again = replay(scenario(), design, truth, replicate, seed=5)
    assert (again.selected, again.stop) == (row["selected"], STOPS[row["stop"]])
    assert (
        f"level {row['selected'] or 'none'} recommended after {row['recommended_day']:.0f} days"
        in again.title
    )
    assert again.title.endswith("(run by SimPy)")
    assert [again.ledger.count(state) for state in State] == row["at_end"].tolist()
    decided = [what for day, _, what in again.events if day == row["recommended_day"]]
    assert f"recommendation: level {row['selected'] or 'none'} ({STOP_TEXTS[again.stop]})" in decided


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
        "Design boin, truth S2 (P(DLT) 0.177, 0.314, 0.438, 0.534)"
    )


@pytest.mark.parametrize(("design", "truth", "replicate"), CASES)
def test_decisions_are_those_of_the_log_and_end_with_the_recommendation(
    design: str, truth: str, replicate: int
) -> None:
    again = replay(scenario(), design, truth, replicate, seed=5)
    *decisions, last = again.decisions
    logged = [(day, what) for day, who, what in again.events if who == "trial"]
    said = [(one.day, f"decision: {one.reason}; level {one.level or 'none'}") for one in decisions]
    assert said == [(day, what) for day, what in logged if what.startswith("decision")]
    assert (last.day, last.level, last.reason) == (again.recommended_day, again.selected, again.stop)
    assert decisions[0].day == 0
    assert f"recommended after {again.recommended_day:.0f} days" in again.title


def test_a_replay_knows_what_it_was_run_with() -> None:
    again = replay(scenario(), "boin", "M4", 13, seed=5)
    assert (again.design, again.truth, again.replicate, again.seed) == ("boin", "M4", 13, 5)
    assert again.p_dlt == (0.04, 0.08, 0.16, 0.30)
    days = {
        f"{again.ledger.site[k] + 1}-{again.ledger.index[k] + 1}": again.ledger.infused_day[k]
        + again.response_day
        for k in range(len(again.ledger.state))
        if again.ledger.response[k]
    }
    assert days == {who: day for day, who, what in again.events if what == "response: CR or CRi"}


def test_a_saved_replay_holds_the_log_and_both_figures(tmp_path: Path) -> None:
    again = replay(scenario(), "3+3", "M0", 1, seed=5)
    names = again.save(tmp_path / "trial")
    assert set(names) == {
        "log.txt",
        "swimmer_plot.svg",
        "swimmer_plot.png",
        "dose_escalation_chart.svg",
        "dose_escalation_chart.png",
    }
    assert {file.name for file in (tmp_path / "trial").iterdir()} == set(names)
    assert (tmp_path / "trial" / "log.txt").read_text().splitlines() == again.lines()


def test_a_folder_that_is_taken_is_refused_and_left_alone(tmp_path: Path) -> None:
    again = replay(scenario(), "3+3", "M0", 1, seed=5)
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not empty; --force writes into it"):
        again.save(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    again.save(tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    with pytest.raises(StoreError, match=r"mine\.txt: is a file"):
        again.save(tmp_path / "mine.txt")
