"""Figures as SVG that can stand in one page together: no identifier twice, nothing fetched, described in words."""

import io
import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.report.blocks import Drawing
from simulator.report.figures import (
    accuracy_by_cap,
    accuracy_by_truth,
    allocation_by_truth,
    months_used,
    paired_differences,
    patient_flow,
    patients_used,
    rendered,
    screen_failure_reasons,
    selection_by_truth,
    truths_and_estimates,
)
from simulator.report.figures.style import styled
from simulator.report.values import ReportData

_PROLOGUE: Final = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_UNSEEN: Final = re.compile(r"\s*<metadata>.*?</metadata>|\s*<!--.*?-->", re.DOTALL)
_IDENTIFIER: Final = re.compile(r'(\bid="|\bhref="#|url\(#)')


def figures(data: ReportData) -> dict[str, tuple[Drawing, ...]]:
    """Draw the figures of every section, by the section's id; each has its numbers in a table next to it."""
    comparison = data.comparison
    return {
        "characteristics": (
            *truth_drawings(data),
            *_by_design(data, truths_and_estimates, "estimates", *ESTIMATES),
        ),
        "accuracy": _accuracy(data),
        "differences": _differences(data),
        "flow": (
            drawing(
                patients_used(comparison, "enrolled"),
                "patients",
                "Step charts: share of trials that enrol at most so many patients under each truth, by design.",
                "Patients enrolled in the whole trial, as conducted: share of trials, a panel a truth.",
            ),
            *_by_design(data, patient_flow, "flow", *FLOW),
        ),
        "screening": _screening(data),
        "timelines": (
            drawing(
                months_used(comparison, "months_to_recommendation"),
                "months",
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
            "selection",
            "Charts, tabulated below: how often each dose level is selected under each truth, by design.",
            f"Selection by dose level under each truth, % of trials, {errors}.",
        ),
        drawing(
            allocation_by_truth(data.comparison),
            "allocation",
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


def _by_design(
    data: ReportData, draw: Callable[..., Axes], prefix: str, label: str, caption: str
) -> tuple[Drawing, ...]:
    """Draw a figure for each design; its name stands for {design} in label and caption."""
    return tuple(
        drawing(
            draw(data.comparison, design),
            f"{prefix}-{place}",
            label.replace("{design}", design),
            f"{caption.replace('{design}', design)}.",
        )
        for place, design in enumerate(data.designs)
    )


def _accuracy(data: ReportData) -> tuple[Drawing, ...]:
    if not data.asked:
        return ()
    caption = (
        "Correct selection against the number of infused patients. Band: ± 2 Monte Carlo standard errors of the "
        "average over the truths of the question; open marker: the needed number."
    )
    label = "Line chart, tabulated below: correct selection against the number of infused patients."
    asked = drawing(accuracy_by_cap(data.comparison), "accuracy-by-cap", label, caption)
    if len(data.comparison.results.question_truths()) == 1:
        return (asked,)
    each = drawing(
        accuracy_by_truth(data.comparison),
        "accuracy-by-truth",
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
            f"difference-{measure}",
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
    return (drawing(screen_failure_reasons(data.comparison), "reasons", label, caption),)


def drawing(axes: Axes, prefix: str, label: str, caption: str) -> Drawing:
    """Return the figure that holds the axes as an SVG whose identifiers all begin with the prefix."""
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return Drawing(inline_svg(figure, prefix), label, caption, rendered(figure)["png"])


def inline_svg(figure: Figure, prefix: str) -> str:
    """Return the figure as SVG for a page that holds others: the same bytes for the same figure."""
    sink = io.StringIO()
    with styled():
        figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    text = _UNSEEN.sub("", _PROLOGUE.sub("", sink.getvalue()))
    text = re.sub(r'\s(?:width|height)="[^"]*pt"', "", text, count=2)
    return _numbered(_IDENTIFIER.sub(lambda match: f"{match[1]}{prefix}-", text))


def _numbered(svg: str) -> str:
    """Number an identifier that several parts of a figure share, from its second time on."""
    seen: Counter[str] = Counter()

    def once(match: re.Match[str]) -> str:
        seen[match[1]] += 1
        return match[0] if seen[match[1]] == 1 else f'id="{match[1]}-{seen[match[1]]}"'

    return re.sub(r'\bid="([^"]*)"', once, svg)
