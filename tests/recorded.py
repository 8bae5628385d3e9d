"""Recorded output in README.md: `python -m tests.recorded` makes it anew; a test compares it."""

import subprocess
import sys

from tests.support.places import ROOT

README = ROOT / "README.md"
BEGIN, END = "<!-- recorded: compare -->\n```\n", "```\n<!-- end of recorded -->"
COMMAND = ["compare", "scenarios/nct07144020.yaml"]


def recorded() -> str:
    """Return the output that the README shows."""
    return README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def fresh() -> str:
    """Return the output of the command that the README's first command runs."""
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *COMMAND], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout


def record() -> None:
    """Write fresh output into the README."""
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(before + BEGIN + fresh() + END + after, encoding="utf-8")


if __name__ == "__main__":
    record()
