"""How many patients each design needs: accuracy at every cap, and the smallest from which all larger ones do.

Caps count infused patients. Accuracy is not monotone in the cap, so a first crossing is no answer.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from threadpoolctl import ThreadpoolController

from simulator.analysis.estimate import estimate_rows, interval, mean
from simulator.durations import DAYS_PER_MONTH
from simulator.randomness import Block, Purpose, Streams
from simulator.runs.results import AVERAGE, Results, TruthTarget
from simulator.scenario.question import Question

Floats = NDArray[np.float64]
Counts = NDArray[np.uint16]

ALL_CAPS: Final = slice(None)
BOOTSTRAPS: Final = 1000
DRAWN_AT_ONCE: Final = 40
AVERAGED_AT_ONCE: Final = 200
EVENTS: Final = frozenset({"pcs", "overdose", "none", "enrolled_above_cap", "cap_reached"})
"""Measures that are the probability of an event; the others are counts of patients, or months."""
MEASURES: Final = (
    *("pcs", "overdose", "none", "evaluable", "enrolled", "screened", "months"),
    *("enrolled_above_cap", "cap_reached"),
)
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
            for measure in MEASURES:
                values = _by_cap(results, group, measure, enrolment_cap)
                for cap in caps:
                    label = {"design": design, "truth": truth, "cap": cap, "measure": measure}
                    rows += _at_cap(label, measure, values[:, :, cap - 1])
    columns = ["design", "truth", "cap", "measure", "statistic", "value", "mcse"]
    return pd.DataFrame(rows, columns=columns)


def _at_cap(label: dict[str, object], measure: str, values: NDArray[Any]) -> list[dict[str, object]]:
    return estimate_rows(label, "mean", mean(values), values.shape[1] if measure in EVENTS else None)


def _by_cap(
    results: Results, arms: list[int], measure: str, enrolment_cap: int, caps: slice = ALL_CAPS
) -> NDArray[Any]:
    """Return a measure per truth, replicate and cap, shape (arms, replicates, C)."""

    def stacked(column: str) -> NDArray[Any]:
        return results.counts_by_cap(arms, column, caps)

    match measure:
        case "pcs" | "overdose":
            judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
            selected = stacked("selected")
            pairs = zip(judged, selected, strict=True)
            return np.stack(
                [one.is_correct(s) if measure == "pcs" else one.is_overdose(s) for one, s in pairs]
            )
        case "none":
            return np.asarray(stacked("selected") == 0)
        case "months":
            return results.stacked_caps(arms, "known_day", caps) / DAYS_PER_MONTH
        case "enrolled_above_cap":
            return np.asarray(stacked("enrolled") > enrolment_cap)
        case "cap_reached":
            return stacked("reached")
        case _:
            return stacked(measure)


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
        arms = results.positions_of(design, asked)
        pcs, overdose = _events(results, arms, question)
        found, boot = _first_caps(pcs, overdose, weights, question)
        headline: dict[str, object] = {"design": design, "measure": "infused", "cap": found}
        rows += _headline_rows(headline, found, boot, results.replicates)
        for measure in COSTS if found else ():
            label: dict[str, object] = {"design": design, "measure": measure, "cap": found}
            at = _by_cap(results, arms, measure, enrolment_cap, slice(found - 1, found))
            rows += _at_cap(label, measure, at[:, :, 0])
        averages = pcs.mean(axis=(0, 1))
        best = int(np.argmax(averages >= averages.max() - TOLERANCE))
        label = {"design": design, "measure": "best_pcs", "cap": question.caps_from + best}
        rows += _best_rows(label, pcs[:, :, best])
    return pd.DataFrame(rows, columns=["design", "measure", "cap", "statistic", "value", "mcse"])


class NeededSamples(NamedTuple):
    """The number needed by a design, 0 where not reached, in a run and in each bootstrap sample of its replicates.

    `most` is the largest cap asked about.
    """

    found: int
    boot: NDArray[np.int64]
    most: int


def needed_samples(results: Results, question: Question) -> dict[str, NeededSamples]:
    """Return the number needed by each design; the samples are the same for every run of the same replicates."""
    asked = results.question_truths()
    if not asked:
        return {}
    weights = _resamples(results)
    found = {}
    for design in results.designs:
        events = _events(results, results.positions_of(design, asked), question)
        found[design] = NeededSamples(*_first_caps(*events, weights, question), question.caps_to)
    return found


def needed_caps(results: Results, question: Question) -> dict[str, int]:
    """Return per design the smallest N from which every larger cap meets the question, 0 where none does."""
    asked = results.question_truths()
    return {
        design: _first_cap(*_events(results, results.positions_of(design, asked), question), question)
        for design in (results.designs if asked else ())
    }


def _events(
    results: Results, arms: list[int], question: Question
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return correct and overdose selections at the caps of the question, shape (truths, replicates, caps)."""
    caps = slice(question.caps_from - 1, question.caps_to)
    pcs, overdose = (_by_cap(results, arms, event, 0, caps) for event in ("pcs", "overdose"))
    return pcs, overdose


