"""The figures of a run. Importing this package's figures loads matplotlib, so import it where one is drawn."""

from simulator.report.accuracy import accuracy_by_cap
from simulator.report.differences_figure import paired_differences
from simulator.report.escalation_figure import dose_escalation_chart
from simulator.report.estimates_figure import truths_and_estimates
from simulator.report.flow import patient_flow
from simulator.report.forecast_figure import accrual_forecast
from simulator.report.levels_figure import allocation_by_level, selection_by_level
from simulator.report.plot import plot
from simulator.report.screening_figure import screen_failure_reasons
from simulator.report.size_figure import months_used, patients_used
from simulator.report.style import COLUMN_CM, PAGE_CM, new_axes, rendered
from simulator.report.sweep_figure import sweep_curve
from simulator.report.swimmer_figure import swimmer_plot
from simulator.report.tornado_figure import tornado
from simulator.report.variants_figure import variant_changes

__all__ = [
    "COLUMN_CM",
    "PAGE_CM",
    "accrual_forecast",
    "accuracy_by_cap",
    "allocation_by_level",
    "dose_escalation_chart",
    "months_used",
    "new_axes",
    "paired_differences",
    "patient_flow",
    "patients_used",
    "plot",
    "rendered",
    "screen_failure_reasons",
    "selection_by_level",
    "sweep_curve",
    "swimmer_plot",
    "tornado",
    "truths_and_estimates",
    "variant_changes",
]
