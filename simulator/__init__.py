"""Simulate phase I dose-escalation trials, from referral to dose recommendation."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.scenario.scenario import Scenario, load_scenario
    from simulator.scenario.templates import scenario_file
    from simulator.studies.attrition import Attrition, attrition
    from simulator.studies.compare import Comparison, compare
    from simulator.studies.fit import Fit, fit
    from simulator.studies.forecast import Forecast, forecast
    from simulator.studies.gap import Gap, explain_gap
    from simulator.studies.levers import levers
    from simulator.studies.replay import Replay, replay
    from simulator.studies.saved_run import load_run
    from simulator.studies.sensitivity import Sensitivity, sensitivity
    from simulator.studies.smallest_relaxation import SmallestRelaxation, smallest_relaxation
    from simulator.studies.what_if import Sweep, WhatIf, sweep, what_if

__all__ = [
    "Attrition",
    "Comparison",
    "Fit",
    "Forecast",
    "Gap",
    "Replay",
    "Scenario",
    "Sensitivity",
    "SmallestRelaxation",
    "Sweep",
    "WhatIf",
    "attrition",
    "compare",
    "explain_gap",
    "fit",
    "forecast",
    "levers",
    "load_run",
    "load_scenario",
    "replay",
    "scenario_file",
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
        "scenario.templates": ("scenario_file",),
        "studies.attrition": ("Attrition", "attrition"),
        "studies.fit": ("Fit", "fit"),
        "studies.forecast": ("Forecast", "forecast"),
        "studies.gap": ("Gap", "explain_gap"),
        "studies.levers": ("levers",),
        "studies.replay": ("Replay", "replay"),
        "studies.saved_run": ("load_run",),
        "studies.sensitivity": ("Sensitivity", "sensitivity"),
        "studies.smallest_relaxation": ("SmallestRelaxation", "smallest_relaxation"),
        "studies.what_if": ("Sweep", "WhatIf", "sweep", "what_if"),
    },
)
