"""The figures of a run. Using one loads matplotlib."""

from typing import TYPE_CHECKING

from simulator.lazy_names import lazy_names

if TYPE_CHECKING:
    from simulator.report.figures.accuracy import accuracy_by_cap
    from simulator.report.figures.accuracy_panels import accuracy_by_truth
    from simulator.report.figures.by_level import allocation_by_level, selection_by_level
    from simulator.report.figures.by_name import plot
    from simulator.report.figures.by_truth import allocation_by_truth, selection_by_truth
    from simulator.report.figures.differences import paired_differences
    from simulator.report.figures.dose_escalation import dose_escalation_chart
    from simulator.report.figures.estimates import truths_and_estimates
    from simulator.report.figures.fit import fitted_against_assumed
    from simulator.report.figures.flow import patient_flow
    from simulator.report.figures.forecast import accrual_forecast
    from simulator.report.figures.of_a_run import comparison_figures, figure_names, replay_figures
    from simulator.report.figures.patients_and_months import months_used, patients_used
    from simulator.report.figures.screen_failures import screen_failure_reasons
    from simulator.report.figures.sensitivity import tornado
    from simulator.report.figures.style import (
        COLUMN_CM,
        PAGE_CM,
        new_axes,
        rendered,
        rendered_axes,
        shown_by_notebook,
    )
    from simulator.report.figures.sweep import sweep_curve
    from simulator.report.figures.swimmer import swimmer_plot
    from simulator.report.figures.variants import variant_changes

__all__ = [
    "COLUMN_CM",
    "PAGE_CM",
    "accrual_forecast",
    "accuracy_by_cap",
    "accuracy_by_truth",
    "allocation_by_level",
    "allocation_by_truth",
    "comparison_figures",
    "dose_escalation_chart",
    "figure_names",
    "fitted_against_assumed",
    "months_used",
    "new_axes",
    "paired_differences",
    "patient_flow",
    "patients_used",
    "plot",
    "rendered",
    "rendered_axes",
    "replay_figures",
    "screen_failure_reasons",
    "selection_by_level",
    "selection_by_truth",
    "shown_by_notebook",
    "sweep_curve",
    "swimmer_plot",
    "tornado",
    "truths_and_estimates",
    "variant_changes",
]

__getattr__ = lazy_names(
    __name__,
    {
        "accuracy": ("accuracy_by_cap",),
        "accuracy_panels": ("accuracy_by_truth",),
        "by_level": (
            "allocation_by_level",
            "selection_by_level",
        ),
        "by_name": ("plot",),
        "by_truth": (
            "allocation_by_truth",
            "selection_by_truth",
        ),
        "differences": ("paired_differences",),
        "dose_escalation": ("dose_escalation_chart",),
        "estimates": ("truths_and_estimates",),
        "fit": ("fitted_against_assumed",),
        "flow": ("patient_flow",),
        "forecast": ("accrual_forecast",),
        "of_a_run": (
            "comparison_figures",
            "figure_names",
            "replay_figures",
        ),
        "patients_and_months": (
            "months_used",
            "patients_used",
        ),
        "screen_failures": ("screen_failure_reasons",),
        "sensitivity": ("tornado",),
        "style": (
            "COLUMN_CM",
            "PAGE_CM",
            "new_axes",
            "rendered",
            "rendered_axes",
            "shown_by_notebook",
        ),
        "sweep": ("sweep_curve",),
        "swimmer": ("swimmer_plot",),
        "variants": ("variant_changes",),
    },
)
