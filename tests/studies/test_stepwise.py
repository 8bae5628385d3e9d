"""As many replicates as settle the answer: what ends a run, and how it goes on."""

import itertools
from pathlib import Path
from typing import Any

import pytest

from simulator.errors import ScenarioError, StoreError
from simulator.report.text.first_screen import first_screen
from simulator.runs.ending import End, Ending
from simulator.runs.results import Results
from simulator.scenario.question import AUTO, STEPS
from simulator.scenario.scenario import Scenario
from simulator.studies import stepwise
from simulator.studies.compare import Comparison, compare
from simulator.studies.saved_run import load_run
from tests.studies.test_compare import small

SHORT = (10, 20, 40)


@pytest.fixture
def short_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let `auto` go in short steps, and settle at the second."""
    settled_from(monkeypatch, 20)


def settled_from(monkeypatch: pytest.MonkeyPatch, replicates: int) -> None:
    def settled(results: Results, *_: object) -> bool:
        return results.replicates >= replicates

    monkeypatch.setattr(stepwise, "STEPS", SHORT)
    monkeypatch.setattr(stepwise, "is_settled", settled)


def clock_of(monkeypatch: pytest.MonkeyPatch, chunks_a_second: int) -> None:
    """Let the clock go on by the chunks that are done: it is asked once before, and after each."""
    ticks = itertools.count()
    monkeypatch.setattr(stepwise.time, "monotonic", lambda: next(ticks) / chunks_a_second)


def auto(scenario: Scenario | None = None, **options: Any) -> Comparison:
    return compare(scenario or small(), replicates=AUTO, **options)


def same(one: Comparison, other: Comparison) -> bool:
    return all(frame.equals(other.tables()[name]) for name, frame in one.tables().items())


@pytest.mark.usefixtures("short_steps")
def test_auto_ends_at_the_step_that_settles_it_with_the_numbers_of_that_many_replicates() -> None:
    found = auto()
    assert found.ending == Ending(End.SETTLED, AUTO)
    assert found.results.replicates == 20
    assert same(found, compare(small(), replicates=20))
    assert "(enough: the answer is settled)" in first_screen(found).replace("\n", " ")


def test_auto_that_never_settles_ends_after_the_last_step(monkeypatch: pytest.MonkeyPatch) -> None:
    settled_from(monkeypatch, 10**6)
    found = auto()
    assert (found.ending.by, found.results.replicates) == (End.MOST, SHORT[-1])
    assert "(the most that auto runs; the answer is not settled yet)" in first_screen(found).replace(
        "\n", " "
    )


def test_without_compiled_code_auto_ends_after_the_first_step_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    settled_from(monkeypatch, 20)
    found = auto(engine="simpy")
    assert (found.ending.by, found.results.replicates) == (End.SIMPY, SHORT[0])
    said = first_screen(found).replace("\n", " ")
    assert f"all that auto runs with SimPy; a settled answer may take up to --replicates {STEPS[-1]}" in said


@pytest.mark.usefixtures("short_steps")
def test_the_same_command_returns_what_a_folder_holds(tmp_path: Path) -> None:
    found = auto(out=tmp_path / "run")
    told: list[tuple[int, int]] = []
    again = auto(out=tmp_path / "run", progress=lambda *at: told.append(at))
    assert not told
    assert again.ending == found.ending == load_run(tmp_path / "run").ending
    assert same(again, found)
    assert same(load_run(tmp_path / "run"), found)
    found.save(tmp_path / "saved")
    assert same(auto(out=tmp_path / "saved"), found)


def test_the_clock_ends_a_run_and_more_seconds_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settled_from(monkeypatch, 40)
    clock_of(monkeypatch, 1)
    out = tmp_path / "run"
    cut = auto(out=out, seconds=2.5, engine="compiled")
    assert cut.ending == Ending(End.CLOCK, AUTO, 2.5)
    assert 10 <= cut.results.replicates < 40
    assert same(cut, compare(small(), replicates=cut.results.replicates))
    assert "ended by the clock, --seconds 2.5" in first_screen(cut).replace("\n", " ")
    again = auto(out=out, seconds=2.5)
    assert again.results.replicates == cut.results.replicates
    assert load_run(out).ending == cut.ending
    more = auto(out=out, seconds=100)
    assert (more.ending.by, more.results.replicates) == (End.SETTLED, 40)
    assert same(auto(out=out), more)
    assert same(more, compare(small(), replicates=40))


def test_a_number_of_replicates_may_be_ended_by_the_clock_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock_of(monkeypatch, 1)
    cut = compare(small(), replicates=55, seconds=1.5, out=tmp_path / "run")
    assert cut.ending == Ending(End.CLOCK, 55, 1.5)
    assert 10 <= cut.results.replicates < 55
    whole = compare(small(), replicates=55, out=tmp_path / "run")
    assert (whole.ending, whole.results.replicates) == (Ending(), 55)
    assert same(whole, compare(small(), replicates=55))


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 1e9])
def test_seconds_out_of_range_are_refused(seconds: float) -> None:
    with pytest.raises(ScenarioError, match="seconds must be above 0"):
        compare(small(), replicates=10, seconds=seconds)


@pytest.mark.parametrize(
    "about", [{"asked": "all"}, {"asked": True}, {"ended_by": "me"}, {"seconds": "2"}, {"seconds": -1}]
)
def test_a_record_that_no_run_writes_is_refused(about: dict[str, object]) -> None:
    with pytest.raises(StoreError, match="altered"):
        Ending.of(about)
