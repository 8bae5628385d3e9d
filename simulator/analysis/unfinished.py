"""How many trials had no recommendation by the calendar limit: their months are the limit, not the time it takes."""

from typing import NamedTuple

import numpy as np

from simulator.runs.results import Results
from simulator.trial.ledger import STOPS


class Unfinished(NamedTuple):
    """The arm of a run in which most trials reached the calendar limit, and which share of them did."""

    share: float
    design: str
    truth: str

    @property
    def said(self) -> str:
        """The share and its arm, as text."""
        return f"{100 * self.share:.1f} % of trials ({self.design}, {self.truth})"


def most_unfinished(results: Results) -> Unfinished:
    """Return the arm with the largest share of trials not finished, the first of equals."""
    code = STOPS.index("not_finished")
    arms = (
        Unfinished(float(np.mean(rows["stop"] == code)), arm.design_name, arm.truth.name)
        for arm, rows in zip(results.job.arms, results.used, strict=True)
    )
    return max(arms, key=lambda one: one.share)


def unfinished_said(runs: dict[str, Unfinished]) -> tuple[str, ...]:
    """Say of the runs, by name, that months are cut at the calendar limit, where any trial reached it."""
    if not any(one.share for one in runs.values()):
        return ()
    base, most = next(iter(runs)), max(runs, key=lambda name: runs[name].share)
    worst = f"{runs[most].said} under {most}" if most != base else f"{runs[base].said} of the base"
    shares = worst if most == base else f"{worst}; of the base {runs[base].said}"
    return (
        "a trial without recommendation by the calendar limit counts with the months and patients it has by then, so "
        f"that mean months are at least those printed, and their change is cut too. At most so: {shares}",
    )
