"""Notebooks open with the question they answer, say how many trials they run, and find their scenario."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

from tests.support.places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_three_notebooks() -> None:
    assert [one.stem for one in NOTEBOOKS] == ["01_compare_designs", "02_screening_and_accrual", "03_what_if"]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_opens_with_its_question_and_says_how_many_trials_it_runs(file: Path) -> None:
    first = jupytext.read(file).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.splitlines()[0].startswith("#")
    assert "?" in first.source.splitlines()[0]
    assert "trials" in first.source


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_finds_its_scenario_whatever_the_working_directory(file: Path, tmp_path: Path) -> None:
    """The first cell of code, run as a script elsewhere; in Jupyter the folder is that of the notebook."""
    code = next(cell.source for cell in jupytext.read(file).cells if cell.cell_type == "code")
    script = f"__file__ = {str(file)!r}\n{code}\nprint(scenario_file)\n"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True, timeout=300
    )
    assert Path(done.stdout.splitlines()[-1]) == ROOT / "scenarios/nct07144020.yaml"


def test_the_check_runs_every_notebook() -> None:
    """The recipe of `make test`, not run: each notebook is converted, and the folder is handed to nbmake."""
    planned = subprocess.run(
        ["make", "-n", "-o", ".venv/.test", "-o", ".venv/.run", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")},
    ).stdout
    assert "for one in notebooks/*.py" in planned
    assert "--nbmake tests build/notebooks" in planned
