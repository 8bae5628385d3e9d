"""Which design and which truth of a comparison a figure is of, and how they are called."""

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.errors import SimulatorError
from simulator.runs.results import BALANCED, Judged


def chosen_truth(comparison: ComparisonTables, truth: str | None) -> str:
    """Return the truth asked for; by default the balanced set, or the first truth where there is no such set.

    Raises
    ------
    SimulatorError
        The truth was not run.
    """
    results = comparison.results
    legal = ([BALANCED] if len(results.balanced()) > 1 else []) + results.truths()
    if truth is None:
        return legal[0]
    if truth not in legal:
        raise SimulatorError(f"truth must be one of {', '.join(legal)}, got {truth!r}")
    return truth


def chosen_design(comparison: ComparisonTables, design: str | None) -> str:
    """Return the design asked for; by default the first.

    Raises
    ------
    SimulatorError
        The design was not run.
    """
    legal = comparison.results.designs
    if design is None:
        return legal[0]
    if design not in legal:
        raise SimulatorError(f"design must be one of {', '.join(legal)}, got {design!r}")
    return design


def truth_target(comparison: ComparisonTables, truth: str) -> Judged | None:
    """Return the risks and the correct level of one truth; None for the balanced set, which has several."""
    if truth == BALANCED:
        return None
    results = comparison.results
    [arm] = results.arms_of(results.designs[0], [truth])
    return Judged.of(results.job.arms[arm], results.target)
