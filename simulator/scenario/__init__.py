"""The scenario: one validated file that is one what-if, read, checked, changed and written."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.scenario.provenance import Provenance
    from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario

__all__ = ["Provenance", "Scenario", "load_scenario", "parse_scenario"]

__getattr__ = lazy_names(
    __name__,
    {
        "provenance": ("Provenance",),
        "scenario": (
            "Scenario",
            "load_scenario",
            "parse_scenario",
        ),
    },
)
