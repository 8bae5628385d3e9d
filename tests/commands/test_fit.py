"""The command `fit`: what it prints within 80 columns, what it writes, what it refuses."""

from pathlib import Path

import pytest

from simulator.mid_trial.log_columns import COLUMNS
from simulator.scenario.scenario import load_scenario
from tests.support import in_process
from tests.support.places import DEFAULT_SCENARIO

LOG = (
    "patient,opened,referred,prescreened,consented,left,reason\n"
    "1,2026-01-01,2026-01-20,2026-01-21,2026-01-25,,\n"
    "2,2026-01-01,2026-02-03,2026-02-04,,2026-02-07,refused\n"
    "3,2026-01-01,2026-02-19,,,2026-02-20,\n"
)


def run(*words: object) -> tuple[int, str, str]:
    return in_process.run([str(word) for word in words])


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "site.csv"
    path.write_text(LOG, encoding="utf-8")
    return path


def test_columns_are_listed_within_80_columns() -> None:
    _, printed, _ = run("fit", "--columns")
    assert all(f"{name}:" in printed for name in COLUMNS)
    assert max(map(len, printed.splitlines())) <= 80


def test_the_fit_is_printed_within_80_columns_and_written(log: Path, tmp_path: Path) -> None:
    out, page = tmp_path / "fitted.yaml", tmp_path / "fit.html"
    arguments = ("fit", log, "--scenario", DEFAULT_SCENARIO, "--cut-date", "2026-03-01")
    code, said, wrong = run(*arguments, "--write-scenario", out, "--page", page)
    assert code == 0, wrong
    assert max(map(len, said.split("Written", maxsplit=1)[0].splitlines())) <= 80
    assert "refusal of consent" in said
    assert load_scenario(out).provenance["population.consent.refusal"].known == "fitted to site.csv (n = 2)"
    assert page.stat().st_size > 10_000
    code, _, wrong = run(*arguments, "--write-scenario", out)
    assert code == 2
    assert "--force writes over it" in wrong


def test_faults_of_the_log_are_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("referred,reason\n2026-02-30,abducted\n", encoding="utf-8")
    code, _, wrong = run("fit", path, "--scenario", DEFAULT_SCENARIO)
    assert code == 2
    assert "column 'referred'" in wrong
    assert "column 'reason'" in wrong


def test_log_and_scenario_are_asked_for() -> None:
    code, _, wrong = run("fit")
    assert code == 2
    assert "--columns" in wrong


def test_a_trial_under_way_gives_the_same_by_forecast(tmp_path: Path) -> None:
    history = tmp_path / "so_far.csv"
    history.write_text(
        "patient,site,state,date,reason\n,a,opened,2026-01-01,\n"
        "1,a,referred,2026-01-20,\n1,a,prescreened,2026-01-21,\n1,a,consented,2026-01-25,\n"
        "2,a,referred,2026-02-03,\n2,a,prescreened,2026-02-04,\n2,a,left,2026-02-07,refused\n",
        encoding="utf-8",
    )
    out = tmp_path / "fitted.yaml"
    code, _, wrong = run(
        *("forecast", DEFAULT_SCENARIO, "--so-far", history, "--cut-date", "2026-03-01", "--replicates", "2"),
        *("--workers", "1", "--milestones", "1", "--write-scenario", out),
    )
    assert code == 0, wrong
    assert load_scenario(out).provenance["population.consent.refusal"].known == "fitted to so_far.csv (n = 2)"
    code, _, wrong = run("forecast", DEFAULT_SCENARIO, "--write-scenario", tmp_path / "other.yaml")
    assert code == 2
    assert "--so-far" in wrong
