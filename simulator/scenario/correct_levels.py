"""Which level each truth calls correct, and why: what `simulator check` says before anything is run."""

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from simulator import measures
from simulator.outcomes.outcomes import OutcomeParameters, Truth, estimand_risk

if TYPE_CHECKING:
    from simulator.scenario.scenario import Scenario

LABEL: Final = "correct   "
TEXT_WIDTH: Final = 118


@dataclass(frozen=True, slots=True)
class CorrectLevel:
    """The correct level of one truth.

    Attributes
    ----------
    risks
        Cumulative DLT risk per level by the estimand day, by which the truth is judged (D14, D36).
    level
        Correct level, 0 for none.
    why
        The reason in words, with the numbers it rests on.
    overdose
        Selecting it is also an overdose: its risk is above target + 0.05.
    """

    risks: tuple[float, ...]
    level: int
    why: str
    overdose: bool


def correct_level(truth: Truth, outcomes: OutcomeParameters, target: float) -> CorrectLevel:
    """Judge a truth; a declared correct level holds for the truth's own risks only."""
    risks = estimand_risk(truth, outcomes)
    declared = truth.correct if risks == truth.p_dlt else None
    level = int(measures.correct_dose(risks, target)) if declared is None else declared
    why = "declared by the truth" if declared is not None else _why(risks, level, target)
    return CorrectLevel(risks, level, why, bool(measures.is_overdose(level, risks, target)))


def correct_level_lines(scenario: "Scenario") -> list[str]:
    """Return a line for each truth: the correct level and why."""
    lines = []
    for truth in scenario.truths:
        found = correct_level(truth, scenario.outcomes, scenario.trial.target)
        which = f"level {found.level}" if found.level else "none"
        lines += textwrap.wrap(
            f"{truth.name}: {which}, {found.why}", TEXT_WIDTH - len(LABEL), subsequent_indent="  "
        )
    return [f"{LABEL if k == 0 else ' ' * len(LABEL)}{line}" for k, line in enumerate(lines)]


def overdose_where_correct(scenario: "Scenario") -> tuple[str, ...]:
    """Return a warning for each truth whose correct level counts as an overdose too: a steep ladder."""
    limit = scenario.trial.target + measures.OVERDOSE_MARGIN
    warnings = []
    for truth in scenario.truths:
        found = correct_level(truth, scenario.outcomes, scenario.trial.target)
        if found.overdose:
            warnings.append(
                f"truth {truth.name}: the correct level {found.level} has a risk of "
                f"{found.risks[found.level - 1]:.4g}, above {limit:.4g}: selecting it counts as correct and as an "
                "overdose; a level between would avoid this"
            )
    return tuple(warnings)


def _why(risks: tuple[float, ...], level: int, target: float) -> str:
    """Return why a derived level is correct, in the words of `measures.correct_dose`."""
    if not level:
        return f"every level's risk is above {target + measures.OVERDOSE_MARGIN:.4g} (target + 0.05)"
    nearest = np.flatnonzero(measures.closest_levels(risks, target)) + 1
    risk = risks[level - 1]
    same = [int(one) for one in nearest if abs(risks[one - 1] - risk) <= 2 * measures.TOLERANCE]
    at = "the target" if abs(risk - target) <= measures.TOLERANCE else "closest to the target"
    reason = f"its risk of {risk:.4g} is {at}"
    if len(same) > 1:
        end = "lowest" if bool(measures.above_target(risk, target)) else "highest"
        reason += f", the {end} of levels {_listed(same)} with it"
    other = [f"{risks[one - 1]:.4g}" for one in nearest if one not in same]
    return reason + (f"; {other[0]} is as close, and above it" if other else "")


def _listed(levels: list[int]) -> str:
    return f"{', '.join(map(str, levels[:-1]))} and {levels[-1]}"
