"""Simulate phase I dose-escalation trials, from referral to dose recommendation."""

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simulator.compare import Comparison, compare
    from simulator.forecast import Forecast, forecast
    from simulator.run_folder import load_run
    from simulator.scenario import Scenario, load_scenario
    from simulator.smallest_relaxation import SmallestRelaxation, smallest_relaxation
    from simulator.what_if import WhatIf, what_if

__all__ = [
    "Comparison",
    "Forecast",
    "Scenario",
    "SmallestRelaxation",
    "WhatIf",
    "compare",
    "forecast",
    "load_run",
    "load_scenario",
    "smallest_relaxation",
    "what_if",
]

_HOME = {
    "Comparison": "simulator.compare",
    "compare": "simulator.compare",
    "Forecast": "simulator.forecast",
    "forecast": "simulator.forecast",
    "load_run": "simulator.run_folder",
    "Scenario": "simulator.scenario",
    "load_scenario": "simulator.scenario",
    "SmallestRelaxation": "simulator.smallest_relaxation",
    "smallest_relaxation": "simulator.smallest_relaxation",
    "WhatIf": "simulator.what_if",
    "what_if": "simulator.what_if",
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first asked for, so that the command line starts at once."""
    if name not in _HOME:
        raise AttributeError(f"module 'simulator' has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(_HOME[name]), name)
    globals()[name] = value
    return value


class _Package(ModuleType):
    """The package, in which a verb keeps its name when the module of the same name is imported."""

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; importing `simulator.compare` does not put the module in the verb's place."""
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
