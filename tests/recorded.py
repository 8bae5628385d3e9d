"""The recorded answer of `make compare` and what README.md shows of it; `python -m tests.recorded` rewrites both.

docs/examples/compare.txt is the first screen, as printed; docs/examples/compare_full.txt what `--full` prints, and
docs/examples/accuracy_by_cap.svg the figure of the same run. README.md shows an excerpt of the first screen. Tests
compare all of them.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Final

from tests.support.places import DOCS, ROOT

README: Final = ROOT / "README.md"
OUTPUT: Final = DOCS / "examples" / "compare.txt"
FULL: Final = DOCS / "examples" / "compare_full.txt"
FIGURE: Final = DOCS / "examples" / "accuracy_by_cap.svg"
BEGIN: Final = "<!-- excerpt: compare -->\n```\n"
END: Final = "```\n<!-- end of excerpt -->"
COMMAND: Final = ("compare", "scenarios/nct07144020.yaml")
LINES_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Answer:
    """What the first command of the README prints, what it prints with `--full`, and the figure of its run."""

    output: str
    full: str
    figure: bytes

    @property
    def excerpt(self) -> str:
        """Return the part of the output that the README shows: the last sentences of the answer and its table."""
        lines = self.output.splitlines()
        end = next(row for row, line in enumerate(lines) if line.startswith("Met:"))
        return "\n".join(lines[end - LINES_SHOWN : end]) + "\n"


def recorded() -> Answer:
    """Return the answer as it is recorded."""
    return Answer(*(file.read_text(encoding="utf-8") for file in (OUTPUT, FULL)), FIGURE.read_bytes())


def shown() -> str:
    """Return the excerpt in the README."""
    return README.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def fresh(folder: Path) -> Answer:
    """Run the command behind `make compare`, keeping the run in a folder, and return its answer."""
    done = subprocess.run(
        [sys.executable, "-m", "simulator", *COMMAND, "--out", str(folder)],
        cwd=ROOT,
        env=environ | {"COLUMNS": "100"},
        capture_output=True,
        text=True,
        check=True,
    )
    # A kept run prints one line more than `make compare`: where it was written.
    output, _, _ = done.stdout.rpartition("Written to ")
    full = (folder / FULL.name).read_text(encoding="utf-8")
    return Answer(output, full, (folder / "figures" / FIGURE.name).read_bytes())


def record() -> None:
    """Write a fresh answer to its files, and the excerpt into the README."""
    with tempfile.TemporaryDirectory() as place:
        answer = fresh(Path(place) / "run")
    OUTPUT.write_text(answer.output, encoding="utf-8")
    FULL.write_text(answer.full, encoding="utf-8")
    FIGURE.write_bytes(answer.figure)
    before, rest = README.read_text(encoding="utf-8").split(BEGIN)
    after = rest.split(END)[1]
    README.write_text(before + BEGIN + answer.excerpt + END + after, encoding="utf-8")


if __name__ == "__main__":
    record()
