"""The recorded answer of `make compare` and what README.md shows of it; `python -m tests.recorded` rewrites both.

`python -m tests.recorded templates` rewrites the first screens of the other templates of `simulator init` alone.

docs/examples/compare.txt is the first screen, as printed; docs/examples/compare_full.txt what `--full` prints, and
docs/examples/accuracy_by_cap.svg the figure of the same run; docs/examples/compare_TEMPLATE.txt the first screen of
another template, on few replicates. README.md shows an excerpt of the first screen. Tests
compare all of them.
"""

import subprocess
import sys
import tempfile
from dataclasses import dataclass
from os import environ
from pathlib import Path
from typing import Final

from simulator.report.text.first_screen import first_screen
from simulator.scenario.scenario import load_scenario
from simulator.scenario.templates import TEMPLATES, template_text
from simulator.studies.compare import compare
from tests.support.places import DOCS, ROOT

README: Final = ROOT / "README.md"
OUTPUT: Final = DOCS / "examples" / "compare.txt"
FULL: Final = DOCS / "examples" / "compare_full.txt"
FIGURE: Final = DOCS / "examples" / "accuracy_by_cap.svg"
BEGIN: Final = "<!-- excerpt: compare -->\n```\n"
END: Final = "```\n<!-- end of excerpt -->"
COMMAND: Final = ("compare", "scenarios/nct07144020.yaml", "--replicates", "1000")
LINES_SHOWN: Final = 15
OTHER_TEMPLATES: Final = tuple(name for name in TEMPLATES if name != "nct07144020")
"""The template nct07144020 is the scenario of `make compare`, byte for byte."""
TEMPLATE_REPLICATES: Final = 60


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


def template_output(name: str) -> Path:
    """Return where the first screen of a template is recorded."""
    return DOCS / "examples" / f"compare_{name}.txt"


def fresh_template(name: str, folder: Path) -> str:
    """Return the first screen of a template as `init` writes it into a folder, on few replicates."""
    file = folder / f"{name}.yaml"
    file.write_text(template_text(name), encoding="utf-8")
    found = compare(load_scenario(file), replicates=TEMPLATE_REPLICATES)
    return first_screen(found)


def record_templates() -> None:
    """Write fresh first screens of the other templates to their files."""
    with tempfile.TemporaryDirectory() as place:
        for name in OTHER_TEMPLATES:
            template_output(name).write_text(fresh_template(name, Path(place)), encoding="utf-8")


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
    if sys.argv[1:] != ["templates"]:
        record()
    record_templates()
