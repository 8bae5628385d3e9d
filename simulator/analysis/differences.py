"""Paired differences between designs on the same patients, as conducted and at matched size."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.analysis.by_key import Statistics, by_key
from simulator.analysis.changes import MONTHS, WITHOUT_LIMIT
from simulator.analysis.estimate import estimate_rows, interval, mean
from simulator.durations import DAYS_PER_MONTH
from simulator.runs.results import BALANCED, Results, TruthTarget
from simulator.runs.without_limit import COLUMN
from simulator.trial.ledger import State, Stop

SIZE: Final = "evaluable_before_expansion"
MEASURES: Final = {
    "pcs": ("correct selection", 100.0, "percentage points"),
    "overdose_selection": ("overdose selection", 100.0, "percentage points"),
    "none": ("no level selected", 100.0, "percentage points"),
    "patients_above_correct": ("patients above the correct level", 1.0, "patients per trial"),
    "dlts": ("DLTs", 1.0, "DLTs per trial"),
    "screened": ("screened", 1.0, "patients per trial"),
    "enrolled": ("enrolled", 1.0, "patients per trial"),
    "infused": ("infused", 1.0, "patients per trial"),
    SIZE: ("DLT-evaluable before expansion", 1.0, "patients per trial"),
    MONTHS: ("months to the recommendation", 1.0, "months"),
    WITHOUT_LIMIT: ("months to the recommendation without the calendar limit", 1.0, "months"),
}
"""Measures in words, what they are multiplied by where they are shown, and the unit."""


def differences(results: Results, under: str | None = None) -> pd.DataFrame:
    """Tabulate `other` minus `design`, paired by replicate and truth; under one truth where it is named.

    Returns
    -------
    DataFrame
        design, other, truth ("balanced": over the balanced set), measure, statistic (mean, low95, high95),
        value, mcse. Where the designs differ equally in all replicates, the interval of a probability rests on
        what so many replicates can have missed, and that of a count is unknown (nan).
    """
    rows: list[dict[str, object]] = []
    groups = [(truth, [truth]) for truth in results.truths()]
    if len(results.balanced_truths()) > 1:
        groups.insert(0, (BALANCED, results.balanced_truths()))
    groups = [group for group in groups if under in (None, group[0])]
    for design, other in combinations(results.designs, 2):
        for truth, names in groups:
            first = _compared(results, results.positions_of(design, names))
            second = _compared(results, results.positions_of(other, names))
            for measure, values in first.items():
                label: dict[str, object] = {"design": design, "other": other}
                label |= {"truth": truth, "measure": measure}
                difference = second[measure].astype(float) - values
                rows += _with_interval(label, difference, event=values.dtype == np.bool_)
    return pd.DataFrame(rows)


def _with_interval(label: dict[str, object], values: NDArray[Any], *, event: bool) -> list[dict[str, object]]:
    """Return a paired difference of probabilities, or of counts, and the ends of its 95 % interval."""
    one = mean(values)
    least, most = (-1.0, 1.0) if event else (-np.inf, np.inf)
    low, high = interval(one, values.shape[1], least, most)
    ends = {"mean": one.value, "low95": low, "high95": high}
    return [
        label | {"statistic": name, "value": value, "mcse": one.mcse if name == "mean" else float("nan")}
        for name, value in ends.items()
    ]


def _compared(results: Results, arms: list[int]) -> dict[str, NDArray[Any]]:
    """Return what is compared, each of shape (truths, replicates)."""
    judged = [TruthTarget.of(results.plan.design_truths[arm], results.target) for arm in arms]
    selected = results.stacked(arms, "selected")
    treated = results.stacked(arms, "treated")
    end = results.stacked(arms, "at_end")
    return {
        "pcs": np.stack([one.is_correct(s) for one, s in zip(judged, selected, strict=True)]),
        "overdose_selection": np.stack([one.is_overdose(s) for one, s in zip(judged, selected, strict=True)]),
        "none": selected == 0,
        "patients_above_correct": np.stack(
            [t[:, one.correct :].sum(axis=1) for one, t in zip(judged, treated, strict=True)]
        ),
        "dlts": results.stacked(arms, "dlt").sum(axis=2),
        "screened": end[:, :, State.CONSENTED],
        "enrolled": end[:, :, State.ENROLLED],
        "infused": end[:, :, State.INFUSED],
        "evaluable_before_expansion": results.stacked(arms, "n").sum(axis=2),
        MONTHS: results.stacked(arms, "recommended_day") / DAYS_PER_MONTH,
        WITHOUT_LIMIT: results.stacked(arms, COLUMN) / DAYS_PER_MONTH,
    }


def matched(results: Results) -> pd.DataFrame:
    """Compare the larger design, cut to the other's size, with the other as conducted (D38).

    Truth by truth, the larger design is read at the cap (infused patients) whose mean evaluable n is nearest
    to the other's mean evaluable n. Without truths under which the smaller stops itself for safety in most trials:
    its mean size is then that of its stops, no size that the larger could be given.

    Returns
    -------
    DataFrame
        design (the smaller), other (the larger), truth, cap, measure (pcs, overdose_selection, evaluable:
        of the larger at that cap; pcs_difference, overdose_selection_difference: larger minus smaller),
        statistic (mean; low95 and high95 of a difference; the bounds of `estimate_rows`), value, mcse.
        Without rows where none of the question's truths was run.
    """
    rows: list[dict[str, object]] = []
    asked = results.question_truths()
    for pair in combinations(results.designs, 2) if asked else ():
        sizes = [results.stacked(results.positions_of(name, asked), "n").sum(axis=2).mean() for name in pair]
        smaller, larger = pair if sizes[0] <= sizes[1] else pair[::-1]
        for truth in (name for name in asked if not _stops_itself(results, smaller, name)):
            rows += _matched(results, smaller, larger, truth)
    columns = ["design", "other", "truth", "cap", "measure", "statistic", "value", "mcse"]
    return pd.DataFrame(rows, columns=columns)


def _stops_itself(results: Results, design: str, truth: str) -> bool:
    """Return whether a design stops for safety in more than half of its trials under a truth."""
    [arm] = results.positions_of(design, [truth])
    return bool(np.mean(results.used[arm]["stop"] == Stop.SAFETY) > 0.5)


def _matched(results: Results, smaller: str, larger: str, truth: str) -> list[dict[str, object]]:
    [own], [arm] = results.positions_of(smaller, [truth]), results.positions_of(larger, [truth])
    size = results.used[own]["n"].sum(axis=1).mean()
    evaluable = results.caps(arm, "evaluable")
    cap = int(np.argmin(np.abs(evaluable.mean(axis=0) - size))) + 1
    judged = TruthTarget.of(results.plan.design_truths[own], results.target)
    at_cap, as_used = results.caps(arm, "selected")[:, cap - 1], results.used[own]["selected"]
    label: dict[str, object] = {"design": smaller, "other": larger, "truth": truth, "cap": cap}
    size_at_cap = mean(evaluable[None, :, cap - 1])
    rows = estimate_rows(label | {"measure": "evaluable"}, "mean", size_at_cap, None)
    for measure, event in (("pcs", judged.is_correct), ("overdose_selection", judged.is_overdose)):
        larger_has, smaller_has = event(at_cap)[None, :], event(as_used)[None, :]
        rows += estimate_rows(label | {"measure": measure}, "mean", mean(larger_has), results.replicates)
        difference = larger_has.astype(float) - smaller_has
        rows += _with_interval(label | {"measure": f"{measure}_difference"}, difference, event=True)
    return rows


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The difference between two designs; nan ends where the interval is unknown."""

    label: str
    value: float
    low: float
    high: float

    @property
    def told(self) -> bool:
        """Whether the interval leaves out 0."""
        return self.low > 0 or self.high < 0


