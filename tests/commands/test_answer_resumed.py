"""Answers from several runs with `--out`: killed and resumed byte for byte, finished and shown again."""

import os
import signal
import time
from pathlib import Path

import pytest

from simulator.runs.kept_runs import kept_in
from simulator.runs.run_folder import replicates_kept
from simulator.scenario.scenario import load_scenario
from simulator.studies.answer_folder import opened
from simulator.studies.smallest_relaxation import smallest_relaxation
from tests.support.command_line import started
from tests.support.in_process import run
from tests.support.places import DEFAULT_SCENARIO

SMALL = """
about: {title: small}
eligibility: none
product: none
response: none
trial: {dose_levels: [1, 2], enrolment_min: 6, enrolment_max: 20}
truths: [{name: A, balanced: true, p_dlt: [0.2, 0.4]}]
question: {caps_from: 6, caps_to: 20}
designs: [{name: 3+3, design: 3+3}]
"""
HOW = ("--replicates", "20", "--engine", "simpy", "--workers", "1")
VARIANTS = ("--set", "arrivals.sites=2", "--sweep", "arrivals.referrals_per_site_month=2:3:1", *HOW)
TORNADO = ("--sensitivity", "months_to_recommendation", "--design", "3+3", *HOW)


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    path = tmp_path / "s.yaml"
    path.write_text(SMALL, encoding="utf-8")
    return path


def contents(folder: Path) -> dict[str, bytes]:
    return {
        one.relative_to(folder).as_posix(): one.read_bytes()
        for one in sorted(folder.rglob("*"))
        if one.is_file()
    }


def ended(*arguments: object, out: Path, by: signal.Signals, parts: int) -> tuple[int, str]:
    """Run a command and end it by a signal as soon as its folder holds so many parts."""
    process = started(*arguments, "--out", out, start_new_session=True)
    deadline = time.monotonic() + 120
    while len(list(out.glob("parts/*.parquet"))) < parts and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.killpg(process.pid, by)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_a_what_if_killed_at_any_moment_resumes_and_ends_byte_for_byte_equal(
    scenario: Path, tmp_path: Path
) -> None:
    command = ("what-if", scenario, *TORNADO)
    code, printed, _ = run([*map(str, command), "--out", str(tmp_path / "whole")])
    assert code == 0
    out = tmp_path / "killed"
    for parts in (1, 15):
        code, _ = ended(*command, out=out, by=signal.SIGKILL, parts=parts)
        assert code == -signal.SIGKILL
    kept = sum(1 for _ in out.glob("parts/*.parquet"))
    code, resumed, said = run([*map(str, command), "--out", str(out)])
    assert code == 0
    assert said.startswith(f"{out} holds {10 * kept} trials of this answer: resumed there.\n")
    assert resumed.replace(str(out), str(tmp_path / "whole")) == printed
    assert contents(out) == contents(tmp_path / "whole")
    assert not (out / "parts").exists()


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_what_if_says_what_is_kept(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, said = ended("what-if", scenario, *VARIANTS, out=out, by=signal.SIGINT, parts=2)
    kept = len(list(out.glob("parts/*.parquet")))
    assert code == 130
    assert (
        said.splitlines()[-1]
        == f"interrupted: {10 * kept} trials are kept in {out}; the same command resumes"
    )


def test_a_search_reads_the_trials_that_are_kept(tmp_path: Path) -> None:
    protocol = load_scenario(DEFAULT_SCENARIO)

    def search() -> str:
        with opened(tmp_path / "out", {}, force=False) as folder, kept_in(folder):
            found = smallest_relaxation(protocol, 20, truth="S2", replicates=10, most_sets=3)
        return found.table.to_csv()

    first = search()
    kept = replicates_kept(tmp_path / "out")
    assert kept == 30
    assert search() == first
    assert replicates_kept(tmp_path / "out") == kept


@pytest.mark.parametrize(
    ("command", "printed"),
    [
        (("attrition", str(DEFAULT_SCENARIO), "--patients", "500"), "attrition.txt"),
        (("forecast", "SMALL", "--replicates", "10", "--workers", "1", "--engine", "simpy"), "forecast.txt"),
    ],
)
def test_the_same_command_shows_its_finished_answer(
    command: tuple[str, ...], printed: str, scenario: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = [*(str(scenario) if word == "SMALL" else word for word in command), "--out", str(out)]
    code, first, _ = run(asked)
    assert code == 0
    text = (out / printed).read_text(encoding="utf-8")
    assert first.startswith(text)
    said = f"{out} held this answer, finished: nothing was run again.\n"
    assert run(asked) == (0, text, said)
    code, _, refused = run([*asked, "--seed", "2"])
    assert (code, "holds a finished run; --force replaces it" in refused) == (2, True)


def test_a_refused_question_leaves_no_folder(scenario: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    asked = ["what-if", str(scenario), "--set", "arrivals.sites=2", "--design", "no", "--out", str(out)]
    assert run(asked)[0] == 2
    assert not out.exists()
