"""What several packages' tests start from; a module that needs another scenario has a fixture of its own."""

import pytest

from simulator.scenario.scenario import Scenario, load_scenario
from tests.support.places import DEFAULT_SCENARIO


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """The default scenario; it is immutable, so all tests share it."""
    return load_scenario(DEFAULT_SCENARIO)
