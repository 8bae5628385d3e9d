"""The figures of a run. Importing this package's figures loads matplotlib, so import it where one is drawn."""

from simulator.report.accuracy import accuracy_by_cap
from simulator.report.flow import patient_flow
from simulator.report.screening_figure import screen_failure_reasons
from simulator.report.style import COLUMN_CM, PAGE_CM, new_axes, rendered
from simulator.report.sweep_figure import sweep_curve
from simulator.report.tornado_figure import tornado
from simulator.report.variants_figure import variant_changes

__all__ = [
    "COLUMN_CM",
    "PAGE_CM",
    "accuracy_by_cap",
    "new_axes",
    "patient_flow",
    "rendered",
    "screen_failure_reasons",
    "sweep_curve",
    "tornado",
    "variant_changes",
]
