"""Which design and which truth a figure of a what-if is of, and how an outcome is called on its axis."""

from collections.abc import Iterable
from typing import Final

from simulator.analysis.changes import OUTCOMES, SHARES
from simulator.errors import SimulatorError
from simulator.parsing.faults import did_you_mean
from simulator.runs.results import BALANCED

AXIS: Final = {
    "screen_failure_share": "screen failure, % of the consented with a verdict",
    "screened": "patients screened per trial, mean",
    "enrolled": "patients enrolled per trial, mean",
    "infused": "patients infused per trial, mean",
    "evaluable": "DLT-evaluable patients per trial, mean",
    "months_to_recommendation": "months to the recommendation, mean",
    "pcs": "correct selection, % of trials",
    "overdose_selection": "overdose selection, % of trials",
}
"""Outcome -> what its axis says."""


def scale_of(outcome: str) -> float:
    """Return what an outcome is multiplied by where it is drawn: shares are shown in percent."""
    return 100.0 if outcome in SHARES else 1.0


def checked_outcome(outcome: str) -> str:
    """Return the outcome.

    Raises
    ------
    SimulatorError
        It is not in `OUTCOMES`.
    """
    if outcome not in OUTCOMES:
        raise SimulatorError(f"no outcome {outcome!r}" + did_you_mean(outcome, OUTCOMES))
    return outcome


def chosen_designs(keys: Iterable[tuple[str, str]], design: str | None) -> list[str]:
    """Return the design asked for, or all, from the (design, truth) pairs that were run.

    Raises
    ------
    SimulatorError
        The design was not run.
    """
    legal = list(dict.fromkeys(name for name, _ in keys))
    if design is None:
        return legal
    if design not in legal:
        raise SimulatorError(f"design must be one of {', '.join(legal)}, got {design!r}")
    return [design]


def chosen_truth(keys: Iterable[tuple[str, str]], truth: str | None) -> str:
    """Return the truth asked for; by default the balanced set, or the first truth where there is no such set.

    Raises
    ------
    SimulatorError
        The truth was not run.
    """
    legal = list(dict.fromkeys(name for _, name in keys))
    if truth is None:
        return BALANCED if BALANCED in legal else legal[0]
    if truth not in legal:
        raise SimulatorError(f"truth must be one of {', '.join(legal)}, got {truth!r}")
    return truth
