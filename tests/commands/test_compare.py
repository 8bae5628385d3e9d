"""The commands compare and replay: exit codes, streams, no traceback, no bar in a pipe, interrupts."""

import os
import signal
import time
from pathlib import Path

import pytest

from simulator.report.text.comparison import every_table
from simulator.report.text.first_screen import first_screen
from simulator.scenario.scenario import Scenario
from simulator.studies.compare import compare
from simulator.studies.replay import replay
from tests.support.command_line import FILE, help_of, simulator, started
from tests.support.in_process import run

SMALL = ("--design", "3+3", "--truth", "M1")


def test_compare_prints_what_the_library_renders_and_nothing_else(scenario: Scenario) -> None:
    done = simulator("compare", FILE, *SMALL, "--replicates", "3", "--seed", "4", "--workers", "1")
    comparison = compare(scenario, ["3+3"], ["M1"], 3, seed=4, both_readings=None)
    expected = first_screen(comparison)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == expected
    assert "\x1b" not in done.stdout
    arguments = ["compare", FILE, *SMALL, "--replicates", "3", "--seed", "4", "--workers", "1", "--full"]
    assert run(arguments) == (0, every_table(comparison), "")


def test_a_narrow_terminal_gets_a_narrow_first_screen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    code, printed, _ = run(["compare", FILE, *SMALL, "--replicates", "3", "--workers", "1"])
    assert code == 0
    assert max(map(len, printed.splitlines())) <= 80


def test_two_workers_in_a_pipe_show_no_bar_and_print_the_same(tmp_path: Path) -> None:
    arguments = ("compare", FILE, *SMALL, "--replicates", "11", "--seed", "4")
    two = simulator(*arguments, "--workers", "2", "--out", tmp_path / "run")
    assert (two.returncode, two.stderr) == (0, "")
    text, _, said = two.stdout.rpartition("Written to ")
    assert run([*arguments, "--workers", "1"]) == (0, text, "")
    assert said.startswith(f"{tmp_path / 'run'}: tables/, figures/")
    assert (tmp_path / "run" / "tables" / "needed_n.csv").is_file()
    assert (tmp_path / "run" / "compare.txt").read_text(encoding="utf-8") == text
    assert "=== Patients ===" in (tmp_path / "run" / "compare_full.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("compare", "none.yaml"), "none.yaml"),
        (("compare", FILE, "--design", "boim"), "no design 'boim'"),
        (("compare", FILE, "--truth", "M9"), "no truth 'M9'"),
        (("compare", FILE, "--replicates", "0"), "replicates must be a whole number, at least 1, got 0"),
        (("compare", FILE, "--seed", "-1"), "seed must be a whole number, at least 0, got -1"),
        (("compare", FILE, "--workers", "0"), "workers must be a whole number, at least 1, got 0"),
        (("compare", FILE, "--replicates", "1.5"), "whole number, at least 1, or auto"),
        (("compare", FILE, *SMALL, "--replicates", "1", "--out", FILE), "is a file"),
        (("replay", FILE, "--design", "boin"), "--truth"),
        (("replay", FILE, "--design", "boin", "--truth", "M1", "--replicate", "-1"), "replicate must be"),
        (("replay", FILE, "--design", "boin", "--truth", "M1", "--seed", "-1"), "seed must be"),
    ],
)
def test_bad_input_exits_2_with_a_message_and_no_traceback(arguments: tuple[str, ...], said: str) -> None:
    code, output, message = run(list(arguments))
    assert (code, output) == (2, "")
    assert said in message


def test_a_process_refuses_bad_input_in_the_same_words() -> None:
    done = simulator("compare", FILE, "--design", "boim")
    assert (done.returncode, done.stdout) == (2, "")
    assert (2, "", done.stderr) == run(["compare", FILE, "--design", "boim"])
    assert "Traceback" not in done.stderr


def test_replay_prints_the_log_of_the_trial_that_compare_counts(scenario: Scenario) -> None:
    done = simulator("replay", FILE, "--design", "boin", "--truth", "M4", "--replicate", "2", "--seed", "4")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == replay(scenario, "boin", "M4", 2, seed=4).lines()
    row = compare(scenario, ["boin"], ["M4"], 3, seed=4).results.used[0]
    level = int(row["selected"][2])
    assert f"level {level or 'none'} recommended after {row['recommended_day'][2]:.0f} days" in done.stdout


def test_replay_with_a_folder_writes_log_and_figures_and_refuses_a_taken_one(tmp_path: Path) -> None:
    arguments = ("replay", FILE, "--design", "3+3", "--truth", "M0", "--out", str(tmp_path / "trial"))
    done = simulator(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    *log, said = done.stdout.splitlines()
    assert (tmp_path / "trial" / "log.txt").read_text().splitlines() == log
    assert said.startswith(f"Written to {tmp_path / 'trial'}: log.txt, swimmer_plot.svg, ")
    assert len(list((tmp_path / "trial").iterdir())) == 5
    code, printed, message = run(list(arguments))
    assert (code, printed) == (2, "")
    assert "is not empty; --force writes into it" in message
    assert run([*arguments, "--force"])[0] == 0


def kept_parts(out: Path) -> int:
    return len(list(out.glob("parts/*.parquet")))


def interrupted(*arguments: str, when: Path) -> tuple[int, str, str]:
    """Run in a process group of its own and interrupt all of it once the folder holds a part."""
    process = started(*arguments, "--out", when, start_new_session=True)
    deadline = time.monotonic() + 60
    while not kept_parts(when) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    printed, said = process.communicate(timeout=60)
    return process.returncode, printed, said


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_interrupted_run_says_how_much_is_kept_and_where(tmp_path: Path, workers: str) -> None:
    arguments = ("compare", FILE, *SMALL, "--seed", "4", "--workers", workers)
    out = tmp_path / "run"
    code, printed, said = interrupted(*arguments, "--replicates", "5000", when=out)
    assert (code, printed) == (130, "")
    count = 10 * kept_parts(out)
    assert count > 0
    assert said == f"interrupted: {count} replicates are kept in {out}; the same command resumes\n"


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_an_interrupted_run_without_a_folder_says_that_nothing_is_kept() -> None:
    asked = ("compare", FILE, *SMALL, "--replicates", "100000", "--workers", "2")
    process = started(*asked, start_new_session=True)
    deadline = time.monotonic() + 60
    while not has_worker(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGINT)
    printed, said = process.communicate(timeout=60)
    assert (process.returncode, printed) == (130, "")
    assert said == "interrupted: nothing is kept; with --out an interrupted run resumes\n"


def has_worker(pid: int) -> bool:
    """Return whether the process has started a worker; where that cannot be seen, wait a while instead."""
    if not Path("/proc/self/stat").exists():
        time.sleep(5)
        return True
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == pid and b"LokyProcess" in (folder / "cmdline").read_bytes():
                    return True
            except OSError:
                continue
    return False


HEAVY = {"numpy", "scipy", "pandas", "matplotlib", "ruamel", "simpy", "pyarrow", "loky"}
"""Without pydantic, which typer itself imports for a command with numbers among its options."""


@pytest.mark.parametrize("name", ["compare", "replay"])
def test_help_of_a_command_imports_nothing_heavy(name: str) -> None:
    printed, imported = help_of(name)
    assert imported & HEAVY == set()
    assert "--truth" in printed
