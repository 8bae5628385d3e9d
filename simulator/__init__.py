"""Simulate phase I dose-escalation trials, from referral to dose recommendation."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.compare import Comparison, compare
    from simulator.scenario import Scenario, load_scenario

__all__ = ["Comparison", "Scenario", "compare", "load_scenario"]

_HOME = {
    "Comparison": "simulator.compare",
    "compare": "simulator.compare",
    "Scenario": "simulator.scenario",
    "load_scenario": "simulator.scenario",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command line starts at once."""
    if name not in _HOME:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value
