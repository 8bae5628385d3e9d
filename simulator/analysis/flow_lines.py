"""The flow of one design and truth, line by line: the stages, who leaves between them and why, the outcomes."""

import math
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Final

import pandas as pd

from simulator.analysis.flow import REACHED, STAGES
from simulator.errors import SimulatorError
from simulator.trial.ledger import Exit

MAY_BE_ABSENT: Final = frozenset({"prescreened", "eligible"})
"""Stages that a trial without a desk pre-screen, or without criteria, does not have."""
REASONS_APART: Final = 4
TOLERANCE: Final = 1e-6


class Kind(Enum):
    """What a line counts."""

    STAGE = auto()
    EXIT = auto()
    OUTCOME = auto()


@dataclass(frozen=True, slots=True)
class FlowLine:
    """A stage, the patients who leave after it for one reason, or an outcome of the evaluable.

    Attributes
    ----------
    name
        The stage, or the reason in words.
    start, length
        Mean patients per trial; the exits of a stage fill the step down to the next stage.
    mcse
        nan where it is not known, as for several reasons together.
    """

    name: str
    start: float
    length: float
    mcse: float
    kind: Kind


def flow_lines_of(flow: pd.DataFrame, design: str, truth: str) -> list[FlowLine]:
    """Return the lines from referral to evaluable.

    Parameters
    ----------
    flow
        A frame as `simulator.analysis.flow` makes it.

    Raises
    ------
    SimulatorError
        The design or truth is not in the frame, or patients do not add up from one stage to the next.
    """
    rows = flow[(flow["design"] == design) & (flow["truth"] == truth) & (flow["statistic"] == "mean")]
    if rows.empty:
        raise SimulatorError(f"flow holds no design {design!r} under truth {truth!r}")
    found = {(row["stage"], row["reason"]): row for row in rows.to_dict("records")}
    if len(found) != len(rows):
        raise SimulatorError("flow holds a stage and reason twice")
    present = {stage for stage, _ in found}
    stages = [stage for stage in STAGES if stage not in MAY_BE_ABSENT or stage in present]
    missing = [stage for stage in stages if (stage, REACHED) not in found]
    if missing:
        raise SimulatorError(f"flow holds no count of patients who reached: {', '.join(missing)}")
    lines = []
    for stage, after in zip(stages, [*stages[1:], None], strict=True):
        reached = found[stage, REACHED]
        lines.append(FlowLine(stage, 0.0, reached["value"], reached["mcse"], Kind.STAGE))
        left = 0.0 if after is None else found[after, REACHED]["value"]
        exits = [row for (at, reason), row in found.items() if at == stage and reason != REACHED]
        lost = sum(row["value"] for row in exits)
        if abs(reached["value"] - left - lost) > TOLERANCE * max(1.0, reached["value"]):
            raise SimulatorError(
                f"flow does not add up: {reached['value']:g} {stage}, {lost:g} of them leave and {left:g} go on"
            )
        lines += _exits(exits, reached["value"]) if after else _outcomes(exits)
    return lines


def _exits(exits: list[dict[Any, Any]], reached: float) -> list[FlowLine]:
    """Return the largest exits of a stage one by one and the others together."""
    ordered = sorted((row for row in exits if row["value"] > 0), key=lambda row: -row["value"])
    found = [(_text(row), row["value"], row["mcse"]) for row in ordered]
    if len(found) > REASONS_APART:
        rest = found[REASONS_APART - 1 :]
        found = found[: REASONS_APART - 1]
        found.append((f"{len(rest)} other reasons", sum(value for _, value, _ in rest), math.nan))
    lines = []
    end = reached
    for name, value, mcse in found:
        end -= value
        lines.append(FlowLine(name, end, value, mcse, Kind.EXIT))
    return lines


def _outcomes(outcomes: list[dict[Any, Any]]) -> list[FlowLine]:
    """Return the outcomes of the evaluable: nobody is lost here."""
    ordered = sorted(outcomes, key=lambda row: row["reason"])
    return [FlowLine(_text(row), 0.0, row["value"], row["mcse"], Kind.OUTCOME) for row in ordered]


def _text(row: dict[Any, Any]) -> str:
    return Exit[row["reason"].upper()].text
