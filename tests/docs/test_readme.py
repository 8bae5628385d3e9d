"""The README is one screen's reading: it shows what its commands print, and its Python example runs."""

import re

import pytest

from tests.documents import blocks
from tests.recorded import FIGURE, README, fresh, recorded, shown
from tests.support.places import DOCS, ROOT

MOST_LINES = 150
MOST_LINES_SHOWN = 15


@pytest.fixture(scope="module")
def answer(tmp_path_factory):
    """The answer of `make compare`, run once for all tests here."""
    return fresh(tmp_path_factory.mktemp("compare") / "run")


def test_recorded_output_is_what_make_compare_prints(answer):
    assert recorded().output == answer.output
    assert recorded().full == answer.full


def test_figure_of_the_readme_is_the_one_of_that_run(answer):
    assert recorded().figure == answer.figure
    assert f"]({FIGURE.relative_to(ROOT)})" in README.read_text(encoding="utf-8")


def test_first_screen_is_an_excerpt_of_the_recorded_output():
    assert shown() == recorded().excerpt
    assert shown() in recorded().output
    assert len(shown().splitlines()) <= MOST_LINES_SHOWN
    lines = recorded().output.splitlines()
    assert len(lines) <= 40
    assert max(map(len, lines)) <= 100


def test_readme_is_short():
    assert len(README.read_text(encoding="utf-8").splitlines()) < MOST_LINES


def test_figures_of_speed_in_the_readme_stand_on_the_page_of_speed():
    text = README.read_text(encoding="utf-8").split("## How fast")[1].split("\n## ")[0]
    rows = re.findall(r"^\| .*\|$", text, re.M)
    assert len(rows) > 2
    assert set(rows) <= set((DOCS / "speed.md").read_text(encoding="utf-8").splitlines())


def test_python_example_of_the_readme_runs():
    [example] = [block for block in blocks(README) if block.language == "python"]
    names: dict[str, object] = {}
    code = example.text.replace("workers=2", "workers=1")
    exec(compile(code, "README.md", "exec"), names)
    assert abs(names["exact"].selection.sum() - 1) < 1e-12
    assert set(names["comparison"].needed_n.columns) >= {"design", "statistic", "value", "mcse"}
