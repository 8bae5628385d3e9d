"""What the tests of several packages start from, and which tests are slow.

A module that needs another scenario has a fixture of its own.
"""

import os
from collections.abc import Iterator
from typing import Any

import pytest

from simulator.scenario.scenario import Scenario, load_scenario
from tests import slow
from tests.support.places import DEFAULT_SCENARIO

os.environ["COLUMNS"] = "100"  # what a command prints does not depend on the terminal that runs the tests


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The default scenario; it is immutable, so all tests share it."""
    return load_scenario(DEFAULT_SCENARIO)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--times", metavar="FILE", help="append processor times to FILE, for python -m tests.slow"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that measurement has found slow."""
    names = slow.named()
    for item in items:
        if item.nodeid.split("[")[0] in names:
            item.add_marker(pytest.mark.slow)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    file = item.config.getoption("--times")
    if file is not None:
        for definitions in item._fixtureinfo.name2fixturedefs.values():
            slow.note(file, slow.NEEDS, _name_of(definitions[-1]), item.nodeid)
    with slow.timed(file, slow.CALL, item.nodeid):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest) -> Iterator[Any]:
    with slow.timed(request.config.getoption("--times"), slow.FIXTURE, _name_of(fixturedef)):
        return (yield)


def _name_of(fixture: pytest.FixtureDef[Any]) -> str:
    return f"{fixture.baseid}::{fixture.argname}"
