"""Accuracy against the number infused under each of the question's truths: a panel a truth."""

from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from simulator.analysis.accuracy_curves import accuracy_curves
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.errors import SimulatorError
from simulator.report.figures.accuracy import draw_curve, draw_limits
from simulator.report.figures.panels import finished_panels, page_of_panels, panels_in, titled
from simulator.report.figures.style import drawn_of, styled
from simulator.scenario.wording import worded


def accuracy_by_truth(comparison: ComparisonTables, ax: Axes | None = None) -> Axes:
    """Draw the probability of correct selection against the number infused: a panel a truth of the question.

    Lines, bands and limits as in `accuracy_by_cap` of one truth; no needed N, since that is judged over all of them.

    Parameters
    ----------
    ax
        Axes whose place the panels take; by default a new figure of page width.

    Returns
    -------
        These axes, empty; the panels are the axes behind them in their figure.

    Raises
    ------
    SimulatorError
        None of the question's truths was run.
    """
    truths, question = comparison.results.question_truths(), comparison.scenario.question
    if not truths:
        raise SimulatorError("none of the question's truths was run, so that no accuracy is judged")
    with styled():
        frame_axes = page_of_panels(len(truths)) if ax is None else ax
        panels = panels_in(len(truths), frame_axes)
        for panel, truth in zip(panels, truths, strict=True):
            curves = accuracy_curves(comparison.needed, question, truth)
            names, left_out = drawn_of([curve.design for curve in curves])
            handles = [draw_curve(panel, curve, k) for k, curve in enumerate(curves[: len(names)])]
            marks = draw_limits(panel, question, truth)
            panel.set_xlim(question.caps_from - 0.5, question.caps_to + 0.5)
            panel.set_yticks([0, 50, 100])
            panel.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True))
            panel.tick_params(labelsize="medium")
            titled(panel, truth)
        panels[0].set_ylim(0, 101)
        for handle, name in zip(handles, names, strict=True):
            handle.set_label(name)
        xlabel = worded("cap N, patients infused", comparison.scenario.parts)
        finished_panels(panels, handles, marks, (xlabel, "correct selections, % of trials"), left_out)
    return frame_axes
