"""Notebooks open with the question they answer, say how many trials they run, and find their scenario."""

import os
import subprocess
from pathlib import Path

import jupytext
import pytest

import simulator
from simulator.errors import ScenarioError
from simulator.scenario.templates import template_text
from tests.support.places import ROOT

NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.py"))


def test_there_are_four_notebooks() -> None:
    assert [one.stem for one in NOTEBOOKS] == [
        "01_compare_designs",
        "02_screening_and_accrual",
        "03_what_if",
        "04_what_if_in_code",
    ]


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_opens_with_its_question_and_says_how_many_trials_it_runs(file: Path) -> None:
    first = jupytext.read(file).cells[0]
    assert first.cell_type == "markdown"
    assert first.source.splitlines()[0].startswith("#")
    assert "?" in first.source.splitlines()[0]
    assert "trials" in first.source


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_a_notebook_reaches_its_answers_in_cells_that_a_reader_would_write(file: Path) -> None:
    code = [cell.source for cell in jupytext.read(file).cells if cell.cell_type == "code"]
    assert len(code) <= 5
    for boilerplate in ("__file__", "Path(", "next(", "Markdown(", "def ", ".pivot("):
        assert boilerplate not in "\n".join(code)
    assert 'simulator.scenario_file("nct07144020")' in code[0]


def test_the_page_shows_the_code_that_the_next_notebook_runs() -> None:
    shown = jupytext.read(NOTEBOOKS[2]).cells[-1].source.partition("```python\n")[2].partition("\n```")[0]
    first = next(cell.source for cell in jupytext.read(NOTEBOOKS[3]).cells if cell.cell_type == "code")
    assert "simulator.what_if(scenario, changes" in shown
    assert shown == first.replace("from simulator.exact import operating_characteristics\n", "")


def test_a_scenario_is_found_by_name_above_the_working_folder_or_else_in_the_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT / "notebooks")
    assert simulator.scenario_file("nct07144020") == ROOT / "scenarios/nct07144020.yaml"
    monkeypatch.chdir(tmp_path)
    packaged = simulator.scenario_file("small-molecule")
    assert packaged.read_text(encoding="utf-8") == template_text("small-molecule")
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "small-molecule.yaml").write_text("mine")
    assert simulator.scenario_file("small-molecule").read_text() == "mine"
    with pytest.raises(ScenarioError, match=r"no scenarios/nothing\.yaml here or above, and no template"):
        simulator.scenario_file("nothing")


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
