"""The figures of the report, by section; each is described in words."""

from collections.abc import Callable
from typing import Final

from matplotlib.axes import Axes

from simulator.report.blocks import Drawing
from simulator.report.drawings import drawing
from simulator.report.figures import (
    accuracy_by_cap,
    accuracy_by_truth,
    allocation_by_truth,
    months_used,
    paired_differences,
    patient_flow,
    patients_used,
    screen_failure_reasons,
    selection_by_truth,
    truths_and_estimates,
)
from simulator.report.values import ReportData


def figures(data: ReportData) -> dict[str, tuple[Drawing, ...]]:
    """Draw the figures of every section, by the section's id; each has its numbers in a table next to it."""
    comparison = data.comparison
    return {
        "characteristics": (
            *truth_drawings(data),
            *_by_design(data, truths_and_estimates, *ESTIMATES),
        ),
        "accuracy": _accuracy(data),
        "differences": _differences(data),
        "flow": (
            drawing(
                patients_used(comparison, "enrolled"),
                "Step charts: share of trials that enrol at most so many patients under each truth, by design.",
                "Patients enrolled in the whole trial, as conducted: share of trials, a panel a truth.",
            ),
            *_by_design(data, patient_flow, *FLOW),
        ),
        "screening": _screening(data),
        "timelines": (
            drawing(
                months_used(comparison, "months_to_recommendation"),
                "Step charts: share of trials with a recommendation within so many months, by truth and design.",
                "Months to the recommendation: share of trials, a panel a truth.",
            ),
        ),
    }


def truth_drawings(data: ReportData) -> tuple[Drawing, ...]:
    """Draw how often each level is selected, and how patients are spread over the levels: a panel a truth."""
    errors = "with 2 Monte Carlo standard errors on either side, or the 95 % bound"
    return (
        drawing(
            selection_by_truth(data.comparison),
            "Charts, tabulated below: how often each dose level is selected under each truth, by design.",
            f"Selection by dose level under each truth, % of trials, {errors}.",
        ),
        drawing(
            allocation_by_truth(data.comparison),
            "Charts, tabulated below: which share of patients each dose level is given to under each truth.",
            f"Patients infused in escalation by dose level under each truth, in %, {errors}.",
        ),
    )


ESTIMATES: Final = (
    "Line charts, tabulated below: true DLT risk and observed DLT rate by level, design {design}.",
    "Every truth, and the DLT rate that trials of {design} observe among DLT-evaluable patients",
)
FLOW: Final = (
    "Bar charts: patients who reach each stage under each truth, and who leave there, design {design}.",
    "Patient flow of {design}, mean patients per trial, a panel a truth",
)


def _by_design(data: ReportData, draw: Callable[..., Axes], label: str, caption: str) -> tuple[Drawing, ...]:
    """Draw a figure for each design; its name stands for {design} in label and caption."""
    return tuple(
        drawing(
            draw(data.comparison, design),
            label.replace("{design}", design),
            f"{caption.replace('{design}', design)}.",
        )
        for design in data.designs
    )


def _accuracy(data: ReportData) -> tuple[Drawing, ...]:
    if not data.asked:
        return ()
    caption = (
        "Correct selection against the number of infused patients. Band: ± 2 Monte Carlo standard errors of the "
        "average over the truths of the question; open marker: the needed number."
    )
    label = "Line chart, tabulated below: correct selection against the number of infused patients."
    asked = drawing(accuracy_by_cap(data.comparison), label, caption)
    if len(data.comparison.results.question_truths()) == 1:
        return (asked,)
    each = drawing(
        accuracy_by_truth(data.comparison),
        "Line charts: correct selection against the number of infused patients under each truth, by design.",
        "Correct selection against the number of infused patients, a panel a truth. Band: ± 2 Monte Carlo standard "
        "errors.",
    )
    return (asked, each)


def _differences(data: ReportData) -> tuple[Drawing, ...]:
    if len(data.designs) < 2:
        return ()
    said = {
        "pcs": "correct selection",
        "overdose_selection": "overdose selection",
        "enrolled": "patients enrolled",
    }
    return tuple(
        drawing(
            paired_differences(data.comparison, measure),
            f"Interval charts, tabulated below: paired differences in {words} under each truth.",
            f"Paired differences in {words} as conducted, a panel a truth.",
        )
        for measure, words in said.items()
    )


def _screening(data: ReportData) -> tuple[Drawing, ...]:
    failed = data.comparison.screening
    if not (failed.loc[failed["statistic"] == "share_failed", "value"] > 0).any():
        return ()
    label = "Bar chart, tabulated below: share of patients who fail each criterion."
    caption = "Screen-failure reasons among consented patients with a verdict; criteria that somebody fails."
    return (drawing(screen_failure_reasons(data.comparison), label, caption),)
