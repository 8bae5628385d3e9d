"""Figures as SVG that can stand in one page together: no identifier twice, nothing fetched, described in words."""

import io
import re
from typing import Final

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simulator.report.figures import accuracy_by_cap, patient_flow
from simulator.report.page_findings import Findings
from simulator.report.page_parts import Drawing
from simulator.report.style import styled

_PROLOGUE: Final = re.compile(r"^.*?(?=<svg\b)", re.DOTALL)
_METADATA: Final = re.compile(r"\s*<metadata>.*?</metadata>", re.DOTALL)
_IDENTIFIER: Final = re.compile(r'(\bid="|\bhref="#|url\(#)')


def accuracy_figure(found: Findings) -> tuple[Drawing, ...]:
    """Draw accuracy against the number infused; nothing where the question was not judged."""
    if not found.asked:
        return ()
    axes = accuracy_by_cap(found.comparison)
    caption = (
        "Correct selection against the number of infused patients. Band: ± 2 Monte Carlo standard errors of the "
        "average over the truths of the question; open marker: the needed number."
    )
    return (drawing(axes, "accuracy", "Line chart, tabulated below: correct selection against N.", caption),)


def flow_figures(found: Findings) -> tuple[Drawing, ...]:
    """Draw the patient flow of every design under the headline truth."""
    truth = found.look.headline_truth()
    return tuple(
        drawing(
            patient_flow(found.comparison, design, truth),
            f"flow-{place}",
            f"Bar chart, tabulated below: patients per stage and reason, design {design}.",
            f"Patient flow of {design}, mean patients per trial, {found.set_of(truth)}.",
        )
        for place, design in enumerate(found.designs)
    )


def drawing(axes: Axes, prefix: str, label: str, caption: str) -> Drawing:
    """Return the figure that holds the axes as an SVG whose identifiers all begin with the prefix."""
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return Drawing(inline_svg(figure, prefix), label, caption)


def inline_svg(figure: Figure, prefix: str) -> str:
    """Return the figure as SVG for a page that holds others: the same bytes for the same figure."""
    sink = io.StringIO()
    with styled():
        figure.savefig(sink, format="svg", metadata={"Date": None, "Creator": None})
    text = _METADATA.sub("", _PROLOGUE.sub("", sink.getvalue()))
    text = re.sub(r'\s(?:width|height)="[^"]*pt"', "", text, count=2)
    return _IDENTIFIER.sub(lambda match: f"{match[1]}{prefix}-", text)
