"""What a clinician needs about one trial so far: the decision, why, the estimates, and what follows."""

from dataclasses import dataclass

from simulator.designs.conduct import answer_in_words
from simulator.designs.conduct_record import Record
from simulator.designs.estimates import LevelEstimate, level_estimates
from simulator.designs.protocol_table import ProtocolRow, protocol_table
from simulator.errors import DesignError
from simulator.exact.paths import PathNode, transition_paths
from simulator.scenario.chosen_design import Chosen


@dataclass(frozen=True, slots=True)
class Bedside:
    """The answer.

    Attributes
    ----------
    record
        The cohorts so far, and where the design's advice was not followed.
    why
        Reason of the advice in words, and what the planned size leaves where it is less than a cohort.
    levels
        Counts and estimates of every level.
    bounds
        The row of the decision table that the last level was judged by; None where the design has none.
    now
        The present, with a branch for every outcome of the next cohort; none where the trial ends.
    warnings
        What a reader must know before acting.
    """

    chosen: Chosen
    record: Record
    why: str
    levels: tuple[LevelEstimate, ...]
    bounds: ProtocolRow | None
    now: PathNode
    warnings: tuple[str, ...]


def answer(chosen: Chosen, record: Record, more_warnings: tuple[str, ...] = ()) -> Bedside:
    """Put the answer together; every decision in it is the design's own."""
    design = chosen.design
    now = transition_paths(record, 1)
    return Bedside(
        chosen=chosen,
        record=record,
        why=answer_in_words(design, record.observed).reason,
        levels=level_estimates(design, record.observed, record.advice.closed_from, chosen.target),
        bounds=_bounds(record),
        now=now,
        warnings=(*more_warnings, *_warnings(record)),
    )


def _bounds(record: Record) -> ProtocolRow | None:
    """Return the table's row for the level treated last."""
    level = int(record.observed.level[0])
    n = int(record.observed.n[0, level - 1]) if level else 0
    if n == 0:
        return None
    try:
        last = protocol_table(record.design, n).rows[-1]
    except DesignError:
        return None
    return last if last.n == n else None


def _warnings(record: Record) -> tuple[str, ...]:
    warnings = []
    last = record.steps[-1] if record.steps else None
    if last is not None and last.cohort.n < last.advice.cohort_size and record.total_n < record.design.max_n:
        warnings.append(
            f"The last cohort has {last.cohort.n} of the {last.advice.cohort_size} patients that the design asked"
            " for; the decision takes it as complete. If it is still under way, wait for its outcomes."
        )
    override = record.override
    if override is None or override.level == 0:
        return tuple(warnings)
    if override.level >= record.advice.closed_from:
        warnings.append(f"Level {override.level}, chosen by override, is closed by the design.")
    untried = [k for k in range(1, override.level) if record.observed.n[0, k - 1] == 0]
    if untried and override.level > record.advice.level:
        warnings.append(
            f"Level {override.level}, chosen by override, passes over level"
            f" {', '.join(map(str, untried))}, where nobody was treated."
        )
    if record.total_n >= record.design.max_n:
        warnings.append("The override treats beyond the planned size; what follows is not shown.")
    elif record.advice.cohort_size == 0:
        warnings.append(
            "The design has stopped and asks for no cohort; the paths show one of its first cohort's size."
        )
    return tuple(warnings)
