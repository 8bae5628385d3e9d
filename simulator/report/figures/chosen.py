"""Which design, truth and outcome a figure is of."""

from collections.abc import Iterable, Sequence

from simulator.analysis.changes import OUTCOMES, SHARES
from simulator.analysis.comparison_tables import ComparisonTables
from simulator.analysis.trial_replay import TrialReplay
from simulator.errors import SimulatorError
from simulator.parsing.faults import did_you_mean
from simulator.runs.results import BALANCED, TruthTarget


def one_of(what: str, chosen: str | None, legal: Sequence[str]) -> str:
    """Return what was chosen by name; by default the first.

    Raises
    ------
    SimulatorError
        There is none of that name.
    """
    if chosen is not None and chosen not in legal:
        raise SimulatorError(f"{what} must be one of {', '.join(legal)}, got {chosen!r}")
    return legal[0] if chosen is None else chosen


def chosen_truth(comparison: ComparisonTables, truth: str | None) -> str:
    """Return the truth asked for; by default the balanced set, or the first truth where there is no such set."""
    return one_of("truth", truth, comparison.truths)


def chosen_keys(
    keys: Iterable[tuple[str, str]], design: str | None, truth: str | None
) -> tuple[list[str], str, list[str]]:
    """Return of the (design, truth) that a what-if ran the designs to draw, the truth, and every design.

    By default every design, and the balanced set, or the first truth where there is no such set.
    """
    pairs = list(keys)
    designs, truths = (list(dict.fromkeys(pair[place] for pair in pairs)) for place in (0, 1))
    truths.sort(key=lambda name: name != BALANCED)
    shown = designs if design is None else [one_of("design", design, designs)]
    return shown, one_of("truth", truth, truths), designs


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


def scale_of(outcome: str) -> float:
    """Return what an outcome is multiplied by where it is drawn: shares are shown in percent."""
    return 100.0 if outcome in SHARES else 1.0


def truth_target(comparison: ComparisonTables, truth: str) -> TruthTarget | None:
    """Return the risks and the correct level of one truth; None for the balanced set, which has several."""
    return None if truth == BALANCED else comparison.judged(truth)


def replay_words(replay: TrialReplay) -> str:
    """Return which trial a figure is of."""
    return f"{replay.design}, truth {replay.truth}, replicate {replay.replicate}, seed {replay.seed}"
