"""The recorded tornado of the default scenario in docs/what_if.md; `python -m tests.recorded_tornado` makes it again.

docs/examples/tornado.txt is all that the command prints, docs/examples/tornado.svg its figure; docs/what_if.md shows
the ten longest bars of the balanced set. A run takes some minutes; an interrupted one resumes in the folder named
(`python -m tests.recorded_tornado FOLDER`), by default one that is removed at the end.
"""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.support.places import DOCS, ROOT

PAGE: Final = DOCS / "what_if.md"
OUTPUT: Final = DOCS / "examples" / "tornado.txt"
FIGURE: Final = DOCS / "examples" / "tornado.svg"
COMMAND: Final = (
    *("what-if", "scenarios/nct07144020.yaml", "--sensitivity", "months_to_recommendation"),
    *("--design", "boin", "--replicates", "1000"),
)
BEGIN: Final = "<!-- excerpt: tornado -->\n```\n"
END: Final = "```\n<!-- end of excerpt -->"
HEADING: Final = "boin, balanced set: the first"
BARS: Final = 10


def excerpt(output: str) -> str:
    """Return the longest bars of the balanced set, as printed."""
    lines = output.splitlines()
    first = next(row for row, line in enumerate(lines) if line.startswith(HEADING))
    bars = 0
    for row in range(first + 1, len(lines)):
        bars += lines[row].startswith("  ") and not lines[row].startswith("   ")
        if bars > BARS or not lines[row]:
            return "\n".join(lines[first:row]) + "\n"
    raise ValueError("the output ends before its longest bars do")


def shown() -> str:
    """Return the excerpt in the document."""
    return PAGE.read_text(encoding="utf-8").split(BEGIN)[1].split(END)[0]


def record(folder: Path) -> None:
    """Run the command into a folder, or take its finished answer, and write files and excerpt."""
    command = [sys.executable, "-m", "simulator", *COMMAND, "--out", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    output = (folder / "sensitivity.txt").read_text(encoding="utf-8")
    OUTPUT.write_text(output, encoding="utf-8")
    FIGURE.write_bytes((folder / "figures" / "tornado_boin.svg").read_bytes())
    before, rest = PAGE.read_text(encoding="utf-8").split(BEGIN)
    PAGE.write_text(before + BEGIN + excerpt(output) + END + rest.split(END)[1], encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        record(Path(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as place:
            record(Path(place) / "tornado")
