"""The examples of docs/exact.md give what the page shows, and its commands are legal."""

import doctest
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from simulator.cli import app

PAGE = Path(__file__).parents[2] / "docs" / "exact.md"
COMMANDS = [
    line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("simulator exact ")
]


def test_examples_of_the_page_give_what_it_shows() -> None:
    done = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")
    assert done.attempted >= 12
    assert done.failed == 0


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_of_the_page_are_understood(command: str) -> None:
    words = shlex.split(command)
    assert Path(PAGE.parents[1], words[2]).is_file()
    group = get_command(app)
    assert isinstance(group, TyperGroup)
    understood = group.commands["exact"].make_context("exact", words[2:])
    assert str(understood.params["scenario"]) == words[2]


def test_the_page_has_commands() -> None:
    assert len(COMMANDS) == 4
