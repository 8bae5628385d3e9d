"""The wheel alone: installed into an empty environment, a template is written, checked and answered."""

import pytest

from simulator.scenario.templates import TEMPLATES
from tests.support.environments import assert_is_inside, built_wheel, empty_environment, pip_install, run
from tests.support.places import ROOT


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Return the commands of an environment that has the built wheel, and a folder to work in."""
    folder = tmp_path_factory.mktemp("wheel")
    bin_folder = empty_environment(folder)
    pip_install(bin_folder, built_wheel(ROOT, folder / "dist"))
    assert_is_inside(bin_folder, folder)
    return bin_folder / "simulator", folder


def test_wheel_writes_every_template(installed):
    command, folder = installed
    for name in TEMPLATES:
        run(command, "init", f"{name}.yaml", "--template", name, folder=folder)
        assert run(command, "check", f"{name}.yaml", folder=folder).startswith(f"ok: {name}.yaml\n")


def test_wheel_answers_a_template(installed):
    command, folder = installed
    run(command, "init", "mine.yaml", folder=folder)
    asked = ("compare", "mine.yaml", "--replicates", "5", "--workers", "1")
    said = run(command, *asked, folder=folder)
    assert "treated" in said
    assert "boin" in said
