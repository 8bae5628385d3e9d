"""docs/screening_list.md: its example is run. `python -m tests.patients.test_screening_list` rewrites its output."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.support.places import ROOT

PAGE = ROOT / "docs" / "screening_list.md"


def block(text: str, name: str) -> str:
    found = re.search(rf"<!-- {name} -->\n```\n(.*?)```", text, re.DOTALL)
    assert found is not None, name
    return found.group(1)


def run(text: str, folder: Path) -> dict[str, str]:
    (folder / "patients.csv").write_text(block(text, "patients"), encoding="utf-8")
    (folder / "mapping.yaml").write_text(block(text, "mapping"), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "simulator", "screen", "patients.csv", "--map", "mapping.yaml"],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return {"faults": done.stderr, "report": done.stdout}


def test_example_of_the_page_prints_what_the_page_shows(tmp_path: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, said in run(text, tmp_path).items():
        assert block(text, name) == said


def record() -> None:
    text = PAGE.read_text(encoding="utf-8")
    with tempfile.TemporaryDirectory() as folder:
        for name, said in run(text, Path(folder)).items():
            begin = f"<!-- {name} -->\n```\n"
            text = text.replace(begin + block(text, name), begin + said)
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
