"""Small comparisons that several test modules read, run once."""

from functools import cache

from simulator.scenario.scenario import Scenario, load_scenario
from simulator.studies.compare import Comparison, compare
from tests.support.places import DEFAULT_SCENARIO

FILE = DEFAULT_SCENARIO
DESIGNS = ("3+3", "boin")
TRUTHS = ("M0", "M1", "M4", "S2")
LINES_PRINTED = ("balanced", *TRUTHS, "S2 day 42")
REPLICATES = 20


@cache
def scenario() -> Scenario:
    return load_scenario(FILE)


@cache
def comparison() -> Comparison:
    """Two designs, three balanced truths (one without a correct level), a story and its day-42 line."""
    return compare(scenario(), DESIGNS, TRUTHS, REPLICATES, seed=5)
