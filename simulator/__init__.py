"""Simulate phase I dose-escalation trials, from referral to dose recommendation."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.analysis.forecast_tables import Forecast
    from simulator.scenario.scenario import Scenario, load_scenario
    from simulator.studies.compare import Comparison, compare
    from simulator.studies.fit import Fit, fit
    from simulator.studies.forecast import forecast
    from simulator.studies.levers import levers
    from simulator.studies.replay import Replay, replay
    from simulator.studies.saved_run import load_run
    from simulator.studies.sensitivity import Sensitivity, sensitivity
    from simulator.studies.smallest_relaxation import SmallestRelaxation, smallest_relaxation
    from simulator.studies.what_if import Sweep, WhatIf, sweep, what_if

__all__ = [
    "Comparison",
    "Fit",
    "Forecast",
    "Replay",
    "Scenario",
    "Sensitivity",
    "SmallestRelaxation",
    "Sweep",
    "WhatIf",
    "compare",
    "fit",
    "forecast",
    "levers",
    "load_run",
    "load_scenario",
    "replay",
    "sensitivity",
    "smallest_relaxation",
    "sweep",
    "what_if",
]

__getattr__ = lazy_names(
    __name__,
    {
        "scenario.scenario": ("Scenario", "load_scenario"),
        "studies.compare": ("Comparison", "compare"),
        "analysis.forecast_tables": ("Forecast",),
        "studies.fit": ("Fit", "fit"),
        "studies.forecast": ("forecast",),
        "studies.levers": ("levers",),
        "studies.replay": ("Replay", "replay"),
        "studies.saved_run": ("load_run",),
        "studies.sensitivity": ("Sensitivity", "sensitivity"),
        "studies.smallest_relaxation": ("SmallestRelaxation", "smallest_relaxation"),
        "studies.what_if": ("Sweep", "WhatIf", "sweep", "what_if"),
    },
)
