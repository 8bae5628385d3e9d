"""The scenario: one validated file that is one what-if, read, checked, changed and written."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.scenario.borrowed import borrowed_parts_note
    from simulator.scenario.provenance import Provenance
    from simulator.scenario.scenario import Scenario, load_scenario, parse_scenario

__all__ = ["Provenance", "Scenario", "borrowed_parts_note", "load_scenario", "parse_scenario"]

__getattr__ = lazy_names(
    __name__,
    {
        "borrowed": ("borrowed_parts_note",),
        "provenance": ("Provenance",),
        "scenario": (
            "Scenario",
            "load_scenario",
            "parse_scenario",
        ),
    },
)
