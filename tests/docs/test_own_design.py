"""Designs of other packages: the tutorial's, run in compare, and broken ones, each one clear error."""

import importlib
import re
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from simulator.designs import DESIGNS
from simulator.designs.registry import registered, registered_names
from simulator.errors import DesignError, ScenarioError
from simulator.exact import operating_characteristics, simulate
from simulator.scenario.designs import described_designs
from simulator.scenario.json_schema import json_schema
from simulator.scenario.scenario import parse_scenario
from tests.documents import blocks, commands
from tests.support.environments import assert_is_inside, empty_environment, pip_install, run
from tests.support.places import DOCS, ROOT

TUTORIAL = DOCS / "tutorial_own_design.md"
FILES = dict(re.findall(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", TUTORIAL.read_text("utf-8"), re.M | re.S))
GROUP = "simulator.designs"
RISKS = [0.1, 0.2, 0.3, 0.45]
OURS = "".join(line for line in FILES["scenario.yaml"].splitlines(keepends=True) if "teqr" not in line)
"""The scenario with one design of another package only."""


def install(folder: Path, package: str, modules: dict[str, str], entries: dict[str, str]) -> None:
    """Put a package on disk as an installer would: its modules, and a dist-info that names its designs."""
    info = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    lines = [f"[{GROUP}]", *(f"{name} = {value}" for name, value in entries.items())]
    (info / "entry_points.txt").write_text("\n".join(lines) + "\n")
    for module, code in modules.items():
        (folder / module).write_text(code)


@pytest.fixture
def site(tmp_path, monkeypatch):
    """Return a folder on the path; modules imported from it are forgotten afterwards."""
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    importlib.invalidate_caches()
    yield tmp_path
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def tutorial(site):
    project = tomllib.loads(FILES["pyproject.toml"])["project"]
    entries = project["entry-points"][GROUP]
    modules = {name: FILES[name] for name in ("teqr.py", "group_up_down.py")}
    install(site, project["name"], modules, entries)
    return site


def test_tutorial_has_every_file_the_test_needs():
    assert FILES.keys() == {"teqr.py", "group_up_down.py", "pyproject.toml", "scenario.yaml", "compare.py"}


def test_without_the_package_a_scenario_cannot_name_its_design():
    assert registered_names() == tuple(DESIGNS)
    with pytest.raises(ScenarioError, match=r"designs\.ours\.design: must be one of 3"):
        parse_scenario(OURS)


@pytest.fixture
def fresh(tmp_path):
    """Return the folder of the commands of a new environment in which this checkout is installed."""
    bin_folder = empty_environment(tmp_path)
    pip_install(bin_folder, ROOT)
    assert_is_inside(bin_folder, tmp_path)
    return bin_folder


def test_design_of_the_tutorial_runs_in_compare(fresh, tmp_path):
    """Put the files next to each other, and do what the page says, in its order."""
    folder = tmp_path / "tutorial"
    folder.mkdir()
    for name, text in FILES.items():
        (folder / name).write_text(text)
    printed = {}
    for block in blocks(TUTORIAL):
        for command in commands(block) if block.language == "console" else ():
            if command.words == ["pip", "install", "."]:
                pip_install(fresh, folder)
            else:
                program, *arguments = command.words
                printed[command.written.removeprefix("$ ")] = run(fresh / program, *arguments, folder=folder)
    for listed in ("teqr: Toxicity equivalence range design", "group-up-down: Group up-and-down design"):
        assert listed in printed["simulator designs"]
    assert "equivalence range" in printed['simulator table scenario.yaml --design "equivalence range"']
    # 3 of 6 is above .25 to .35: down to level 1.
    assert (
        "Decision: treat 3 patients at level 1."
        in printed['simulator next-dose teqr --outcomes "1NNN 2NNT 2TNT"']
    )
    needed, *exact = printed["python compare.py"].split("[")
    assert all(design in needed for design in ("boin", "equivalence range", "ours"))
    assert len(exact) == 2
    for selection in exact:
        assert np.array(selection.strip(" ]\n").split(), dtype=float).sum() == pytest.approx(1, abs=1e-7)


def test_conventions_of_the_design_of_the_tutorial_end_with_its_stopping_rule(tutorial):
    conventions = parse_scenario(OURS).design("ours").conventions()
    assert list(conventions)[-1] == "stopping rule 1 (too_toxic)"


@pytest.mark.parametrize("name", ["teqr", "group-up-down"])
def test_exact_engine_and_sampler_agree_on_the_designs_of_the_tutorial(tutorial, name):
    design = registered(name)(n_doses=4, max_n=24)
    exact = operating_characteristics(design, RISKS)
    trials = 100_000
    share = np.bincount(simulate(design, RISKS, trials, seed=5).selection, minlength=5) / trials
    p = exact.selection
    assert np.all(np.abs(share - p) <= 4 * np.sqrt(p * (1 - p) / trials))


def test_design_by_boundaries_of_the_tutorial_decides_by_its_range(tutorial):
    """Rates .25 to .40, worked by hand: 0 of 3 is below, 1 of 3 inside, 2 of 5 exactly at the end, 3 of 6 above."""
    table = registered("teqr")(eq2=0.1).decision_table(6)
    assert table["escalate_if_at_most"].tolist() == [0, 0, 0, 0, 1, 1]
    assert table["deescalate_if_at_least"].tolist() == [1, 1, 2, 2, 3, 3]
    boin = registered("boin")().decision_table(6)
    assert table["eliminate_if_at_least"].equals(boin["eliminate_if_at_least"])


def test_designs_of_a_package_are_listed_with_their_options_and_in_the_schema(tutorial):
    assert registered_names() == (*DESIGNS, "group-up-down", "teqr")
    lines = described_designs()
    at = lines.index("group-up-down: Group up-and-down design: the last cohort alone decides.")
    assert lines[at + 1 : at + 3] == ["  n_doses: from trial.dose_levels", "  target: from trial.target"]
    titles = [design["title"] for design in json_schema()["properties"]["designs"]["items"]["oneOf"]]
    assert titles[-2:] == ["group-up-down", "teqr"]


def test_refused_option_of_a_package_is_named_at_its_place(tutorial):
    text = OURS.replace("max_n: 24", "down_if_at_least: 4")
    with pytest.raises(ScenarioError) as caught:
        parse_scenario(text, "f.yaml")
    assert caught.value.faults == (
        "f.yaml:8:23: designs.ours.down_if_at_least: must be above up_if_at_most = 0 and at most"
        " cohort_size = 3, got 4",
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("import no_such_module_at_all\n", "cannot be imported: ModuleNotFoundError: No module named"),
        ("raise RuntimeError('half installed')\n", "cannot be imported: RuntimeError: half installed"),
        ("Broken = (\n", "cannot be imported: SyntaxError"),
        ("", "cannot be imported: AttributeError"),
        ("Broken = 5\n", "must be a dataclass, got 5"),
        ("class Broken:\n    name = 'broken'\n", "must be a dataclass"),
        (
            "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass Broken:\n    n_doses: int = 5\n",
            "lacks name, reads, max_n, decide, select, decision_table, conventions",
        ),
        (
            FILES["teqr.py"].replace("def bounds", "def limits") + "\nBroken = TEQR\n",
            "lacks bounds of the design contract",
        ),
        (
            FILES["group_up_down.py"].replace("frozen=True, ", "") + "\nBroken = GroupUpDown\n",
            "must be frozen: designs hold parameters, never state",
        ),
        (
            FILES["group_up_down.py"] + "\nBroken = GroupUpDown\n",
            "must have the name it is registered under, got name = 'group-up-down'",
        ),
    ],
)
def test_broken_package_is_one_error_that_names_it(site, code, said):
    install(site, "broken-design", {"broken_design.py": code}, {"broken": "broken_design:Broken"})
    with pytest.raises(DesignError) as caught:
        registered("broken")
    assert "package 'broken-design'" in str(caught.value)
    assert said in str(caught.value)
    text = OURS.replace("group-up-down", "broken")
    with pytest.raises(ScenarioError, match=r"designs\.ours\.design: broken: the design of package"):
        parse_scenario(text)


def test_broken_package_harms_no_other_design(site):
    install(site, "broken-design", {"broken_design.py": "1 / 0\n"}, {"broken": "broken_design:Broken"})
    text = OURS.replace("group-up-down", "keyboard")
    assert parse_scenario(text).design("ours").name == "keyboard"
    lines = described_designs()
    assert any(line.startswith("broken: the design of package 'broken-design'") for line in lines)
    assert any(line.startswith("keyboard: ") for line in lines)


def test_package_cannot_take_the_name_of_a_built_in_design_or_of_another_package(site):
    install(site, "squatter", {"squatter.py": ""}, {"boin": "squatter:Boin", "twice": "squatter:Twice"})
    install(site, "other", {"other.py": ""}, {"twice": "other:Twice"})
    with pytest.raises(DesignError, match="package 'squatter' registers a design of this name: it is built"):
        registered("boin")
    with pytest.raises(DesignError, match="package 'other' and package 'squatter' register"):
        registered("twice")


def test_name_that_nobody_registers_is_refused_with_the_known_ones():
    with pytest.raises(DesignError, match=r"no such design; registered are 3\+3, a\+b, boin"):
        registered("boyn")
