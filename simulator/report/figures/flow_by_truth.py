"""Patients per stage under each truth: a panel a truth."""

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from matplotlib.axes import Axes
from matplotlib.patches import Patch
from matplotlib.ticker import MaxNLocator

from simulator.analysis.flow_lines import FlowLine, Kind, flow_lines_of
from simulator.report.figures.flow_numbers import mean_with_error
from simulator.report.figures.panels import finished_panels, page_of_panels, panels_in, titled
from simulator.report.figures.style import COLOURS, PALE_GREY, finished_rows, styled
from simulator.report.words import stage_words
from simulator.scenario.parts import Parts
from simulator.scenario.wording import worded

if TYPE_CHECKING:
    import pandas as pd

CM_PER_LINE: Final = 0.40
CM_AROUND: Final = 1.1
LABELS_CM: Final = 2.2
ROOM_FOR_NUMBERS: Final = 1.75
"""Of the longest bar."""


def flow_by_truth(
    flow: "pd.DataFrame", design: str, truths: Sequence[str], ax: Axes | None, parts: Parts
) -> Axes:
    """Draw the mean number of patients per stage, a panel a truth; return the axes whose place they take.

    Parameters and errors as in `simulator.report.figures.flow.flow_of`; `parts` are those of the trial.
    """
    stages = {truth: _stages(flow, design, truth) for truth in truths}
    names = list(dict.fromkeys(one.name for lines in stages.values() for one in lines))
    longest = max(one.length for lines in stages.values() for one in lines)
    with styled():
        height = CM_AROUND + CM_PER_LINE * len(names)
        frame_axes = page_of_panels(len(truths), height, LABELS_CM) if ax is None else ax
        panels = panels_in(len(truths), frame_axes, LABELS_CM)
        labels = [worded(stage_words(name), parts) for name in names]
        for panel, (truth, lines) in zip(panels, stages.items(), strict=True):
            handles = _draw(panel, lines)
            panel.set_xlim(0, ROOM_FOR_NUMBERS * longest)
            panel.xaxis.set_major_locator(MaxNLocator(nbins=4, steps=[1, 2, 5, 10], integer=True))
            titled(panel, truth)
        finished_rows(panels[0], len(names), [k + 0.5 for k in range(len(names))], labels)
        xlabel = worded(f"{design}: patients per trial, mean (MCSE)", parts, [design])
        finished_panels(panels, handles, [], (xlabel, ""), "")
    return frame_axes


def _stages(flow: "pd.DataFrame", design: str, truth: str) -> list[FlowLine]:
    return [one for one in flow_lines_of(flow, design, truth) if one.kind is Kind.STAGE]


def _draw(panel: Axes, stages: Sequence[FlowLine]) -> list[Patch]:
    """Draw a bar a stage, pale as far as patients leave there; return the legend entries."""
    go_on = [after.length for _, after in pairwise(stages)] + [stages[-1].length]
    for place, (one, kept) in enumerate(zip(stages, go_on, strict=True)):
        panel.barh(place + 0.5, kept, height=0.78, color=COLOURS[0])
        panel.barh(place + 0.5, one.length - kept, left=kept, height=0.78, color=PALE_GREY)
        panel.annotate(
            mean_with_error(one),
            (one.length, place + 0.5),
            (2, 0),
            textcoords="offset points",
            va="center_baseline",
        )
    panel.tick_params(axis="y", length=0)
    panel.tick_params(labelsize="medium")
    return [Patch(color=COLOURS[0], label="go on"), Patch(color=PALE_GREY, label="leave here")]
