"""The texts of a figure in the words of the trial it is of: patients are treated where nothing is infused."""

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from matplotlib.axes import Axes
from matplotlib.text import Text

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.trial_replay import TrialReplay
from simulator.scenario.parts import WHOLE, Parts
from simulator.scenario.wording import worded

Given = ParamSpec("Given")


def in_words_of_its_trial(draw: Callable[Given, Axes]) -> Callable[Given, Axes]:
    """Return the drawing function with every text in the words of the result that it is given first."""

    @wraps(draw)
    def drawn(*results: Given.args, **options: Given.kwargs) -> Axes:
        axes = draw(*results, **options)
        parts = _parts_of(results[0] if results else next(iter(options.values()), None))
        if parts.absent:
            _reword(axes, parts)
        return axes

    return drawn


def _parts_of(result: object) -> Parts:
    match result:
        case ComparisonTables():
            return result.scenario.parts
        case TrialReplay():
            return result.parts
        case _:
            return WHOLE


def _reword(axes: Axes, parts: Parts) -> None:
    labels = [label.get_text() for label in axes.get_yticklabels()]
    said = [worded(label, parts) for label in labels]
    if said != labels:  # tick labels are made anew at every drawing, so they are set as a whole
        axes.set_yticks(axes.get_yticks(), said)
    for text in axes.findobj(Text):
        assert isinstance(text, Text)
        text.set_text(worded(text.get_text(), parts))
