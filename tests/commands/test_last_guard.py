"""What the command line does with errors: those it knows, and those that nobody foresaw."""

import subprocess
import sys
from pathlib import Path

import pytest

from simulator.commands.last_guard import exit_code_of
from simulator.errors import ScenarioError, WorkerError

UNFORESEEN = """
import sys
import simulator.commands.cli as cli
from simulator.__main__ import main

@cli.app.command("fail")
def fail() -> None:
    raise {error}

sys.argv = ["simulator", "fail"]
main()
"""


def ran(error: str, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    code = UNFORESEEN.format(error=error)
    environment = {"TMPDIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=False
    )


def test_an_unforeseen_error_is_one_line_and_its_trace_is_kept(tmp_path: Path) -> None:
    result = ran("ValueError('a\\nb')", tmp_path)
    assert (result.returncode, result.stdout) == (1, "")
    [kept] = tmp_path.glob("simulator-error-*.txt")
    assert result.stderr.count("\n") == 1
    assert "not foreseen (ValueError: a b)" in result.stderr
    assert str(kept) in result.stderr
    assert "Traceback" in kept.read_text(encoding="utf-8")
    assert kept.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("error", "said"),
    [
        ("MemoryError()", "out of memory: ask for fewer"),
        ("OSError(28, 'No space left on device', 'F/run.json')", "F/run.json: No space left on device"),
    ],
)
def test_a_machine_that_is_full_is_one_line_without_a_trace(tmp_path: Path, error: str, said: str) -> None:
    result = ran(error, tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith(said)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command",
    ["compare {}", "report {}", "screen {}", "fit {}", "check {}", "table boin --out {}", "init {}"],
)
@pytest.mark.parametrize("path", ["x" * 300, "loop", "\udcff\x1b[2J"])
def test_a_path_that_cannot_be_is_one_line_of_bad_input(command: str, path: str, tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    words = [word.format(path) for word in command.split()]
    result = subprocess.run(
        [sys.executable, "-m", "simulator", *words], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    may_be_written = words[0] in ("table", "init") and path.startswith("\udcff")
    assert result.returncode == (0 if may_be_written else 2)
    assert "Traceback" not in result.stderr
    assert "not foreseen" not in result.stderr
    assert "\x1b" not in result.stderr


def test_each_error_has_its_exit_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(ScenarioError("one", "two")) == 2
    assert capsys.readouterr().err == "one\ntwo\n"
    assert exit_code_of(WorkerError("dead")) == 1
    assert exit_code_of(KeyboardInterrupt()) == 130
    assert exit_code_of(BrokenPipeError()) == 1


def test_a_full_disk_behind_standard_output_is_one_line(tmp_path: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        result = subprocess.run(
            [sys.executable, "-m", "simulator", "designs"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert result.returncode == 1
    assert result.stderr == "output: No space left on device; what was kept before in --out is still there\n"
