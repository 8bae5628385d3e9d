"""The command line as a user meets it: whole processes, start-up included."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent


def run() -> list[tuple[str, float, str]]:
    """Time `--help` and the default comparison. Returns name, value, unit."""
    helps = sorted(_seconds(["--help"]) for _ in range(5))
    compare = _seconds(["compare", "scenarios/nct07144020.yaml"])
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return [
        ("simulator --help, median of 5", helps[2], "s"),
        (f"simulator compare, default scenario, until settled, {processors} processors", compare, "s"),
    ]


def _seconds(arguments: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(
        [sys.executable, "-m", "simulator", *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
    )
    return time.perf_counter() - start


if __name__ == "__main__":
    for name, value, unit in run():
        print(f"{name}: {value:.3g} {unit}")
