"""What a valid scenario holds that its author will hardly have meant: warnings of `simulator check`, not faults."""

from typing import TYPE_CHECKING

from simulator.scenario.correct_levels import overdose_where_correct

if TYPE_CHECKING:
    from simulator.scenario.scenario import Scenario


def scenario_warnings(scenario: "Scenario") -> tuple[str, ...]:
    """Return a sentence for each, naming truth or design and what to do."""
    return overdose_where_correct(scenario)
