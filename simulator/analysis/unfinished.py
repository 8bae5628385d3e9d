"""How many trials reached the calendar limit first: their months are that limit, not the time to a recommendation."""

from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np

from simulator.runs.results import Results
from simulator.trial.ledger import Stop

MOST_CUT: Final = 0.01
"""Where more trials than this are cut at the calendar limit, a time is one within the limit, and said to be."""


def months_text(months: float, limit: float, digits: int = 1) -> str:
    """Return a time of a trial, "> 120" where the calendar limit cuts it."""
    return f"> {limit:g}" if months >= limit else f"{months:.{digits}f}"


def share_cut(results: Results, arms: Sequence[int]) -> float:
    """Return the share of the trials of these arms that the calendar limit ends."""
    return float(np.mean([np.mean(results.used[arm]["stop"] == Stop.NOT_FINISHED) for arm in arms]))


class Unfinished(NamedTuple):
    """The design and truth of a run under which most trials reached the calendar limit, and the share that did."""

    share: float
    design: str
    truth: str

    @property
    def text(self) -> str:
        """The share, with design and truth."""
        return f"{100 * self.share:.1f} % of trials ({self.design}, {self.truth})"


def most_unfinished(results: Results) -> Unfinished:
    """Return the design and truth with the largest share of unfinished trials, the first of equals."""
    arms = (
        Unfinished(share_cut(results, [number]), arm.design_name, arm.truth.name)
        for number, arm in enumerate(results.plan.design_truths)
    )
    return max(arms, key=lambda one: one.share)


def unfinished_notes(runs: dict[str, Unfinished], *, compared: bool = True) -> tuple[str, ...]:
    """Return the note that the months of these runs are cut at the calendar limit; none where no trial reached it.

    `compared`: the first is a base that the others are compared with; else it is alone.
    """
    if not any(one.share for one in runs.values()):
        return ()
    base, most = next(iter(runs)), max(runs, key=lambda name: runs[name].share)
    of_the_base = " of the base" if compared else ""
    worst = f"{runs[most].text} under {most}" if most != base else f"{runs[base].text}{of_the_base}"
    cut = "are at least those printed" + (", and their change is cut too" if compared else "")
    shares = worst if most == base else f"{worst}; of the base {runs[base].text}"
    return (
        "a trial without recommendation by the calendar limit counts with the months and patients it has by then, so "
        f"that mean months {cut}. At most so: {shares}",
    )
