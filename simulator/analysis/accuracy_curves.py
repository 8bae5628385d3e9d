"""Accuracy of each design at every cap, over the truths of the question, in percent."""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.needed import Accuracy
from simulator.errors import SimulatorError
from simulator.runs.results import AVERAGE
from simulator.scenario.question import Question

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class AccuracyCurve:
    """Correct selection of one design at every cap, in percent.

    Attributes
    ----------
    value, mcse
        Average over the question's truths, or of one truth.
    worst
        The lowest of the truths at each cap; None of one truth.
    needed
        The cap from which every larger one meets the question, judged as `analysis.needed` judges it; 0 for none.
    overdose_decides
        Whether it would be another one without the limit on overdose selection.
    """

    design: str
    caps: NDArray[np.int64]
    value: Floats
    mcse: Floats
    worst: Floats | None = None
    needed: int = 0
    overdose_decides: bool = False


def accuracy_curves(
    needed: pd.DataFrame, question: Question, truth: str | None = None
) -> list[AccuracyCurve]:
    """Return a curve a design, under one truth or averaged over the question's.

    Parameters
    ----------
    needed
        A frame as `simulator.analysis.needed.needed` makes it.

    Raises
    ------
    SimulatorError
        Accuracy is missing for a design, a truth or a cap.
    """
    mean = needed[needed["statistic"] == "mean"]
    designs = list(dict.fromkeys(mean["design"]))
    if not designs:
        raise SimulatorError("needed holds no accuracy: no design was run to the largest cap")
    of = {design: mean[mean["design"] == design] for design in designs}
    if truth is not None:
        return [_curve(rows, truth, question) for rows in of.values()]
    return [_averaged(rows, question) for rows in of.values()]


def _curve(of_design: pd.DataFrame, truth: str, question: Question) -> AccuracyCurve:
    caps = np.arange(question.caps_from, question.caps_to + 1)
    value, mcse = (100 * _by_cap(of_design, "pcs", [truth], caps, column)[0] for column in ("value", "mcse"))
    return AccuracyCurve(str(of_design["design"].iloc[0]), caps, value, mcse)


def _averaged(of_design: pd.DataFrame, question: Question) -> AccuracyCurve:
    caps = np.arange(question.caps_from, question.caps_to + 1)
    truths = [truth for truth in dict.fromkeys(of_design["truth"]) if truth != AVERAGE]
    average = _curve(of_design, AVERAGE, question)
    accuracy = Accuracy(
        _by_cap(of_design, "pcs", truths, caps)[None], _by_cap(of_design, "overdose", truths, caps)[None]
    )
    found = int(accuracy.first_cap(question)[0])
    without = int(Accuracy(accuracy.pcs, np.zeros_like(accuracy.overdose)).first_cap(question)[0])
    worst = 100 * accuracy.pcs[0].min(axis=0)
    return replace(average, worst=worst, needed=found, overdose_decides=found != without)


def _by_cap(
    of_design: pd.DataFrame,
    measure: str,
    truths: list[str],
    caps: NDArray[np.int64],
    column: str = "value",
) -> Floats:
    """Return a measure of one design, shape (truths, caps)."""
    rows = of_design[of_design["measure"] == measure]
    table = rows.pivot(index="truth", columns="cap", values=column).reindex(index=truths, columns=caps)
    if not truths or (column == "value" and table.isna().to_numpy().any()):
        raise SimulatorError(
            f"needed: {measure} of design {of_design['design'].iloc[0]} is not given for every truth "
            f"({', '.join(truths) or 'none'}) at every cap from {caps[0]} to {caps[-1]}"
        )
    return table.to_numpy(dtype=np.float64)