def _first_caps(
    pcs: NDArray[np.bool_], overdose: NDArray[np.bool_], weights: Counts, question: Question
) -> tuple[int, NDArray[np.int64]]:
    """Return the number needed, 0 for none, in all replicates and in each sample of them."""
    return _first_cap(pcs, overdose, question), _accuracy(pcs, overdose, weights).first_cap(question)


def _first_cap(pcs: NDArray[np.bool_], overdose: NDArray[np.bool_], question: Question) -> int:
    """Return the number needed in all replicates, 0 for none."""
    once = np.ones((1, pcs.shape[1]), dtype=np.uint16)
    return int(_accuracy(pcs, overdose, once).first_cap(question)[0])


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


def _accuracy(pcs: NDArray[np.bool_], overdose: NDArray[np.bool_], weights: Counts) -> Accuracy:
    """Average (truths, replicates, caps) over replicates, once per row of weights."""
    truths, replicates, caps = pcs.shape

    def average(values: NDArray[np.bool_]) -> Floats:
        # Sums of whole numbers below 2^24: exact in single precision, whatever the order of summation.
        flat = values.transpose(0, 2, 1).reshape(truths * caps, replicates).astype(np.float32)
        some = np.array_split(weights, -(-len(weights) // AVERAGED_AT_ONCE))
        # In one thread: products this small take less time than threads wait for each other.
        with _blas().limit(limits=1):
            sums = np.concatenate([of.astype(np.float32) @ flat.T for of in some])
        shares: Floats = sums.astype(np.float64).reshape(-1, truths, caps) / replicates
        return shares

    return Accuracy(average(pcs), average(overdose))


@cache
def _blas() -> ThreadpoolController:
    """Return what limits the threads of linear algebra: to find its library anew takes longer than the products."""
    return ThreadpoolController().select(user_api="blas")


def _resamples(results: Results) -> Counts:
    """Return how often each replicate is in each bootstrap sample, shape (BOOTSTRAPS, replicates)."""
    count = results.replicates
    streams = Streams(results.plan.seed)
    found = np.empty((BOOTSTRAPS, count), dtype=np.uint16)
    for first in range(0, BOOTSTRAPS, DRAWN_AT_ONCE):
        # Four words a block of the stream: DRAWN_AT_ONCE is a multiple of four, so that samples begin one.
        block = Block(0, 0, first * count // 4, DRAWN_AT_ONCE * count // 4)
        words = streams.words(Purpose.BOOTSTRAP, block).reshape(DRAWN_AT_ONCE, count)
        chosen = ((words >> np.uint64(11)) * 2.0**-53 * count).astype(np.int64)
        chosen += count * np.arange(DRAWN_AT_ONCE)[:, None]
        weights = np.bincount(chosen.reshape(-1), minlength=DRAWN_AT_ONCE * count)
        found[first : first + DRAWN_AT_ONCE] = weights.reshape(DRAWN_AT_ONCE, count)
    return found


def _interval(boot: NDArray[np.int64]) -> tuple[float, float]:
    """Return the 95 % percentile interval, "not reached" counted as beyond every cap; nan in its place."""
    low, high = percentiles(np.where(boot > 0, boot, np.inf))
    return (low if low < np.inf else np.nan), (high if high < np.inf else np.nan)


def percentiles(boot: Floats) -> tuple[float, float]:
    """Return the ends of the 95 % percentile interval of bootstrap samples, which may be infinite."""
    ordered = np.sort(boot)
    return float(ordered[int(0.025 * len(boot))]), float(ordered[int(np.ceil(0.975 * len(boot))) - 1])