def differences_of(frame: pd.DataFrame, truth: str, measure: str, scale: float) -> list[PairedDifference]:
    """Return the differences of one measure under one truth, times `scale`, in the order of the frame."""
    rows = by_key(frame[(frame["truth"] == truth) & (frame["measure"] == measure)], "design", "other")
    return [
        PairedDifference(
            f"{other} minus {design}", *(scale * found[name][0] for name in ("mean", "low95", "high95"))
        )
        for (design, other), found in rows.items()
    ]


@dataclass(frozen=True, slots=True)
class AtMatchedSize:
    """Two designs under one truth, the larger cut at a cap on infused patients; its measures there."""

    truth: str
    cap: int
    of: dict[str, Statistics]


def at_matched_size(frame: pd.DataFrame, asked: list[str]) -> Iterator[tuple[str, str, list[AtMatchedSize]]]:
    """Yield every pair of smaller and larger design, and the two under each of the truths that are matched."""
    found = by_key(frame, "design", "other", "truth", "cap", "measure")
    for smaller, larger in dict.fromkeys(key[:2] for key in found):
        by_truth = []
        for truth in asked:
            of = {key[3:]: one for key, one in found.items() if key[:3] == (smaller, larger, truth)}
            for cap in {cap for cap, _ in of}:
                by_truth.append(AtMatchedSize(truth, cap, {measure: one for (_, measure), one in of.items()}))
        yield smaller, larger, by_truth
