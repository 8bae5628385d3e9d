"""One call from a result to a figure: the figures of each kind of result by name."""

import inspect
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from matplotlib.axes import Axes

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.trial_replay import TrialReplay
from simulator.errors import SimulatorError
from simulator.exact import OperatingCharacteristics
from simulator.report.figures.accuracy import accuracy_by_cap
from simulator.report.figures.accuracy_panels import accuracy_by_truth
from simulator.report.figures.by_level import allocation_by_level, selection_by_level
from simulator.report.figures.by_truth import allocation_by_truth, selection_by_truth
from simulator.report.figures.chosen import one_of
from simulator.report.figures.differences import paired_differences
from simulator.report.figures.dose_escalation import dose_escalation_chart
from simulator.report.figures.estimates import truths_and_estimates
from simulator.report.figures.flow import patient_flow
from simulator.report.figures.patients_and_months import months_used, patients_used
from simulator.report.figures.screen_failures import screen_failure_reasons
from simulator.report.figures.style import shown_by_notebook
from simulator.report.figures.swimmer import swimmer_plot

Draw = Callable[..., Axes]

OF_COMPARISON: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        "accuracy_by_cap": accuracy_by_cap,
        "accuracy_by_truth": accuracy_by_truth,
        "selection_by_level": selection_by_level,
        "allocation_by_level": allocation_by_level,
        "selection_by_truth": selection_by_truth,
        "allocation_by_truth": allocation_by_truth,
        "patients_used": patients_used,
        "months_used": months_used,
        "patient_flow": patient_flow,
        "paired_differences": paired_differences,
        "truths_and_estimates": truths_and_estimates,
        "screen_failure_reasons": screen_failure_reasons,
    }
)
OF_REPLAY: Final[Mapping[str, Draw]] = MappingProxyType(
    {"swimmer_plot": swimmer_plot, "dose_escalation_chart": dose_escalation_chart}
)
OF_EXACT: Final[Mapping[str, Draw]] = MappingProxyType(
    {
        name: OF_COMPARISON[name]
        for name in ("selection_by_level", "allocation_by_level", "truths_and_estimates")
    }
)


def plot(
    result: ComparisonTables | TrialReplay | OperatingCharacteristics,
    kind: str | None = None,
    ax: Axes | None = None,
    **options: Any,
) -> Axes:
    """Draw a figure of a result by its name; in a notebook a new figure is shown at the end of the cell.

    Parameters
    ----------
    kind
        Name of a function of `simulator.report.figures` that takes such a result. By default the first of
        them; of a comparison that judged no number needed, selection by level.
    ax
        Axes to draw on; by default a new figure of page width.
    options
        What else that function takes.

    Raises
    ------
    SimulatorError
        The result has no such figure, or the figure no such option.
    """
    kinds = figures_of(result)
    name = one_of("kind", kind, list(kinds))
    draw = kinds[name]
    _, *legal = inspect.signature(draw).parameters
    legal.remove("ax")
    unknown = [option for option in options if option not in legal]
    if unknown:
        raise SimulatorError(
            f"{name} takes the options {', '.join(legal) or 'none'}, got {', '.join(unknown)}"
        )
    if ax is not None:
        return draw(result, ax=ax, **options)
    with shown_by_notebook():
        return draw(result, **options)


def figures_of(result: ComparisonTables | TrialReplay | OperatingCharacteristics) -> Mapping[str, Draw]:
    """Return the figures that there are of a result, by name; the default first."""
    if isinstance(result, OperatingCharacteristics):
        return OF_EXACT
    if isinstance(result, TrialReplay):
        return OF_REPLAY
    left_out = set()
    if not result.results.question_truths():
        left_out |= {"accuracy_by_cap", "accuracy_by_truth"}
    if len(result.results.designs) < 2:
        left_out.add("paired_differences")
    return {name: draw for name, draw in OF_COMPARISON.items() if name not in left_out}
