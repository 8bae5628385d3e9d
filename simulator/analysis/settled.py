"""Whether a run has enough replicates: the headline would not move by more than a reader minds."""

from typing import Final

import numpy as np

from simulator.analysis.estimate import mean
from simulator.analysis.needed import needed_n
from simulator.runs.results import Results, TruthTarget
from simulator.scenario.question import Question

MOST_WIDE: Final = 4
"""Patients between the ends of the 95 % interval of a settled needed number."""
MOST_MCSE: Final = 0.005
"""Monte Carlo standard error of the settled share of correct selections: half a percentage point."""


def is_settled(results: Results, question: Question, enrolment_cap: int) -> bool:
    """Return whether every design's needed number and share of correct selections are settled.

    The number: the ends of its 95 % interval at most MOST_WIDE apart, or reached in no bootstrap sample. The share,
    over the balanced truths (over all that were run where fewer than two are balanced): its MCSE at most MOST_MCSE.
    """
    if any(_correct_selection_mcse(results, design) > MOST_MCSE for design in results.designs):
        return False
    rows = needed_n(results, question, enrolment_cap)
    rows = rows[rows["measure"] == "infused"].pivot(index="design", columns="statistic", values="value")
    return all(
        row["share_reached"] == 0 or row["high95"] - row["low95"] <= MOST_WIDE for _, row in rows.iterrows()
    )


def _correct_selection_mcse(results: Results, design: str) -> float:
    balanced = results.balanced_truths()
    arms = results.positions_of(design, balanced if len(balanced) > 1 else None)
    judged = [(TruthTarget.of(results.plan.design_truths[arm], results.target), arm) for arm in arms]
    right = np.stack([one.is_correct(results.used[arm]["selected"]) for one, arm in judged])
    return mean(right).mcse
