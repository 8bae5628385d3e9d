"""How a truth and a stage of the flow are called."""

from simulator.runs.results import BALANCED


def truth_words(truth: str) -> str:
    """Return how a title names the truth."""
    return "balanced set of truths" if truth == BALANCED else f"truth {truth}"


def title_words(truth: str) -> str:
    """Return how a title that begins with the truth names it; the name keeps its letters."""
    words = truth_words(truth)
    return words[0].upper() + words[1:]


def short_truth_words(truth: str) -> str:
    """Return the truth by its name alone, or the name of the average over the balanced set."""
    return "balanced set" if truth == BALANCED else truth


def stage_words(stage: str) -> str:
    """Return how a stage of the flow is called."""
    return {"prescreened": "pre-screened", "evaluable": "DLT-evaluable"}.get(stage, stage)
