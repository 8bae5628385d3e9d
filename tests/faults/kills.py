"""Runs killed at random moments, run again to their end, and compared byte for byte with one left alone."""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.support.places import DEFAULT_SCENARIO

REPLICATES: Final = 40
WAYS: Final = ("main", "worker", "group", "interrupt", "terminate")
COMMAND: Final = (
    *(
        sys.executable,
        "-m",
        "simulator",
        "compare",
        str(DEFAULT_SCENARIO),
        "--design",
        "3+3",
        "--truth",
        "M1",
    ),
    *("--replicates", str(REPLICATES), "--workers", "2", "--out"),
)
MOST_RUNS: Final = 12
"""A run that is still unfinished after so many is a finding."""


@dataclass(slots=True)
class Kills:
    """What a round of kills found; by way, how many and how many runs of them ended identical."""

    done: dict[str, int] = field(default_factory=lambda: dict.fromkeys(WAYS, 0))
    findings: list[str] = field(default_factory=list)

    @property
    def line(self) -> str:
        """The round in one line."""
        ways = ", ".join(f"{count} {way}" for way, count in self.done.items())
        return f"kills {sum(self.done.values())} ({ways}), {len(self.findings)} findings"


def killed_runs(seed: int, numbers: range) -> Kills:
    """Run the command once for each number, kill it at a random moment, and run it again to its end."""
    found = Kills()
    with tempfile.TemporaryDirectory() as place:
        whole = Path(place) / "whole"
        began = time.monotonic()
        subprocess.run([*COMMAND, str(whole)], check=True, capture_output=True)
        length = time.monotonic() - began
        expected = _content(whole)
        for number in numbers:
            draw = random.Random(f"kill {seed} {number}")
            way = draw.choice(WAYS)
            # Half of the kills before anything is written, or while chunks are; the others at any moment.
            after = length * (draw.uniform(0.4, 0.8) if draw.random() < 0.5 else draw.uniform(0, 1.1))
            run = Path(place) / f"run{number}"
            found.done[way] += 1
            _start_and_kill(run, way, after, draw)
            said = _run_to_the_end(run, expected)
            if said:
                found.findings.append(f"number {number} ({way} after {after:.2f} s): {said}")
            shutil.rmtree(run, ignore_errors=True)
    return found


def _start_and_kill(run: Path, way: str, after: float, draw: random.Random) -> None:
    process = subprocess.Popen(
        [*COMMAND, str(run)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    time.sleep(after)
    if process.poll() is None:
        if way == "group":
            os.killpg(process.pid, signal.SIGKILL)
        elif way == "worker":
            children = _children(process.pid)
            if children:
                os.kill(draw.choice(children), signal.SIGKILL)
        else:
            process.send_signal({"main": signal.SIGKILL, "interrupt": signal.SIGINT}.get(way, signal.SIGTERM))
    try:
        process.wait(120)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for child in _group(process.pid):
        os.kill(child, signal.SIGKILL)


def _run_to_the_end(run: Path, expected: dict[str, bytes]) -> str:
    """Run the command until it ends with 0; return what is wrong, empty where the folder is as expected."""
    for _ in range(MOST_RUNS):
        ended = subprocess.run([*COMMAND, str(run)], check=False, capture_output=True, timeout=300)
        if ended.returncode == 0:
            break
        return f"rc {ended.returncode}: {ended.stderr[-300:]!r}"
    content = _content(run)
    wrong = sorted(name for name in {*content, *expected} if content.get(name) != expected.get(name))
    return f"differs in {', '.join(wrong[:5])}" if wrong else ""


def _content(run: Path) -> dict[str, bytes]:
    return {file.relative_to(run).as_posix(): file.read_bytes() for file in run.rglob("*") if file.is_file()}


def _children(pid: int) -> list[int]:
    return [child for child in _processes() if _stat(child, 1) == pid]


def _group(pid: int) -> list[int]:
    return [one for one in _processes() if _stat(one, 2) == pid]


def _processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _stat(pid: int, place: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[place])
    except (OSError, ValueError, IndexError):
        return -1
