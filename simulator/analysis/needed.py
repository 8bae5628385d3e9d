"""How many patients each design needs: accuracy at every cap, and the smallest from which all larger ones do.

Caps count infused patients. Accuracy is not monotone in the cap, so a first crossing is no answer.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.estimate import estimate_rows, interval, mean
from simulator.durations import DAYS_PER_MONTH
from simulator.randomness import Block, Purpose, Streams
from simulator.runs.results import AVERAGE, Results, TruthTarget
from simulator.scenario.question import Question

Floats = NDArray[np.float64]

BOOTSTRAPS: Final = 1000
EVENTS: Final = frozenset({"pcs", "overdose", "none", "enrolled_above_cap", "cap_reached"})
"""Measures that are the probability of an event; the others are counts of patients, or months."""
COSTS: Final = ("evaluable", "enrolled", "screened", "months", "enrolled_above_cap")
TOLERANCE: Final = 1e-9


def needed(results: Results, question: Question, enrolment_cap: int) -> pd.DataFrame:
    """Tabulate accuracy and cost at every cap of the question.

    Returns
    -------
    DataFrame
        design, truth ("average": over the question's truths), cap, measure (pcs, overdose, none, evaluable,
        enrolled, screened, months, enrolled_above_cap, cap_reached), statistic (mean; the bounds of
        `estimate_rows`), value, mcse. Without rows where none of the question's truths was run.
    """
    rows: list[dict[str, object]] = []
    caps = range(question.caps_from, question.caps_to + 1)
    asked = results.question_truths()
    for design in results.designs if asked else ():
        arms = results.positions_of(design, asked)
        groups = [(AVERAGE, arms)] + [(truth, [arm]) for truth, arm in zip(asked, arms, strict=True)]
        for truth, group in groups:
            for measure, values in _by_cap(results, group, enrolment_cap).items():
                for cap in caps:
                    label = {"design": design, "truth": truth, "cap": cap, "measure": measure}
                    rows += _at_cap(label, measure, values[:, :, cap - 1])
    columns = ["design", "truth", "cap", "measure", "statistic", "value", "mcse"]
    return pd.DataFrame(rows, columns=columns)


def _at_cap(label: dict[str, object], measure: str, values: NDArray[Any]) -> list[dict[str, object]]:
    return estimate_rows(label, "mean", mean(values), values.shape[1] if measure in EVENTS else None)


def _by_cap(results: Results, arms: list[int], enrolment_cap: int) -> dict[str, NDArray[Any]]:
    """Return every measure per truth, replicate and cap, shape (arms, replicates, C)."""
    judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
    selected = [results.caps(arm, "selected") for arm in arms]
    enrolled = np.stack([results.caps(arm, "enrolled") for arm in arms])
    return {
        "pcs": np.stack([one.is_correct(s) for one, s in zip(judged, selected, strict=True)]),
        "overdose": np.stack([one.is_overdose(s) for one, s in zip(judged, selected, strict=True)]),
        "none": np.stack(selected) == 0,
        "evaluable": np.stack([results.caps(arm, "evaluable") for arm in arms]),
        "enrolled": enrolled,
        "screened": np.stack([results.caps(arm, "screened") for arm in arms]),
        "months": np.stack([results.caps(arm, "known_day") for arm in arms]) / DAYS_PER_MONTH,
        "enrolled_above_cap": enrolled > enrolment_cap,
        "cap_reached": np.stack([results.caps(arm, "reached") for arm in arms]),
    }


@dataclass(frozen=True, slots=True)
class Accuracy:
    """Probabilities of correct and of overdose selection, shape (samples, truths, caps)."""

    pcs: Floats
    overdose: Floats

    def first_cap(self, question: Question) -> NDArray[np.int64]:
        """Return per sample the smallest cap from which every larger one meets the limits, 0 for none."""
        met = self.pcs.mean(axis=1) >= question.pcs_mean - TOLERANCE
        met &= (self.pcs >= question.pcs_each - TOLERANCE).all(axis=1)
        met &= (self.overdose <= question.overdose_each + TOLERANCE).all(axis=1)
        from_here = np.logical_and.accumulate(met[:, ::-1], axis=1)[:, ::-1]
        first = np.argmax(from_here, axis=1) + question.caps_from
        return np.where(from_here.any(axis=1), first, 0)


def needed_n(results: Results, question: Question, enrolment_cap: int) -> pd.DataFrame:
    """Tabulate the headline: the smallest N from which every larger cap meets the question.

    Returns
    -------
    DataFrame
        design, measure, cap, statistic, value, mcse. Measure "infused": statistics needed (nan where not
        reached; mcse where every bootstrap sample reaches it), low95 and high95 (bootstrap over replicates,
        nan where not reached in that tail) and share_reached (of bootstrap samples); the last three are nan
        for one replicate. Where reached, the cost at that cap: evaluable, enrolled, screened, months,
        enrolled_above_cap. Always "best_pcs", the highest average PCS, at its cap, with low95 and high95;
        they do not allow for its being the highest of many. Without rows where none of the question's truths
        was run.
    """
    rows: list[dict[str, object]] = []
    asked = results.question_truths()
    weights = _resamples(results)
    for design in results.designs if asked else ():
        table = _by_cap(results, results.positions_of(design, asked), enrolment_cap)
        caps = slice(question.caps_from - 1, question.caps_to)
        pcs, overdose = table["pcs"][:, :, caps], table["overdose"][:, :, caps]
        found = int(_accuracy(pcs, overdose, None).first_cap(question)[0])
        boot = _accuracy(pcs, overdose, weights).first_cap(question)
        headline: dict[str, object] = {"design": design, "measure": "infused", "cap": found}
        rows += _headline_rows(headline, found, boot, results.replicates)
        for measure in COSTS if found else ():
            label: dict[str, object] = {"design": design, "measure": measure, "cap": found}
            rows += _at_cap(label, measure, table[measure][:, :, found - 1])
        averages = pcs.mean(axis=(0, 1))
        best = int(np.argmax(averages >= averages.max() - TOLERANCE))
        label = {"design": design, "measure": "best_pcs", "cap": question.caps_from + best}
        rows += _best_rows(label, pcs[:, :, best])
    return pd.DataFrame(rows, columns=["design", "measure", "cap", "statistic", "value", "mcse"])


def _headline_rows(
    label: dict[str, object], found: int, boot: NDArray[np.int64], replicates: int
) -> list[dict[str, object]]:
    """Return the rows of the needed N; one replicate is its own bootstrap sample and says nothing of the error."""
    low, high = _interval(boot)
    ends = {"low95": low, "high95": high, "share_reached": float((boot > 0).mean())}
    if replicates == 1:
        ends = dict.fromkeys(ends, np.nan)
    known = replicates > 1 and bool((boot > 0).all())
    error = float(boot.std(ddof=1)) if known else np.nan
    return [label | {"statistic": "needed", "value": found or np.nan, "mcse": error}] + [
        label | {"statistic": name, "value": value, "mcse": np.nan} for name, value in ends.items()
    ]


def _best_rows(label: dict[str, object], pcs: NDArray[np.bool_]) -> list[dict[str, object]]:
    one = mean(pcs)
    low, high = interval(one, pcs.shape[1], 0, 1)
    ends = {"mean": (one.value, one.mcse), "low95": (low, np.nan), "high95": (high, np.nan)}
    return [label | {"statistic": name, "value": v, "mcse": e} for name, (v, e) in ends.items()]


def _accuracy(pcs: NDArray[np.bool_], overdose: NDArray[np.bool_], weights: Floats | None) -> Accuracy:
    """Average (truths, replicates, caps) over replicates, once or once per row of weights."""
    truths, replicates, caps = pcs.shape
    if weights is None:
        weights = np.ones((1, replicates))

    def average(values: NDArray[np.bool_]) -> Floats:
        # Sums of whole numbers: exact, so the product's order of summation does not matter.
        flat = values.transpose(1, 0, 2).reshape(replicates, truths * caps).astype(np.float64)
        shares: Floats = (weights @ flat).reshape(-1, truths, caps) / replicates
        return shares

    return Accuracy(average(pcs), average(overdose))


def _resamples(results: Results) -> Floats:
    """Return how often each replicate is in each bootstrap sample, shape (BOOTSTRAPS, replicates)."""
    count = results.replicates
    words = Streams(results.plan.seed).words(Purpose.BOOTSTRAP, Block(0, 0, 0, -(-BOOTSTRAPS * count // 4)))
    picks = (words.reshape(-1)[: BOOTSTRAPS * count].reshape(BOOTSTRAPS, count) >> np.uint64(11)) * 2.0**-53
    chosen = (picks * count).astype(np.int64)
    weights = np.zeros((BOOTSTRAPS, count))
    np.add.at(weights, (np.arange(BOOTSTRAPS)[:, None], chosen), 1.0)
    return weights


def _interval(boot: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % percentile interval, "not reached" counted as beyond every cap; nan in its place."""
    ordered = np.sort(np.where(boot > 0, boot, np.inf))
    low, high = ordered[int(0.025 * len(boot))], ordered[int(np.ceil(0.975 * len(boot))) - 1]
    return (float(low) if low < np.inf else np.nan), (float(high) if high < np.inf else np.nan)
