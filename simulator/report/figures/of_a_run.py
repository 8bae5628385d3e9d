"""The figures that a saved comparison and a saved replay carry."""

from collections.abc import Sequence
from typing import Final

from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.trial_replay import TrialReplay
from simulator.report.figures.by_name import OF_COMPARISON
from simulator.report.figures.dose_escalation import dose_escalation_chart
from simulator.report.figures.style import rendered_axes
from simulator.report.figures.swimmer import swimmer_plot

LETTERS_OF_NAME: Final = 60


def comparison_figures(comparison: ComparisonTables) -> dict[str, dict[str, bytes]]:
    """Draw the figures of a comparison, those by design for each; as svg and png, by name."""
    names = figure_names(
        comparison.results.designs,
        asked=bool(comparison.results.question_truths()),
        screens=comparison.results.plan.criteria > 0,
    )
    return {
        name: rendered_axes(OF_COMPARISON[kind](comparison, **({"design": design} if design else {})))
        for name, (kind, design) in names.items()
    }


def figure_names(designs: Sequence[str], *, asked: bool, screens: bool = True) -> dict[str, tuple[str, str]]:
    """Return what a comparison's figures will be called, before it is run: name -> (kind, design or "").

    `asked` says whether any of the question's truths is run, `screens` whether there is any criterion.
    """
    kinds = [
        "selection_by_truth",
        "allocation_by_truth",
        "patients_used",
        "months_used",
        *(["screen_failure_reasons"] if screens else []),
    ]
    kinds = ["accuracy_by_cap", "accuracy_by_truth", *kinds] if asked else kinds
    kinds = [*kinds, "paired_differences"] if len(designs) > 1 else kinds
    names = {kind: (kind, "") for kind in kinds}
    for kind in ("patient_flow", "truths_and_estimates"):
        for design in designs:
            names[_unused(f"{kind}_{_file_name(design)}", names)] = (kind, design)
    return names


def replay_figures(replay: TrialReplay) -> dict[str, dict[str, bytes]]:
    """Draw the figures of one simulated trial; as svg and png, by name."""
    drawn = {"swimmer_plot": swimmer_plot(replay), "dose_escalation_chart": dose_escalation_chart(replay)}
    return {name: rendered_axes(axes) for name, axes in drawn.items()}


def _file_name(design: str) -> str:
    """Return the name with every character that is not plain in a file name replaced."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in design)
    return plain[:LETTERS_OF_NAME]


def _unused(name: str, taken: dict[str, tuple[str, str]]) -> str:
    """Return the name, with a number where another design's is replaced by the same one."""
    found, number = name, 1
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found
