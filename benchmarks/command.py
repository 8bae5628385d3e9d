"""The command line as a user meets it: whole processes, start-up included."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from simulator.trial.code_cache import FOLDER

ROOT = Path(__file__).parent.parent


def run() -> list[tuple[str, float, str]]:
    """Time `--help`, compiling, and the default comparison. Returns name, value, unit."""
    helps = sorted(_seconds(["--help"]) for _ in range(5))
    compiling = _seconds_of_compiling()
    compare = _seconds(["compare", "scenarios/nct07144020.yaml"])
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        ("simulator --help, median of 5", helps[2], "s"),
        ("the calendar compiled, once after an installation", compiling, "s"),
        (f"simulator compare, default scenario, until settled, {processors} processors", compare, "s"),
    ]


def _seconds_of_compiling() -> float:
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            [sys.executable, "-c", "import simulator.trial.compiled"],
            cwd=ROOT,
            env={**os.environ, FOLDER: folder},
            check=True,
        )
    return time.perf_counter() - start


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name}: {value:.3g} {unit}")
