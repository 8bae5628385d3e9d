"""The flow from referral to evaluable: how many reach each stage, and why the others leave there."""

from typing import Final

import numpy as np
import pandas as pd

from simulator.analysis.estimate import mean
from simulator.analysis.present import COUNTS, counted
from simulator.analysis.used import groups
from simulator.runs.results import Results
from simulator.trial.ledger import Exit, State

REACHED: Final = "reached"


def _named(name: str) -> str:
    return "consented" if name == "screened" else name


STAGES: Final = {_named(name): state for name, state in COUNTS.items()}
"""Stages of the flow, and the state from which each counts; the states between belong to the stage before."""


def flow(results: Results) -> pd.DataFrame:
    """Tabulate the mean number of patients per stage and, of those whose last stage it is, per reason.

    Returns
    -------
    DataFrame
        design, truth ("balanced": over the balanced set), stage, reason ("reached", or an `Exit` by name, lower
        case), statistic, value, mcse. Whole trial, expansion included; within a stage the reasons and the
        next stage add up.
    """
    rows: list[dict[str, object]] = []
    stages = {_named(name): state for name, state in counted(results.plan).items()}
    firsts = list(stages.values())
    for design, truth, arms in groups(results):
        reached = results.stacked(arms, "at_end")
        ended = results.ended(arms)
        for k, (stage, state) in enumerate(stages.items()):
            label = {"design": design, "truth": truth, "stage": stage, "statistic": "mean"}
            rows.append(label | {"reason": REACHED, **mean(reached[:, :, state])._asdict()})
            until = firsts[k + 1] if k + 1 < len(firsts) else len(State)
            left = ended[:, :, state:until].sum(axis=2)
            for reason in np.flatnonzero(left.any(axis=(0, 1))):
                name = Exit(int(reason)).name.lower()
                rows.append(label | {"reason": name, **mean(left[:, :, reason])._asdict()})
    columns = ["design", "truth", "stage", "reason", "statistic", "value", "mcse"]
    return pd.DataFrame(rows, columns=columns)
